import { generateKeyPairSync } from 'node:crypto';
import { type Document, isScalar, type Pair, parse, parseDocument, type Scalar, visit } from 'yaml';
import { frontShape } from '../../src/config/fields/front.ts';
import { authorityShape, clientShape, groupShape, tokenIssuerShape } from '../../src/config/fields/truststore.ts';
import { parseFront } from '../../src/config/front.ts';
import type { Reader } from '../../src/config/reading.ts';
import { schemaFiles } from '../../src/config/schema.ts';
import { parseTree } from '../../src/config/tree.ts';
import type { Problem } from '../../src/core/problem.ts';
import { parseCertificate } from '../../src/core/x509/certificate.ts';
import { formatName } from '../../src/core/x509/name.ts';
import { filesWith, issuing, problemsWith, root } from './front-files.ts';

/**
 * A remedy that is a line to paste holds what was written, and words of the grammar. Everything of the documentation's
 * examples stands in `allowed`. Planted at every key of every file, with values that no example has.
 */

const front = `format: 1
id: vega-77
front: vega
stage: test
support: { email: desk@vega.example, url: "https://vega.example/help" }
aws: { account: "333333333333", region: eu-north-1 }
domain: { name: in.vega.example, hostedZone: { id: Z99, name: vega.example }, ownershipCertificate: "arn:aws:acm:eu-north-1:333333333333:certificate/77", basePath: in, waf: false, replaceDomain: old.vega.example }
egress: { zones: 3, elasticIps: [eipalloc-77777777, eipalloc-88888888, eipalloc-99999999] }
concurrency: { authorizer: 7, forwarder: 8 }
functions: { maximumAgeSeconds: 77, keepRefusals: true, bindExtendedRequestId: true, responseMode: stream }
logs: { days: 545 }
deploy: { turnBackFrom: "7777777777777777777777777777777777777777" }
refusals: { disclose: false }
tiers: { silver: { perSecond: 7, burst: 8, perDay: 9 } }
connections:
  ledger: { transport: direct, url: "https://ledger.vega.example", serverName: l.vega.example, authorities: connections/l.pem, credential: { basic: { user: gate, passwordFrom: "secret:ledger" } }, timeoutSeconds: 7, reuse: never, strip: [X-Vega-A], pass: [X-Vega-B] }
  plain: { transport: direct, url: "http://plain.vega.example", allowPlaintext: true, credential: { header: { name: X-Vega-Key, valueFrom: "secret:plain" } } }
  token: { transport: direct, url: "https://token.vega.example", credential: { bearer: { tokenFrom: "secret:token" } } }
routes:
  - { match: "GET,PUT /bills/**", connection: ledger, to: "/v7/**", require: [{ any: [{ psd2Role: PSP_PI }, { token: { issuer: gatehouse, scopes: [bills.see] } }] }], replaces: true, admits: [semicolon] }
`;
const zoned = front.replace(
  /hostedZone: \{[^}]*\}/,
  'certificate: "arn:aws:acm:eu-north-1:333333333333:certificate/88"',
);
const authority = `authority: acme-ca
issuers: [Acme Issuing CA]
revocation: { none: "nobody publishes any" }
privateCa: "it is run for one"
`;
const listed = authority.replace(
  /\{ none[^}]*\}/,
  '{ lists: ["http://lists.vega.example/7.crl"], missing: allow, stale: allow, maxAgeHours: 7, exemptUnderHours: 8, withoutNextUpdate: allow }',
);
const client = `client: acme
contact: desk@vega.example
identities:
  - { authority: acme-ca, subject: 'CN=one, O=Vega, C=SE' }
  - { authority: acme-ca, san: { dns: one.vega.example } }
  - { authority: acme-ca, san: { uri: "spiffe://vega.example/one" } }
  - { authority: acme-ca, san: { email: one@vega.example } }
  - { authority: acme-ca, san: { ip: 198.51.100.77 } }
  - { authority: acme-ca, subjectGlob: 'CN=two-*, O=Vega, C=SE' }
  - { authority: acme-ca, sanGlob: { dns: '*.two.vega.example' } }
  - { authority: acme-ca, sanGlob: { uri: 'spiffe://vega.example/two/*' } }
  - { authority: acme-ca, sanGlob: { email: 'two-*@vega.example' } }
  - { certificate: acme.pem }
  - { key: "${'7'.repeat(64)}" }
groups: [bookers]
allow: ["GET /bills/**", "PUT /bills/7"]
addresses: [198.51.100.0/25]
require:
  - { addresses: [198.51.100.0/26] }
  - { keySha256: "${'8'.repeat(64)}" }
  - { psd2Role: PSP_PI }
  - { token: { issuer: gatehouse, scopes: [bills.see] } }
  - { any: [{ addresses: [198.51.100.0/27] }, { keySha256: "${'9'.repeat(64)}" }] }
validFrom: 2026-03-27
validUntil: 2026-12-29
tier: silver
`;
const group = `group: bookers
allow: ["GET /bills/*"]
addresses: [198.51.100.0/24]
require: [{ psd2Role: PSP_PI }]
`;
const tokenIssuer = `tokenIssuer: gatehouse
issuer: "https://gate.vega.example"
audiences: ["https://in.vega.example"]
keys: gatehouse.jwks.json
`;

const texts: readonly (readonly [path: string, text: string])[] = [
  ['sallyport.yaml', front],
  ['sallyport.yaml', zoned],
  ['truststore/authorities/acme-ca.yaml', authority],
  ['truststore/authorities/acme-ca.yaml', listed],
  ['truststore/clients/acme.yaml', client],
  ['truststore/groups/bookers.yaml', group],
  ['truststore/token-issuers/gatehouse.yaml', tokenIssuer],
];
const around = {
  'connections/l.pem': issuing.pem,
  'truststore/token-issuers/gatehouse.jwks.json': JSON.stringify({
    keys: [{ ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }), kid: '7' }],
  }),
  ...Object.fromEntries(texts.filter((_, index) => index !== 1 && index !== 3)),
};

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly enum?: readonly string[];
  readonly examples?: readonly string[];
}

const keys = new Set<string>();
const words = new Set(['true', 'false']);
const examples = new Set<string>();
function collect(schema: Schema): void {
  for (const key of Object.keys(schema.properties ?? {})) keys.add(key);
  for (const word of schema.enum ?? []) words.add(word);
  for (const example of schema.examples ?? []) examples.add(example);
  for (const inside of Object.values(schema)) if (typeof inside === 'object' && inside !== null) collect(inside);
}
for (const text of schemaFiles().values()) collect(JSON.parse(text));

type Plant = (pair: Pair<Scalar<string>, unknown>, document: Document) => boolean;
const put =
  (make: (value: unknown) => unknown): Plant =>
  (pair, document) => {
    const before = (pair.value as { toJSON?: () => unknown } | null)?.toJSON?.();
    pair.value = document.createNode(make(before), { flow: true });
    return true;
  };
const rename =
  (change: (key: string) => string): Plant =>
  (pair) => {
    const before = pair.key.value;
    pair.key.value = change(before);
    return pair.key.value !== before;
  };
const plants: Readonly<Record<string, Plant>> = {
  'a letter too many': rename((key) => `${key}s`),
  'a letter too few': rename((key) => key.slice(0, -1)),
  'two letters changed places': rename((key) => `${key[1]}${key[0]}${key.slice(2)}`),
  'upper case': rename((key) => key.toUpperCase()),
  'another word': rename(() => 'zzzz'),
  'no value': put(() => ''),
  'an empty list': put(() => []),
  'an empty map': put(() => ({})),
  'a word': put(() => 'zzzz'),
  'an upper-case value': put((value) => (typeof value === 'string' ? value.toUpperCase() : 'YES')),
  no: put(() => 'no'),
  'a list of it': put((value) => [value]),
  'the first of it': put((value) => (Array.isArray(value) ? value[0] : 'zzzz')),
  'a map of it': put((value) => ({ zzzz: value })),
  'a day as others write it': put(() => '29.12.2026'),
  'a mapped address': put(() => ['::ffff:198.51.100.7']),
  'an address with host bits': put(() => ['198.51.100.7/24']),
  'a path alone': put(() => ['/bills/**']),
  'a secret': put(() => 'correct-horse-battery'),
};

/** Every planted file, with the key that was meant. */
function* planted(): Generator<readonly [path: string, text: string, key: string, plant: string]> {
  for (const [path, text] of texts) {
    const count = pairsOf(parseDocument(text, { schema: 'failsafe' })).length;
    const all: Readonly<Record<string, Plant | undefined>> = { ...plants, 'left out': undefined };
    for (const [name, plant] of Object.entries(all)) {
      for (let index = 0; index < count; index += 1) {
        const document = parseDocument(text, { schema: 'failsafe' });
        const pair = pairsOf(document)[index];
        if (pair === undefined) continue;
        const key = pair.key.value;
        if (plant === undefined) removeFrom(document, pair);
        else if (!plant(pair, document)) continue;
        yield [path, document.toString({ lineWidth: 0 }), key, name];
      }
    }
  }
}

function pairsOf(document: Document): readonly Pair<Scalar<string>, unknown>[] {
  const pairs: Pair<Scalar<string>, unknown>[] = [];
  visit(document, {
    Pair(_, pair) {
      if (isScalar(pair.key)) pairs.push(pair as Pair<Scalar<string>, unknown>);
    },
  });
  return pairs;
}

function removeFrom(document: Document, gone: Pair): void {
  visit(document, {
    Map(_, map) {
      map.items = map.items.filter((pair) => pair !== gone);
    },
  });
}

/** A line to paste: a key and its value, or an entry of a list. */
function pasteOf(remedy: string): unknown {
  if (!/^(- .+|[A-Za-z0-9]+: .+)$/.test(remedy) || /; or, |, or /.test(remedy)) return undefined;
  return parse(remedy, { schema: 'failsafe' });
}

function scalarsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(scalarsOf);
  return Object.entries(value as object).flatMap(([key, inside]) => [key, ...scalarsOf(inside)]);
}

const sortedDigits = (text: string): string => [...text.replace(/[^0-9]/g, '')].sort().join('');

function isWritten(scalar: string, written: string): boolean {
  const lower = written.toLowerCase();
  if (/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(scalar)) {
    return written.split(/[\s,\]}]+/).some((word) => sortedDigits(word) === sortedDigits(scalar));
  }
  return lower.includes(scalar.toLowerCase());
}

/** What stands in a remedy and comes neither from the file nor from the grammar. */
function strangersIn({ remedy = '' }: Problem, written: string): readonly string[] {
  const pasted = pasteOf(remedy);
  const scalars = pasted === undefined ? [] : scalarsOf(pasted);
  const shown = [...examples].filter((example) => !/^[a-z0-9]{0,9}$/i.test(example) && remedy.includes(example));
  return [...scalars, ...shown].filter(
    (scalar) => !keys.has(scalar) && !words.has(scalar) && !isWritten(scalar, written),
  );
}

const names = [issuing, root].map(({ der }) => formatName(parseCertificate(der).subject)).join('\n');
const shapes: Readonly<Record<string, Reader>> = {
  'sallyport.yaml': frontShape,
  'truststore/authorities/acme-ca.yaml': authorityShape,
  'truststore/clients/acme.yaml': clientShape,
  'truststore/groups/bookers.yaml': groupShape,
  'truststore/token-issuers/gatehouse.yaml': tokenIssuerShape,
};

/** By its table alone, which takes no time; every fiftieth in its front, where it is also held against the other files. */
function told(index: number, path: string, text: string): readonly Problem[] {
  if (index % 50 === 0) return problemsWith({ ...around, [path]: text });
  const problems: Problem[] = [];
  const report = (problem: Problem) => problems.push(problem);
  const tree = parseTree(path, Buffer.from(text), report);
  if (tree !== undefined) shapes[path]?.read(tree, { report, key: path });
  return problems;
}

test('no example of the documentation is a remedy, wherever a mistake stands; what is pasted was written', () => {
  const reached = new Set<string>();
  const strange: string[] = [];
  let pastes = 0;
  let index = 0;
  for (const [path, text, key, plant] of planted()) {
    reached.add(key);
    index += 1;
    const written = `${Object.values({ ...around, [path]: text }).join('\n')}\n${path}\n${names}`;
    for (const problem of told(index, path, text)) {
      if (problem.remedy !== undefined && pasteOf(problem.remedy) !== undefined) pastes += 1;
      const strangers = strangersIn(problem, written);
      if (strangers.length > 0) strange.push(`${path} ${key}, ${plant}: ${problem.remedy} (${strangers.join(', ')})`);
      if (plant === 'a secret' && JSON.stringify(problem.remedy ?? '').includes('correct-horse')) {
        if (key.endsWith('From')) strange.push(`${key}: the secret is repeated`);
      }
    }
  }
  expect([...new Set(strange)]).toEqual([]);
  expect([...keys].filter((key) => !reached.has(key))).toEqual([]);
  expect(pastes).toBeGreaterThan(500);
});

test('what is pasted mends the mistake: the key that was meant, with the value that was written', () => {
  const typed = (line: string) => problemsWith({ ...around, 'truststore/clients/acme.yaml': `${client}${line}\n` });
  const near = client.replace(/\naddresses/, '\nadresses');
  expect(problemsWith({ ...around, 'truststore/clients/acme.yaml': near })).toMatchObject([
    { code: 'key_unknown', remedy: 'addresses: [198.51.100.0/25]' },
  ]);
  const mended = client.replace(/\naddresses: .*/, '\naddresses: [198.51.100.0/25]');
  const { problems } = parseFront(filesWith({ ...around, 'truststore/clients/acme.yaml': mended }));
  expect(problems.filter(({ code }) => code === 'key_unknown')).toEqual([]);
  expect(typed('zzzz: 1')).toMatchObject([{ code: 'key_unknown', remedy: 'remove "zzzz"' }]);
});

test.each([
  ['validUntil: 2026-12-29', 'validUntil: 29-12-2026', 'validUntil: 2026-12-29'],
  ['validUntil: 2026-12-29', 'validUntil: 2026/12/9', 'validUntil: 2026-12-09'],
  ['validUntil: 2026-12-29', 'validUntil: 12/29/2026', 'validUntil: 2026-12-29'],
  ['validUntil: 2026-12-29', 'validUntil: 2026-12-29 12:00:00', 'validUntil: 2026-12-29'],
  ['validUntil: 2026-12-29', 'validUntil: 05-06-2027', undefined],
  ['validUntil: 2026-12-29', 'validUntil: 2027-02-30', undefined],
  ['[198.51.100.0/25]', '["::ffff:198.51.100.7"]', 'write 198.51.100.7'],
  ['[198.51.100.0/25]', '["::ffff:198.51.100.0/120"]', 'write 198.51.100.0/24'],
  ['[198.51.100.0/25]', '[010.0.0.1]', undefined],
  ['[198.51.100.0/25]', '["fe80::1%eth0"]', undefined],
  ['[198.51.100.0/25]', '[]', undefined],
  ['[198.51.100.0/25]', '198.51.100.0/25', 'addresses: [198.51.100.0/25]'],
])('%s as %s', (right, wrong, remedy) => {
  const text = client.replace(right, wrong);
  const own = problemsWith({ ...around, 'truststore/clients/acme.yaml': text }).filter(({ place }) =>
    place?.file?.startsWith('truststore/clients/acme.yaml'),
  );
  expect(own.map((problem) => problem.remedy)).toEqual([remedy]);
});

test('a secret behind a key that is nearly right is not repeated', () => {
  const text = front.replace('passwordFrom: "secret:ledger"', 'passwordfrom: correct-horse');
  const problems = problemsWith({ ...around, 'sallyport.yaml': text });
  expect(problems).toMatchObject([{ code: 'key_unknown', remedy: 'write passwordFrom in place of "passwordfrom"' }]);
  expect(JSON.stringify(problems)).not.toContain('correct-horse');
});
