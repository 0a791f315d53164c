import fc from 'fast-check';
import { foldName } from '../../src/core/fold-name.ts';
import { classOf, headerTable } from '../../src/core/header-table.ts';
import { ForwardError } from '../../src/forward/failure.ts';
import { gatewayHeaders, type Header, inboundHeaders, outboundHeaders } from '../../src/forward/headers.ts';

const front = {
  host: 'tenant.example.com',
  client: 'acme',
  certificate: new Uint8Array([0x30, 0x03, 0x02, 0x01, 0x07]),
  address: '198.51.100.9',
  reference: '0123456789abcdefghjk',
  injects: ['Authorization', 'X-Api-Key'],
  credential: [['Authorization', 'Basic ZnJvbnQ6cGFzc3dvcmQ=']] as const,
};

const ours: Header[] = [
  ['Host', 'tenant.example.com'],
  ['Authorization', 'Basic ZnJvbnQ6cGFzc3dvcmQ='],
  ['X-Forwarded-For', '198.51.100.9'],
  ['X-Sallyport-Client', 'acme'],
  ['X-Sallyport-Reference', '0123456789abcdefghjk'],
  ['Client-Cert', ':MAMCAQc=:'],
];

const removedNames = headerTable
  .filter((rule) => rule.class !== 'gateway')
  .flatMap((rule) => [
    ...rule.names,
    ...rule.prefixes.map((prefix) => (prefix.endsWith('-') ? `${prefix}anything` : prefix)),
  ])
  .concat([
    'authorization',
    'x-api-key',
    'x-sallyport-client',
    'x-sallyport-reference',
    'client-cert',
    'client-cert-chain',
  ]);

const spellings = (name: string): string[] => [
  name,
  name.toUpperCase(),
  name.replace(/(^|-)([a-z])/g, (text) => text.toUpperCase()),
  name.replaceAll('-', '_'),
  name.replaceAll('-', '_').toUpperCase(),
  name.replace('-', '_'),
  name.replaceAll('-', '.'),
  name.replaceAll('-', '~'),
  name.replaceAll('-', ' '),
];

test.each(removedNames)('%s of the caller does not pass, however it is spelled and however often', (name) => {
  for (const spelling of spellings(name)) {
    const forged: Header[] = [
      [spelling, 'forged'],
      [spelling, 'forged again'],
      [name, 'and again'],
    ];
    expect(outboundHeaders(forged, front)).toEqual(ours);
  }
});

test('Connection names nothing away that is for the backend: a token that was looked at reaches it', () => {
  const headers: Header[] = [
    ['Authorization', 'Bearer a'],
    ['Connection', 'authorization, Content-Type, x-hop'],
    ['Content-Type', 'text/plain'],
    ['X-Hop', '1'],
  ];
  const sent = outboundHeaders(headers, { ...front, injects: [], credential: [] });
  expect(sent.filter(([name]) => /^(?:auth|content|x-hop)/i.test(name))).toEqual([
    ['Authorization', 'Bearer a'],
    ['Content-Type', 'text/plain'],
  ]);
});

test('ours stand exactly once, whatever Connection names', () => {
  const headers: Header[] = [
    ['Connection', 'X-Sallyport-Client, client-cert,  X_Sallyport_Reference, Host'],
    ['connection', 'Authorization'],
    ['Connection', 'X-Forwarded-For, X-Trace'],
    ['X-Trace', 'for this hop'],
    ['X-Kept', 'yes'],
  ];
  expect(outboundHeaders(headers, front)).toEqual([ours[0], ['X-Kept', 'yes'], ...ours.slice(1)]);
});

test('without a credential, an Authorization for the backend passes, the last one only', () => {
  const open = { ...front, injects: [], credential: [] };
  const sent: Header[] = [
    ['authorization', 'Bearer one'],
    ['Accept', 'a'],
    ['Authorization', 'Bearer two'],
    ['Accept', 'b'],
  ];
  expect(outboundHeaders(sent, open).slice(1, 4)).toEqual([
    ['Authorization', 'Bearer two'],
    ['Accept', 'a'],
    ['Accept', 'b'],
  ]);
});

test.each([
  ['X Y', 'a'],
  ['X:Y', 'a'],
  ['', 'a'],
  ['X-Ünicode', 'a'],
  ['X-Y\r\nX-Sallyport-Client', 'a'],
  ['X-Y', 'a\r\nX-Sallyport-Client: globex'],
  ['X-Y', 'a\nb'],
  ['X-Y', 'a\0b'],
  ['X-Y', 'a\u007fb'],
  ['X-Y', '€'],
])('%j: %j cannot be written and is dropped', (name, value) => {
  expect(outboundHeaders([[name, value]], front)).toEqual(ours);
});

test('ordinary fields pass with their bytes and order', () => {
  const sent: Header[] = [
    ['Accept', 'application/json'],
    ['X-Request-Id', '7'],
    ['Cookie', 'a=b'],
    ['Cookie', 'c=d'],
    ['X-Latin', 'caf\u00e9\t'],
    ['X-Sallyports', 'another word'],
    ['Sslx', 'another word'],
    ['Date', 'Sun, 22 Nov 2026 03:34:00 GMT'],
  ];
  expect(outboundHeaders(sent, front).slice(1, 9)).toEqual(sent);
});

test('oversized header fields are refused with their own status', () => {
  const refusal = (headers: Header[]) => {
    try {
      return outboundHeaders(headers, front);
    } catch (error) {
      return error instanceof ForwardError ? { code: error.code, status: error.status } : error;
    }
  };
  const expected = { code: 'request_headers_too_large', status: 431 };
  expect(refusal([['X-Y', 'a'.repeat(24_576)]])).toEqual(expected);
  expect(refusal(Array.from({ length: 201 }, () => ['X-Y', 'a'] as const))).toEqual(expected);
  expect(refusal([['X-Y', 'a'.repeat(20_480)]])).toHaveLength(ours.length + 1);
});

test('no request, however odd, says for us what only we may say', () => {
  const name = fc.oneof(
    fc.constantFrom(...removedNames.flatMap(spellings)),
    fc.string({ unit: fc.constantFrom(...'xX-_sallyportclient. \t') }),
    fc.string({ unit: 'binary' }),
  );
  const header = fc.tuple(name, fc.oneof(fc.constantFrom(...removedNames), fc.string({ unit: 'binary' })));
  fc.assert(
    fc.property(fc.array(header, { maxLength: 20 }), (headers) => {
      const sent = outboundHeaders(headers, front);
      for (const [key, value] of ours) {
        const same = sent.filter(([other]) => foldName(other) === foldName(key));
        expect(same).toEqual([[key, value]]);
      }
      for (const [key, value] of sent) {
        expect(key).toMatch(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/);
        expect(value).not.toMatch(/[\r\n\0]/);
      }
    }),
    { numRuns: 500 },
  );
});

test('an answer loses hop-by-hop fields and forged references, and keeps each Set-Cookie', () => {
  const answer: Header[] = [
    ['Set-Cookie', 'a=b; Path=/'],
    ['Connection', 'keep-alive, X-Hop'],
    ['Keep-Alive', 'timeout=5'],
    ['X-Hop', 'a'],
    ['Transfer-Encoding', 'chunked'],
    ['Content-Length', '7'],
    ['Trailer', 'X-T'],
    ['Upgrade', 'h2c'],
    ['X-Sallyport-Reference', 'forged'],
    ['set-cookie', 'c=d'],
    ['Content-Type', 'application/json'],
    ['Date', 'Sun, 22 Nov 2026 03:34:00 GMT'],
    ['Server', 'nginx'],
    ['WWW-Authenticate', 'Basic'],
  ];
  const inbound = inboundHeaders(answer);
  expect(inbound.map(([name]) => name)).toEqual([
    'Set-Cookie',
    'set-cookie',
    'Content-Type',
    'Date',
    'Server',
    'WWW-Authenticate',
  ]);
  expect(gatewayHeaders(inbound).map(([name]) => name)).toEqual(['Set-Cookie', 'set-cookie', 'Content-Type']);
});

test('the table names each field once and folded', () => {
  const names = headerTable.flatMap(({ names, prefixes }) => [...names, ...prefixes]);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) {
    expect(foldName(name)).toBe(name);
    expect(classOf(name)).toBeDefined();
  }
});
