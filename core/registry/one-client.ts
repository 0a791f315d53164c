import type { Place } from '../problem.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { CompiledAuthority } from './compile-authority.ts';
import type { IdentityDocument } from './document.ts';
import { issuerKey } from './issuer.ts';
import type { Report } from './pem-source.ts';
import { generalNameKey, sanKey } from './san.ts';

export interface OwnedIdentity {
  readonly client: string;
  readonly identity: IdentityDocument;
  /** Parsed, for identities of kind certificate. */
  readonly certificate?: Certificate;
  readonly place: Place;
}

interface Claim extends OwnedIdentity {
  /** Undefined: whichever authority issued it. */
  readonly group?: number;
}

/**
 * Proves that no two clients claim the same certificate through the same kind of name, the same key, or one's pinned
 * certificate and the other's name or key. What only a certificate yet to be issued can show (one client's subject
 * together with another's SAN) is refused when it calls: `decide` denies a certificate that is two clients.
 */
export function proveOneClient(
  owned: readonly OwnedIdentity[],
  authorities: readonly CompiledAuthority[],
  report: Report,
): void {
  const groups = new AuthorityGroups(authorities);
  const claims = new Map<string, Claim[]>();
  const claimed = (owner: OwnedIdentity, key: string, group: number | undefined): void => {
    const others = claims.get(key) ?? [];
    const rival = others.find((other) => other.group === undefined || group === undefined || other.group === group);
    if (rival !== undefined) reportRivals(owner, rival, report);
    else if (others.length === 0) claims.set(key, [{ ...owner, group }]);
    else others.push({ ...owner, group });
  };
  const pinned: OwnedIdentity[] = [];
  for (const owner of owned) {
    const { identity } = owner;
    if (identity.kind === 'certificate') {
      pinned.push(owner);
      claimed(owner, `certificate ${identity.sha256}`, undefined);
    } else {
      claimed(owner, claimKey(identity), groups.of(identity.authority));
    }
  }
  for (const owner of pinned) {
    if (owner.certificate === undefined) continue;
    const issuedIn = groups.issuing(owner.certificate);
    for (const key of claimKeysOf(owner.certificate)) {
      const rival = claims
        .get(key)
        ?.find((other) => other.client !== owner.client && (other.group === undefined || issuedIn.has(other.group)));
      if (rival !== undefined) reportRivals(owner, rival, report);
    }
  }
}

function claimKey(identity: Exclude<IdentityDocument, { kind: 'certificate' }>): string {
  switch (identity.kind) {
    case 'subject':
      return `subject ${identity.subjectKey}`;
    case 'san':
      return `san ${sanKey(identity.san.kind, identity.san.value)}`;
    case 'key':
      return `key ${identity.spkiSha256}`;
  }
}

function claimKeysOf(certificate: Certificate): readonly string[] {
  const names = (certificate.subjectAltName ?? []).map(generalNameKey).filter((key) => key !== undefined);
  return [`subject ${certificate.subject.key}`, `key ${certificate.spkiSha256}`, ...names.map((key) => `san ${key}`)];
}

function reportRivals(owner: OwnedIdentity, rival: OwnedIdentity, report: Report): void {
  const same = owner.client === rival.client;
  report({
    code: same ? 'identity_twice' : 'identity_shared',
    message: same
      ? 'the client has this identity twice'
      : `one certificate could be two clients, ${rival.client} and ${owner.client}`,
    place: owner.place,
    found: `${describe(owner.identity)}, and ${describe(rival.identity)} in ${rival.place.file}:${rival.place.line}`,
    allowed: 'each identity for one client',
    remedy: same ? 'remove one of the two' : `remove the identity from ${owner.client} or from ${rival.client}`,
  });
}

function describe(identity: IdentityDocument): string {
  switch (identity.kind) {
    case 'subject':
      return `subject ${identity.subject} from ${identity.authority}`;
    case 'san':
      return `${identity.san.kind} ${identity.san.value} from ${identity.authority}`;
    case 'certificate':
      return `certificate ${identity.sha256.slice(0, 16)}`;
    case 'key':
      return `key ${identity.spkiSha256.slice(0, 16)}`;
  }
}

/** Two authorities with a common issuer (name and key) can issue each other's certificates: they count as one. */
class AuthorityGroups {
  readonly #byName = new Map<string, number>();
  readonly #byIssuer = new Map<string, number>();
  readonly #byIssuerName = new Map<string, Set<number>>();

  constructor(authorities: readonly CompiledAuthority[]) {
    const leader = authorities.map((_, index) => index);
    const find = (index: number): number => {
      const above = leader[index] ?? index;
      return above === index ? index : find(above);
    };
    authorities.forEach((authority, index) => {
      for (const issuer of authority.issuers) {
        const key = issuerKey(issuer);
        const first = this.#byIssuer.get(key);
        if (first === undefined) this.#byIssuer.set(key, index);
        else leader[find(index)] = find(first);
      }
    });
    authorities.forEach((authority, index) => {
      const group = find(index);
      this.#byName.set(authority.document.name, group);
      for (const issuer of authority.issuers) {
        const named = this.#byIssuerName.get(issuer.subject.key) ?? new Set();
        this.#byIssuerName.set(issuer.subject.key, named.add(group));
      }
    });
  }

  of(authority: string | undefined): number | undefined {
    if (authority === undefined) return undefined;
    // An authority whose own file has problems is a group by itself: its mistake is reported elsewhere.
    const group = this.#byName.get(authority) ?? -1 - this.#byName.size;
    this.#byName.set(authority, group);
    return group;
  }

  issuing(certificate: Certificate): ReadonlySet<number> {
    return this.#byIssuerName.get(certificate.issuer.key) ?? new Set();
  }
}
