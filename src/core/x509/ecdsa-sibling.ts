import { hash } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { DerCursor, tag } from './der.ts';
import { bitString, integer, sequence } from './write-der.ts';

/** Orders of the groups of P-256 and P-384 (SEC 2 §2.4.2, §2.5.1): the curves that the edge admits for CAs. */
const orders = [
  0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
];

const known = new WeakMap<Certificate, readonly string[]>();

/**
 * SHA-256 of the certificates that anybody can make of this one without the CA's key: where (r, s) is an ECDSA signature,
 * (r, n - s) is one too. The issuer's curve is not known here, so there is one for each order that fits; empty for
 * other algorithms. What is denied by fingerprint has to be denied under these as well.
 */
export function siblingsOf(certificate: Certificate): readonly string[] {
  if (certificate.signatureAlgorithm.name !== 'ecdsa') return [];
  const seen = known.get(certificate);
  if (seen !== undefined) return seen;
  const siblings = siblingSignatures(certificate.signature).map((signature) =>
    hash('sha256', withSignature(certificate, signature), 'hex'),
  );
  known.set(certificate, siblings);
  return siblings;
}

/** Ecdsa-Sig-Value (RFC 3279 §2.2.3) with the other s. Nothing for octets that are none: they verify under no key. */
function siblingSignatures(signature: Uint8Array): readonly Uint8Array[] {
  const values = readValues(signature);
  if (values === undefined) return [];
  const s = BigInt(`0x${values.s}`);
  return orders
    .filter((order) => s > 0n && s < order)
    .map((order) => sequence(integer(values.r), integer((order - s).toString(16))));
}

function readValues(signature: Uint8Array): { readonly r: string; readonly s: string } | undefined {
  try {
    const cursor = new DerCursor(signature, 'signature_malformed');
    const outer = cursor.enter(tag.sequence, 'Ecdsa-Sig-Value');
    cursor.expect(tag.integer, 'r');
    const r = cursor.hex();
    cursor.expect(tag.integer, 's');
    const s = cursor.hex();
    cursor.leave(outer);
    return { r, s };
  } catch {
    return undefined;
  }
}

function withSignature({ der, tbs, signature }: Certificate, other: Uint8Array): Uint8Array {
  const tbsEnd = tbs.byteOffset - der.byteOffset + tbs.length;
  const algorithm = der.subarray(tbsEnd, der.length - bitString(signature).length);
  return sequence(tbs, algorithm, bitString(other));
}
