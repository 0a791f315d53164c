import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { derFromPem, pemFromDer, readPemBlocks } from '../../../src/core/x509/pem.ts';
import { problemsOf, valueOrProblem } from './problems.ts';

const der = Uint8Array.from({ length: 100 }, (_, index) => index);
const pem = pemFromDer(der);

describe('derFromPem', () => {
  test('reads one block, whatever the line ends', () => {
    for (const text of [
      pem,
      pem.trim(),
      ` \t\r\n${pem}\r\n`,
      pem.replaceAll('\n', '\r\n'),
      pem.replace(/(?<=[A-Za-z0-9+/])\n(?=[A-Za-z0-9+/])/g, ''),
    ]) {
      expect([...derFromPem(text)]).toEqual([...der]);
    }
  });
  test.each([
    ['nothing', ''],
    ['no block', 'certificate'],
    ['another label', pemFromDer(der, 'PRIVATE KEY')],
    ['two blocks', pem + pem],
    ['text before', `subject=CN=a\n${pem}`],
    ['text behind', `${pem}x`],
    ['a byte order mark', `\ufeff${pem}`],
    ['a no-break space', `\u00a0${pem}`],
    ['headers inside', pem.replace('\n', '\nProc-Type: 4,ENCRYPTED\n')],
    ['an empty block', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----'],
    ['only the beginning', '-----BEGIN CERTIFICATE-----'],
    ['beginning and end that overlap', '-----BEGIN CERTIFICATE-----END CERTIFICATE-----'],
    ['the URL alphabet', pem.replace('AAEC', 'A_EC')],
    ['a character that is no base64', pem.replace('AAEC', 'AA!C')],
    ['padding inside', pem.replace('AAEC', 'AA==')],
    ['too much padding', pem.replace('==\n', '===\n')],
    ['too little padding', pem.replace('==\n', '=\n')],
    ['unused bits that are set', pem.replace('Yw==', 'Yx==')],
  ])('refuses %s', (_, text) => {
    expect(problemsOf(() => derFromPem(text))[0]?.code).toBe('pem_malformed');
  });
  test('says what it found', () => {
    expect(problemsOf(() => derFromPem(pemFromDer(der, 'PRIVATE KEY')))[0]?.found).toBe(
      'a block with the label PRIVATE KEY',
    );
    expect(problemsOf(() => derFromPem(pem + pem))[0]?.message).toBe('more than one PEM block');
  });
  test('any bytes survive, and any damage is refused or decodes to what canonical base64 says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        expect([...derFromPem(pemFromDer(bytes))]).toEqual([...bytes]);
      }),
    );
    fc.assert(
      fc.property(
        fc.nat({ max: pem.length - 1 }),
        fc.constantFrom('A', '=', '-', '_', '!', ' ', '\n', '\u0141', '\ud800', ''),
        (at, by) => {
          const text = pem.slice(0, at) + by + pem.slice(at + 1);
          const read = valueOrProblem(() => derFromPem(text));
          if (read !== undefined) expect(pemFromDer(read).replace(/\s/g, '')).toBe(text.replace(/[ \t\r\n]/g, ''));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('readPemBlocks', () => {
  test('blocks with their lines, comments between them', () => {
    const text = `\ufeff# Acme\n${pem}\nsubject=CN=b\n${pemFromDer(der, 'X509 CRL').replaceAll('\n', '\r\n')}`;
    expect(readPemBlocks(text).map(({ label, line }) => [label, line])).toEqual([
      ['CERTIFICATE', 2],
      ['X509 CRL', 9],
    ]);
    expect(readPemBlocks('')).toEqual([]);
    expect(readPemBlocks('only a comment')).toEqual([]);
  });
  test('every problem with its line', () => {
    const text = [
      '-----END CERTIFICATE-----',
      '-----BEGIN CERTIFICATE-----',
      '-----BEGIN CERTIFICATE-----',
      'AA==',
      '-----END X509 CRL-----',
      '-----BEGIN CERTIFICATE-----',
      'not base64!',
      '-----END CERTIFICATE-----',
      '-----BEGIN----',
      '-----BEGIN CERTIFICATE-----',
    ].join('\n');
    expect(problemsOf(() => readPemBlocks(text)).map(({ place, message }) => [place?.line, message])).toEqual([
      [1, 'an end of CERTIFICATE without its beginning'],
      [2, 'the block CERTIFICATE does not end'],
      [5, 'the block CERTIFICATE ends as X509 CRL'],
      [6, 'the contents of this CERTIFICATE are not base64'],
      [9, 'a line of dashes that neither begins nor ends a block'],
      [10, 'the block CERTIFICATE does not end'],
    ]);
  });
  test('a file beyond any bundle is refused unread', () => {
    expect(problemsOf(() => readPemBlocks('x'.repeat(9_000_000)))[0]?.code).toBe('pem_malformed');
  });
  test('any text gives blocks or problems', () => {
    const piece = fc.constantFrom(
      '-----BEGIN CERTIFICATE-----',
      '-----END CERTIFICATE-----',
      '-----',
      'AAAA',
      '\n',
      '\r',
      ' ',
      randomBytes(3).toString('base64'),
    );
    fc.assert(fc.property(fc.array(piece), (pieces) => void valueOrProblem(() => readPemBlocks(pieces.join('')))));
  });
});
