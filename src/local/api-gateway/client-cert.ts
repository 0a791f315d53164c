import { X509Certificate } from 'node:crypto';
import { pemFromDer } from '../../core/x509/pem.ts';

/** `clientCert` of an event: five members, about the leaf alone. */
export interface ClientCert {
  readonly clientCertPem: string;
  readonly subjectDN: string;
  readonly issuerDN: string;
  readonly serialNumber: string;
  readonly validity: { readonly notBefore: string; readonly notAfter: string };
}

/** By the DER: a kept connection presents the same certificate with every request. Emptied when full. */
const known = new Map<string, ClientCert | undefined>();
const maximumKnown = 200;

/** What API Gateway writes about a leaf (DER). Undefined for bytes that OpenSSL does not take for a certificate. */
export function clientCertOf(der: Uint8Array): ClientCert | undefined {
  const key = Buffer.from(der.buffer, der.byteOffset, der.length).toString('latin1');
  if (known.has(key)) return known.get(key);
  if (known.size >= maximumKnown) known.clear();
  const made = readClientCert(der);
  known.set(key, made);
  return made;
}

function readClientCert(der: Uint8Array): ClientCert | undefined {
  const certificate = readCertificate(der);
  return certificate === undefined
    ? undefined
    : {
        clientCertPem: pemFromDer(der),
        subjectDN: distinguishedName(certificate.subject),
        issuerDN: distinguishedName(certificate.issuer),
        serialNumber: serialNumberText(certificate.serialNumber),
        validity: { notBefore: certificate.validFrom, notAfter: certificate.validTo },
      };
}

/** In the order of the certificate, comma-joined. AWS's escaping is not documented; ours is Node's. For display only. */
function distinguishedName(printed: string | undefined): string {
  return (printed ?? '').split('\n').join(',');
}

/** OpenSSL's text rule: decimal when it fits a signed 64-bit integer, else lower-case hex pairs with colons. */
export function serialNumberText(hex: string): string {
  const serial = BigInt(`0x${hex}`);
  if (serial < 2n ** 63n) return serial.toString();
  const digits = serial.toString(16);
  return (digits.length % 2 === 0 ? digits : `0${digits}`).replace(/..(?=.)/g, '$&:');
}

function readCertificate(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}
