import { formatName } from '../../x509/name.ts';
import type { CompiledAuthority } from '../compile-authority.ts';
import type { PlacedCertificate, Report } from '../pem-source.ts';

interface Seen {
  readonly authority: string;
  readonly ca: PlacedCertificate;
}

/**
 * One CA name with two keys in any two authorities: a refusal could not say whose certificate it saw, nor API Gateway
 * which chain it built. Once a pair of authorities and a name.
 */
export function proveCaNames(authorities: readonly CompiledAuthority[], report: Report): void {
  const bySubject = new Map<string, Seen[]>();
  for (const { document, certificates } of authorities) {
    const reported = new Set<string>();
    for (const ca of certificates) {
      const { subject, spkiSha256 } = ca.certificate;
      const seen = bySubject.get(subject.key) ?? [];
      bySubject.set(subject.key, seen);
      const rival = seen.find(
        (other) => other.authority !== document.name && other.ca.certificate.spkiSha256 !== spkiSha256,
      );
      if (rival !== undefined && !reported.has(`${rival.authority} ${subject.key}`)) {
        reported.add(`${rival.authority} ${subject.key}`);
        reportShared(ca, rival, report);
      }
      // one of each key an authority: more say nothing more
      if (!seen.some((other) => other.authority === document.name && other.ca.certificate.spkiSha256 === spkiSha256)) {
        seen.push({ authority: document.name, ca });
      }
    }
  }
}

function reportShared({ certificate, place }: PlacedCertificate, { authority, ca }: Seen, report: Report): void {
  const keys = [certificate, ca.certificate].map(({ spkiSha256 }) => spkiSha256.slice(0, 16));
  report({
    code: 'ca_name_shared',
    message: `a CA with this subject and another key is in the authority ${authority}`,
    place,
    found: `${formatName(certificate.subject)} with key ${keys[0]}, and with key ${keys[1]} in ${ca.place.file}:${ca.place.line}; for example a certificate that names it as issuer could be of either`,
    allowed: 'CAs that share a subject in one authority',
    remedy: `put both into truststore/authorities/${authority}.pem when they are one organisation's, or remove one`,
  });
}
