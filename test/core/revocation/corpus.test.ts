import type { CorpusRecord } from '../../conformance/corpus.ts';
import { crlVerdict } from '../../conformance/crl.ts';
import { readCases } from '../x509/vectors.ts';

const records = readCases<CorpusRecord>('sample-crl-pkcs12.ndjson.gz')?.filter(({ kind }) => kind === 'crl');

(records === undefined ? test.skip : test)('sample-crl: no list is believed that must not be', () => {
  expect(records?.map((record) => [record.id, crlVerdict(record).said])).toEqual(
    records?.map(({ id, expect: expected }) => [id, expected]),
  );
  expect(records?.length).toBeGreaterThanOrEqual(5);
});
