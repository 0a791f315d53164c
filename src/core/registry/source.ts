import type { Place } from '../problem.ts';
import type { AddressRange } from '../request/address.ts';
import type { Admission } from '../request/path.ts';
import type { Pattern } from '../request/pattern.ts';
import type { Name } from '../x509/name.ts';
import type { FrontDocument, Psd2Role, RevocationDocument, SanKind, TokenKey } from './document.ts';

/** A value and where it was written. */
export interface Positioned<T> {
  readonly value: T;
  readonly place: Place;
}

/**
 * What compilation starts from: every value is valid by itself, nothing has been held against anything else yet.
 * Names of files with problems of their own are in the name sets, so that one mistake is reported once.
 */
export interface RegistrySource {
  readonly front: FrontDocument;
  readonly authorities: readonly AuthoritySource[];
  readonly authorityNames: ReadonlySet<string>;
  readonly clients: readonly ClientSource[];
  /** By name; undefined: its file has problems of its own. */
  readonly tokenIssuers?: ReadonlyMap<string, TokenIssuerSource | undefined>;
  /** Undefined when sallyport.yaml could not be read: then nothing is held against it. */
  readonly deployed?: DeployedSource;
}

export interface TokenIssuerSource {
  readonly name: string;
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly keys: readonly TokenKey[];
  readonly place: Place;
}

export interface DeployedSource {
  readonly connectionNames: ReadonlySet<string>;
  readonly tierNames: ReadonlySet<string>;
  readonly routes: readonly RouteSource[];
}

/** A text file that a YAML file names. */
export interface PemSource {
  readonly file: string;
  readonly text: string;
}

export interface AuthoritySource {
  readonly name: string;
  readonly pem: PemSource;
  /** Subjects; SHA-256 (lower-case hex) of certificates or common names as text. */
  readonly issuers?: readonly Positioned<Name | string>[];
  readonly revocation: RevocationDocument;
  /** Why a CA of an organisation that runs public CAs is not one. */
  readonly privateCa?: string;
  readonly place: Place;
}

export interface ClientSource {
  readonly name: string;
  readonly contact?: string;
  readonly identities: readonly IdentitySource[];
  readonly allow: readonly Positioned<Pattern>[];
  readonly addresses?: readonly Positioned<AddressRange>[];
  /** YYYY-MM-DD. */
  readonly validFrom?: Positioned<string>;
  readonly validUntil?: Positioned<string>;
  readonly tier?: Positioned<string>;
  readonly require?: readonly RequirementSource[];
  readonly place: Place;
}

export interface RequirementSource {
  readonly any: readonly ConditionSource[];
  readonly place: Place;
}

export type ConditionSource =
  | { readonly addresses: readonly Positioned<AddressRange>[] }
  | { readonly psd2Role: Positioned<Psd2Role> }
  | { readonly keySha256: Positioned<string> }
  | { readonly token: { readonly issuer: Positioned<string>; readonly scopes: readonly string[] } };

export type IdentitySource =
  | { readonly kind: 'subject'; readonly authority: Positioned<string>; readonly subject: Name; readonly place: Place }
  | {
      readonly kind: 'san';
      readonly authority: Positioned<string>;
      readonly san: { readonly kind: SanKind; readonly value: string };
      readonly place: Place;
    }
  | {
      readonly kind: 'subject-glob';
      readonly authority: Positioned<string>;
      /** Held against `cutSubjectGlob` already. */
      readonly subject: Name;
      readonly place: Place;
    }
  | {
      readonly kind: 'san-glob';
      readonly authority: Positioned<string>;
      readonly san: { readonly kind: Exclude<SanKind, 'ip'>; readonly value: string };
      readonly place: Place;
    }
  | { readonly kind: 'certificate'; readonly pem: PemSource; readonly place: Place }
  | {
      readonly kind: 'key';
      readonly spkiSha256: string;
      readonly authority?: Positioned<string>;
      readonly place: Place;
    };

export interface RouteSource {
  readonly match: Positioned<Pattern>;
  readonly connection: Positioned<string>;
  readonly to?: Positioned<string>;
  readonly admits: readonly Admission[];
  readonly require?: readonly RequirementSource[];
  readonly replaces?: boolean;
  readonly place: Place;
}
