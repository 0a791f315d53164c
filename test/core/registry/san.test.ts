import fc from 'fast-check';
import { ProblemError } from '../../../src/core/problem.ts';
import { parseKeyPin } from '../../../src/core/registry/key-pin.ts';
import { generalNameKey, parseSan, sanKey } from '../../../src/core/registry/san.ts';
import { parseAddress } from '../../../src/core/request/address.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { acmeIssuing, initech } from './sources.ts';

const ipBytes = (text: string): Uint8Array => parseAddress(text) ?? new Uint8Array();

const codeOf = (act: () => unknown): string | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return error.problems[0]?.code;
  }
};

test('case is folded only where it does not count', () => {
  expect(parseSan('dns', 'API.Acme.Example')).toBe('api.acme.example');
  expect(parseSan('uri', 'SPIFFE://Acme.Example/Orders?A#B')).toBe('spiffe://acme.example/Orders?A#B');
  expect(parseSan('uri', 'https://User@HOST/x')).toBe('https://User@host/x');
  expect(parseSan('uri', 'URN:Acme:Orders')).toBe('urn:Acme:Orders');
  expect(parseSan('email', 'Orders@Acme.Example')).toBe('Orders@acme.example');
  expect(parseSan('ip', '2001:DB8:0:0::1')).toBe('2001:db8::1');
});

test.each([
  ['dns', '*.acme.example', 'san_wildcard'],
  ['dns', '', 'san_malformed'],
  ['dns', 'acme.example.', 'san_malformed'],
  ['dns', '-acme.example', 'san_malformed'],
  ['dns', `${'a'.repeat(64)}.example`, 'san_malformed'],
  ['dns', 'caf\u00e9.example', 'san_malformed'],
  ['uri', '/orders', 'san_malformed'],
  ['uri', 'acme.example', 'san_malformed'],
  ['uri', 'https://a b', 'san_malformed'],
  ['email', 'acme.example', 'san_malformed'],
  ['email', '@acme.example', 'san_malformed'],
  ['email', 'a@', 'san_malformed'],
  ['ip', '203.0.113.0/24', 'san_malformed'],
  ['ip', '203.0.113', 'san_malformed'],
] as const)('%s %j is refused', (kind, text, code) => {
  expect(codeOf(() => parseSan(kind, text))).toBe(code);
});

test('what a certificate carries has the key of what people write', () => {
  const { der } = acmeIssuing.issue({
    names: [
      { dns: 'Orders.acme.example' },
      { uri: 'SPIFFE://Acme.example/X' },
      { email: 'Me@ACME.example' },
      { ip: ipBytes('2001:db8::1') },
      { ip: ipBytes('203.0.113.7') },
    ],
  });
  expect(parseCertificate(der).subjectAltName?.map(generalNameKey)).toEqual([
    sanKey('dns', 'orders.acme.example'),
    sanKey('uri', 'spiffe://acme.example/X'),
    sanKey('email', 'Me@acme.example'),
    sanKey('ip', '2001:db8::1'),
    sanKey('ip', '203.0.113.7'),
  ]);
  expect(generalNameKey({ kind: 'registered-id', oid: '1.2.3' })).toBeUndefined();
  expect(generalNameKey({ kind: 'email', value: 'no-at' })).toBeUndefined();
});

test('any text is a value that parses to itself, or a typed problem', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('dns', 'uri', 'email', 'ip'),
      fc.oneof(fc.string(), fc.webUrl(), fc.domain(), fc.emailAddress(), fc.ipV6()),
      (kind, text) => {
        let value: string | undefined;
        if (codeOf(() => (value = parseSan(kind, text))) === undefined && value !== undefined)
          expect(parseSan(kind, value)).toBe(value);
      },
    ),
  );
});

test('a key pin in every spelling is one pin', () => {
  const { spkiSha256 } = parseCertificate(initech.der);
  const spki = initech.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const base64 = Buffer.from(spkiSha256, 'hex').toString('base64');
  const colons = (spkiSha256.toUpperCase().match(/../g) ?? []).join(':');
  for (const text of [spkiSha256, colons, base64, `sha256/${base64}`, spki]) expect(parseKeyPin(text)).toBe(spkiSha256);
  for (const text of [
    '',
    'abc',
    spkiSha256.slice(1),
    `${base64}=`,
    spki.slice(4),
    Buffer.alloc(33).toString('base64'),
    'x'.repeat(500),
  ]) {
    expect(codeOf(() => parseKeyPin(text))).toBe('key_pin_malformed');
  }
});
