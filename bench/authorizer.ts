import { generateKeyPairSync, hash, randomBytes, verify, X509Certificate } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createLocalJWKSet } from 'jose/jwks/local';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';
import { type AuthorizerResult, createAuthorizer } from '../lambdas/authorizer/authorize.ts';
import { readToken } from '../src/authorize/token.ts';
import { thumbprintOf } from '../src/core/decide/caller/token.ts';
import { decide } from '../src/core/decide/decide.ts';
import { IdentityCache } from '../src/core/decide/identities.ts';
import { emptyOverlay } from '../src/core/decide/overlay.ts';
import { loadRegistry } from '../src/core/registry/load.ts';
import type { Registry } from '../src/core/registry/registry.ts';
import { parseCertificate } from '../src/core/x509/certificate.ts';
import { baselinePackage } from './baselines.ts';
import { type Contender, measure } from './measure.ts';
import { at, documentOf, openPki, type Pki, restEventText } from './partners.ts';
import type { Benchmark, BenchmarkOptions, Row } from './report.ts';

/** The authorizer as Lambda calls it: an event's text in, policy, binding and log line out. */
export const authorizerBenchmark: Benchmark = {
  name: 'authorizer',
  title: 'Authorizer: the whole handler on a REST event, from JSON.parse to the log line',
  async run(options) {
    const rows: Row[] = [];
    for (const kind of ['P-256', 'RSA-2048'] as const) {
      const pki = openPki(kind);
      rows.push(...(await repeated(pki, options)), ...(await firstSeen(pki, options)));
      if (kind === 'P-256') rows.push(await withToken(pki, options));
      rows.push(await remembered(pki));
    }
    return rows;
  },
};

/** `log` takes the line and drops it: what writing costs is the runtime's. */
export function openAuthorizer(registry: Registry, identities: () => IdentityCache) {
  let written = 0;
  const key = randomBytes(32);
  const means = {
    live: () => ({ registry, overlay: emptyOverlay }),
    macKey: () => key,
    stage: 'live',
    domain: 'api.example.com',
    bindsExtendedRequestId: true,
    now: Date.now,
    random: randomBytes,
    readToken,
    log: (line: string) => {
      written += line.length;
    },
  };
  let cache = identities();
  let handler = createAuthorizer({ ...means, identities: cache });
  return {
    handle: (text: string): AuthorizerResult | Promise<AuthorizerResult> => handler(JSON.parse(text)),
    forget: () => {
      cache = identities();
      handler = createAuthorizer({ ...means, identities: cache });
    },
    written: () => written,
  };
}

async function repeated(pki: Pki, options: BenchmarkOptions): Promise<readonly Row[]> {
  const text = restEventText(pki.leaf(1));
  const authorizer = openAuthorizer(loadRegistry(documentOf(pki, 10)), () => new IdentityCache());
  mustAllow(await authorizer.handle(text));
  const map = new Map([[pemIn(text), 'client-0']]);
  const lookUp = () => map.get(pemIn(text));
  if (lookUp() !== 'client-0') throw new Error('The map does not know the certificate.');

  const [own = Number.NaN, baseline = Number.NaN] = await measure(
    [
      { name: 'handler', run: () => authorizer.handle(text) },
      { name: 'map', run: lookUp },
    ],
    options,
  );
  const what = `repeated certificate, ${pki.kind}`;
  return [
    { what, value: own, unit: 'µs', bar: { kind: 'at-most', value: 15 } },
    {
      what,
      value: own,
      unit: 'µs',
      baseline: { what: 'JSON.parse + Map.get', value: baseline },
      bar: { kind: 'ratio-at-most', value: 2.2 },
    },
  ];
}

/** What is held for a certificate that has been decided on, when there are as many as are remembered. */
async function remembered(pki: Pki): Promise<Row> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const held = async () => {
    // what has a finalizer goes in the turn behind the collection that found it
    for (let pass = 0; pass < 4; pass += 1) {
      collect();
      await new Promise(setImmediate);
    }
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const count = 4_000;
  const texts = Array.from({ length: count }, (_, index) => restEventText(pki.leaf(index + 2)));
  const registry = loadRegistry(documentOf(pki, 10));
  const decideOnAll = async (authorizer: ReturnType<typeof openAuthorizer>) => {
    for (const text of texts) mustAllow(await authorizer.handle(text));
  };
  // compiled code, and what a first decision makes once
  await decideOnAll(openAuthorizer(registry, () => new IdentityCache(2)));
  const authorizer = openAuthorizer(registry, () => new IdentityCache(count * 2));
  const before = await held();
  await decideOnAll(authorizer);
  const own = ((await held()) - before) / count;
  const map = new Map<string, string>();
  const empty = await held();
  for (const text of texts) map.set(pemIn(text), 'client-0');
  const baseline = ((await held()) - empty) / count;
  // both are alive up to here
  mustAllow(await authorizer.handle(texts[0] ?? ''));
  if (map.size !== count) throw new Error('The map has lost certificates.');
  return {
    what: `memory for each of ${count.toLocaleString('en')} remembered certificates, ${pki.kind}`,
    value: own / 1024,
    unit: 'kB',
    baseline: { what: 'a Map from PEM to name', value: baseline / 1024 },
    bar: { kind: 'at-most', value: 2 },
  };
}

/** A token has to be verified at every request: what the handler adds to jose's own check of it. */
async function withToken(pki: Pki, options: BenchmarkOptions): Promise<Row> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = { ...publicKey.export({ format: 'jwk' }), kty: 'EC', alg: 'ES256', kid: 'a' } as const;
  const issuer = { name: 'login', issuer: 'https://login.example.com', audiences: ['https://api.example.com'] };
  const document = documentOf(pki, 10);
  const at = { file: 'truststore/clients/client-0.yaml', line: 1 };
  const require = [{ any: [{ token: { issuer: 'login', scopes: ['orders.read'] } }], at }];
  const registry = loadRegistry({
    ...document,
    clients: document.clients.map((client) => ({ ...client, require })),
    tokenIssuers: [{ ...issuer, keys: [key], at }],
  });
  const leaf = pki.leaf(1);
  const thumbprint = thumbprintOf(parseCertificate(leaf));
  const token = await new SignJWT({ scope: 'orders.read', cnf: { 'x5t#S256': thumbprint } })
    .setProtectedHeader({ alg: 'ES256', kid: 'a', typ: 'at+jwt' })
    .setIssuer(issuer.issuer)
    .setAudience(issuer.audiences)
    .setExpirationTime('1h')
    .sign(privateKey);
  const event = JSON.parse(restEventText(leaf));
  const text = JSON.stringify({
    ...event,
    multiValueHeaders: { ...event.multiValueHeaders, Authorization: [`Bearer ${token}`] },
  });
  const authorizer = openAuthorizer(registry, () => new IdentityCache());
  mustAllow(await authorizer.handle(text));
  const keySet = createLocalJWKSet({ keys: [key] });
  const verifyAlone = () => jwtVerify(token, keySet, { issuer: issuer.issuer, audience: issuer.audiences });
  await verifyAlone();
  const [own = Number.NaN, value = Number.NaN] = await measure(
    [
      { name: 'handler', run: () => authorizer.handle(text) },
      { name: 'jose', run: verifyAlone },
    ],
    options,
  );
  return {
    what: 'repeated certificate with a token, P-256',
    value: own,
    unit: 'µs',
    baseline: { what: 'jwtVerify of jose', value },
  };
}

/** Certificates that differ in their serial number alone, so that every one of them has to be verified. */
async function firstSeen(pki: Pki, options: BenchmarkOptions): Promise<readonly Row[]> {
  const leaves = Array.from({ length: options.quick ? 256 : 1024 }, (_, index) => pki.leaf(index + 2));
  const texts = leaves.map(restEventText);
  const registry = loadRegistry(documentOf(pki, 10));
  const authorizer = openAuthorizer(registry, () => new IdentityCache(texts.length * 4));
  mustAllow(await authorizer.handle(texts[0] ?? ''));
  mustDeny(await authorizer.handle(restEventText(openPki(pki.kind).leaf(2))));

  const verifyNatively = nativeVerifier(pki, leaves);
  const ours = {
    name: 'handler',
    run: everyOne(texts, authorizer.handle, authorizer.forget),
  };
  const native = { name: 'native verify + SHA-256', run: everyOne(leaves, verifyNatively) };
  const decision = firstDecisions(registry, leaves);
  const [own = Number.NaN, decided = Number.NaN, value = Number.NaN] = await measure([ours, decision, native], options);
  const what = `first-seen certificate, ${pki.kind}`;
  const baseline = { what: native.name, value };
  return [
    {
      what: `${what}, decide() alone`,
      value: decided,
      unit: 'µs',
      baseline,
      bar: { kind: 'ratio-at-most', value: pki.kind === 'P-256' ? 1.5 : 2 },
    },
    { what, value: own, unit: 'µs', baseline },
    await againstPkijs(pki, texts, what, ours, options),
  ];
}

/** The decision without event, binding and log line. */
function firstDecisions(registry: Registry, leaves: readonly Uint8Array[]): Contender {
  let identities = new IdentityCache();
  const request = { method: 'GET', path: '/orders/7', address: '198.51.100.9' };
  const decideOn = (certificate: Uint8Array) =>
    decide({ certificate, request, registry, overlay: emptyOverlay, now: at, identities });
  if (leaves.some((leaf) => decideOn(leaf).outcome !== 'allow')) throw new Error('A leaf is refused.');
  const forget = () => {
    identities = new IdentityCache(leaves.length * 4);
  };
  return { name: 'decide()', run: everyOne(leaves, decideOn, forget) };
}

/** Runs through the items again and again; `again` is called before each pass. */
function everyOne<T>(items: readonly T[], run: (item: T) => unknown, again?: () => void): () => unknown {
  let index = 0;
  return () => {
    if (index === items.length) index = 0;
    if (index === 0) again?.();
    const item = items[index];
    index += 1;
    return item === undefined ? undefined : run(item);
  };
}

/** The least that anybody can do for a certificate: OpenSSL's signature check, the key decoded before, and its hash. */
function nativeVerifier(pki: Pki, leaves: readonly Uint8Array[]): (leaf: Uint8Array) => boolean {
  const { publicKey } = new X509Certificate(pki.issuing.der);
  const parts = new Map(
    leaves.map((der) => {
      const { tbs, signature } = parseCertificate(der);
      return [der, { tbs, signature }];
    }),
  );
  const check = (leaf: Uint8Array): boolean => {
    const part = parts.get(leaf);
    if (part === undefined) return false;
    return verify('sha256', part.tbs, publicKey, part.signature) && hash('sha256', leaf, 'hex').length === 64;
  };
  if (!leaves.every(check)) throw new Error('OpenSSL does not verify a leaf.');
  return check;
}

/** An authorizer as one would write it with pkijs: parse, validate the chain, look the subject up. */
async function againstPkijs(
  pki: Pki,
  texts: readonly string[],
  what: string,
  ours: { name: string; run(): unknown },
  options: BenchmarkOptions,
): Promise<Row> {
  const loaded = await baselinePackage('pkijs');
  if ('skipped' in loaded) return { what, skipped: loaded.skipped };
  const { Certificate, CertificateChainValidationEngine } = loaded.module as unknown as Pkijs;
  const trustedCerts = [Certificate.fromBER(pki.root.der)];
  const intermediate = Certificate.fromBER(pki.issuing.der);
  const clients = new Map([['NL,Acme, Inc.,client-0', 'client-0']]);
  const authorize = async (text: string): Promise<string | undefined> => {
    const pem = pemIn(text);
    const leaf = Certificate.fromBER(Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64'));
    const engine = new CertificateChainValidationEngine({
      trustedCerts,
      certs: [intermediate, leaf],
      checkDate: new Date(at),
    });
    const { result } = await engine.verify();
    const subject = leaf.subject.typesAndValues.map(({ value }) => String(value.valueBlock.value)).join(',');
    return result ? clients.get(subject) : undefined;
  };
  if ((await authorize(texts[0] ?? '')) !== 'client-0') throw new Error('pkijs does not know the client.');
  const pkijs = { name: 'pkijs', run: everyOne(texts, authorize) };
  const [own = Number.NaN, baseline = Number.NaN] = await measure([ours, pkijs], {
    rounds: options.quick ? 5 : 21,
    turnMilliseconds: 20,
    warmUpMilliseconds: options.warmUpMilliseconds,
  });
  return {
    what,
    value: own,
    unit: 'µs',
    baseline: { what: 'a pkijs-based authorizer', value: baseline },
    bar: { kind: 'times-faster', value: 20 },
  };
}

/** As much of pkijs as is used here. */
interface Pkijs {
  readonly Certificate: { fromBER(der: Uint8Array): PkijsCertificate };
  readonly CertificateChainValidationEngine: new (parameters: {
    trustedCerts: readonly PkijsCertificate[];
    certs: readonly PkijsCertificate[];
    checkDate: Date;
  }) => { verify(): Promise<{ result: boolean }> };
}

interface PkijsCertificate {
  readonly subject: { readonly typesAndValues: readonly { readonly value: { valueBlock: { value: unknown } } }[] };
}

function pemIn(text: string): string {
  return JSON.parse(text).requestContext.identity.clientCert.clientCertPem;
}

export function mustAllow(result: AuthorizerResult): void {
  const [statement] = result.policyDocument.Statement;
  if (result.principalId !== 'client-0' || statement?.Effect !== 'Allow' || result.context.mac === undefined) {
    throw new Error(`The authorizer refused what it must allow: ${JSON.stringify(result)}`);
  }
}

function mustDeny(result: AuthorizerResult): void {
  if (result.policyDocument.Statement[0]?.Effect !== 'Deny') {
    throw new Error('The authorizer allowed a certificate of a CA that it does not know.');
  }
}
