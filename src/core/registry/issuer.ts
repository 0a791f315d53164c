import type { Certificate } from '../x509/certificate.ts';
import { verifiesSignature } from '../x509/signature.ts';

/** An issuer is its name and its key: a renewed CA certificate with both is the same issuer. */
export function issuerKey(certificate: Certificate): string {
  return `${certificate.subject.key}|${certificate.spkiSha256}`;
}

/** Signed by its own key, not merely carrying its own name as issuer. */
export function isSelfSigned(certificate: Certificate): boolean {
  return certificate.selfIssued && verifiesSignature(certificate, certificate);
}
