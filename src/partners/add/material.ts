import { ProblemError } from '../../core/problem.ts';
import { type Certificate, parseCertificate } from '../../core/x509/certificate.ts';
import { roleOf } from '../inspect/certificate.ts';
import type { Finding, Report } from '../inspect/report.ts';
import { type CertificateRequest, parseRequest } from '../inspect/request.ts';

/** Everything that a partner's files hold between them, each thing once. */
export interface Material {
  /** Certificates that are no CAs. */
  readonly clients: readonly Certificate[];
  readonly cas: readonly Certificate[];
  readonly requests: readonly CertificateRequest[];
  /** Private keys: nobody should have sent them. */
  readonly keys: number;
  /** What is damaged, locked or unreadable, with the file. */
  readonly unread: readonly { readonly file: string; readonly finding: Finding }[];
}

const unreadable = /malformed|password|locked|nothing_found|unknown_block|damaged|truncated/;

export function materialOf(files: readonly { readonly file: string; readonly report: Report }[]): Material {
  const certificates = new Map<string, Certificate>();
  const requests: CertificateRequest[] = [];
  const unread: { file: string; finding: Finding }[] = [];
  let keys = 0;
  for (const { file, report } of files) {
    for (const finding of [...report.findings, ...report.items.flatMap((item) => item.findings)]) {
      if (unreadable.test(finding.code)) unread.push({ file, finding });
    }
    for (const { kind, der } of report.items) {
      if (kind === 'private-key') keys += 1;
      if (der === undefined) continue;
      const read = readDer(kind, der);
      if (read === undefined) continue;
      if ('issuer' in read) certificates.set(read.sha256, read);
      else requests.push(read);
    }
  }
  const all = [...certificates.values()];
  return {
    clients: all.filter((one) => roleOf(one) === 'client'),
    cas: all.filter((one) => roleOf(one) !== 'client'),
    requests,
    keys: keys + files.filter(({ report }) => holdsKey(report)).length,
    unread,
  };
}

/** An opened PKCS#12 file names its keys only in its facts. */
function holdsKey({ items }: Report): boolean {
  return items.some(
    ({ kind, facts }) => kind === 'pkcs12' && facts.some(([name, value]) => name === 'keys' && value !== '0'),
  );
}

/** Undefined: its item has said already what is wrong with it. */
function readDer(kind: string, der: Uint8Array): Certificate | CertificateRequest | undefined {
  try {
    return kind === 'certificate' ? parseCertificate(der) : kind === 'request' ? parseRequest(der) : undefined;
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
