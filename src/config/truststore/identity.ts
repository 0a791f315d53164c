import type { Place, Problem } from '../../core/problem.ts';
import type { IdentitySource, PemSource, Positioned } from '../../core/registry/source.ts';
import type { IdentityTree } from '../fields/truststore.ts';

/** One entry of `identities`. A name alone identifies nobody: any trusted CA can put any name into a certificate. */
export function identitySource(
  { authority, subject, san, subjectGlob, sanGlob, certificate, key, place }: IdentityTree,
  pemOf: (file: Positioned<string>) => PemSource | undefined,
  report: (problem: Problem) => void,
): IdentitySource | undefined {
  if (certificate !== undefined) {
    if (authority !== undefined) {
      report({
        code: 'keys_exclude_each_other',
        message: 'an exact certificate needs no authority',
        place: authority.place,
        found: `authority: ${authority.value} beside certificate`,
        allowed: 'certificate alone',
        remedy: `- { certificate: ${certificate.value} }`,
      });
      return undefined;
    }
    const pem = pemOf(certificate);
    return pem && { kind: 'certificate', pem, place };
  }
  if (key !== undefined) return { kind: 'key', spkiSha256: key.value, authority, place };
  if (authority === undefined)
    return reportMissingAuthority(
      place,
      subject === undefined && subjectGlob === undefined ? 'san' : 'subject',
      report,
    );
  if (subject !== undefined) return { kind: 'subject', authority, subject: subject.value, place };
  for (const kind of ['dns', 'uri', 'email', 'ip'] as const) {
    const value = san?.[kind]?.value;
    if (value !== undefined) return { kind: 'san', authority, san: { kind, value }, place };
  }
  if (subjectGlob !== undefined) return { kind: 'subject-glob', authority, subject: subjectGlob.value, place };
  for (const kind of ['dns', 'uri', 'email'] as const) {
    const value = sanGlob?.[kind]?.value;
    if (value !== undefined) return { kind: 'san-glob', authority, san: { kind, value }, place };
  }
  return undefined;
}

function reportMissingAuthority(place: Place, kind: 'subject' | 'san', report: (problem: Problem) => void): undefined {
  report({
    code: 'identity_without_authority',
    message: `a ${kind} identifies nobody without the authority that issued it`,
    place,
    found: `${kind} alone`,
    allowed: `authority, a name under truststore/authorities, beside the ${kind}`,
    remedy: 'write authority: NAME into this entry, with the authority that issues its certificates',
  });
  return undefined;
}
