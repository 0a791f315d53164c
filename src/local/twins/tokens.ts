import { createPublicKey } from 'node:crypto';
import { SignJWT } from 'jose/jwt/sign';
import { dayMilliseconds } from '../../core/day.ts';
import { type ShownToken, thumbprintOf } from '../../core/decide/caller/token.ts';
import type { ConditionDocument, RegistryDocument, TokenIssuerDocument } from '../../core/registry/document.ts';
import type { TwinStore } from './store.ts';
import type { TwinIdentity } from './twin-identity.ts';

/** A made-up access token, bound to the certificate of a twin. */
export interface TwinToken {
  readonly client: string;
  /** Position of the identity that it is bound to, from 0. */
  readonly index: number;
  /** Name of the token issuer. */
  readonly issuer: string;
  readonly text: string;
  /** What `readToken` makes of it. */
  readonly shown: ShownToken;
}

export interface TwinTokens {
  /** With one made-up key each; everything else is as written. */
  readonly issuers: readonly TokenIssuerDocument[];
  readonly tokens: readonly TwinToken[];
}

const lifetimeMilliseconds = 30 * dayMilliseconds;
const alg = 'ES256';

/** For every identity of a client that some condition asks a token of: one, with every scope that any condition asks for. */
export async function twinTokens(
  { tokenIssuers = [], clients, routes }: RegistryDocument,
  identities: readonly TwinIdentity[],
  { store, now }: { store: TwinStore; now(): number },
): Promise<TwinTokens> {
  const ofRoutes = routes.flatMap(tokensIn);
  const issuers: TokenIssuerDocument[] = [];
  const tokens: TwinToken[] = [];
  for (const issuer of tokenIssuers) {
    const key = await store.key(`token-issuer:${issuer.name}`, { type: 'ec', namedCurve: 'P-256' });
    const kid = `twin-${issuer.name}`;
    issuers.push({ ...issuer, keys: [{ ...createPublicKey(key).export({ format: 'jwk' }), kty: 'EC', alg, kid }] });
    for (const client of clients) {
      const asked = [...ofRoutes, ...tokensIn(client)].filter((token) => token.issuer === issuer.name);
      if (asked.length === 0) continue;
      const scopes = [...new Set(asked.flatMap((token) => token.scopes))];
      for (const { index, certificate } of identities.filter((identity) => identity.client === client.name)) {
        const thumbprint = thumbprintOf(certificate);
        const text = await new SignJWT({ scope: scopes.join(' '), cnf: { 'x5t#S256': thumbprint } })
          .setProtectedHeader({ alg, kid, typ: 'at+jwt' })
          .setIssuer(issuer.issuer)
          .setAudience(issuer.audiences[0] ?? '')
          .setSubject(client.name)
          .setExpirationTime(new Date(now() + lifetimeMilliseconds))
          .sign(key);
        tokens.push({
          client: client.name,
          index,
          issuer: issuer.name,
          text,
          shown: { goodFor: [issuer.name], thumbprint, scopes },
        });
      }
    }
  }
  return { issuers, tokens };
}

function tokensIn({ require }: Pick<RegistryDocument['routes'][number], 'require'>) {
  return (require ?? [])
    .flatMap(({ any }) => any)
    .flatMap((condition: ConditionDocument) => ('token' in condition ? [condition.token] : []));
}
