import { ProblemError } from '../../src/core/problem.ts';
import { parseCertificate } from '../../src/core/x509/certificate.ts';
import type { CorpusRecord, Verdict } from './corpus.ts';

interface CertificateRecord extends CorpusRecord {
  /** Base64. */
  readonly der: string;
}

export function certificateVerdict(record: CorpusRecord): Verdict {
  const { der } = record as CertificateRecord;
  try {
    parseCertificate(Buffer.from(der, 'base64'));
    return { said: 'accept' };
  } catch (error) {
    if (error instanceof ProblemError) return { said: 'reject', why: error.message };
    throw error;
  }
}
