import fc from 'fast-check';
import { parseCertificate } from '../../../../src/core/x509/certificate.ts';
import { importNginx } from '../../../../src/partners/import/nginx/nginx.ts';
import { parseNginx } from '../../../../src/partners/import/nginx/text/syntax.ts';
import { ca } from '../../../pki.ts';
import { decisionOf, outcomesOf } from '../imported-front.ts';
import { type Asked, type Bench, openBench, skipReason } from '../real-nginx.ts';

jest.setTimeout(300_000);

const root = ca({ subject: { C: 'NL', O: 'Umbra', CN: 'Root' } });
const first = root.ca({ subject: { C: 'NL', O: 'Umbra', CN: 'First' } });
const second = first.ca({ subject: { C: 'NL', O: 'Umbra', CN: 'Second' } });
const otherRoot = ca({ subject: { C: 'NL', O: 'Umbra', CN: 'Other Root' } });
const leaf = (issuer: typeof root, name: string) => issuer.issue({ subject: { C: 'NL', O: 'Umbra', CN: name } });
const certificates = [
  leaf(root, 'erp'),
  leaf(first, 'stock'),
  leaf(second, 'deep'),
  leaf(otherRoot, 'erp'),
  leaf(first, 'bad'),
  leaf(root, 'admin-1'),
];
const files: Readonly<Record<string, readonly { readonly pem: string; readonly der: Uint8Array }[]>> = {
  'all.pem': [root, first, second],
  'root.pem': [root],
  'two.pem': [root, otherRoot],
};

const dn = (name: string) => `CN=${name},O=Umbra,C=NL`;
const maps = `
  map $ssl_client_s_dn $who { default ""; "${dn('erp')}" erp; "${dn('stock')}" stock; "~^CN=admin-[0-9]," admin; }
  map $ssl_client_s_dn $ok { default 0; "${dn('erp')}" 1; "~CN=deep" 1; "${dn('bad')}" 0; }
  map $ssl_client_s_dn $blocked { default 0; "${dn('bad')}" 1; }
  map $request_method $writes { default 0; POST 1; DELETE 1; }
  limit_req_zone $binary_remote_addr zone=z:1m rate=1r/m;`;
const conditions = [
  'if ($who = "") { return 403; }',
  'if ($ok != 1) { return 403; }',
  'if ($ok = 0) { return 403; }',
  'if ($ok) { return 403; }',
  'if ($blocked) { return 403; }',
  `if ($ssl_client_s_dn != "${dn('erp')}") { return 403; }`,
  `if ($ssl_client_s_dn = "${dn('erp')}") { return 403; }`,
  `if ($ssl_client_s_dn !~ "^CN=(erp|stock),") { return 403; }`,
  'if ($ssl_client_s_dn ~ CN=bad) { return 403; }',
  'if ($ssl_client_verify != SUCCESS) { return 403; }',
  'if ($ssl_client_verify = NONE) { return 403; }',
  'if ($writes) { return 405; }',
  'if ($request_method !~ ^(GET|HEAD)$) { return 405; }',
  'if ($http_x_debug) { return 403; }',
  'if ($http_x_debug = "") { return 403; }',
  'if ($scheme = http) { return 301 https://$host$request_uri; }',
  'set $ok 1;',
];
const access = [
  'allow 127.0.0.1; deny all;',
  'allow 127.0.0.0/30; deny all;',
  'deny all;',
  'allow all;',
  'deny 127.0.0.2; allow all;',
  'deny 127.0.0.2;',
  'allow 127.0.0.3;',
  'satisfy any; allow 127.0.0.1; deny all;',
];
const others = [
  'limit_except GET { deny all; }',
  'limit_except POST { allow 127.0.0.2; deny all; }',
  'internal;',
  'return 404;',
  'auth_basic x; auth_basic_user_file none;',
  'auth_basic off;',
  'limit_req zone=z;',
  'client_max_body_size 1k;',
  'client_max_body_size 50m;',
  'proxy_method GET;',
  'proxy_buffering off;',
  'proxy_set_header X-Role "";',
  'try_files /nothing =404;',
  'expires 1y;',
];
const heads = [
  '/',
  '/a/',
  '/a',
  '/a/b/',
  '^~ /a/',
  '^~ /a/b/',
  '= /a',
  '= /a/b/',
  '/c/',
  '~ ^/a/b/',
  '~* SECRET$',
  '~ \\.x$',
];
const paths = [
  '/',
  '/a',
  '/a/',
  '/ab',
  '/a/x',
  '/a/b',
  '/a/b/',
  '/a/b/c',
  '/a/b/c.x',
  '/a/secret',
  '/A/b/c',
  '/c/',
  '/c/x',
  '/d',
];

const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...conditions) },
  { weight: 2, arbitrary: fc.constantFrom(...access) },
  { weight: 2, arbitrary: fc.constantFrom(...others) },
);
const body = fc.tuple(
  fc.array(piece, { maxLength: 2 }),
  fc.constantFrom('BACKEND', 'BACKEND', 'BACKEND', 'OTHER', 'BACKEND/t/', ''),
);
const location = fc.tuple(
  fc.constantFrom(...heads),
  body,
  fc.option(fc.tuple(fc.constantFrom('/a/b/', '/a/b/c', '~ c$'), body), { freq: 5 }),
);
const configuration = fc.record({
  file: fc.constantFrom('all.pem', 'all.pem', 'root.pem', 'two.pem'),
  verify: fc.constantFrom('on', 'on', 'on', 'optional', 'optional_no_ca', 'off'),
  depth: fc.constantFrom('', '', 'ssl_verify_depth 2;', 'ssl_verify_depth 0;', 'ssl_verify_depth 3;'),
  outer: fc.array(fc.constantFrom(...access, 'auth_basic x;', 'proxy_buffering off;'), { maxLength: 1 }),
  server: fc.array(piece, { maxLength: 1 }),
  locations: fc.uniqueArray(location, { minLength: 1, maxLength: 4, selector: ([head]) => head.replace(/^\^~ /, '') }),
});
type Configuration = typeof configuration extends fc.Arbitrary<infer T> ? T : never;

function textOf({ file, verify, depth, outer, server, locations }: Configuration, bench: Bench): string {
  const block = ([pieces, pass]: Configuration['locations'][number][1], head: string) => {
    const uri = head.startsWith('~') ? pass.replace('/t/', '') : pass;
    const unique = [
      ...new Map(pieces.map((one) => [one.split(' ')[0] === 'if' ? one : one.split(' ')[0], one])).values(),
    ];
    return `${unique.join(' ')} ${uri === '' ? 'root /nowhere;' : `proxy_pass ${uri.replace('BACKEND', bench.backend).replace('OTHER', bench.otherBackend)};`}`;
  };
  const blocks = locations.map(([head, own, nested]) => {
    const inner =
      nested !== null && /^(?:\^~ )?\/a\/?$|^\/$/.test(head)
        ? `location ${nested[0]} { ${block(nested[1], nested[0])} }`
        : '';
    return `location ${head} { ${block(own, head)} ${inner} }`;
  });
  const allowed = server.filter((one) => !/^(?:limit_except|internal|proxy_pass|set )/.test(one));
  return `${maps} ${outer.join(' ')}
server { listen ${bench.listen} ssl; server_name api.example.com;
  ssl_certificate server.pem; ssl_certificate_key server.key;
  ssl_client_certificate ${file}; ssl_verify_client ${verify}; ${depth}
  ${allowed.join(' ')}
  ${blocks.join('\n  ')}
}`;
}

const asked: fc.Arbitrary<Asked> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'HEAD', 'POST', 'DELETE'),
  path: fc.constantFrom(...paths),
  address: fc.constantFrom('127.0.0.1', '127.0.0.2', '127.0.0.9'),
  certificate: fc.constantFrom(...certificates),
});

const importOf = (text: string) =>
  importNginx(
    parseNginx('nginx.conf', `http { ${text} }`, () => []),
    { readCas: (path) => (files[path] ?? []).map(({ der }) => parseCertificate(der)) },
  );

describe('beside the real nginx', () => {
  let bench: Bench;
  beforeAll(async () => {
    if (skipReason !== undefined) return console.warn(skipReason);
    bench = await openBench();
    const { writeFileSync } = await import('node:fs');
    for (const [name, cas] of Object.entries(files)) {
      writeFileSync(`${bench.folder}/${name}`, cas.map(({ pem }) => pem).join(''));
    }
  });
  afterAll(async () => bench?.stop());

  test('no request that it refused is allowed, whatever is done with the list', async () => {
    if (skipReason !== undefined) return;
    const runs = Number(process.env.NGINX_RUNS ?? 40);
    const seed = Number(process.env.NGINX_SEED ?? 20_261_128);
    let both = 0;
    for (const config of fc.sample(configuration, { numRuns: runs, seed })) {
      const text = textOf(config, bench);
      const imported = importOf(text);
      const urls = new Map(imported.connections.map(({ name, url }) => [name, url]));
      const outcomes = outcomesOf(imported, certificates);
      if (outcomes.length === 0) continue; // it lets nobody in, whatever nginx does
      const wished = fc.sample(asked, { numRuns: 400, seed });
      const allowed = wished.flatMap((one) => {
        const decision = outcomes
          .map((registry) => decisionOf(registry, one))
          .find(({ outcome }) => outcome === 'allow');
        return decision?.outcome === 'allow'
          ? [{ one, to: `${urls.get(decision.route.connection)}${decision.to}${one.path.slice(decision.strip)}` }]
          : [];
      });
      if (allowed.length === 0) continue;
      await bench.start(text);
      for (const { one, to } of allowed.slice(0, 40)) {
        const answer = await bench.ask(one);
        // a location with a slash at its end sends those without one there: no answer of a backend, and no refusal
        if (answer.status === 301 && answer.location?.endsWith(`${one.path}/`)) continue;
        const name = Buffer.from(one.certificate?.der ?? [])
          .toString('base64')
          .slice(0, 12);
        expect({
          text,
          ...one,
          certificate: name,
          status: answer.status,
          got: answer.forwarded?.method,
          url: `http://${answer.forwarded?.headers.host}${answer.forwarded?.url}`,
        }).toEqual({
          text,
          ...one,
          certificate: name,
          status: 200,
          got: one.method,
          url: to,
        });
        both += 1;
      }
    }
    expect(both).toBeGreaterThan(runs);
  });
});
