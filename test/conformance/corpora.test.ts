import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { certificateVerdict } from './certificate.ts';
import { type CorpusRecord, corpusFiles, readCorpus, vectorsFolder } from './corpus.ts';
import { crlVerdict } from './crl.ts';
import { decidedDifferently, readDifferently } from './differences.ts';
import { conformancePage } from './page.ts';
import { momentOf, pathVerdict } from './path.ts';
import { pkcs12Verdict } from './pkcs12.ts';
import { type Score, scoreCorpus } from './score.ts';

const adapters = { path: pathVerdict, certificate: certificateVerdict, crl: crlVerdict, pkcs12: pkcs12Verdict };
const files = corpusFiles();
if (files.length === 0) console.warn(`SKIPPED: no corpora in ${vectorsFolder}; set SALLYPORT_VECTORS to their folder`);

(files.length === 0 ? describe.skip : describe)('the corpora of the vectors folder', () => {
  const scores: Score[] = [];
  beforeAll(async () => {
    for (const file of files) scores.push(await scoreCorpus(basename(file), readCorpus(file), adapters));
  }, 60_000);

  test('nothing is let in that must not be, nothing refused that must be let in, nothing thrown', () => {
    expect(scores.flatMap(({ wrong }) => wrong)).toEqual([]);
    console.log(
      scores.map(({ file, cases, slowest }) => `${file}: ${cases}, slowest ${slowest.milliseconds} ms`).join('\n'),
    );
  });
  test('decided differently is only what the list says', () => {
    const listed = [...Object.keys(decidedDifferently), ...Object.keys(readDifferently)];
    const met = scores.flatMap(({ different }) => different.map(({ id }) => id));
    expect(met.filter((id) => !listed.includes(id))).toEqual([]);
    expect(met).toEqual(expect.arrayContaining(Object.keys(decidedDifferently)));
  });
  test('docs/conformance.md is current', () => {
    const page = join(import.meta.dirname, '../../docs/conformance.md');
    expect(existsSync(page) ? readFileSync(page, 'utf8') : '').toBe(conformancePage(scores));
  });
});

describe('what counts as wrong', () => {
  const record = (id: string, expected: string): CorpusRecord => ({ id, kind: 'path', expect: expected });
  const said = (word: string) => ({ ...adapters, path: () => ({ said: word }) });
  test.each([
    ['accept', 'reject', 'falseRejects'],
    ['reject', 'accept', 'falseAccepts'],
    ['unknown', 'good', 'falseAccepts'],
    ['revoked', 'good', 'falseAccepts'],
    ['revoked', 'unknown', 'falseRejects'],
    ['good', 'unknown', 'falseRejects'],
  ] as const)('expected %s, said %s: %s', async (expected, word, how) => {
    const score = await scoreCorpus('x', [record('a/b', expected)], said(word));
    expect(score).toMatchObject({ falseAccepts: 0, falseRejects: 0, exceptions: 0, [how]: 1 });
    expect(score.wrong).toMatchObject([{ id: 'a/b', expected, said: word }]);
  });
  test('either is free, a throw is an exception, an unknown kind too', async () => {
    expect(await scoreCorpus('x', [record('a', 'either')], said('accept'))).toMatchObject({
      wrong: [],
      free: { cases: 1, accepted: ['a'] },
    });
    const throwing = { ...adapters, path: () => JSON.parse('{') };
    expect((await scoreCorpus('x', [record('a', 'accept')], throwing)).exceptions).toBe(1);
    const other = { ...record('a', 'accept'), kind: 'ocsp' } as unknown as CorpusRecord;
    expect((await scoreCorpus('x', [other], adapters)).exceptions).toBe(1);
  });
  test('what is read differently excuses no path', async () => {
    const [id = ''] = Object.keys(readDifferently);
    const certificates = { ...adapters, certificate: () => ({ said: 'accept' }) };
    expect((await scoreCorpus('x', [{ ...record(id, 'reject'), kind: 'certificate' }], certificates)).wrong).toEqual(
      [],
    );
    expect((await scoreCorpus('x', [record(id, 'reject')], said('accept'))).falseAccepts).toBe(1);
  });
  test('nothing on the list of differences excuses letting somebody in', async () => {
    const [id = ''] = Object.keys(decidedDifferently);
    expect((await scoreCorpus('x', [record(id, 'accept')], said('reject'))).wrong).toEqual([]);
    expect((await scoreCorpus('x', [record(id, 'reject')], said('accept'))).falseAccepts).toBe(1);
  });
  test('the epoch of limbo is any later moment', () => {
    expect(momentOf('1970-01-01T00:00:00Z')).toBeGreaterThan(Date.UTC(2020));
    expect(momentOf('2024-01-01T00:00:00Z')).toBe(Date.UTC(2024));
    expect(() => momentOf('yesterday')).toThrow('no time');
  });
});
