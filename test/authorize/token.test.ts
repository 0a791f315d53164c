import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { readToken } from '../../src/authorize/token.ts';
import { tokenFault } from '../../src/core/decide/caller/token.ts';
import { loadRegistry } from '../../src/core/registry/load.ts';
import type { Certificate } from '../../src/core/x509/certificate.ts';
import { acme, documentWith, requiring } from '../core/decide/fixture.ts';
import { during } from '../pki.ts';
import { boundToOrders, loginWithKey, signingKey, signToken } from './tokens.ts';

const registryOf = (...tokenIssuers: (typeof loginWithKey)[]) =>
  loadRegistry(
    documentWith([{ ...acme, require: requiring([{ token: { issuer: 'login', scopes: [] } }]) }], { tokenIssuers }),
  );
const registry = registryOf(loginWithKey);
const read = (text: string, now = during) => readToken(text, registry, now);
const seconds = during / 1000;

test('a good token: for whom, bound to what, with which scopes', async () => {
  expect(await read(await signToken())).toEqual({
    goodFor: ['login'],
    thumbprint: boundToOrders['x5t#S256'],
    scopes: ['orders.read', 'orders.write'],
  });
});

test.each<[string, Record<string, unknown>, object]>([
  ['a list of audiences', { aud: ['https://else.example', 'https://api.example.com'] }, { goodFor: ['login'] }],
  ['scp as a list', { scope: undefined, scp: ['a', 1, 'b'] }, { scopes: ['a', 'b'] }],
  ['scp as text', { scope: undefined, scp: 'a  b' }, { scopes: ['a', 'b'] }],
  ['no scope', { scope: undefined }, { goodFor: ['login'], scopes: [] }],
  ['no cnf', { cnf: undefined }, { goodFor: ['login'], thumbprint: undefined }],
  ['a cnf that is none', { cnf: 'x' }, { goodFor: ['login'], thumbprint: undefined }],
  ['a thumbprint that is none', { cnf: { 'x5t#S256': 7 } }, { goodFor: ['login'], thumbprint: undefined }],
  ['expired within the tolerance', { exp: seconds - 4 }, { goodFor: ['login'] }],
])('%s', async (_, claims, expected) => {
  expect(await read(await signToken(claims))).toMatchObject(expected);
});

const hex = Buffer.from(boundToOrders['x5t#S256'], 'base64url').toString('hex');
test.each<[string, string, RegExp]>([
  ['hex', hex, /in hex/],
  ['hex with colons', hex.toUpperCase().replace(/..(?=.)/g, '$&:'), /in hex/],
  ['base64 of the hex', Buffer.from(hex).toString('base64url'), /base64 of hex digits/],
  ['padding', `${boundToOrders['x5t#S256']}=`, /padded/],
  ['standard base64', `${'+'.repeat(42)}A`, /standard base64/],
])('a thumbprint in another encoding is named so, and equals nobody: %s', async (_, thumbprint, odd) => {
  const token = await read(await signToken({ cnf: { 'x5t#S256': thumbprint } }));
  expect(token).toMatchObject({ thumbprint, oddThumbprint: expect.stringMatching(odd) });
  const condition = { token: { issuer: 'login', scopes: [] } };
  const fault = tokenFault(condition, token, { sha256: hex } as Certificate);
  expect(fault).toMatchObject({ code: 'token_certificate_differs', found: token.oddThumbprint });
});

test.each(['JWT', 'at+jwt', 'application/AT+JWT', undefined])('typ %s is one of an access token', async (typ) => {
  expect((await read(await signToken({}, { header: { typ } }))).goodFor).toEqual(['login']);
});

test.each<[string, Record<string, unknown>, RegExp]>([
  ['expired', { exp: seconds - 6 }, /expired/],
  ['without exp', { exp: undefined }, /has no exp/],
  ['exp is text', { exp: '9999999999' }, /exp is wrong/],
  ['not yet', { nbf: seconds + 60 }, /not valid yet/],
  ['another issuer', { iss: 'https://evil.example' }, /none of the token issuers: "https:\/\/evil\.example"/],
  ['the issuer with a slash more', { iss: 'https://login.example.com/' }, /none of the token issuers/],
  ['no issuer', { iss: undefined }, /none of the token issuers: absent/],
  ['another audience', { aud: 'https://else.example' }, /another audience than https:\/\/api\.example\.com/],
  ['no audience', { aud: undefined }, /has no aud/],
])('%s', async (_, claims, refused) => {
  const token = await read(await signToken(claims));
  expect(token).toEqual({ goodFor: [], scopes: [], refused: expect.stringMatching(refused) });
});

describe('forgeries', () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const payloadOf = async () => (await signToken()).split('.')[1] ?? '';

  test.each<[string, () => Promise<string>]>([
    ['another key', () => signToken({}, { key: other.privateKey })],
    [
      'another key that the header brings',
      () =>
        signToken(
          {},
          { key: other.privateKey, header: { jwk: createPublicKey(other.privateKey).export({ format: 'jwk' }) } },
        ),
    ],
    [
      'a key address in the header',
      () => signToken({}, { key: other.privateKey, header: { jku: 'https://evil.example/keys' } }),
    ],
    ['an unknown kid', () => signToken({}, { header: { kid: 'two' } })],
    ['no algorithm', async () => `${encoded({ alg: 'none' })}.${await payloadOf()}.`],
    ['no algorithm, in another case', async () => `${encoded({ alg: 'NoNe' })}.${await payloadOf()}.`],
    [
      'HMAC with the public key as secret',
      async () => {
        const head = `${encoded({ alg: 'HS256', kid: 'one' })}.${await payloadOf()}`;
        const secret = createPublicKey(signingKey).export({ format: 'pem', type: 'spki' });
        return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
      },
    ],
    [
      'the payload of another token',
      async () => {
        const [head, , signature] = (await signToken()).split('.');
        return `${head}.${(await signToken({ cnf: { 'x5t#S256': 'x' } })).split('.')[1]}.${signature}`;
      },
    ],
    [
      'a critical extension that nobody knows',
      () => signToken({}, { header: { crit: ['sallyport'], sallyport: true } }).catch(() => 'x.y.z'),
    ],
    ['an ID token', () => signToken({}, { header: { typ: 'id+jwt' } })],
    ['a logout token', () => signToken({}, { header: { typ: 'logout+jwt' } })],
    ['encrypted', async () => 'a.b.c.d.e'],
    ['opaque', async () => 'b8c2f0'],
  ])('%s is worth nothing', async (_, make) => {
    expect(await read(await make())).toEqual({ goodFor: [], scopes: [], refused: expect.any(String) });
  });

  test('any change of any character', async () => {
    const token = await signToken();
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_.'), async (at, character) => {
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        const { goodFor } = await read(changed);
        // the last character of a signature has bits that mean nothing
        expect(goodFor).toEqual(changed === token || at === token.length - 1 ? expect.any(Array) : []);
      }),
      { numRuns: 200 },
    );
  });

  test('any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
        expect((await read(text)).goodFor).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

test('two token issuers with one `iss`: good for each whose audience it has', async () => {
  const both = registryOf(loginWithKey, {
    ...loginWithKey,
    name: 'reports',
    audiences: ['https://reports.example.com'],
  });
  const token = await signToken({ aud: ['https://reports.example.com', 'https://api.example.com'] });
  expect((await readToken(token, both, during)).goodFor).toEqual(['login', 'reports']);
  expect((await readToken(await signToken(), both, during)).goodFor).toEqual(['login']);
});

test('without keys, as between two releases, nothing is good', async () => {
  expect((await readToken(await signToken(), registryOf({ ...loginWithKey, keys: [] }), during)).goodFor).toEqual([]);
});

test('keys that cannot be used refuse the tokens of their issuer, and throw nothing', async () => {
  for (const key of [null, {}, { kty: 'EC', alg: 'ES256', crv: 'P-256', kid: 'one' }]) {
    const damaged = registryOf({ ...loginWithKey, keys: [key as (typeof loginWithKey.keys)[number]] });
    expect(await readToken(await signToken(), damaged, during)).toMatchObject({ goodFor: [] });
  }
});

test('Ed25519 under both of its names', async () => {
  const pair = generateKeyPairSync('ed25519');
  const key = { ...pair.publicKey.export({ format: 'jwk' }), kty: 'OKP', alg: 'EdDSA', kid: 'one' } as const;
  for (const alg of ['EdDSA', 'Ed25519']) {
    const token = await signToken({}, { header: { alg }, key: pair.privateKey });
    expect((await readToken(token, registryOf({ ...loginWithKey, keys: [key] }), during)).goodFor).toEqual(['login']);
  }
});
