import fc from 'fast-check';
import { parseFront } from '../../../../src/config/front.ts';
import { decide } from '../../../../src/core/decide/decide.ts';
import { emptyOverlay } from '../../../../src/core/decide/overlay.ts';
import { ProblemError } from '../../../../src/core/problem.ts';
import { loadRegistry } from '../../../../src/core/registry/load.ts';
import { parseCertificate } from '../../../../src/core/x509/certificate.ts';
import { importedFiles } from '../../../../src/partners/import/files.ts';
import { importNginx } from '../../../../src/partners/import/nginx/nginx.ts';
import { parseNginx } from '../../../../src/partners/import/nginx/text/syntax.ts';
import { ca, during } from '../../../pki.ts';

const root = ca({ subject: { C: 'NL', O: 'Umbra', CN: 'Umbra Root' } });
const erp = root.issue({ subject: { C: 'NL', O: 'Umbra', CN: 'erp' } });
const other = root.issue({ subject: { C: 'NL', O: 'Umbra', CN: 'other' } });
const readCas = () => [parseCertificate(root.der)];

const serverWith = (inner: string, more = '') => `http { ${more}
server { listen 443 ssl; server_name api.umbra.example; ssl_client_certificate /etc/nginx/clients.pem; ssl_verify_client on;
${inner}
} }`;
const exact = 'if ($ssl_client_s_dn != "CN=erp,O=Umbra,C=NL") { return 403; }';
const orders = 'location /orders/ { proxy_pass https://erp.internal.example; }';

const imported = (text: string) =>
  importNginx(
    parseNginx('nginx.conf', text, () => []),
    { readCas },
  );
const notesOf = (text: string) =>
  imported(text)
    .notes.map(({ kind, text: note }) => `${kind}: ${note}`)
    .join('\n');

function front(text: string) {
  const files = importedFiles(imported(text), 'imported-1', 'nginx.conf');
  return parseFront(new Map([...files].map(([file, content]) => [file, Buffer.from(content)])));
}

function outcome(text: string, certificate: Uint8Array, path: string, method = 'GET', address = '203.0.113.7') {
  const { config, problems } = front(text);
  if (config === undefined) return problems.map(({ code }) => code).join();
  const registry = loadRegistry(config.registry);
  const request = { method, path, address };
  return decide({ certificate, request, registry, overlay: emptyOverlay, now: during }).outcome;
}

describe('a server that asks for one subject', () => {
  const text = serverWith(`${exact} ${orders} location = /ping { proxy_pass https://erp.internal.example; }`);
  test.each([
    ['/orders/1', 'allow'],
    ['/orders', 'allow'],
    ['/ping', 'allow'],
    ['/ping/1', 'deny'],
    ['/other', 'deny'],
  ])('%s: %s', (path, expected) => {
    expect(outcome(text, erp.der, path)).toBe(expected);
    expect(outcome(text, other.der, path)).toBe('deny');
  });
});

test('a map of subjects gives clients by the names it gives them', () => {
  const map = 'map $ssl_client_s_dn $who { default 0; "CN=erp,O=Umbra,C=NL" Erp_Sync; "~CN=other" x; }';
  const text = serverWith(`if ($who = 0) { return 403; } ${orders}`, map);
  expect(imported(text).clients).toMatchObject([{ name: 'erp-sync', subject: 'CN=erp,O=Umbra,C=NL' }]);
  expect(outcome(text, erp.der, '/orders/1')).toBe('allow');
  expect(outcome(text, other.der, '/orders/1')).toBe('deny');
  expect(notesOf(text)).toContain('left-out: ~CN=other is no one subject: an unanchored regular expression');
});

test('addresses, methods, prefixes and what the backend gets', () => {
  const text = serverWith(
    `${exact} allow 203.0.113.0/24; deny all; location /orders/ { limit_except GET POST { deny all; } proxy_pass http://erp/api/; }`,
    'upstream erp { server 10.0.0.5:8080; server 10.0.0.6:8080; }',
  );
  expect(front(text).config?.registry.routes).toMatchObject([{ match: 'GET,HEAD,POST /orders/**', to: '/api/**' }]);
  expect(front(text).config?.connections.get('erp')).toMatchObject({ allowPlaintext: true });
  expect(outcome(text, erp.der, '/orders/1')).toBe('allow');
  expect(outcome(text, erp.der, '/orders/1', 'DELETE')).toBe('deny');
  expect(outcome(text, erp.der, '/orders/1', 'GET', '198.51.100.1')).toBe('deny');
  expect(notesOf(text)).toMatch(/upstream erp has 2 servers/);
});

test.each<[string, string, RegExp]>([
  ['every certificate of the CAs', orders, /to-do: every certificate of these CAs was let in/],
  [
    'an unanchored expression',
    `if ($ssl_client_s_dn !~ "CN=erp") { return 403; } ${orders}`,
    /unanchored regular expression/,
  ],
  ['an expression without case', `if ($ssl_client_s_dn !~* "^CN=erp$") { return 403; } ${orders}`, /without case/],
])('%s names no client', (_, inner, note) => {
  const text = serverWith(inner);
  expect(imported(text).clients).toEqual([]);
  expect(outcome(text, erp.der, '/orders/1')).toBe('registry_empty');
  expect(notesOf(text)).toMatch(note);
});

test('an anchored expression of literal characters is one subject', () => {
  const text = serverWith(`if ($ssl_client_s_dn !~ "^CN=erp,O=Umbra,C=NL$") { return 403; } ${orders}`);
  expect(outcome(text, erp.der, '/orders/1')).toBe('allow');
});

test.each([
  ['a password', 'auth_basic "x";'],
  ['another server’s word', 'auth_request /auth;'],
  ['no address', 'deny all;'],
  ['any of a password and an address', 'satisfy any; auth_basic x; allow 203.0.113.0/24; deny all;'],
  ['some addresses not', 'deny 198.51.100.0/24;'],
  ['an unknown condition', 'if ($http_x_key != "a") { return 403; }'],
  ['a program', 'access_by_lua_block { if x then ngx.exit(403) end }'],
  ['another subject', 'if ($ssl_client_s_dn != "CN=other") { return 403; }'],
])('what %s guards is left out, and so is what contains it', (_, check) => {
  const guarded = `location /orders/admin/ { ${check} proxy_pass https://erp.internal.example; }`;
  const text = serverWith(
    `${exact} ${orders} ${guarded} location /stock/ { proxy_pass https://erp.internal.example; }`,
  );
  expect(imported(text).routes.map(({ match }) => match)).toEqual(['ANY /stock/**']);
  expect(outcome(text, erp.der, '/orders/admin/1')).toBe('deny');
  expect(outcome(text, erp.der, '/orders/1')).toBe('deny');
  expect(outcome(text, erp.der, '/stock/1')).toBe('allow');
});

test('a location within a location asks what stands around it, and its own', () => {
  const nested = (outer: string, inner: string) =>
    serverWith(
      `${exact} location /orders/ { ${outer} proxy_pass https://b.example; location /orders/admin/ { ${inner} proxy_pass https://b.example; } }`,
    );
  expect(imported(nested('', 'deny all;')).routes).toEqual([]);
  expect(imported(nested('auth_basic x;', '')).routes).toEqual([]);
  expect(imported(nested('auth_basic x;', 'auth_basic off;')).routes.map(({ match }) => match)).toEqual([
    'ANY /orders/admin/**',
  ]);
});

test.each([
  ['addresses', 'allow 198.51.100.0/24; deny all;', 'deny'],
  ['a password', 'auth_basic x;', 'no routes'],
])('what stands in http counts in the server: %s', (_, outer, expected) => {
  const text = serverWith(`${exact} ${orders}`, outer);
  if (expected === 'no routes') return expect(imported(text).routes).toEqual([]);
  expect(outcome(text, erp.der, '/orders/1')).toBe('deny');
  expect(outcome(text, erp.der, '/orders/1', 'GET', '198.51.100.7')).toBe('allow');
});

test('nobody may come from anywhere: nothing is taken over', () => {
  expect(imported(serverWith(`${exact} deny all; allow 203.0.113.0/24; ${orders}`)).routes).toEqual([]);
});

test('a condition of the whole server that cannot be said leaves everything out', () => {
  expect(imported(serverWith(`${exact} auth_request /auth; ${orders}`)).routes).toEqual([]);
});

test.each([
  ['ssl_verify_client optional;', /optional let callers in without a certificate/],
  ['ssl_verify_client optional_no_ca;', /verified nothing/],
])('%s', (verify, note) => {
  expect(notesOf(serverWith(`${exact} ${orders}`).replace('ssl_verify_client on;', verify))).toMatch(note);
});

test('a credential for the backend is never copied', () => {
  const text = serverWith(
    `${exact} location /orders/ { proxy_pass https://b.example; proxy_set_header Authorization "Basic c2VjcmV0"; }`,
  );
  const files = [...importedFiles(imported(text), 'imported-1', 'nginx.conf').values()].join('');
  expect(files).not.toContain('c2VjcmV0');
  expect(files).toContain('sallyport secret set b-example');
});

test.each<[string, string]>([
  ['server { location / {', 'nginx_malformed'],
  ['server { } }', 'nginx_malformed'],
  ['server "x', 'nginx_malformed'],
  ['listen 443', 'nginx_malformed'],
  ['a\u0000;', 'nginx_malformed'],
  [`${'a { '.repeat(40)}${'} '.repeat(40)}`, 'nginx_too_large'],
  ['x;'.repeat(60_000), 'nginx_too_large'],
  [`# ${'x'.repeat(2_000_001)}`, 'nginx_too_large'],
])('%.20s: %s', (text, code) => {
  expect(() => parseNginx('f', text, () => [])).toThrow(ProblemError);
  try {
    parseNginx('f', text, () => []);
  } catch (error) {
    expect((error as ProblemError).problems[0]?.code).toBe(code);
  }
});

test('a file that includes itself ends', () => {
  const include = () => [{ file: 'a', text: 'include a;' }];
  expect(() => parseNginx('a', 'include a;', include)).toThrow(ProblemError);
});

test('whatever the text, it is read or refused by name, and what comes of it never lets a stranger in', () => {
  const piece = fc.constantFrom(
    exact,
    orders,
    'location / {',
    '}',
    '{',
    ';',
    '"',
    "'",
    '#',
    '\n',
    'satisfy any;',
    'map $ssl_client_s_dn $w {',
    '"CN=erp" x;',
    'if ($w = 0) { return 403; }',
    '~',
    'deny all;',
    'allow all;',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      try {
        const text = serverWith(pieces.join(' '));
        imported(text);
        expect(outcome(text, other.der, '/orders/1')).not.toBe('allow');
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});

describe('methods of nested and of longer locations', () => {
  const erpUrl = 'proxy_pass https://erp.internal.example;';
  const strict = `location /api/orders/ { limit_except GET { deny all; } ${erpUrl} }`;
  test.each([
    ['beside each other', serverWith(`${exact} ${strict} location /api/ { ${erpUrl} }`)],
    ['the wider one first', serverWith(`${exact} location /api/ { ${erpUrl} } ${strict}`)],
    ['one in the other', serverWith(`${exact} location /api/ { ${erpUrl} ${strict} }`)],
    [
      'a regular expression',
      serverWith(
        `${exact} location /api/ { ${erpUrl} } location ~ orders { limit_except GET { deny all; } ${erpUrl} }`,
      ),
    ],
    ['an error', serverWith(`${exact} location /api/ { ${erpUrl} } location /api/orders/ { return 404; }`)],
  ])('%s: what nginx refused stays refused', (_, text) => {
    expect(outcome(text, erp.der, '/api/orders/1', 'DELETE')).not.toBe('allow');
    expect(notesOf(text)).toMatch(/left-out: location \/api\/ was not taken over: it contains location .*orders/);
  });

  test('one that lets the same through is no reason, and its rule is not written twice', () => {
    const text = serverWith(
      `${exact} location /api/ { ${erpUrl} } location /api/orders/ { proxy_pass https://other.internal.example; }`,
    );
    expect(front(text).problems).toEqual([]);
    expect(outcome(text, erp.der, '/api/orders/1', 'DELETE')).toBe('allow');
  });

  test('what nginx served itself is not forwarded', () => {
    const text = serverWith(`${exact} location / { ${erpUrl} } location /static/ { root /srv; }`);
    expect(imported(text).routes).toEqual([]);
    expect(notesOf(text)).toMatch(/left-out: location \/ .*contains location \/static\/, which answers itself/);
  });

  const prefixes = ['/', '/a/', '/a/b/', '/a/b/c/', '/d/'] as const;
  const methods = ['ANY', 'GET', 'GET,POST', 'DELETE'] as const;
  test('whatever they are, no method that the longest one refuses is allowed', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...prefixes), fc.constantFrom(...methods), { minKeys: 1 }),
        (locations) => {
          const written = Object.entries(locations).map(([prefix, allowed]) => {
            const limit = allowed === 'ANY' ? '' : `limit_except ${allowed.replace(',', ' ')} { deny all; }`;
            return `location ${prefix} { ${limit} ${erpUrl} }`;
          });
          const text = serverWith(`${exact} ${written.join(' ')}`);
          for (const path of ['/x', '/a/x', '/a/b/x', '/a/b/c/x', '/d/x']) {
            const longest = Object.keys(locations)
              .filter((prefix) => path.startsWith(prefix))
              .sort((a, b) => b.length - a.length)[0];
            for (const method of ['GET', 'POST', 'DELETE']) {
              const letsIn =
                longest !== undefined &&
                ['ANY', ...(locations[longest] ?? '').split(',')].includes(
                  locations[longest] === 'ANY' ? 'ANY' : method,
                );
              const found = outcome(text, erp.der, path, method);
              if (!letsIn) expect([path, method, found]).not.toEqual([path, method, 'allow']);
              expect(found).not.toMatch(/rule_unreachable/);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('several maps, inherited checks and errors of its own', () => {
  const erpUrl = 'proxy_pass https://erp.internal.example;';
  const maps = `map $ssl_client_s_dn $reader { default 0; "CN=erp,O=Umbra,C=NL" 1; "CN=other,O=Umbra,C=NL" 1; }
    map $ssl_client_s_dn $admin { default 0; "CN=erp,O=Umbra,C=NL" 1; }`;
  const refusing = (variable: string) => `if (${variable} = 0) { return 403; }`;
  test.each<[string, string]>([
    [
      'each location its own map',
      serverWith(
        `location /orders/ { ${refusing('$reader')} ${erpUrl} } location /admin/ { ${refusing('$admin')} ${erpUrl} }`,
        maps,
      ),
    ],
    ['the server asks for the second map', serverWith(`${refusing('$admin')} location /admin/ { ${erpUrl} }`, maps)],
    [
      'one map for all, another for some',
      serverWith(`${refusing('$reader')} location /admin/ { ${refusing('$admin')} ${erpUrl} }`, maps),
    ],
    [
      'both maps at the server',
      serverWith(`${refusing('$reader')} ${refusing('$admin')} location /admin/ { ${erpUrl} }`, maps),
    ],
  ])('%s: who is not named stays out', (_, text) => {
    expect(outcome(text, other.der, '/admin/1')).not.toBe('allow');
  });

  test('of the map that the server asks for come the clients', () => {
    const text = serverWith(`${refusing('$admin')} location /admin/ { ${erpUrl} }`, maps);
    expect(outcome(text, erp.der, '/admin/1')).toBe('allow');
  });

  test('of a subject of the server and a map both count', () => {
    const both = (subject: string) =>
      serverWith(`${subject} ${refusing('$admin')} location /admin/ { ${erpUrl} }`, maps);
    expect(outcome(both(exact), erp.der, '/admin/1')).toBe('allow');
    expect(outcome(both(exact.replace('erp', 'other')), erp.der, '/admin/1')).not.toBe('allow');
    expect(outcome(both(exact.replace('erp', 'other')), other.der, '/admin/1')).not.toBe('allow');
  });

  test.each<[string, string]>([
    ['return before proxy_pass', serverWith(`${exact} location /admin/ { return 404; ${erpUrl} }`)],
    ['return at the server', serverWith(`${exact} return 404; location /admin/ { ${erpUrl} }`)],
    [
      'a regular expression that refuses',
      serverWith(`${exact} location /admin/ { ${erpUrl} } location ~ ^/admin/1 { return 404; ${erpUrl} }`),
    ],
    [
      'a longer prefix that refuses',
      serverWith(`${exact} location /admin/ { ${erpUrl} } location /admin/1/ { return 404; ${erpUrl} }`),
    ],
    [
      'a script in http',
      serverWith(`${exact} location /admin/ { ${erpUrl} }`, 'rewrite_by_lua_block { ngx.exit(403) }'),
    ],
    ['a firewall in http', serverWith(`${exact} location /admin/ { ${erpUrl} }`, 'modsecurity on;')],
    [
      'a script around',
      serverWith(`${exact} location /admin/ { rewrite_by_lua_file x.lua; location /admin/1/ { ${erpUrl} } }`),
    ],
  ])('%s: nothing is let in', (_, text) => {
    expect(outcome(text, erp.der, '/admin/1')).not.toBe('allow');
    expect(outcome(text, erp.der, '/admin/1/x')).not.toBe('allow');
  });
});

const erpUrl = 'proxy_pass https://erp.internal.example;';

describe('addresses', () => {
  const inner = `location /orders/admin/ { allow 198.51.100.0/24; deny all; ${erpUrl} }`;
  test('those of a location are a condition of its route', () => {
    const text = serverWith(`${exact} ${orders} ${inner}`);
    expect(outcome(text, erp.der, '/orders/1')).toBe('allow');
    expect(outcome(text, erp.der, '/orders/admin/1')).toBe('deny');
    expect(outcome(text, erp.der, '/orders/admin/1', 'GET', '198.51.100.7')).toBe('allow');
  });
  test('a location that asks less than the one around it says so', () => {
    const around = `location /orders/ { allow 198.51.100.0/24; deny all; ${erpUrl} }`;
    const text = serverWith(`${exact} ${around} location /orders/open/ { allow all; ${erpUrl} }`);
    expect(outcome(text, erp.der, '/orders/1')).toBe('deny');
    expect(outcome(text, erp.der, '/orders/open/1')).toBe('allow');
    expect(front(text).config?.registry.routes.map(({ replaces }) => replaces)).toEqual([undefined, true]);
  });
  test('those that a header names are not those that connect', () => {
    const text = serverWith(`${exact} set_real_ip_from 10.0.0.0/8; ${orders} ${inner}`);
    expect(imported(text).routes).toEqual([]);
  });
});

describe('one server of several', () => {
  const server = (name: string, listen: string, path: string) =>
    `server { listen ${listen}; server_name ${name}; ${exact} location ${path} { ${erpUrl} } }`;
  const text = `http { ssl_client_certificate clients.pem; ssl_verify_client on;
    server { listen 80; server_name x.example; return 301 https://$host$request_uri; }
    ${server('partner.example', '443 ssl', '/a/')} ${server('b.example.com', '443 ssl', '/b/')} }`;
  const take = (wished?: string) =>
    importNginx(
      parseNginx('f', text, () => []),
      { readCas, server: wished },
    );

  test('the first that speaks TLS, or the wished one', () => {
    expect(take().routes).toMatchObject([{ match: 'ANY /a/**' }]);
    expect(take('b.example.com').routes).toMatchObject([{ match: 'ANY /b/**' }]);
    expect(take().notes.map(({ text: note }) => note)).toContain(
      'another server with client certificates: --server b.example.com takes it, into a folder of its own',
    );
    expect(() => take('c.example.com')).toThrow(ProblemError);
  });
  test('a name of two labels is its own zone', () => {
    expect(importedFiles(take(), 'x', 'f').get('sallyport.yaml')).toContain(
      'name: partner.example, hostedZone: { id: Z0123456789, name: partner.example }',
    );
  });
  test('without TLS nobody shows a certificate', () => {
    expect(notesOf(serverWith(`${exact} ${orders}`).replace('443 ssl', '80'))).toMatch(
      /none of its `listen` has `ssl`/,
    );
  });
});

describe('certificates that nginx refused', () => {
  const first = root.ca({ subject: 'First' });
  const second = first.ca({ subject: 'Second' });
  const deep = second.issue({ subject: { C: 'NL', O: 'Umbra', CN: 'erp' } });
  const fileOf = (text: string) => {
    const cas = [root, first, second].map(({ der }) => parseCertificate(der));
    const found = importNginx(
      parseNginx('f', text, () => []),
      { readCas: () => cas },
    );
    return importedFiles(found, 'imported-1', 'f');
  };
  const problemsOf = (files: ReadonlyMap<string, string>) =>
    parseFront(new Map([...files].map(([file, content]) => [file, Buffer.from(content)]))).problems;

  test.each([
    ['', ['CN=First']],
    ['ssl_verify_depth 0;', ['CN=Umbra Root, O=Umbra, C=NL']],
    ['ssl_verify_depth 2;', undefined],
  ])('the depth %j is that of the issuers', (depth, issuers) => {
    const yaml = fileOf(serverWith(`${exact} ${depth} ${orders}`)).get('truststore/authorities/clients.yaml') ?? '';
    const written = /^issuers: \['(.*)'\]$/m.exec(yaml)?.[1];
    expect(written === undefined ? undefined : [written.replace(/, ?/g, ', ')]).toEqual(issuers);
    expect(deep.pem).toContain('CERTIFICATE');
  });
  test.each(['ssl_crl crl.pem;', 'ssl_ocsp on;'])('%s does not compile until the lists are written', (directive) => {
    const files = fileOf(serverWith(`${exact} ${directive} ${orders}`));
    expect(problemsOf(files).map(({ place }) => place?.file)).toEqual(['truststore/authorities/clients.yaml']);
    const yaml = files.get('truststore/authorities/clients.yaml') ?? '';
    expect(yaml).not.toContain('none:');
    const settled = yaml.replace('lists: []', 'lists: ["http://crl.umbra.example/a.crl"]');
    expect(problemsOf(new Map([...files, ['truststore/authorities/clients.yaml', settled]]))).toEqual([]);
  });
});

test.each([
  ['no limit of ours', 'limit_req zone=a;'],
  ['a body that the backend never got', 'proxy_pass_request_body off;'],
  ['a certificate for the backend', 'proxy_ssl_certificate a.pem; proxy_ssl_certificate_key a.key;'],
  ['a smaller body', 'client_max_body_size 1k;'],
  ['a header that the caller never saw', 'proxy_hide_header X-Internal;'],
  ['a name that nobody knows', 'proxy_frobnicate on;'],
  ['another name that nobody knows', 'ssl_frobnicate on;'],
  ['files first', 'try_files $uri =404;'],
])('%s: nothing is guessed', (_, directive) => {
  expect(imported(serverWith(`${exact} location /a/ { ${directive} ${erpUrl} }`)).routes).toEqual([]);
});

test('a method that was forced is the only one', () => {
  const text = serverWith(`${exact} location /a/ { proxy_method GET; ${erpUrl} }`);
  expect(imported(text).routes).toMatchObject([{ match: 'GET /a/**' }]);
});

test('headers that nginx wrote or cleared are nobody’s, and a value of its own is a credential', () => {
  const headers = `proxy_set_header X-Device-Id $device; proxy_set_header X-Role ""; proxy_set_header X-Mine $http_x_mine;
    proxy_set_header X-Internal-Token s3cr3t; proxy_set_header Host $host; proxy_set_header X-Real-IP $remote_addr;`;
  const text = serverWith(`${exact} ${headers} location /a/ { ${erpUrl} }`);
  const { connections } = imported(text);
  expect(connections).toMatchObject([
    { strip: ['X-Device-Id', 'X-Internal-Token', 'X-Role'], secrets: ['X-Internal-Token'] },
  ]);
  const files = importedFiles(imported(text), 'imported-1', 'f');
  expect([...files.values()].join('')).not.toContain('s3cr3t');
  expect(
    front(text)
      .problems.map(({ message }) => message)
      .join(),
  ).toMatch(/credential/);
});

test.each([
  ['a socket', 'upstream b { server unix:/run/b; }', 'http://b', /is a socket of that machine/],
  ['a socket by itself', '', 'http://unix:/run/b:/', /is a socket of that machine/],
  [
    'only servers that are down',
    'upstream b { server 10.0.0.1 down; }',
    'http://b',
    /every server of upstream b is down/,
  ],
  ['a variable', '', 'http://$host', /no fixed address/],
  ['paths that no `to` makes', '', 'http://b/x', /end differently with/],
])('a backend that is %s', (_, upstream, target, note) => {
  const text = serverWith(`${exact} location /a/ { proxy_pass ${target}; }`, upstream);
  expect(imported(text).routes).toEqual([]);
  expect(notesOf(text)).toMatch(note);
});

test('a server that is down is not the one, and without a port it is 80', () => {
  const upstream = 'upstream b { server 10.0.0.1:81 down; server 10.0.0.2 backup; server 10.0.0.3; }';
  const text = serverWith(`${exact} location /a/ { proxy_pass http://b; }`, upstream);
  expect(imported(text).connections).toMatchObject([{ url: 'http://10.0.0.3:80' }]);
});

test('no CA at all: nothing compiles, and which one it is has to be said', () => {
  const text =
    'server { listen 443 ssl; ssl_verify_client optional_no_ca; location / { proxy_pass http://b.example; } }';
  expect(notesOf(text)).toMatch(/to-do: no CA is named in this configuration/);
  expect(front(text).config).toBeUndefined();
});

test.each([
  ['apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    server { }', /ConfigMap/],
  ['{% if x %}\nserver { }\n{% endif %}', /Jinja/],
  ['<% if x %>\nserver { }\n<% end %>', /ERB/],
  ['server { listen {{ .Values.port }} ssl; }', /Helm/],
  ['server { listen {{ port }} ssl; }', /template/],
])('%.30s is told by name', (text, message) => {
  expect(() => imported(text)).toThrow(message);
});

test('an open item does not compile', () => {
  for (const text of [
    serverWith(orders),
    serverWith(`${exact} ssl_crl a; ${orders}`),
    serverWith(`${exact} ${orders}`),
  ]) {
    const open = imported(text).notes.some(({ kind }) => kind === 'to-do');
    expect(front(text).config === undefined).toBe(open);
  }
});
