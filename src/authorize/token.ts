import * as errors from 'jose/errors';
import { createLocalJWKSet } from 'jose/jwks/local';
import { decodeJwt } from 'jose/jwt/decode';
import { jwtVerify } from 'jose/jwt/verify';
import type { ShownToken } from '../core/decide/caller/token.ts';
import type { TokenIssuerDocument, TokenKey } from '../core/registry/document.ts';
import type { Registry } from '../core/registry/registry.ts';

/** Clocks of issuers and of Lambda differ by less. */
const toleranceSeconds = 5;
/** RFC 9068 §2.1; what issuers without it write. An ID token, a logout token, a DPoP proof is no access token. */
const accessTokenTypes: readonly unknown[] = [undefined, 'jwt', 'at+jwt', 'application/at+jwt'];

type KeySet = ReturnType<typeof createLocalJWKSet>;
const keySets = new WeakMap<TokenIssuerDocument, KeySet>();

/**
 * What an access token (the text behind `Bearer`) is worth: JWS in compact form, signed by a pinned key with that key's
 * one algorithm, `iss` and `aud` as registered, `exp` there and not passed. Whether it is bound to the certificate of
 * the request is decided with everything else. Never throws: what cannot be read is worth nothing.
 *
 * A file of its own in the function, loaded on the first token: whoever asks for none does not pay for it.
 */
export async function readToken(text: string, registry: Registry, now: number): Promise<ShownToken> {
  let claimed: unknown;
  try {
    claimed = decodeJwt(text).iss;
  } catch {
    return worthNothing('it is no JSON Web Token: an opaque token cannot be checked here');
  }
  // unverified: it only says whose keys to try, all of them pinned
  const issuers = [...registry.tokenIssuers.values()].filter(({ issuer }) => issuer === claimed);
  if (issuers.length === 0) return worthNothing(`its issuer (iss) is none of the token issuers: ${printed(claimed)}`);
  const results = await Promise.all(issuers.map((issuer) => verify(text, issuer, now)));
  const good = results.flatMap((result) => ('refused' in result ? [] : [result]));
  const [first] = good;
  if (first === undefined)
    return worthNothing(results.flatMap((each) => ('refused' in each ? [each.refused] : [])).join('; '));
  const { thumbprint, scopes } = first;
  const oddThumbprint = encodingOf(thumbprint);
  return { goodFor: good.map(({ issuer }) => issuer), thumbprint, oddThumbprint, scopes };
}

type Verified = Pick<ShownToken, 'thumbprint' | 'scopes'> & { readonly issuer: string };

async function verify(text: string, issuer: TokenIssuerDocument, now: number): Promise<Verified | { refused: string }> {
  try {
    const { payload, protectedHeader } = await jwtVerify(text, keySetOf(issuer), {
      issuer: issuer.issuer,
      audience: [...issuer.audiences],
      algorithms: [...new Set(issuer.keys.flatMap(withBothNames).map(({ alg }) => alg))],
      requiredClaims: ['exp'],
      currentDate: new Date(now),
      clockTolerance: toleranceSeconds,
    });
    if (!accessTokenTypes.includes(protectedHeader.typ?.toLowerCase())) {
      return { refused: `it is no access token: typ ${printed(protectedHeader.typ)}` };
    }
    return {
      issuer: issuer.name,
      thumbprint: thumbprintIn(payload.cnf),
      scopes: scopesIn(payload.scope ?? payload.scp),
    };
  } catch (error) {
    if (error instanceof errors.JOSEError) return { refused: faultOf(error, issuer) };
    // one token issuer whose keys jose cannot use refuses its own tokens, and takes no other client down
    return { refused: `the keys of ${issuer.name} cannot be used` };
  }
}

/** RFC 9864 has given EdDSA with Ed25519 a name of its own; issuers write either. */
function withBothNames(key: TokenKey): TokenKey[] {
  return key.alg === 'EdDSA' ? [key, { ...key, alg: 'Ed25519' }] : [key];
}

function keySetOf(issuer: TokenIssuerDocument): KeySet {
  const known = keySets.get(issuer) ?? createLocalJWKSet({ keys: issuer.keys.flatMap(withBothNames) });
  keySets.set(issuer, known);
  return known;
}

/** For the operator. Names claims, quotes nothing that could let somebody in. */
function faultOf(error: InstanceType<typeof errors.JOSEError>, { name, audiences }: TokenIssuerDocument): string {
  if (error instanceof errors.JWTExpired) return 'it has expired (exp)';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud' && error.reason !== 'missing')
      return `it is for another audience than ${audiences.join(', ')}: ${printed(error.payload.aud)}`;
    if (error.claim === 'nbf') return 'it is not valid yet (nbf)';
    return error.reason === 'missing' ? `it has no ${error.claim}` : `its ${error.claim} is wrong`;
  }
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return `its signature does not verify under the key of ${name}`;
  if (error instanceof errors.JWKSNoMatchingKey) return `${name} has no key with its kid and alg`;
  if (error instanceof errors.JWKSMultipleMatchingKeys) return `it names no kid, and ${name} has several keys`;
  if (error instanceof errors.JOSEAlgNotAllowed) return `it is signed with an algorithm that ${name} has no key for`;
  return 'it is malformed';
}

/** RFC 8705 §3.1. Asked here and not in core/unknown.ts: a module that both files of the function use would become a third one. */
function thumbprintIn(cnf: unknown): string | undefined {
  if (typeof cnf !== 'object' || cnf === null) return undefined;
  const value = (cnf as Readonly<Record<string, unknown>>)['x5t#S256'];
  return typeof value === 'string' ? value : undefined;
}

/** What issuers write in place of base64url without padding (RFC 8705 §3.1, RFC 7515 §2). */
function encodingOf(thumbprint = ''): string | undefined {
  const written = (how: string) => `a token whose cnf.x5t#S256 is ${how}, not base64url without padding`;
  const hex = /^[0-9a-f]{2}(?::?[0-9a-f]{2}){31}$/i;
  if (hex.test(thumbprint)) return written('in hex');
  if (hex.test(Buffer.from(thumbprint, 'base64url').toString('latin1'))) return written('the base64 of hex digits');
  if (/[+/]/.test(thumbprint)) return written('in standard base64');
  return thumbprint.endsWith('=') ? written('padded') : undefined;
}

/** `scope` with spaces (RFC 9068 §2.2.3), or a list, as some issuers write `scp`. */
function scopesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(' ').filter((scope) => scope !== '');
  return Array.isArray(value) ? value.filter((scope) => typeof scope === 'string') : [];
}

function worthNothing(refused: string): ShownToken {
  return { goodFor: [], refused, scopes: [] };
}

/** Of the caller's: short, and nothing but printable ASCII. */
function printed(value: unknown): string {
  return (JSON.stringify(value) ?? 'absent').slice(0, 120).replace(/[^ -~]/g, '?');
}
