import type { Certificate } from '../src/core/x509/certificate.ts';

/**
 * The least that a reader can do: steps over the DER and takes subject, names, purposes and the authority's key identifier
 * out of a certificate it believes. Nothing is checked. It is what our reader is measured against, and nothing else.
 */
export interface Walked {
  /** Dotted OID and text. */
  readonly subject: readonly (readonly (readonly [string, string])[])[];
  readonly names: readonly (readonly [tag: number, value: string])[];
  readonly purposes: readonly string[];
  readonly authorityKeyIdentifier: string;
}

export function walkCertificate(der: Buffer): Walked {
  let at = 0;
  let stop = 0;
  /** Reads a header: `at` is then where the contents begin, `stop` where they end. */
  const open = (from: number): number => {
    const tag = der[from] ?? 0;
    let length = der[from + 1] ?? 0;
    at = from + 2;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      length = 0;
      for (let index = 0; index < octets; index += 1) length = length * 256 + (der[at + index] ?? 0);
      at += octets;
    }
    stop = at + length;
    return tag;
  };
  const skip = (from: number): number => {
    open(from);
    return stop;
  };

  open(0);
  open(at);
  const tbsStop = stop;
  let position = at;
  if (der[position] === 0xa0) position = skip(position);
  position = skip(skip(position)); // serial, algorithm
  position = skip(skip(position)); // issuer, validity
  open(position);
  const subject: [string, string][][] = [];
  const subjectStop = stop;
  for (position = at; position < subjectStop; ) {
    open(position);
    const rdn: [string, string][] = [];
    const rdnStop = stop;
    for (position = at; position < rdnStop; ) {
      open(position);
      const next = stop;
      open(at);
      const type = dotted(der, at, stop);
      open(stop);
      rdn.push([type, der.toString('utf8', at, stop)]);
      position = next;
    }
    subject.push(rdn);
  }
  position = skip(position); // key

  const names: [number, string][] = [];
  const purposes: string[] = [];
  let authorityKeyIdentifier = '';
  while (position < tbsStop && der[position] !== 0xa3) position = skip(position);
  open(position);
  open(at);
  const extensionsStop = stop;
  for (position = at; position < extensionsStop; ) {
    open(position);
    const next = stop;
    open(at);
    const type = dotted(der, at, stop);
    let value = stop;
    if (der[value] === 0x01) value = skip(value);
    open(value);
    open(at);
    const valueStop = stop;
    if (type === '2.5.29.17') {
      for (let each = at; each < valueStop; each = stop) names.push([open(each), der.toString('latin1', at, stop)]);
    } else if (type === '2.5.29.37') {
      for (let each = at; each < valueStop; each = stop) {
        open(each);
        purposes.push(dotted(der, at, stop));
      }
    } else if (type === '2.5.29.35') {
      open(at);
      authorityKeyIdentifier = der.toString('hex', at, stop);
    }
    position = next;
  }
  return { subject, names, purposes, authorityKeyIdentifier };
}

function dotted(der: Buffer, start: number, stop: number): string {
  const first = der[start] ?? 0;
  let text = `${Math.floor(first / 40)}.${first % 40}`;
  let arc = 0;
  for (let at = start + 1; at < stop; at += 1) {
    const octet = der[at] ?? 0;
    arc = arc * 128 + (octet & 0x7f);
    if (octet < 0x80) {
      text += `.${arc}`;
      arc = 0;
    }
  }
  return text;
}

/** Whether the walk found what our reader says. */
export function agrees(walked: Walked, certificate: Certificate): boolean {
  const subject = certificate.subject.rdns.map((rdn) => rdn.map(({ type, value }) => [type, value]));
  const names = (certificate.subjectAltName ?? []).map((name) => ('value' in name ? name.value : undefined));
  return (
    JSON.stringify(walked.subject) === JSON.stringify(subject) &&
    JSON.stringify(walked.names.map(([, value]) => value)) === JSON.stringify(names) &&
    JSON.stringify(walked.purposes) === JSON.stringify(certificate.extendedKeyUsage) &&
    walked.authorityKeyIdentifier === certificate.authorityKeyIdentifier
  );
}
