import type { Condition } from '../../registry/registry.ts';
import type { Reason } from '../reasons.ts';

/** An access token that came with a request, after its signature and times were checked: what it is worth, and for whom. */
export interface ShownToken {
  /** Names of the token issuers that it is good for: signed by them, meant for us, in time. */
  readonly goodFor: readonly string[];
  /** For the operator, when it is good for none: why. Nothing of the token itself. */
  readonly refused?: string;
  /** `cnf.x5t#S256` (RFC 8705 §3.1): base64url of the SHA-256 of the certificate that it is bound to. */
  readonly thumbprint?: string;
  /** How the thumbprint is written, when that is not as RFC 8705 says: it then equals nobody's. */
  readonly oddThumbprint?: string;
  readonly scopes: readonly string[];
}

export type TokenCondition = Extract<Condition, { readonly token: unknown }>;
type Fault = Pick<Reason, 'code' | 'found' | 'expected'>;

/** What is wrong with the token for this condition; undefined: it holds. */
export function tokenFault(
  { token: wanted }: TokenCondition,
  shown: ShownToken | undefined,
  certificate: { readonly sha256: string } | undefined,
): Fault | undefined {
  const expected = tokenText(wanted);
  if (shown === undefined) return { code: 'token_missing', found: 'no access token', expected };
  if (!shown.goodFor.includes(wanted.issuer)) {
    const found = shown.refused ?? `a token of ${shown.goodFor.join(', ')}`;
    return { code: 'token_refused', found, expected };
  }
  if (certificate === undefined || shown.thumbprint !== thumbprintOf(certificate)) {
    const found =
      shown.thumbprint === undefined
        ? 'a token without cnf.x5t#S256'
        : (shown.oddThumbprint ?? 'a token for another certificate');
    return { code: 'token_certificate_differs', found, expected };
  }
  const lacking = wanted.scopes.filter((scope) => !shown.scopes.includes(scope));
  if (lacking.length === 0) return undefined;
  return { code: 'token_scope_missing', found: `a token without ${lacking.join(' ')}`, expected };
}

export function tokenText({ issuer, scopes }: TokenCondition['token']): string {
  return `a token of ${issuer} bound to the certificate${scopes.length === 0 ? '' : ` with scope ${scopes.join(' ')}`}`;
}

/** RFC 8705 §3.1. */
export function thumbprintOf({ sha256 }: { readonly sha256: string }): string {
  return Buffer.from(sha256, 'hex').toString('base64url');
}
