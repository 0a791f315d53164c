import type { ReasonCode, ToldCode } from './reasons.ts';

/** What the registered caller may be told about its own mistake. Never names an expected value. */
const callerMessages: Readonly<Record<ToldCode, string>> = {
  certificate_expired: 'Your certificate has expired. Use a current one.',
  certificate_not_yet_valid: 'Your certificate is not valid yet. Use the previous one until it is.',
  certificate_key_usage: 'Your certificate may not be used to sign: its key usage lacks digitalSignature.',
  certificate_not_for_clients: 'Your certificate is not one for clients: its extended key usage lacks clientAuth.',
  certificate_algorithm: 'Your certificate uses an algorithm that is not accepted here. Use RSA 2048, P-256 or P-384.',
  client_not_yet_valid: 'Your access has not started yet.',
  client_no_longer_valid: 'Your access has ended.',
  address_not_allowed: 'You may not call from this address.',
  condition_unmet:
    'A condition of your access is not met: your address, your key (X-Sallyport-Key), your access token, or a role in your certificate.',
  token_missing: 'Send your access token, once, in the header Authorization, behind the word Bearer.',
  token_refused: 'Your access token is not accepted: out of date, for somebody else, or from another issuer.',
  token_certificate_differs: 'Your access token is not bound to the certificate that you presented.',
  token_scope_missing: 'Your access token lacks a scope that this needs.',
  path_malformed: 'The path of your request is malformed.',
  method_not_allowed: 'You may not use this method on this path.',
  path_not_allowed: 'You may not use this path.',
  route_missing: 'There is nothing at this path.',
};

export const citations: Readonly<Partial<Record<ReasonCode, string>>> = {
  certificate_malformed: 'RFC 5280 §4.1, X.690 §10',
  certificate_revoked: 'RFC 5280 §6.3',
  certificate_expired: 'RFC 5280 §4.1.2.5',
  certificate_not_yet_valid: 'RFC 5280 §4.1.2.5',
  certificate_is_ca: 'RFC 5280 §4.2.1.9',
  certificate_key_usage: 'RFC 5280 §4.2.1.3, RFC 8446 §4.4.2.2',
  certificate_not_for_clients: 'RFC 5280 §4.2.1.12',
  certificate_weak_signature: 'RFC 9155, API Gateway "Configuring mutual TLS"',
  certificate_weak_key: 'API Gateway "Configuring mutual TLS"',
  certificate_algorithm: 'API Gateway "Configuring mutual TLS"',
  certificate_critical_extension: 'RFC 5280 §4.2',
  certificate_name_not_permitted: 'RFC 5280 §4.2.1.10',
  signature_invalid: 'RFC 5280 §6.1.3 (a)(1)',
  issuer_unknown: 'RFC 5280 §6.1.3 (a)(4)',
  authority_expired: 'RFC 5280 §6.1.3 (a)(2)',
  issuer_revoked: 'RFC 5280 §6.3',
  revocation_stale: 'RFC 5280 §5.1.2.5',
  revocation_missing: 'RFC 5280 §6.3.3',
  path_invalid: 'RFC 5280 §6.1',
  condition_unmet: 'ETSI TS 119 495 §5.1',
  token_missing: 'RFC 6750 §2.1',
  token_refused: 'RFC 9068 §4, RFC 8725',
  token_certificate_differs: 'RFC 8705 §3',
  token_scope_missing: 'RFC 6750 §3.1',
  path_malformed: 'RFC 3986 §3.3, §6.2.2',
};

/** Undefined for what a caller is not told, and for what is no code. */
export function callerMessageOf(code: string): string | undefined {
  return Object.hasOwn(callerMessages, code) ? callerMessages[code as ToldCode] : undefined;
}
