import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import type { Place } from '../problem.ts';
import type { Admission } from '../request/path.ts';

export const REGISTRY_FORMAT = 3;

/**
 * The compiled registry as pure JSON: what a release contains. Everything that costs time to derive (name keys, hashes)
 * is in it, so that loading 100,000 clients parses no name and no pinned certificate.
 */
export interface RegistryDocument {
  /**
   * Since 3 the conditions of a route hold in every spelling of its path, and for the routes inside it. A reader that knows
   * another meaning must refuse, not decide by it.
   */
  readonly format: typeof REGISTRY_FORMAT;
  readonly front: FrontDocument;
  readonly authorities: readonly AuthorityDocument[];
  readonly clients: readonly ClientDocument[];
  readonly routes: readonly RouteDocument[];
  /** Those that a condition names; absent without one. */
  readonly tokenIssuers?: readonly TokenIssuerDocument[];
}

export interface FrontDocument {
  readonly id: string;
  readonly label: string;
  readonly stage: 'production' | 'test';
  readonly support: { readonly email?: string; readonly url?: string };
  /** Whether a matched client is told which of its own values was refused. */
  readonly disclose: boolean;
}

export interface AuthorityDocument {
  readonly name: string;
  /** Base64 DER, in the order of the PEM file. */
  readonly certificates: readonly string[];
  /** SHA-256 (lower-case hex) of the self-signed ones. */
  readonly anchors: readonly string[];
  /** SHA-256 (lower-case hex) of those that may sign clients. */
  readonly issuers: readonly string[];
  readonly revocation: RevocationDocument;
  /**
   * Only in a registry between two others: what the authority was before it lost something; it lets nobody in. One that
   * stays is there a second time, under the same name.
   */
  readonly withdrawn?: true;
  readonly at: Place;
}

/** How revoked certificates of an authority are known, and what it means when they are not: a choice in writing either way. */
export type RevocationDocument =
  | { readonly none: string }
  | {
      /** Addresses of the lists of every CA of the authority. */
      readonly lists: readonly string[];
      /** No list is about a certificate. */
      readonly missing: RevocationChoice;
      /** The list is past its nextUpdate, or older than maxAgeHours. */
      readonly stale: RevocationChoice;
      readonly maxAgeHours: number;
      /** Certificates made for less than this may do without a list. */
      readonly exemptUnderHours?: number;
      /** `allow`: a list without nextUpdate counts for maxAgeHours. Absent: it does not count. */
      readonly withoutNextUpdate?: RevocationChoice;
    };

type RevocationChoice = 'deny' | 'allow';

export interface ClientDocument {
  readonly name: string;
  readonly contact?: string;
  readonly identities: readonly IdentityDocument[];
  readonly allow: readonly { readonly pattern: string; readonly at: Place }[];
  readonly addresses?: readonly string[];
  /** Where they are written. */
  readonly addressesAt?: Place;
  /** YYYY-MM-DD, UTC, first day included. */
  readonly validFrom?: string;
  /** YYYY-MM-DD, UTC, last day included. */
  readonly validUntil?: string;
  readonly tier?: string;
  /** Further conditions: every one must hold. */
  readonly require?: readonly RequirementDocument[];
  readonly at: Place;
}

/** Holds when one of its conditions does. */
export interface RequirementDocument {
  readonly any: readonly ConditionDocument[];
  /** Of a group it is the group's file. */
  readonly at: Place;
}

export const psd2Roles = ['PSP_AS', 'PSP_PI', 'PSP_AI', 'PSP_IC'] as const;
export type Psd2Role = (typeof psd2Roles)[number];

/** What narrows an identity further; never an identity itself. */
export type ConditionDocument =
  | { readonly addresses: readonly string[] }
  | { readonly psd2Role: Psd2Role }
  /** SHA-256, lower-case hex, of a generated key that comes in a header of its own. */
  | { readonly keySha256: string }
  /** RFC 8705 §3: an access token of this issuer that is bound to the certificate of the request. */
  | { readonly token: { readonly issuer: string; readonly scopes: readonly string[] } };

/** Whose access tokens count (RFC 8414 calls it the authorization server). Its keys are pinned: nothing is fetched. */
export interface TokenIssuerDocument {
  readonly name: string;
  /** `iss`, compared character by character. */
  readonly issuer: string;
  /** One of them must be in `aud`. */
  readonly audiences: readonly string[];
  readonly keys: readonly TokenKey[];
  readonly at: Place;
}

/** A public JSON Web Key (RFC 7517) that verifies with exactly one algorithm. */
export interface TokenKey {
  readonly kty: 'EC' | 'RSA' | 'OKP';
  readonly alg: string;
  readonly kid?: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
}

export type SanKind = 'dns' | 'uri' | 'email' | 'ip';

export type IdentityDocument = IdentityKind & {
  /**
   * Only in a registry between two others: lets nobody in, but a certificate that it and another client match is still two
   * clients. Without it, taking one away would let in as the other who was nobody.
   */
  readonly withdrawn?: true;
};

type IdentityKind =
  | {
      readonly kind: 'subject';
      readonly authority: string;
      /** RFC 4514 as we write it, for people. */
      readonly subject: string;
      /** The canonical `Name.key`, which is what is compared. */
      readonly subjectKey: string;
    }
  | {
      readonly kind: 'san';
      readonly authority: string;
      readonly san: { readonly kind: SanKind; readonly value: string };
    }
  | {
      readonly kind: 'subject-glob';
      readonly authority: string;
      /** RFC 4514 with `*`, for people. */
      readonly subject: string;
      /** What is compared, see `cutSubjectGlob`. */
      readonly space: string;
      readonly segments: readonly string[];
    }
  | {
      readonly kind: 'san-glob';
      readonly authority: string;
      readonly san: { readonly kind: Exclude<SanKind, 'ip'>; readonly value: string };
    }
  | { readonly kind: 'certificate'; readonly certificate: string /* base64 DER */; readonly sha256: string }
  | { readonly kind: 'key'; readonly spkiSha256: string; readonly authority?: string };

export interface RouteDocument {
  readonly match: string;
  readonly connection: string;
  readonly to?: string;
  readonly admits: readonly Admission[];
  /** Of every client on this route, as `require` of a client. */
  readonly require?: readonly RequirementDocument[];
  /** The conditions of the routes around it do not hold for what it forwards. */
  readonly replaces?: true;
  /** Only in a registry between two others: forwards nothing; what it requires holds. */
  readonly withdrawn?: true;
  readonly at: Place;
}

/**
 * Canonical JSON: keys sorted, no `undefined`, no white space. Equal documents are equal texts, wherever in a file something
 * stands: of a place only the file is written, or a line inserted above would make another release of the same people.
 */
export function writeDocument(document: RegistryDocument): string {
  return canonicalJson(document, (key, member) =>
    key === 'at' || key === 'addressesAt' ? { file: (member as Place).file } : member,
  );
}

/** SHA-256 (lower-case hex) of the canonical text. */
export function documentId(document: RegistryDocument): string {
  return createHash('sha256').update(writeDocument(document)).digest('hex');
}
