import fc from 'fast-check';
import { ProblemError } from '../../../../src/core/problem.ts';
import { parseSerialText, parseThumbprint } from '../../../../src/core/x509/names/printed-hex.ts';

const serials = (text: string) => parseSerialText(text).readings.map(({ serial }) => serial);

test.each([
  ['OpenSSL, Node', '00AB0102'],
  ['openssl -serial', 'serial=AB0102'],
  ['Java', 'ab0102'],
  ['Python', '0xab0102'],
  ['API Gateway, Consul', '00:ab:01:02'],
  ['Windows', '00 ab 01 02'],
  ['openssl -text', 'Serial Number: 11206914 (0xab0102)'],
  ['a mail', '\u200eAB 01\u00a002'],
])('%s: %s', (_, text) => {
  expect(serials(text)).toEqual(['ab0102']);
});

test('digits alone are read both ways, unless a leading zero says hex or both are the same', () => {
  expect(parseSerialText('11206914').readings).toEqual([
    { radix: 'hex', serial: '11206914' },
    { radix: 'decimal', serial: 'ab0102' },
  ]);
  expect(serials('0042')).toEqual(['42']);
  expect(serials('7')).toEqual(['7']);
  expect(serials('-15')).toEqual(['-15', '-f']);
});

test('what is odd is said', () => {
  expect(parseSerialText('00').warnings).toEqual([expect.stringContaining('positive')]);
  expect(parseSerialText(`7f${'ff'.repeat(19)}`).warnings).toEqual([]);
  expect(parseSerialText(`80${'00'.repeat(19)}`).warnings).toEqual([expect.stringContaining('20 octets')]);
  expect(parseSerialText('\u200eab01').warnings).toEqual([expect.stringContaining('U+200E')]);
});

test.each(['', 'foobar', '12 (0x12)', '0x', 'ab01zz', '1'.repeat(2000)])('no serial: %j', (text) => {
  expect(() => parseSerialText(text)).toThrow(ProblemError);
});

test('every number, as every tool prints it, is found again', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: (1n << 159n) - 1n }), (number) => {
      const hex = number.toString(16);
      const even = hex.length % 2 === 0 ? hex : `0${hex}`;
      for (const text of [even.toUpperCase(), `0x${hex}`, even.replace(/..(?=.)/g, '$&:'), `${number} (0x${hex})`]) {
        expect(serials(text)[0]).toBe(hex);
      }
      expect(serials(number.toString())).toContain(hex);
    }),
  );
});

test('thumbprints: SHA-1 and SHA-256, with colons, spaces and invisible characters', () => {
  const sha1 = '0123456789abcdef0123456789abcdef01234567';
  const colons = sha1.toUpperCase().replace(/..(?=.)/g, '$&:');
  expect(parseThumbprint(colons)).toEqual({ hash: 'sha1', hex: sha1, warnings: [] });
  expect(parseThumbprint(`\u200e${sha1}`)).toEqual({
    hash: 'sha1',
    hex: sha1,
    warnings: [expect.stringContaining('U+200E')],
  });
  expect(parseThumbprint(`sha256 Fingerprint=${'AB:'.repeat(31)}AB`)).toMatchObject({
    hash: 'sha256',
    hex: 'ab'.repeat(32),
  });
  for (const text of ['', 'ab', 'CN=a', sha1.slice(1), 'x'.repeat(40), 'a'.repeat(5000)]) {
    expect(parseThumbprint(text)).toBeUndefined();
  }
});
