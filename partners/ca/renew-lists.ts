import { hasKey, lastList, openIssuer, type Role, readRevoked, replaceList } from './folder.ts';
import { listDays, makeList } from './lists.ts';

/** Writes the next list of every CA whose key is in the folder; the root's entries are none, it has signed one certificate. */
export function renewLists(folder: string, passphrase: string, now: number): readonly Role[] {
  const roles = (['intermediate', 'root'] as const).filter((role) => role === 'intermediate' || hasKey(folder, role));
  for (const role of roles) {
    const revoked = role === 'root' ? [] : readRevoked(folder);
    const at = { now, days: listDays[role], before: lastList(folder, role) };
    replaceList(folder, role, makeList(revoked, openIssuer(folder, role, passphrase), at));
  }
  return roles;
}
