import { createPublicKey } from 'node:crypto';
import type { Problem } from '../../problem.ts';
import type { ProblemCode } from '../../problem-codes.ts';
import { isRecord } from '../../unknown.ts';
import { rsaFaultOf } from '../../x509/fields/rsa-key.ts';
import { oid } from '../../x509/oid.ts';
import type { TokenKey } from '../document.ts';

type Jwk = Readonly<Record<string, unknown>>;

/** RFC 7518 §3.4 and RFC 9864: the curve decides the algorithm. */
const algorithmByCurve: ReadonlyMap<unknown, string> = new Map([
  ['P-256', 'ES256'],
  ['P-384', 'ES384'],
  ['P-521', 'ES512'],
  ['Ed25519', 'EdDSA'],
]);
const rsaAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const maximumKeys = 50;

/**
 * A JSON Web Key Set as a token issuer publishes it (RFC 7517 §5) → the public keys that signatures are checked with,
 * each with the one algorithm that it is for (RFC 8725 §3.1), and nothing else of the file. Keys for encryption are left
 * out. Every other key that cannot count is a problem: left out silently, it would be missed on the day it is used.
 */
export function readTokenKeys(
  text: string,
  file: string,
): { readonly keys: readonly TokenKey[] } | { readonly problems: readonly Problem[] } {
  const problem = (code: ProblemCode, message: string, found: string, allowed: string, remedy?: string): Problem => ({
    code,
    message,
    place: { file, line: 1, column: 1 },
    found,
    allowed,
    remedy,
  });
  const set = jsonOf(text);
  if (!isRecord(set) || !Array.isArray(set.keys)) {
    const found = set === undefined ? 'no JSON' : 'JSON without `keys`';
    const remedy = `fetch the set that the issuer's metadata names as jwks_uri: curl -o ${file} https://…`;
    return {
      problems: [
        problem(
          'token_keys_malformed',
          'this is no JSON Web Key Set',
          found,
          '{ "keys": [ … ] } (RFC 7517 §5)',
          remedy,
        ),
      ],
    };
  }
  const problems: Problem[] = [];
  const keys: TokenKey[] = [];
  const seen = new Set<string>();
  for (const [index, jwk] of set.keys.slice(0, maximumKeys).entries()) {
    const name = `keys[${index}]${isRecord(jwk) && typeof jwk.kid === 'string' ? ` (kid ${JSON.stringify(jwk.kid.slice(0, 60))})` : ''}`;
    const read = readKey(jwk);
    if (read === 'not-for-signatures') continue;
    if ('wrong' in read)
      problems.push(problem(read.code, `${name} cannot be used`, read.wrong, read.allowed, read.remedy));
    else if (seen.has(`${read.kid ?? ''} ${read.alg}`)) {
      problems.push(
        problem(
          'token_key_twice',
          `${name} cannot be told from another key`,
          'the same kid and alg',
          'a kid of its own for each key',
        ),
      );
    } else {
      seen.add(`${read.kid ?? ''} ${read.alg}`);
      keys.push(read);
    }
  }
  if (set.keys.length > maximumKeys) {
    problems.push(problem('token_keys_many', 'too many keys', `${set.keys.length}`, `at most ${maximumKeys}`));
  }
  if (keys.length === 0 && problems.length === 0) {
    problems.push(
      problem(
        'token_keys_none',
        'no key of the set checks signatures',
        `${set.keys.length} keys`,
        'at least one for signatures',
      ),
    );
  }
  return problems.length > 0 ? { problems } : { keys };
}

interface Unusable {
  readonly code: ProblemCode;
  readonly wrong: string;
  readonly allowed: string;
  readonly remedy?: string;
}

function readKey(jwk: unknown): TokenKey | Unusable | 'not-for-signatures' {
  const allowed = 'a public EC (P-256, P-384, P-521), OKP (Ed25519) or RSA key';
  if (!isRecord(jwk)) return { code: 'token_keys_malformed', wrong: 'no object', allowed };
  // before anything else: a private or shared key in a reviewed folder is an incident, whatever it is for
  if ('d' in jwk || 'k' in jwk) {
    const remedy =
      'put the public half there, and have the issuer replace the key: whoever has read this file can sign tokens';
    return { code: 'token_key_secret', wrong: 'd' in jwk ? 'a private key' : 'a shared key', allowed, remedy };
  }
  if (jwk.use === 'enc') return 'not-for-signatures';
  if (Array.isArray(jwk.key_ops) && !jwk.key_ops.includes('verify')) return 'not-for-signatures';
  const { kty, kid } = jwk;
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > 512)) {
    return { code: 'token_keys_malformed', wrong: 'a kid that is no text of 1 to 512 characters', allowed };
  }
  const alg = algorithmOf(jwk);
  if (typeof alg !== 'string') return alg;
  try {
    const key = createPublicKey({ key: jwk as Record<string, string>, format: 'jwk' });
    const { modulusLength: bits = 2048, publicExponent = 65_537n } = key.asymmetricKeyDetails ?? {};
    // with an exponent of 1 the padded digest is its own signature: anybody could sign
    const exponent = publicExponent >= 65_537n && publicExponent < 2n ** 32n && publicExponent % 2n === 1n;
    if (bits < 2048 || bits > 8192 || !exponent) {
      return {
        code: 'token_key_weak',
        wrong: `RSA with ${bits} bits and exponent ${publicExponent < 2n ** 64n ? publicExponent : 'of many digits'}`,
        allowed: 'RSA of 2048 to 8192 bits with an odd exponent from 65537 on',
      };
    }
    const fault = rsaFaultOf({
      algorithm: kty === 'RSA' ? 'rsa' : 'other',
      oid: oid.rsaEncryption,
      spki: key.export({ type: 'spki', format: 'der' }),
    });
    if (fault !== undefined) return { code: 'token_key_weak', wrong: fault, allowed };
    // written anew: members of the file that nobody has read do not get into a release
    const { crv, x, y, n, e } = key.export({ format: 'jwk' });
    return { kty: kty as TokenKey['kty'], alg, kid, crv, x, y, n, e };
  } catch {
    return { code: 'token_keys_malformed', wrong: `a ${String(kty)} key with wrong members`, allowed };
  }
}

/** An RSA key that does not say is for RS256, as at the issuers that leave it out. */
function algorithmOf({ kty, crv, alg }: Jwk): string | Unusable {
  const known = kty === 'RSA' ? rsaAlgorithms : [algorithmByCurve.get(crv)];
  const [first] = known;
  const fits =
    (kty === 'EC' || kty === 'OKP' || kty === 'RSA') && first !== undefined && (kty === 'OKP') === (crv === 'Ed25519');
  if (!fits) {
    return {
      code: 'token_key_kind',
      wrong: `kty ${JSON.stringify(kty)}${crv === undefined ? '' : `, crv ${JSON.stringify(crv)}`}`,
      allowed: 'EC with P-256, P-384 or P-521; OKP with Ed25519; RSA',
    };
  }
  if (alg === undefined) return first;
  if (typeof alg === 'string' && known.includes(alg === 'Ed25519' ? 'EdDSA' : alg))
    return alg === 'Ed25519' ? 'EdDSA' : alg;
  return { code: 'token_key_algorithm', wrong: `alg ${JSON.stringify(alg)}`, allowed: known.join(', ') };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
