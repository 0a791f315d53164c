import { createHash, generateKeyPairSync } from 'node:crypto';
import { parseFront } from '../../src/config/front.ts';
import { clientYaml, filesWith } from './front-files.ts';

const pair = (curve: string) => generateKeyPairSync('ec', { namedCurve: curve });
const p256 = pair('P-256').publicKey.export({ format: 'jwk' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsaKey = rsa.publicKey.export({ format: 'jwk' });
const set = (...keys: object[]) => JSON.stringify({ keys });
const issuerYaml = `tokenIssuer: login
issuer: https://login.example.com/realms/partners
audiences: [https://api.example.com]
keys: login.jwks.json
`;
const asked = `${clientYaml}require: [{ token: { issuer: login, scopes: [orders.read] } }]\n`;
const front = (keys: string, { client = asked, issuer = issuerYaml } = {}) =>
  parseFront(
    filesWith({
      'truststore/clients/acme.yaml': client,
      'truststore/token-issuers/login.yaml': issuer,
      'truststore/token-issuers/login.jwks.json': keys,
    }),
  );
const codesOf = (...parts: Parameters<typeof front>) => front(...parts).problems.map(({ code }) => code);

test('a token issuer: its keys, each with the one algorithm it is for, and nothing else of the file', () => {
  const { config, problems } = front(
    set(
      { ...p256, kid: 'a', x5c: ['MII'], use: 'sig', 'x-extra': createHash('sha256').digest('hex') },
      { ...rsaKey, kid: 'b' },
      { ...rsaKey, kid: 'c', alg: 'PS384' },
      { ...rsaKey, kid: 'd', alg: 'RSA-OAEP', use: 'enc' },
    ),
  );
  expect(problems).toEqual([]);
  expect(config?.registry.tokenIssuers).toEqual([
    {
      name: 'login',
      issuer: 'https://login.example.com/realms/partners',
      audiences: ['https://api.example.com'],
      keys: [
        { ...p256, alg: 'ES256', kid: 'a' },
        { ...rsaKey, alg: 'RS256', kid: 'b' },
        { ...rsaKey, alg: 'PS384', kid: 'c' },
      ],
      at: { file: 'truststore/token-issuers/login.yaml', line: 1, column: 14 },
    },
  ]);
});

test('one that no condition names is in no release', () => {
  const { config, problems } = front(set({ ...p256, kid: 'a' }), { client: clientYaml });
  expect(problems).toEqual([]);
  expect(config?.registry.tokenIssuers).toBeUndefined();
});

test.each<[string, string, string]>([
  ['no JSON', '{', 'token_keys_malformed'],
  ['a single key instead of a set', JSON.stringify(p256), 'token_keys_malformed'],
  ['no key', set(), 'token_keys_none'],
  ['only keys for encryption', set({ ...rsaKey, use: 'enc' }), 'token_keys_none'],
  ['a private key', set(pair('P-256').privateKey.export({ format: 'jwk' })), 'token_key_secret'],
  [
    'a private key that is for encryption',
    set({ ...rsa.privateKey.export({ format: 'jwk' }), use: 'enc' }),
    'token_key_secret',
  ],
  ['a shared key', set({ kty: 'oct', k: 'c2VjcmV0' }), 'token_key_secret'],
  ['another curve', set({ ...pair('secp256k1').publicKey.export({ format: 'jwk' }) }), 'token_key_kind'],
  ['a key for HMAC', set({ ...rsaKey, alg: 'HS256' }), 'token_key_algorithm'],
  ['the algorithm of another curve', set({ ...p256, alg: 'ES384' }), 'token_key_algorithm'],
  [
    '1,024 bits',
    set(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })),
    'token_key_weak',
  ],
  ['a point that is not on the curve', set({ ...p256, y: p256.x }), 'token_keys_malformed'],
  [
    'two keys with one kid',
    set({ ...p256, kid: 'a' }, { ...pair('P-256').publicKey.export({ format: 'jwk' }), kid: 'a' }),
    'token_key_twice',
  ],
  ['a curve that every object has', set({ ...p256, kid: 'a' }, { kty: 'EC', crv: 'constructor' }), 'token_key_kind'],
  ['a curve that is the prototype', '{"keys":[{"kty":"EC","crv":"__proto__"}]}', 'token_key_kind'],
  ['an exponent of 1, with which anybody signs', set({ ...rsaKey, e: 'AQ' }), 'token_key_weak'],
  ['a modulus that is even', set({ ...rsaKey, n: `${rsaKey.n?.slice(0, -1)}A` }), 'token_key_weak'],
  ['an exponent that is even', set({ ...rsaKey, e: 'AQAA' }), 'token_key_weak'],
  ['a key that is no object', JSON.stringify({ keys: ['a'] }), 'token_keys_malformed'],
  ['a kid that is a number', set({ ...p256, kid: 7 }), 'token_keys_malformed'],
])('%s: refused by name', (_, keys, code) => {
  const { config, problems } = front(keys);
  expect(config).toBeUndefined();
  // the client that names it is not reported as well
  expect(problems.map((problem) => problem.code)).toEqual([code]);
  expect(problems[0]?.place?.file).toBe('truststore/token-issuers/login.jwks.json');
});

test.each<[string, Parameters<typeof front>[1], string]>([
  [
    'a token issuer that is not there',
    { client: asked.replace('issuer: login', 'issuer: logn') },
    'token_issuer_unknown',
  ],
  [
    'a scope with a space',
    { client: asked.replace('[orders.read]', "['orders.read orders.write']") },
    'value_not_allowed',
  ],
  ['another file name', { issuer: issuerYaml.replace('login.jwks.json', 'other.json') }, 'file_missing'],
  ['no audience', { issuer: issuerYaml.replace(/^audiences.*$/m, 'audiences: []') }, 'list_too_short'],
  [
    'another name inside',
    { issuer: issuerYaml.replace('tokenIssuer: login', 'tokenIssuer: other') },
    'name_is_not_file_name',
  ],
])('%s', (_, parts, code) => {
  expect(codesOf(set({ ...p256, kid: 'a' }), parts)).toContain(code);
});
