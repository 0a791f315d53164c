import { truststoreLimits } from '../aws-limits.ts';
import type { Certificate } from '../x509/certificate.ts';

/** API Gateway's quotas for one truststore object; neither can be raised. Its page says "1 MB", read here the narrow way. */

export interface Truststore {
  /** By canonical name: several CAs may share one. */
  readonly bySubject: ReadonlyMap<string, readonly Certificate[]>;
  readonly has: (certificate: Certificate) => boolean;
  /** Why the edge would not take this file at all. */
  readonly tooLarge?: string;
}

const indexes = new WeakMap<readonly Certificate[], Truststore>();

/** The index of a truststore, built once per list: the list is expected never to change afterwards. */
export function truststoreIndexOf(certificates: readonly Certificate[]): Truststore {
  const known = indexes.get(certificates);
  if (known !== undefined) return known;
  const bySubject = new Map<string, Certificate[]>();
  const hashes = new Set<string>();
  let pemBytes = 0;
  for (const certificate of certificates) {
    const same = bySubject.get(certificate.subject.key);
    if (same === undefined) bySubject.set(certificate.subject.key, [certificate]);
    else same.push(certificate);
    hashes.add(certificate.sha256);
    pemBytes += pemBytesOf(certificate.der.length);
  }
  const index: Truststore = {
    bySubject,
    has: (certificate) => hashes.has(certificate.sha256),
    tooLarge: tooLarge(certificates.length, pemBytes),
  };
  indexes.set(certificates, index);
  return index;
}

function tooLarge(count: number, pemBytes: number): string | undefined {
  if (count > truststoreLimits.certificates)
    return `${count} certificates in the truststore; at most ${truststoreLimits.certificates} are allowed`;
  if (pemBytes > truststoreLimits.bytes)
    return `a truststore of ${pemBytes} bytes; at most ${truststoreLimits.bytes} are allowed`;
  return undefined;
}

/** Size of one PEM block with lines of 64 columns, without writing it. */
function pemBytesOf(derBytes: number): number {
  const base64 = Math.ceil(derBytes / 3) * 4;
  return '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'.length + base64 + Math.ceil(base64 / 64);
}
