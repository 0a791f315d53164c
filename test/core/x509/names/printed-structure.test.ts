import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { ProblemError } from '../../../../src/core/problem.ts';
import { parseCertificate } from '../../../../src/core/x509/certificate.ts';
import { nameFromRdns } from '../../../../src/core/x509/name.ts';
import { parseNameText, readingsOf } from '../../../../src/core/x509/name-text.ts';
import { selfSigned } from '../../../pki.ts';

const acme = 'CN=orders-client,O=Acme\\, Inc.,C=NL';
const keyOf = (text: string) => parseNameText(text).key;

test.each([
  ['JSON', '{"C":"NL","O":"Acme, Inc.","CN":"orders-client"}', acme],
  ['Node', "[Object: null prototype] { C: 'NL', O: 'Acme, Inc.', CN: 'orders-client' }", acme],
  ['Node, over lines', "[Object: null prototype] {\n  C: 'NL',\n  O: 'Acme, Inc.',\n  CN: 'orders-client'\n}", acme],
  [
    'Python',
    "((('countryName', 'NL'),), (('organizationName', 'Acme, Inc.'),), (('commonName', 'orders-client'),))",
    acme,
  ],
  ['pyOpenSSL', "<X509Name object '/C=NL/O=Acme, Inc./CN=orders-client'>", acme],
  ['cryptography', '<Name(CN=orders-client,O=Acme\\, Inc.,C=NL)>', acme],
  ['two of a type', "{ C: 'NL', OU: ['a', 'b'], CN: 'x' }", 'CN=x,OU=b,OU=a,C=NL'],
  [
    'two in one RDN',
    "((('countryName', 'NL'),), (('commonName', 'x'), ('serialNumber', '12')))",
    'CN=x+serialNumber=12,C=NL',
  ],
  ['escapes', String.raw`{"O":"M\u00fcller \"&\" S\u00f6hne","CN":"a\\b"}`, 'CN=a\\\\b,O=Müller \\"&\\" Söhne'],
  ['semicolons', 'CN="x+y"; O=z; C=NL', 'CN=x\\+y,O=z,C=NL'],
])('%s', (_, text, expected) => {
  expect(keyOf(text)).toBe(keyOf(expected));
});

test('a structure has one end that comes first, whatever stands there', () => {
  expect(readingsOf("{ CN: 'x', C: 'NL' }")).toHaveLength(1);
  expect(keyOf("{ CN: 'x', C: 'NL' }")).toBe(keyOf('forward:CN=x,C=NL'));
});

test.each([
  '{"C":"NL"',
  '{"C":7}',
  '{}',
  "((('commonName', 'a'),)",
  "((('commonName',),),)",
  "((('commonName', 'a', 'b'),),)",
  "{ 'CN': 'a' } O=b",
  '{ CN: a }',
  '<Name()>',
  String.raw`{"CN":"\uZZZZ"}`,
])('%s is refused', (text) => {
  expect(() => parseNameText(text)).toThrow(ProblemError);
});

const value = fc
  .string({ unit: fc.constantFrom(...'abc ,+"\'\\;=#/<>üß{}()[]'), minLength: 1, maxLength: 12 })
  .filter((text) => text.trim() === text);
const types = ['C', 'O', 'OU', 'CN', 'L'] as const;

test('any name, as Python and JSON write it, is that name', () => {
  const python = {
    C: 'countryName',
    O: 'organizationName',
    OU: 'organizationalUnitName',
    CN: 'commonName',
    L: 'localityName',
  };
  const repr = (text: string) => `'${text.replace(/['\\]/g, '\\$&')}'`;
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(fc.constantFrom(...types), value), {
        minLength: 1,
        maxLength: 5,
        selector: ([type]) => type,
      }),
      (attributes) => {
        const { key } = nameFromRdns(
          attributes.map(([type, text]) => [
            { type: { C: '2.5.4.6', O: '2.5.4.10', OU: '2.5.4.11', CN: '2.5.4.3', L: '2.5.4.7' }[type], value: text },
          ]),
        );
        expect(
          keyOf(`(${attributes.map(([type, text]) => `((${repr(python[type])}, ${repr(text)}),)`).join(', ')},)`),
        ).toBe(key);
        expect(keyOf(JSON.stringify(Object.fromEntries(attributes)))).toBe(key);
      },
    ),
  );
});

describe('what the programs on this machine print', () => {
  const certificate = selfSigned({ subject: { C: 'NL', O: 'Acme, "Inc." + Söhne', CN: "o'rders" } });
  const { key } = parseCertificate(certificate.der).subject;

  test('Node', () => {
    const { subject } = new X509Certificate(certificate.der).toLegacyObject() as unknown as { subject: object };
    expect(keyOf(inspect(subject))).toBe(key);
    expect(keyOf(JSON.stringify(subject))).toBe(key);
  });

  const script =
    "import sys, ssl, tempfile, os\nf = tempfile.NamedTemporaryFile('w', suffix='.pem', delete=False)\nf.write(sys.stdin.read()); f.close()\nprint(ssl._ssl._test_decode_cert(f.name)['subject'])\nos.unlink(f.name)\n";
  const python = spawnSync('python3', ['--version']).error === undefined;
  if (!python) console.log('python3 is not on this machine: its names are not read');
  (python ? test : test.skip)('Python', () => {
    const printed = execFileSync('python3', ['-c', script], { input: certificate.pem, encoding: 'utf8' });
    expect(keyOf(printed.trim())).toBe(key);
  });
});
