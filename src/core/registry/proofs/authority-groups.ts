import type { Certificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import type { CompiledAuthority } from '../compile-authority.ts';
import { issuerKey } from '../issuer.ts';

/** Two authorities with a common issuer (name and key) can issue each other's certificates: they count as one. */
export class AuthorityGroups {
  readonly #byName = new Map<string, number>();
  readonly #byIssuer = new Map<string, number>();
  readonly #byIssuerName = new Map<string, Set<number>>();

  /** The name of a CA of each group that may sign clients, for examples. */
  readonly #example = new Map<number, string>();

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
      const [issuer] = authority.issuers;
      if (issuer !== undefined && !this.#example.has(group)) this.#example.set(group, formatName(issuer.subject));
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

  /** A CA that could have signed the certificate of an example. */
  signerOf(group: number | undefined): string {
    return (group === undefined ? undefined : this.#example.get(group)) ?? 'any CA of an authority';
  }
}
