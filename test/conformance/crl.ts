import type { CorpusRecord, Verdict } from './corpus.ts';

export function crlVerdict(_record: CorpusRecord): Verdict {
  throw new Error('core/revocation is not there yet');
}
