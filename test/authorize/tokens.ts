import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose/jwt/sign';
import { thumbprintOf } from '../../src/core/decide/caller/token.ts';
import type { TokenIssuerDocument } from '../../src/core/registry/document.ts';
import { login, orders, sha256 } from '../core/decide/fixture.ts';
import { during } from '../pki.ts';

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const signingKey: KeyObject = pair.privateKey;

/** The token issuer `login` with one key, of which this file has the private half. */
export const loginWithKey: TokenIssuerDocument = {
  ...login,
  keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kty: 'EC', alg: 'ES256', kid: 'one' }],
};

export const boundToOrders = { 'x5t#S256': thumbprintOf({ sha256: sha256(orders.der) }) };
const seconds = during / 1000;

/** A good token, except for what is given. A claim that is `undefined` is left out. */
export function signToken(
  claims: Record<string, unknown> = {},
  { header = {}, key = signingKey }: { header?: Record<string, unknown>; key?: KeyObject | Uint8Array } = {},
): Promise<string> {
  const payload = {
    iss: loginWithKey.issuer,
    aud: loginWithKey.audiences[0],
    sub: 'orders-client',
    exp: seconds + 300,
    iat: seconds,
    scope: 'orders.read orders.write',
    cnf: boundToOrders,
    ...claims,
  };
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'at+jwt', ...header }).sign(key);
}
