import { hasKey, type KeyMeans, lastList, openIssuer, type Role, readRevoked, replaceList } from './folder.ts';
import { listDays, makeList } from './lists.ts';

/** Writes the next list of every CA whose key is there; the root's entries are none, it has signed one CA. */
export async function renewLists(folder: string, means: KeyMeans, now: number): Promise<readonly Role[]> {
  const roles = (['intermediate', 'root'] as const).filter((role) => role === 'intermediate' || hasKey(folder, role));
  for (const role of roles) {
    const revoked = role === 'root' ? [] : readRevoked(folder);
    const at = { now, days: listDays[role], before: lastList(folder, role) };
    replaceList(folder, role, await makeList(revoked, await openIssuer(folder, role, means), at));
  }
  return roles;
}
