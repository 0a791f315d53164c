import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { parseCertificate } from '../../../../src/core/x509/certificate.ts';
import { formatName } from '../../../../src/core/x509/name.ts';
import { importMendix } from '../../../../src/partners/import/mendix/mendix.ts';
import { ca } from '../../../pki.ts';
import { decisionOf, outcomesOf } from '../imported-front.ts';
import { type Asked, type Bench, openBench, skipReason } from '../real-nginx.ts';

jest.setTimeout(300_000);

const root = ca({ subject: { C: 'NL', O: 'Umbra B.V.', CN: 'Root' } });
const first = root.ca({ subject: { C: 'NL', O: 'Umbra B.V.', CN: 'First' } });
const second = root.ca({ subject: { C: 'NL', O: 'Umbra B.V.', CN: 'Second' } });
const cas = [root, first, second].map(({ der }) => parseCertificate(der));
const certificates = [
  first.issue({ subject: 'one' }),
  second.issue({ subject: 'two' }),
  first.issue({ subject: 'three' }),
];
const dn = (name: string) => `CN=${name},O=Umbra B.V.,C=NL`;

interface Rule {
  readonly ipfilter?: readonly string[];
  readonly client_cert?: boolean;
  readonly issuer_dn?: readonly string[];
  readonly basic_auth?: Readonly<Record<string, string>>;
  readonly satisfy?: 'any' | 'all';
}

/**
 * What Mendix' buildpack makes of the restrictions (etc/nginx/conf/nginx.conf.j2 and buildpack/core/nginx.py of
 * mendix/cf-mendix-buildpack), written anew: what `/` asks stands in the server, where every location inherits what it does
 * not say itself; the certificate is looked for by a subrequest, in headers that the fleet before the app has written. Every
 * path that the app's model adds gets what its nearest restricted parent asks.
 */
function templateOf(rules: Readonly<Record<string, Rule>>, handlers: readonly string[], bench: Bench): string {
  const nearest = (path: string) =>
    Object.keys(rules)
      .sort()
      .reverse()
      .find((one) => path === one || path.startsWith(one.endsWith('/') ? one : `${one}/`));
  const all: Record<string, Rule> = { ...rules };
  for (const path of ['/', '/file', ...handlers]) all[path] ??= rules[nearest(path) ?? ''] ?? {};
  const blocks = Object.entries(all).map(([path, rule], index) => {
    const { ipfilter, client_cert: asks = false, issuer_dn: issuers = [], basic_auth: users, satisfy = 'any' } = rule;
    const pattern = issuers.map((one) => one.replaceAll(' ', '\\040').replaceAll('.', '\\.')).join('|');
    const asked = [
      `satisfy ${satisfy};`,
      ...(ipfilter === undefined ? [] : [...ipfilter.map((one) => `allow ${one};`), 'deny all;']),
      ...(asks || pattern !== '' ? [`auth_request /check-${index};`] : []),
      ...(users === undefined ? [] : [`auth_basic Restricted; auth_basic_user_file ${bench.folder}/nobody;`]),
    ].join(' ');
    const check = `location /check-${index} { internal;
      ${pattern === '' ? '' : `if ($http_ssl_client_i_dn ~* ^(?!(${pattern})$)(\\w*)) { return 403; }`}
      ${asks ? 'if ($http_ssl_client_s_dn) { return 200; }' : ''} return 403; }`;
    const own = `location ${path} { proxy_pass ${bench.backend}; ${path === '/' ? '' : asked} }`;
    return `${own} ${path === '/' ? asked : ''} ${asks || pattern !== '' ? check : ''}`;
  });
  const reserved = ['/_mxadmin/', '/_mxbuild/'].map(
    (path) =>
      `location ${path} { auth_basic Restricted; auth_basic_user_file ${bench.folder}/nobody; proxy_pass ${bench.backend}; satisfy any; }`,
  );
  return `server { listen ${bench.listen}; server_name _; ${blocks.join('\n')} ${reserved.join('\n')} }`;
}

const rule: fc.Arbitrary<Rule> = fc.record(
  {
    ipfilter: fc.constantFrom([], ['127.0.0.1'], ['127.0.0.0/30'], ['127.0.0.5/29', '10.0.0.0/8']),
    client_cert: fc.boolean(),
    issuer_dn: fc.constantFrom(
      [],
      [dn('First')],
      [dn('Second')],
      [dn('First'), dn('Second')],
      [dn('Third')],
      [dn('F.*')],
    ),
    basic_auth: fc.constantFrom<Record<string, string>>({}, { user: 'word' }),
    satisfy: fc.constantFrom('any' as const, 'all' as const),
  },
  { requiredKeys: [] },
);
const restrictions = fc.dictionary(fc.constantFrom('/', '/', '/a/', '/a', '/a/b/', '/ws/', '/ws-doc/'), rule, {
  minKeys: 1,
});
const paths = [
  '/',
  '/a',
  '/a/',
  '/ab',
  '/a/x',
  '/a/b/',
  '/a/b/c',
  '/a/c/',
  '/ws/',
  '/ws/x',
  '/ws-doc/x',
  '/file',
  '/filed',
  '/_mxadmin/',
  '/x',
];
const asked: fc.Arbitrary<Asked> = fc.record({
  method: fc.constantFrom('GET', 'POST'),
  path: fc.constantFrom(...paths),
  address: fc.constantFrom('127.0.0.1', '127.0.0.2', '127.0.0.9'),
  certificate: fc.constantFrom(...certificates),
});

describe('beside the template of the buildpack in the real nginx', () => {
  let bench: Bench;
  beforeAll(async () => {
    if (skipReason !== undefined) return console.warn(skipReason);
    bench = await openBench();
    writeFileSync(`${bench.folder}/nobody`, '');
  });
  afterAll(async () => bench?.stop());

  test('no request that it refused is allowed, whoever is registered', async () => {
    if (skipReason !== undefined) return;
    const runs = Number(process.env.NGINX_RUNS ?? 50);
    const seed = Number(process.env.NGINX_SEED ?? 20_261_128);
    const handlers = fc.sample(fc.subarray(['/a/b/', '/ab/', '/ws/x/', '/ws-doc/', '/a/c/']), { numRuns: runs, seed });
    let both = 0;
    for (const [index, rules] of fc.sample(restrictions, { numRuns: runs, seed }).entries()) {
      const imported = importMendix(JSON.stringify(rules), 'r.json', { backend: 'https://app.example', cas });
      const outcomes = outcomesOf(imported, certificates);
      // what the notes propose compiles
      expect(outcomes.length).toBe(imported.routes.length === 0 ? 0 : 1);
      const allowed = fc
        .sample(asked, { numRuns: 300, seed })
        .filter((one) => outcomes.some((registry) => decisionOf(registry, one).outcome === 'allow'));
      if (allowed.length === 0) continue;
      await bench.start(templateOf(rules, handlers[index] ?? [], bench));
      for (const one of allowed.slice(0, 30)) {
        const { subject, issuer } = parseCertificate(one.certificate?.der ?? new Uint8Array());
        const headers = { 'SSL-Client-S-DN': formatName(subject), 'SSL-Client-I-DN': formatName(issuer) };
        const answer = await bench.ask({ ...one, headers }, false);
        if (answer.status === 301 && answer.location?.endsWith(`${one.path}/`)) continue;
        const got = {
          rules,
          handlers: handlers[index],
          path: one.path,
          address: one.address,
          issuer: formatName(issuer),
        };
        expect({ ...got, status: answer.status }).toEqual({ ...got, status: 200 });
        both += 1;
      }
    }
    expect(both).toBeGreaterThan(runs);
  });
});
