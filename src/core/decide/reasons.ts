import type { Place } from '../problem.ts';

export interface ReasonEntry {
  readonly about: 'certificate' | 'identity' | 'client' | 'request';
  /** For the operator: what is so. One sentence, no full stop. */
  readonly message: string;
  /** For the operator: what to do. */
  readonly remedy: string;
  /** The registered caller may be told: `callerMessages` has the words. Absent: it is told nothing. */
  readonly told?: true;
}

/**
 * Why a request is refused: the one table. What only pages and the command line say of each is in reason-texts.ts, which no
 * function has to carry. Codes are stable (log fields, metrics, anchors of docs/reasons.md, which is
 * generated from here): added to, never renamed. The order is the order in which reasons are listed and, for the
 * caller, told.
 */
const reasonTable = {
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
  },
  certificate_expired: {
    about: 'certificate',
    message: 'the client certificate has expired',
    remedy: 'the partner needs a new certificate; with the same subject from the same authority nothing changes here',
    told: true,
  },
  certificate_not_yet_valid: {
    about: 'certificate',
    message: 'the client certificate is not valid yet',
    remedy: 'compare notBefore with the time of the request: the partner switched too early, or its CA runs fast',
    told: true,
  },
  certificate_is_ca: {
    about: 'certificate',
    message: 'the client certificate is a CA certificate',
    remedy: 'have the partner connect with an end-entity certificate; whoever holds a CA key could issue any client',
  },
  certificate_key_usage: {
    about: 'certificate',
    message: 'the key usage of the client certificate does not allow signatures',
    remedy: 'the partner needs a certificate with digitalSignature in its key usage, which TLS clients sign with',
    told: true,
  },
  certificate_not_for_clients: {
    about: 'certificate',
    message: 'the extended key usage of the client certificate does not name clientAuth',
    remedy:
      'the partner needs a certificate for client authentication; public CAs have stopped issuing these, use a private CA',
    told: true,
  },
  certificate_weak_signature: {
    about: 'certificate',
    message: 'the client certificate is signed with a hash that is no longer safe',
    remedy: 'the partner needs a certificate signed with SHA-256 or stronger; API Gateway refuses older ones as well',
  },
  certificate_weak_key: {
    about: 'certificate',
    message: 'the key of the client certificate is too short',
    remedy: 'the partner needs a certificate with RSA of at least 2048 bits, or P-256 or P-384',
  },
  certificate_algorithm: {
    about: 'certificate',
    message: 'the client certificate uses an algorithm that the edge does not accept',
    remedy: 'the partner needs a certificate with RSA of at least 2048 bits, P-256 or P-384',
    told: true,
  },
  certificate_critical_extension: {
    about: 'certificate',
    message: 'the client certificate has a critical extension that is not understood here',
    remedy: 'have the partner ask its CA for a certificate without it; `found` names the extension',
  },
  certificate_name_not_permitted: {
    about: 'certificate',
    message: 'the certificate has a name that a CA above it may not issue (name constraints)',
    remedy: 'have the CA issue the certificate within its constraints; `found` names both',
  },
  signature_invalid: {
    about: 'certificate',
    message: "the signature does not verify under the key of the authority's CA",
    remedy:
      'treat it as a forgery: somebody used the name of the CA without its key. If the CA has a new key, add its new certificate',
  },
  issuer_unknown: {
    about: 'certificate',
    message: 'no authority of the registry has the CA that issued this certificate',
    remedy:
      'if the partner has a new CA, add its complete chain (`sallyport authority add NAME --from FILE`); otherwise it sent the wrong certificate',
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
  },
  issuer_blocked: {
    about: 'certificate',
    message: 'a CA on the path is blocked',
    remedy: 'ask the partner for a certificate of another CA; lift the block only when its reason is settled',
  },
  issuer_revoked: {
    about: 'certificate',
    message: 'a CA certificate on the path is revoked',
    remedy:
      'trust nothing below it: ask the partner which CA takes its place, and remove the revoked one from the authority',
  },
  revocation_stale: {
    about: 'certificate',
    message: "the authority's revocation list is out of date, and its file says `stale: deny`",
    remedy:
      'find out why there is no newer list: the CA publishes none, or the job that fetches them fails. `stale: allow` is the choice to go on without',
  },
  revocation_missing: {
    about: 'certificate',
    message:
      'no revocation list says anything about a certificate on the path, and the file of its authority says `missing: deny`',
    remedy:
      'name the list of the CA under `found` in `revocation.lists` of the authority: each CA of a path has its own. `missing: allow` is the choice to go on without',
  },
  revocations_unreadable: {
    about: 'certificate',
    message: 'the authority has revocation lists, and no index of them could be read: nobody knows who is revoked',
    remedy:
      '`found` says why: sallyport jobs run makes the index, and docs/revocation.md says what keeps it from being read',
  },
  path_invalid: {
    about: 'certificate',
    message: 'the certification path breaks a rule of RFC 5280',
    remedy: '`found` names the certificate and the rule: the CA has to issue it again',
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
  address_blocked: {
    about: 'request',
    message: 'the address that the request comes from is blocked',
    remedy: 'lift the block only when its reason, under `found`, is settled',
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
    told: true,
  },
  client_no_longer_valid: {
    about: 'client',
    message: "the client's `validUntil` has passed",
    remedy: 'if the contract goes on, change `validUntil` of the client; it is the last day included, in UTC',
    told: true,
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
    told: true,
  },
  condition_unmet: {
    about: 'client',
    message: 'a further condition of the client (`require`) does not hold',
    remedy:
      '`expected` names what would do, and one of it is enough. A key the caller sends in X-Sallyport-Key (here: `--key-file FILE`); if the partner has another address or role now, correct the condition where `see` says',
    told: true,
  },
  token_missing: {
    about: 'client',
    message: 'the client has to bring an access token, and none came',
    remedy: 'the caller sends it in `Authorization: Bearer …`, once',
    told: true,
  },
  token_refused: {
    about: 'client',
    message: 'the access token is not one of the token issuer that is asked for',
    remedy:
      '`found` says what is wrong with it. If the issuer has new keys, put its key set beside the file of the token issuer and publish',
    told: true,
  },
  token_certificate_differs: {
    about: 'client',
    message: 'the access token is not bound to the certificate of the request',
    remedy:
      'the caller has to fetch the token with the certificate that it calls with; a token that is bound to none comes from an issuer that does not bind (RFC 8705)',
    told: true,
  },
  token_scope_missing: {
    about: 'client',
    message: 'the access token lacks a scope',
    remedy: 'the caller asks the token issuer for the scope under `expected`, or `scopes` of the condition is wrong',
    told: true,
  },
  path_malformed: {
    about: 'request',
    message: 'the path breaks the path grammar: some server behind would read it differently from the rules',
    remedy: 'have the caller send the plain path; only `;` and `%2F` can be admitted, by `admits` of a route',
    told: true,
  },
  method_not_allowed: {
    about: 'request',
    message: 'the client may use this path, but not with this method',
    remedy: "if it should, add the method to the client's `allow`; GET does not include HEAD",
    told: true,
  },
  path_not_allowed: {
    about: 'request',
    message: 'no rule of the client allows this path',
    remedy: "if it should, add it to the client's `allow`; paths are case-sensitive and `/orders` is not `/orders/`",
    told: true,
  },
  route_missing: {
    about: 'request',
    message: 'no route serves this method and path',
    remedy: 'add a route that matches it, or have the caller correct its path',
    told: true,
  },
} as const satisfies Readonly<Record<string, ReasonEntry>>;

export type ReasonCode = keyof typeof reasonTable;

/** Those that a caller may be told. */
export type ToldCode = {
  [Code in ReasonCode]: (typeof reasonTable)[Code] extends { readonly told: true } ? Code : never;
}[ReasonCode];

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

/** Whoever is blocked is told nothing at all: it must not learn what else would have worked. */
export function isBlock(code: ReasonCode): boolean {
  return code.endsWith('_blocked');
}

export function isCallerVisible(code: ReasonCode): boolean {
  return reasonOf(code).told === true;
}

/** In table order; the order among equal codes stays. */
export function sortReasons(reasons: readonly Reason[]): readonly Reason[] {
  return reasonCodes.flatMap((code) => reasons.filter((reason) => reason.code === code));
}
