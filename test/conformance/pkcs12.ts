import { ProblemError } from '../../src/core/problem.ts';
import { openPkcs12 } from '../../src/partners/pkcs12.ts';
import type { CorpusRecord, Verdict } from './corpus.ts';

interface Pkcs12Record extends CorpusRecord {
  /** Base64. */
  readonly p12: string;
  readonly password: string | null;
}

/** Accepted is a file out of which a usable key and a certificate come. */
export function pkcs12Verdict(record: CorpusRecord): Verdict {
  const { p12, password } = record as Pkcs12Record;
  try {
    const { keys, certificates } = openPkcs12(Buffer.from(p12, 'base64'), { password: password ?? undefined });
    if (certificates.length === 0) return { said: 'reject', why: 'no certificate in it' };
    if (!keys.some(({ key }) => key !== undefined)) return { said: 'reject', why: 'no usable key in it' };
    return { said: 'accept' };
  } catch (error) {
    if (error instanceof ProblemError) return { said: 'reject', why: error.message };
    throw error;
  }
}
