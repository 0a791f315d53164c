import { hash } from 'node:crypto';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { formatName } from '../x509/name.ts';

/** What a line of the log says about a certificate. */
export interface CertificateRecord {
  readonly sha256: string;
  readonly serial: string;
  /** SHA-256 of the issuer's name (DER): what the certificate says, proven only when the outcome is allow. */
  readonly issuerSha256: string;
  /** RFC 4514, ASCII. */
  readonly subject: string;
  /** ISO 8601, UTC. */
  readonly notAfter: string;
}

/** The octets of the certificate, which every request brings. */
type Octets = () => Uint8Array | undefined;

const maximumSubjectLength = 512;

/**
 * The certificate of a decision, as it is remembered: thousands of them are, so what a later request needs is kept (some
 * hundred bytes), and not what it was read into (seven thousand). The rest is read from the octets again when it is needed.
 */
export class KnownCertificate {
  readonly sha256: string;
  /** Epoch milliseconds. */
  readonly notAfter: number;
  /** Until it was written down. */
  #parsed: Certificate | undefined;
  #record: CertificateRecord | undefined;
  #psd2Roles: readonly Psd2RoleText[] | undefined;

  constructor(parsed: Certificate, sha256: string) {
    this.sha256 = sha256;
    this.notAfter = parsed.notAfter;
    this.#parsed = parsed;
  }

  parsed(octets: Octets): Certificate {
    return this.#parsed ?? parseCertificate(octets() ?? new Uint8Array(0));
  }

  /** For the log. What it was made of is let go: whoever writes a decision down has decided. */
  record(octets: Octets): CertificateRecord {
    if (this.#record !== undefined) return this.#record;
    const { serial, issuer, subject, notAfter } = this.parsed(octets);
    this.#record = {
      sha256: this.sha256,
      serial,
      issuerSha256: hash('sha256', issuer.der, 'hex'),
      subject: shortened(formatName(subject), maximumSubjectLength),
      notAfter: new Date(notAfter).toISOString(),
    };
    this.#parsed = undefined;
    return this.#record;
  }

  /** ETSI TS 119 495 §5.1. */
  psd2Roles(octets: Octets): readonly Psd2RoleText[] {
    this.#psd2Roles ??= (this.parsed(octets).qcStatements?.psd2?.roles ?? []).map(({ oid, name }) => ({ oid, name }));
    return this.#psd2Roles;
  }
}

interface Psd2RoleText {
  readonly oid: string;
  readonly name: string;
}

export function shortened(text: string, maximumLength: number): string {
  return text.length <= maximumLength ? text : `${text.slice(0, maximumLength - 3)}...`;
}
