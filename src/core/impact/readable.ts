import { dayMilliseconds } from '../day.ts';
import type { RegistryDocument } from '../registry/document.ts';
import type { Change } from '../release/plan.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { formatName } from '../x509/name.ts';

/** Changes as people read them: a CA by its subject and its days, with those of an authority that comes or goes. */
export function readableChanges(
  changes: readonly Change[],
  documents: readonly RegistryDocument[],
  now: number,
): readonly Change[] {
  const cas = new Map<string, string>();
  const ofAuthority = new Map<string, ReadonlySet<string>>();
  for (const { name, certificates } of documents.flatMap(({ authorities }) => authorities)) {
    const texts = certificates.map((base64) => {
      const { sha256, subject, notAfter } = parseCertificate(Buffer.from(base64, 'base64'));
      const days = Math.floor((notAfter - now) / dayMilliseconds);
      const text = `${formatName(subject)} (${sha256.slice(0, 12)}), ${days < 0 ? `ended ${-days} days ago` : `${days} days left`}`;
      cas.set(sha256, text);
      return text;
    });
    ofAuthority.set(name, new Set([...(ofAuthority.get(name) ?? []), ...texts]));
  }
  return changes.flatMap((change): readonly Change[] => {
    const [, what, sha256 = ''] = /^(CA certificate|issuer) ([0-9a-f]{64})$/.exec(change.detail) ?? [];
    const text = cas.get(sha256);
    if (what !== undefined && text !== undefined)
      return [{ ...change, detail: `${what === 'issuer' ? 'may issue clients:' : 'CA'} ${text}` }];
    const name = /^authority (.+)$/.exec(change.subject)?.[1];
    if (name === undefined || change.detail !== '' || change.kind === 'change') return [change];
    return [change, ...[...(ofAuthority.get(name) ?? [])].map((ca) => ({ ...change, detail: `CA ${ca}` }))];
  });
}
