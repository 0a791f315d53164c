import { parseCertificate } from '../src/core/x509/certificate.ts';

/** Order of P-256 (FIPS 186-5, SP 800-186 §3.2.1.3). */
const order = BigInt('115792089210356248762697446949407573529996955224135760342422259061068512044369');

/** What the holder of a P-256-signed certificate can make of it alone: the same certificate with the other valid signature. */
export function siblingOf(der: Uint8Array): Uint8Array {
  const { signature } = parseCertificate(der);
  const rLength = signature[3] ?? 0;
  const s = BigInt(`0x${Buffer.from(signature.subarray(6 + rLength)).toString('hex')}`);
  const digits = (order - s).toString(16);
  const octets = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  const other = (octets[0] ?? 0) > 0x7f ? Buffer.concat([Uint8Array.of(0), octets]) : octets;
  const values = Buffer.concat([signature.subarray(2, 4 + rLength), Uint8Array.of(2, other.length), other]);
  const ending = Buffer.concat([Uint8Array.of(3, values.length + 3, 0, 0x30, values.length), values]);
  const whole = Buffer.concat([der.subarray(4, der.length - signature.length - 3), ending]);
  return new Uint8Array(Buffer.concat([Uint8Array.of(0x30, 0x82, whole.length >> 8, whole.length & 0xff), whole]));
}
