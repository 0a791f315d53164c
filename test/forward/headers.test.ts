import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { foldName } from '../../src/core/fold-name.ts';
import { headersPage } from '../../src/core/header-page.ts';
import { classOf, headerTable } from '../../src/core/header-table.ts';
import { ForwardError } from '../../src/forward/failure.ts';
import { type HeaderNames, headerNamesOf } from '../../src/forward/header-names.ts';
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

test('a row names each field once and folded; a name that several products have is of one class', () => {
  const classes = new Map<string, string>();
  for (const { class: headerClass, names, prefixes } of headerTable) {
    const row = [...names, ...prefixes];
    expect(new Set(row).size).toBe(row.length);
    for (const name of row) {
      expect(foldName(name)).toBe(name);
      expect(classOf(name)).toBeDefined();
      expect(classes.get(name) ?? headerClass).toBe(headerClass);
      classes.set(name, headerClass);
    }
  }
});

test('what products say about a caller is nothing that the caller may say', () => {
  const products = `X-Consumer-Username X-Consumer-ID X-Credential-Identifier X-Anonymous-Consumer X-Authenticated-UserId
    X-JWT-Assertion X-Userinfo SM_USER SM_SERVERSESSIONID iv-user iv-creds $WSCC $WSRU OAM_REMOTE_USER Osso-User-Dn
    Remote-User Remote-Groups X-authentik-username X-Pomerium-Jwt-Assertion X-Pomerium-Claim-Email NSC_USER
    X-Citrix-Via X-CLIENT-CERT X-Client-Dn CloudFront-Viewer-Cert-Subject X-OSEnvironment Forwarded-For X-Forwarded
    X-Goog-Authenticated-User-Email X-Endpoint-API-UserInfo X-MS-CLIENT-PRINCIPAL X-MS-TOKEN-AAD-ID-TOKEN X-ARR-ClientCert
    X-Azure-FDID Cf-Access-Jwt-Assertion X-Auth-Request-Email GAP-Auth X-Forwarded-Client-Cert X-Istio-Attributes
    X-Forwarded-Tls-Client-Cert X-SSL-Client-CN SSLClientCertSN SSL_CLIENT_S_DN OIDC_CLAIM_email MELLON_NAME_ID Shib-Session-ID
    eppn X-Amzn-Oidc-Data X-Amzn-Mtls-Clientcert X-Amzn-Lattice-Identity X-Amzn-Request-Context Impersonate-User
    X-Remote-Group X-WEBAUTH-USER Tailscale-User-Login Teleport-Jwt-Assertion X-Vouch-User WL-Proxy-Client-Cert`;
  const forged = products.split(/\s+/).map((name) => [name, 'forged'] as const);
  const passed = outboundHeaders(forged, { ...front, injects: [], credential: [] }).filter(([, v]) => v === 'forged');
  expect(passed).toEqual([]);
});

test('a connection strips more names, or passes only some; what the table removes stays removed', () => {
  const sent: Header[] = [
    ['Accept', 'a'],
    ['Content-Type', 'text/plain'],
    ['X_Erp_User', 'boss'],
    ['X-Legacy-Role', 'admin'],
    ['X-Forwarded-Host', 'other'],
  ];
  const through = (more: { strip?: HeaderNames; pass?: HeaderNames }) =>
    outboundHeaders(sent, { ...front, injects: [], credential: [], ...more })
      .map(([name]) => name)
      .filter((name) => sent.some(([own]) => own === name));
  expect(through({})).toEqual(['Accept', 'Content-Type', 'X_Erp_User', 'X-Legacy-Role']);
  expect(through({ strip: headerNamesOf(['x-erp-user', 'X-Legacy-*']) })).toEqual(['Accept', 'Content-Type']);
  expect(through({ pass: headerNamesOf(['X-Erp-*', 'X-Forwarded-Host']) })).toEqual(['Content-Type', 'X_Erp_User']);
});

describe('schemes that authenticate a connection', () => {
  const value = fc.tuple(
    fc.constantFrom('', ' ', 'Basic YTpi, ', '\t,'),
    fc.constantFrom('NTLM', 'ntlm', 'Negotiate', 'KERBEROS', 'Nego2', 'CredSSP'),
    fc.constantFrom('', ' TlRMTVNTUAABAAAA', ',', '\tYII='),
  );
  const name = fc.constantFrom('Authorization', 'authorization', 'AUTHORIZATION');
  test('are refused by name, whatever the connection injects', () => {
    fc.assert(
      fc.property(name, value, fc.boolean(), (header, parts, injects) => {
        const own = injects ? {} : { injects: [], credential: [] };
        const send = () => outboundHeaders([[header, parts.join('')]], { ...front, ...own });
        expect(send).toThrow(expect.objectContaining({ code: 'connection_authentication', status: 403 }));
      }),
    );
  });
  test('do not come back as a challenge; others do', () => {
    fc.assert(
      fc.property(value, (parts) => {
        expect(inboundHeaders([['WWW-Authenticate', parts.join('')]])).toEqual([]);
      }),
    );
    const basic: Header[] = [['WWW-Authenticate', 'Basic realm="ntlm"']];
    expect(inboundHeaders(basic)).toEqual(basic);
  });
  test('a token that only begins like one passes', () => {
    for (const text of ['NTLMv9 a', 'Bearer ntlm', 'Negotiated a', 'Bearer Negotiate-x']) {
      const sent = outboundHeaders([['Authorization', text]], { ...front, injects: [], credential: [] });
      expect(sent).toContainEqual(['Authorization', text]);
    }
  });
});

test('docs/headers.md is current (npm run docs writes it)', () => {
  expect(readFileSync(join(import.meta.dirname, '../../docs/headers.md'), 'utf8')).toBe(headersPage());
});
