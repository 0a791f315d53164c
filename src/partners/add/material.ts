import { ProblemError } from '../../core/problem.ts';
import { type Certificate, parseCertificate } from '../../core/x509/certificate.ts';
import { type CertificateRequest, parseRequest } from '../inspect/containers/request.ts';
import { roleOf } from '../inspect/items/certificate.ts';
import type { Finding, HeldKey, Item, Report } from '../inspect/report.ts';
import { judged } from './judged.ts';

/** Something that was found in a file. */
export interface FoundIn {
  readonly file: string;
  readonly finding: Finding;
  /** Line of the text, from 1. */
  readonly line?: number;
  /** SHA-256 of the certificate that it is about. */
  readonly about?: string;
}

/** Everything that a partner's files hold between them, each thing once. Every command reads it so, whatever it is for. */
export interface Material {
  /** Certificates that are no CAs, in the order of the files: `--certificate 1` is the first. */
  readonly clients: readonly Certificate[];
  readonly cas: readonly Certificate[];
  readonly requests: readonly (CertificateRequest & { readonly der: Uint8Array })[];
  /** Certificates that our reader refuses. */
  readonly malformed: readonly { readonly der: Uint8Array; readonly found: FoundIn }[];
  /** Private keys: nobody should have sent them. `of`: SHA-256 of the certificate. */
  readonly keys: readonly { readonly protection: HeldKey['protection']; readonly of?: string }[];
  readonly findings: readonly FoundIn[];
  /** What the files are, one line each. */
  readonly summaries: readonly string[];
}

export function materialOf(files: readonly { readonly file: string; readonly report: Report }[]): Material {
  const certificates = new Map<string, Certificate>();
  const requests: (CertificateRequest & { der: Uint8Array })[] = [];
  const malformed: { der: Uint8Array; found: FoundIn }[] = [];
  const findings: FoundIn[] = [];
  const keys: { protection: HeldKey['protection']; of?: string }[] = [];
  for (const { file, report } of files) {
    findings.push(...report.findings.map((finding) => ({ file, finding })));
    for (const item of report.items) {
      const read = item.der === undefined ? undefined : readDer(item, item.der);
      const certificate = read !== undefined && 'issuer' in read ? read : undefined;
      if (certificate !== undefined && !certificates.has(certificate.sha256)) {
        certificates.set(certificate.sha256, certificate);
      } else if (read !== undefined && item.der !== undefined && !('issuer' in read)) {
        requests.push({ ...read, der: item.der });
      }
      const { line } = item;
      const about = certificate?.sha256;
      const own = item.findings.map((finding): FoundIn => ({ file, finding, line, about }));
      findings.push(...own);
      const broken = own.find(({ finding }) => finding.code === 'certificate_malformed');
      if (broken !== undefined && item.der !== undefined) malformed.push({ der: item.der, found: broken });
      for (const { protection, certificate: of } of item.keys ?? []) {
        keys.push({ protection, of: of === undefined ? undefined : sha256Of(of) });
      }
    }
    for (const { code } of report.findings) if (code === 'key_store_keys') keys.push({ protection: 'password' });
  }
  const all = [...certificates.values()];
  return {
    clients: all.filter((one) => roleOf(one) === 'client'),
    cas: all.filter((one) => roleOf(one) !== 'client'),
    requests,
    malformed,
    keys,
    findings,
    summaries: files.map(({ report }) => report.summary),
  };
}

/** What is said beside the proposal: all that was found but what is judged, and what is about the certificate itself. */
export function toSay({ findings }: Material, leaf: Certificate | undefined): readonly FoundIn[] {
  const said = new Set<string>();
  return findings.filter(({ finding, about, file }) => {
    if (judged[finding.code] !== undefined || (about !== undefined && about === leaf?.sha256)) return false;
    const text = `${file} ${about} ${finding.code} ${finding.message}`;
    return !said.has(text) && said.add(text) !== undefined;
  });
}

/** A file that nobody could look into, for want of the password or with a wrong one. */
export function lockedIn({ findings }: Material): FoundIn | undefined {
  return (
    findings.find(({ finding }) => finding.code === 'pkcs12_password') ??
    findings.find(({ finding }) => finding.code === 'locked')
  );
}

/** Undefined: its item has said already what is wrong with it. */
function readDer({ kind }: Item, der: Uint8Array): Certificate | CertificateRequest | undefined {
  try {
    return kind === 'certificate' ? parseCertificate(der) : kind === 'request' ? parseRequest(der) : undefined;
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

function sha256Of(der: Uint8Array): string | undefined {
  try {
    return parseCertificate(der).sha256;
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
