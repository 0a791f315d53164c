import type { Place } from '../problem.ts';

export interface ReasonEntry {
  readonly about: 'certificate' | 'identity' | 'client' | 'request';
  /** For the operator: what is so. One sentence, no full stop. */
  readonly message: string;
  /** For the operator: what to do. */
  readonly remedy: string;
  /** What the registered caller may be told about its own mistake; absent = nothing. Never names an expected value. */
  readonly callerMessage?: string;
  readonly citation?: string;
}

/**
 * Why a request is refused: the one table. Codes are stable (log fields, metrics, anchors of docs/reasons.md, which is
 * generated from here): added to, never renamed. The order is the order in which reasons are listed and, for the
 * caller, told.
 */
export const reasonTable = {
  certificate_missing: {
    about: 'certificate',
    message: 'the request came without a client certificate',
    remedy:
      'find the door that it came through: the execute-api address, a second domain on the stage, a console test. Only the mutual-TLS domain may lead here',
  },
  certificate_malformed: {
    about: 'certificate',
    message: 'the client certificate is not strict DER as RFC 5280 defines it',
    remedy: 'have the partner ask its CA for a well-formed certificate; `found` names the rule and the byte',
    citation: 'RFC 5280 §4.1, X.690 §10',
  },
  certificate_blocked: {
    about: 'certificate',
    message: 'this certificate is blocked',
    remedy: 'give the partner a new certificate; lift the block only when its reason is settled',
  },
  certificate_revoked: {
    about: 'certificate',
    message: 'the client certificate is revoked by its CA',
    remedy: 'the partner needs a new certificate, with a new key if the old one is lost; `found` names the list',
    citation: 'RFC 5280 §6.3',
  },
  certificate_expired: {
    about: 'certificate',
    message: 'the client certificate has expired',
    remedy: 'the partner needs a new certificate; with the same subject from the same authority nothing changes here',
    callerMessage: 'Your certificate has expired. Use a current one.',
    citation: 'RFC 5280 §4.1.2.5',
  },
  certificate_not_yet_valid: {
    about: 'certificate',
    message: 'the client certificate is not valid yet',
    remedy: 'compare notBefore with the time of the request: the partner switched too early, or its CA runs fast',
    callerMessage: 'Your certificate is not valid yet. Use the previous one until it is.',
    citation: 'RFC 5280 §4.1.2.5',
  },
  certificate_is_ca: {
    about: 'certificate',
    message: 'the client certificate is a CA certificate',
    remedy: 'have the partner connect with an end-entity certificate; whoever holds a CA key could issue any client',
    citation: 'RFC 5280 §4.2.1.9',
  },
  certificate_key_usage: {
    about: 'certificate',
    message: 'the key usage of the client certificate does not allow signatures',
    remedy: 'the partner needs a certificate with digitalSignature in its key usage, which TLS clients sign with',
    callerMessage: 'Your certificate may not be used to sign: its key usage lacks digitalSignature.',
    citation: 'RFC 5280 §4.2.1.3, RFC 8446 §4.4.2.2',
  },
  certificate_not_for_clients: {
    about: 'certificate',
    message: 'the extended key usage of the client certificate does not name clientAuth',
    remedy:
      'the partner needs a certificate for client authentication; public CAs have stopped issuing these, use a private CA',
    callerMessage: 'Your certificate is not one for clients: its extended key usage lacks clientAuth.',
    citation: 'RFC 5280 §4.2.1.12',
  },
  certificate_weak_signature: {
    about: 'certificate',
    message: 'the client certificate is signed with a hash that is no longer safe',
    remedy: 'the partner needs a certificate signed with SHA-256 or stronger; API Gateway refuses older ones as well',
    citation: 'RFC 9155, API Gateway "Configuring mutual TLS"',
  },
  certificate_weak_key: {
    about: 'certificate',
    message: 'the key of the client certificate is too short',
    remedy: 'the partner needs a certificate with RSA of at least 2048 bits, or P-256 or P-384',
    citation: 'API Gateway "Configuring mutual TLS"',
  },
  certificate_algorithm: {
    about: 'certificate',
    message: 'the client certificate uses an algorithm that the edge does not accept',
    remedy: 'the partner needs a certificate with RSA of at least 2048 bits, P-256 or P-384',
    callerMessage: 'Your certificate uses an algorithm that is not accepted here. Use RSA 2048, P-256 or P-384.',
    citation: 'API Gateway "Configuring mutual TLS"',
  },
  certificate_critical_extension: {
    about: 'certificate',
    message: 'the client certificate has a critical extension that is not understood here',
    remedy: 'have the partner ask its CA for a certificate without it; `found` names the extension',
    citation: 'RFC 5280 §4.2',
  },
  certificate_name_not_permitted: {
    about: 'certificate',
    message: 'the certificate has a name that a CA above it may not issue (name constraints)',
    remedy: 'have the CA issue the certificate within its constraints; `found` names both',
    citation: 'RFC 5280 §4.2.1.10',
  },
  signature_invalid: {
    about: 'certificate',
    message: "the signature does not verify under the key of the authority's CA",
    remedy:
      'treat it as a forgery: somebody used the name of the CA without its key. If the CA has a new key, add its new certificate',
    citation: 'RFC 5280 §6.1.3 (a)(1)',
  },
  issuer_unknown: {
    about: 'certificate',
    message: 'no authority of the registry has the CA that issued this certificate',
    remedy:
      'if the partner has a new CA, add its complete chain (`sallyport authority add NAME --from FILE`); otherwise it sent the wrong certificate',
    citation: 'RFC 5280 §6.1.3 (a)(4)',
  },
  issuer_not_allowed: {
    about: 'certificate',
    message: 'the CA that issued this certificate is in the authority, but not one of its issuers',
    remedy:
      'if this CA may sign clients, name it under `issuers` of the authority; otherwise find out why it signed this one',
  },
  authority_expired: {
    about: 'certificate',
    message: 'a CA certificate on the path is outside its validity',
    remedy: "replace the CA certificate in the authority's file by its current one: every client below it is refused",
    citation: 'RFC 5280 §6.1.3 (a)(2)',
  },
  issuer_revoked: {
    about: 'certificate',
    message: 'a CA certificate on the path is revoked',
    remedy:
      'trust nothing below it: ask the partner which CA takes its place, and remove the revoked one from the authority',
    citation: 'RFC 5280 §6.3',
  },
  revocation_stale: {
    about: 'certificate',
    message: "the authority's revocation list is out of date, and its file says `stale: deny`",
    remedy:
      'find out why there is no newer list: the CA publishes none, or the job that fetches them fails. `stale: allow` is the choice to go on without',
    citation: 'RFC 5280 §5.1.2.5',
  },
  revocation_missing: {
    about: 'certificate',
    message:
      'no revocation list says anything about a certificate on the path, and the file of its authority says `missing: deny`',
    remedy:
      'name the list of the CA under `found` in `revocation.lists` of the authority: each CA of a path has its own. `missing: allow` is the choice to go on without',
    citation: 'RFC 5280 §6.3.3',
  },
  path_invalid: {
    about: 'certificate',
    message: 'the certification path breaks a rule of RFC 5280',
    remedy: '`found` names the certificate and the rule: the CA has to issue it again',
    citation: 'RFC 5280 §6.1',
  },
  authority_differs: {
    about: 'identity',
    message:
      'a client is registered with this name, but under another authority than the one that issued this certificate',
    remedy:
      'if the partner changed its CA, add a second identity under the new authority (`sallyport client add NAME --rotate --from FILE`); otherwise a trusted CA issued a name that is not its to give',
  },
  identity_unknown: {
    about: 'identity',
    message: 'no client is registered with this certificate',
    remedy:
      'compare the subject and the names of the certificate with those of the client you expected, and correct the one that is wrong; a new client is registered with `sallyport client add NAME --from FILE`',
  },
  identity_ambiguous: {
    about: 'identity',
    message: 'the certificate matches more than one client',
    remedy: 'leave exactly one of these clients with an identity that this certificate matches',
  },
  client_blocked: {
    about: 'client',
    message: 'the client is blocked',
    remedy: 'lift the block only when its reason, under `found`, is settled',
  },
  client_not_yet_valid: {
    about: 'client',
    message: "the client's `validFrom` has not come yet",
    remedy: 'wait, or change `validFrom` of the client',
    callerMessage: 'Your access has not started yet.',
  },
  client_no_longer_valid: {
    about: 'client',
    message: "the client's `validUntil` has passed",
    remedy: 'if the contract goes on, change `validUntil` of the client; it is the last day included, in UTC',
    callerMessage: 'Your access has ended.',
  },
  address_unreadable: {
    about: 'client',
    message: 'the client may come from certain addresses only, and the address of this request cannot be read',
    remedy: 'the edge gave something other than one IPv4 or IPv6 address: look at `found`',
  },
  address_not_allowed: {
    about: 'client',
    message: 'the request comes from an address that the client may not use',
    remedy:
      "if the partner has new addresses, add them to the client's `addresses`; `X-Forwarded-For` is never looked at",
    callerMessage: 'You may not call from this address.',
  },
  condition_unmet: {
    about: 'client',
    message: 'a further condition of the client (`require`) does not hold',
    remedy:
      '`expected` names what would do, and one of it is enough. A key the caller sends in X-Sallyport-Key (here: `--key-file FILE`); if the partner has another address or role now, correct the condition where `see` says',
    callerMessage:
      'A condition of your access is not met: your address, your key (X-Sallyport-Key), your access token, or a role in your certificate.',
    citation: 'ETSI TS 119 495 §5.1',
  },
  token_missing: {
    about: 'client',
    message: 'the client has to bring an access token, and none came',
    remedy: 'the caller sends it in `Authorization: Bearer …`, once',
    callerMessage: 'Send your access token, once, in the header Authorization, behind the word Bearer.',
    citation: 'RFC 6750 §2.1',
  },
  token_refused: {
    about: 'client',
    message: 'the access token is not one of the token issuer that is asked for',
    remedy:
      '`found` says what is wrong with it. If the issuer has new keys, put its key set beside the file of the token issuer and publish',
    callerMessage: 'Your access token is not accepted: out of date, for somebody else, or from another issuer.',
    citation: 'RFC 9068 §4, RFC 8725',
  },
  token_certificate_differs: {
    about: 'client',
    message: 'the access token is not bound to the certificate of the request',
    remedy:
      'the caller has to fetch the token with the certificate that it calls with; a token that is bound to none comes from an issuer that does not bind (RFC 8705)',
    callerMessage: 'Your access token is not bound to the certificate that you presented.',
    citation: 'RFC 8705 §3',
  },
  token_scope_missing: {
    about: 'client',
    message: 'the access token lacks a scope',
    remedy: 'the caller asks the token issuer for the scope under `expected`, or `scopes` of the condition is wrong',
    callerMessage: 'Your access token lacks a scope that this needs.',
    citation: 'RFC 6750 §3.1',
  },
  path_malformed: {
    about: 'request',
    message: 'the path breaks the path grammar: some server behind would read it differently from the rules',
    remedy: 'have the caller send the plain path; only `;` and `%2F` can be admitted, by `admits` of a route',
    callerMessage: 'The path of your request is malformed.',
    citation: 'RFC 3986 §3.3, §6.2.2',
  },
  method_not_allowed: {
    about: 'request',
    message: 'the client may use this path, but not with this method',
    remedy: "if it should, add the method to the client's `allow`; GET does not include HEAD",
    callerMessage: 'You may not use this method on this path.',
  },
  path_not_allowed: {
    about: 'request',
    message: 'no rule of the client allows this path',
    remedy: "if it should, add it to the client's `allow`; paths are case-sensitive and `/orders` is not `/orders/`",
    callerMessage: 'You may not use this path.',
  },
  route_missing: {
    about: 'request',
    message: 'no route serves this method and path',
    remedy: 'add a route that matches it, or have the caller correct its path',
    callerMessage: 'There is nothing at this path.',
  },
} as const satisfies Readonly<Record<string, ReasonEntry>>;

export type ReasonCode = keyof typeof reasonTable;

/** Every code, in table order. */
export const reasonCodes = Object.keys(reasonTable) as readonly ReasonCode[];

/** One reason of one refusal. All text is ASCII where it comes from a certificate; `found` of a request is as it came. */
export interface Reason {
  readonly code: ReasonCode;
  readonly client?: string;
  readonly authority?: string;
  readonly found?: string;
  readonly expected?: string;
  /** Where the registry says otherwise. */
  readonly at?: Place;
}

export function reasonOf(code: ReasonCode): ReasonEntry {
  return reasonTable[code];
}

export function isCallerVisible(code: ReasonCode): boolean {
  return reasonOf(code).callerMessage !== undefined;
}

/** In table order; the order among equal codes stays. */
export function sortReasons(reasons: readonly Reason[]): readonly Reason[] {
  return reasonCodes.flatMap((code) => reasons.filter((reason) => reason.code === code));
}
