import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** More than any chain that a front accepts; a client may send what it likes. */
const maximumCertificates = 10;

const known = new WeakMap<TLSSocket, readonly Uint8Array[]>();

/**
 * The certificates that a client presented, DER, leaf first; empty when there were none. A resumed session has the leaf
 * alone, which is enough: API Gateway takes the rest of the chain from its truststore.
 */
export function presentedBy(socket: TLSSocket): readonly Uint8Array[] {
  const seen = known.get(socket);
  if (seen !== undefined) return seen;
  const presented: Uint8Array[] = [];
  // Node orders what was sent by who issued whom, and leaves out what issued nobody.
  let certificate: X509Certificate | undefined = socket.getPeerX509Certificate();
  while (certificate !== undefined && presented.length < maximumCertificates) {
    const der: Uint8Array = certificate.raw;
    if (presented.some((other) => Buffer.compare(other, der) === 0)) break;
    presented.push(der);
    certificate = certificate.issuerCertificate;
  }
  known.set(socket, presented);
  return presented;
}
