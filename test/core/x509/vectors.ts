import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The conformance corpora, which are no part of the repository. */
const vectorsFolder = process.env.SALLYPORT_VECTORS ?? join(import.meta.dirname, '../../../../shared/vectors');

function textOf(file: string): string | undefined {
  const path = join(vectorsFolder, file);
  if (existsSync(path)) return gunzipSync(readFileSync(path)).toString('utf8');
  console.warn(`SKIPPED: ${path} is absent; set SALLYPORT_VECTORS to the folder of the corpora`);
  return undefined;
}

/** The cases of a `.ndjson.gz`, or undefined with a printed reason. */
export function readCases<T>(file: string): readonly T[] | undefined {
  return textOf(file)
    ?.trim()
    .split('\n')
    .map((line): T => JSON.parse(line));
}

/** A `.json.gz`, or undefined with a printed reason. */
export function readDocument<T>(file: string): T | undefined {
  const text = textOf(file);
  return text === undefined ? undefined : JSON.parse(text);
}

export interface CertificateCase {
  readonly id: string;
  readonly expect: 'accept' | 'reject';
  readonly der: string;
}

export interface PathCase {
  readonly id: string;
  readonly expect: 'accept' | 'reject' | 'either';
  readonly anchors: readonly string[];
  readonly intermediates: readonly string[];
  readonly leaf: string;
}

export interface RawCases {
  readonly cases: readonly {
    readonly id: string;
    readonly blocks: readonly (readonly [string, string])[];
    readonly parse: string | null;
  }[];
}

export interface EscapingCases {
  readonly certs: Readonly<Record<string, string>>;
  readonly expected_alt_subjectAltName: readonly string[];
  readonly expected_subj_subject: readonly { readonly text: string }[];
}
