import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The conformance corpora, which are no part of the repository. */
export const vectorsFolder = process.env.SALLYPORT_VECTORS ?? join(import.meta.dirname, '../../../shared/vectors');

/** One case; the other fields are its kind's. */
export interface CorpusRecord {
  readonly id: string;
  readonly kind: 'path' | 'certificate' | 'crl' | 'pkcs12';
  readonly expect: string;
  readonly class?: string;
}

/** What we say about a case: the word of `expect`, and why where there is a reason. */
export interface Verdict {
  readonly said: string;
  readonly why?: string;
}

export type Adapter = (record: CorpusRecord) => Verdict | Promise<Verdict>;

/** `*.ndjson` or `*.ndjson.gz`, told apart by content. */
export function readCorpus(file: string): readonly CorpusRecord[] {
  const bytes = readFileSync(file);
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): CorpusRecord => JSON.parse(line));
}

/** Every corpus of the vectors folder; none when there is no such folder. */
export function corpusFiles(): readonly string[] {
  if (!existsSync(vectorsFolder)) return [];
  return readdirSync(vectorsFolder)
    .filter((name) => name.endsWith('.ndjson.gz') || name.endsWith('.ndjson'))
    .sort()
    .map((name) => join(vectorsFolder, name));
}
