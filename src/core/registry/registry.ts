import type { Place } from '../problem.ts';
import type { AddressRange } from '../request/address.ts';
import type { Admission, RequestPath } from '../request/path.ts';
import type { Pattern } from '../request/pattern.ts';
import type { Certificate } from '../x509/certificate.ts';
import type {
  ConditionDocument,
  FrontDocument,
  IdentityDocument,
  RevocationDocument,
  SanKind,
  TokenIssuerDocument,
} from './document.ts';

export interface Authority {
  readonly name: string;
  /** Every CA of the file, in its order. */
  readonly certificates: readonly Certificate[];
  /** The self-signed ones. */
  readonly anchors: readonly Certificate[];
  /** Those that may sign clients; the others only complete the chain. */
  readonly issuers: readonly Certificate[];
  readonly revocation: RevocationDocument;
  readonly at: Place;
}

export type Identity = { readonly withdrawn?: true } & IdentityKind;

type IdentityKind =
  | { readonly kind: 'subject'; readonly authority: string; readonly subject: string; readonly subjectKey: string }
  | {
      readonly kind: 'san';
      readonly authority: string;
      readonly san: { readonly kind: SanKind; readonly value: string };
    }
  | Extract<IdentityDocument, { readonly kind: 'subject-glob' | 'san-glob' }>
  /** `certificate` is parsed on first use. */
  | { readonly kind: 'certificate'; readonly sha256: string; readonly certificate: Certificate }
  | { readonly kind: 'key'; readonly spkiSha256: string; readonly authority?: string };

export interface Rule {
  /** 'allow-1', 'allow-2', … by position in the client's file. */
  readonly id: string;
  readonly pattern: Pattern;
  readonly at: Place;
}

export type Condition =
  | { readonly addresses: readonly AddressRange[] }
  | Exclude<ConditionDocument, { readonly addresses: readonly string[] }>;

/** Holds when one of its conditions does. */
export interface Requirement {
  readonly any: readonly Condition[];
  readonly at: Place;
}

export interface Client {
  readonly name: string;
  readonly contact?: string;
  readonly identities: readonly Identity[];
  readonly rules: readonly Rule[];
  /** The most specific rule that matches; of equally specific ones the first. */
  ruleFor(method: string, path: RequestPath): Rule | undefined;
  readonly addresses?: readonly AddressRange[];
  readonly addressesAt?: Place;
  /** Epoch milliseconds, inclusive. */
  readonly validFrom?: number;
  /** Epoch milliseconds, inclusive: the last millisecond of the last day. */
  readonly validUntil?: number;
  readonly tier?: string;
  /** Every one must hold. */
  readonly require: readonly Requirement[];
  readonly at: Place;
}

export interface Route {
  /** 'route-1', 'route-2', … by position in sallyport.yaml. */
  readonly id: string;
  readonly pattern: Pattern;
  readonly connection: string;
  readonly to?: string;
  readonly admits: readonly Admission[];
  /** Its own; what a request has to meet is `Registry.requirementsOf`. */
  readonly require: readonly Requirement[];
  /** It stands in the place of the routes around it: their conditions do not count for what it forwards. */
  readonly replaces: boolean;
  readonly at: Place;
}

export interface Registry {
  /** SHA-256 hex of the canonical document. */
  readonly id: string;
  readonly front: FrontDocument;
  readonly authorities: ReadonlyMap<string, Authority>;
  /** Between two registries: what authorities were before they lost something, see `withdrawn`. Else empty. */
  readonly withdrawnAuthorities: ReadonlyMap<string, Authority>;
  readonly clients: ReadonlyMap<string, Client>;
  /** Most specific first: the first that matches is the route of a request, and compilation has refused ties. */
  readonly routes: readonly Route[];
  /** The first of `routes` that matches, in time of the path's length. */
  routeFor(method: string, path: RequestPath): Route | undefined;
  /**
   * What is asked of every client that makes this request, when `route` forwards it: the conditions of all routes that a
   * tolerant backend could hold it for, see `RouteTable`.
   */
  requirementsOf(method: string, path: RequestPath, route: Route): readonly Requirement[];
  /** By name. */
  readonly tokenIssuers: ReadonlyMap<string, TokenIssuerDocument>;
  /** Authorities holding a CA whose subject is the leaf's issuer. O(1). */
  authoritiesIssuing(leaf: Certificate): readonly Authority[];
  /** Identities whose name, key or hash matches, whatever the authority, so that "right subject, wrong authority" can be explained. O(1). */
  candidates(leaf: Certificate): readonly Candidate[];
}

export interface Candidate {
  readonly client: Client;
  readonly identity: Identity;
}
