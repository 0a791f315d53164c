import { sanLine, subjectLine } from '../../core/registry/identity-line.ts';
import type { GeneralName } from '../../core/x509/certificate.ts';
import type { Name } from '../../core/x509/name.ts';

export const identityKinds = ['subject', 'san', 'certificate'] as const;
export type IdentityKind = (typeof identityKinds)[number];

/** What a certificate, or a request for one, says of itself. */
export interface Named {
  readonly subject: Name;
  readonly subjectAltName?: readonly GeneralName[];
}

/**
 * The entry of `identities` without its dash: by the subject, else by the first alternative name that identifies anybody.
 * From a public CA by a DNS name, since anybody may have the subject. Undefined when there is nothing to go by.
 */
export function identityEntry(
  { subject, subjectAltName = [] }: Named,
  authority: string,
  kind: IdentityKind | undefined,
  isPublic: boolean,
): string | undefined {
  const sans = [...subjectAltName]
    .sort((a, b) => rank(a) - rank(b))
    .flatMap((name) => sanLine(name, authority) ?? [])
    .map(withoutDash);
  const bySubject = subject.rdns.length > 0 ? withoutDash(subjectLine(subject, authority)) : undefined;
  if (kind === 'subject') return bySubject;
  if (kind === 'san' || isPublic) return sans[0];
  return bySubject ?? sans[0];
}

const ranks: readonly GeneralName['kind'][] = ['uri', 'dns', 'email'];

/** Names made for machines first; an address last, since machines move. */
function rank({ kind }: GeneralName): number {
  const at = ranks.indexOf(kind);
  return at < 0 ? ranks.length : at;
}

function withoutDash(line: string): string {
  return line.replace(/^- /, '');
}
