import type { Certificate } from '../x509/certificate.ts';
import type { PolicyMapping } from '../x509/extensions/policies.ts';
import { oid } from '../x509/oid.ts';

/** The inputs of RFC 5280 §6.1.1 (c), (e), (f), (g). Without them every policy will do and none is required. */
export interface PolicyRequest {
  /** user-initial-policy-set, dotted OIDs; default: anyPolicy. */
  readonly initial?: readonly string[];
  readonly explicit?: boolean;
  readonly inhibitMapping?: boolean;
  readonly inhibitAny?: boolean;
}

interface Node {
  readonly policy: string;
  expected: ReadonlySet<string>;
  readonly parents: readonly Node[];
}

/** One depth of the tree: nodes of one policy are one node with several parents, so that mappings cannot multiply them. */
type Level = Map<string, Node>;

/**
 * Policy processing of RFC 5280 §6.1 as a graph of at most (policies of one certificate × depth) nodes. The RFC's tree of
 * the same meaning can double at every certificate (CVE-2023-0464). Certificates are taken one at a time, the one
 * below the anchor first; every method returns what is wrong, or undefined.
 */
export class PolicyTree {
  /** The deepest level; undefined = the tree is NULL. */
  #level: Level | undefined;
  /** Certificates still allowed before: a policy is required, mapping is inhibited, anyPolicy is inhibited. */
  #explicitPolicy: number;
  #policyMapping: number;
  #inhibitAny: number;
  readonly #initial: ReadonlySet<string>;

  /** `length` = number of certificates below the anchor. */
  constructor(length: number, request: PolicyRequest = {}) {
    this.#level = new Map([
      [oid.anyPolicy, { policy: oid.anyPolicy, expected: new Set([oid.anyPolicy]), parents: [] }],
    ]);
    this.#explicitPolicy = request.explicit === true ? 0 : length + 1;
    this.#policyMapping = request.inhibitMapping === true ? 0 : length + 1;
    this.#inhibitAny = request.inhibitAny === true ? 0 : length + 1;
    this.#initial = new Set(request.initial ?? [oid.anyPolicy]);
  }

  /**
   * What the anchor itself says (RFC 5937 §3.2), as if somebody above had issued it: its policies, where it has any, its
   * mappings and its constraints. Called first; counts down nothing, since no certificate above it does.
   */
  begin(anchor: Certificate): string | undefined {
    this.#level = this.#grow(new Set(anchor.certificatePolicies ?? [oid.anyPolicy]), true);
    return this.#limit(anchor);
  }

  /** §6.1.3 (d) to (f), for every certificate. */
  process(certificate: Certificate, final: boolean): string | undefined {
    const policies = certificate.certificatePolicies;
    // (e) no policies extension: the tree is NULL
    this.#level = policies === undefined ? undefined : this.#grow(new Set(policies), certificate.selfIssued && !final);
    // (f)
    if (this.#explicitPolicy === 0 && this.#level === undefined) return 'no policy of the path is valid for it';
    return undefined;
  }

  #grow(policies: ReadonlySet<string>, selfIssuedAuthority: boolean): Level | undefined {
    const above = this.#level;
    if (above === undefined) return undefined;
    const any = above.get(oid.anyPolicy);
    const level: Level = new Map();
    const expecting = expectations(above);
    // (d)(1)
    for (const policy of policies) {
      if (policy === oid.anyPolicy) continue;
      const parents = expecting.get(policy) ?? (any === undefined ? [] : [any]);
      if (parents.length > 0) level.set(policy, { policy, expected: new Set([policy]), parents });
    }
    // (d)(2): anyPolicy in the certificate stands for every expected policy that it does not name
    if (policies.has(oid.anyPolicy) && (this.#inhibitAny > 0 || selfIssuedAuthority)) {
      for (const [policy, parents] of expecting) {
        if (!level.has(policy)) level.set(policy, { policy, expected: new Set([policy]), parents });
      }
    }
    // (d)(3): nodes without children are unreachable from here and need no deleting; an empty level is the NULL tree
    return level.size === 0 ? undefined : level;
  }

  /** §6.1.4 (a), (b), (h) to (j), for every certificate but the last. */
  prepareNext(certificate: Certificate): string | undefined {
    return this.#limit(certificate, () => {
      if (!certificate.selfIssued) this.#countDown();
    });
  }

  #limit(certificate: Certificate, countDown: () => void = () => {}): string | undefined {
    const mappings = certificate.policyMappings ?? [];
    for (const { issuerDomainPolicy, subjectDomainPolicy } of mappings) {
      if (issuerDomainPolicy === oid.anyPolicy || subjectDomainPolicy === oid.anyPolicy)
        return 'a policy mapping names anyPolicy';
    }
    if (mappings.length > 0) this.#map(mappings);
    countDown();
    const { requireExplicitPolicy, inhibitPolicyMapping } = certificate.policyConstraints ?? {};
    this.#explicitPolicy = Math.min(this.#explicitPolicy, requireExplicitPolicy ?? Number.POSITIVE_INFINITY);
    this.#policyMapping = Math.min(this.#policyMapping, inhibitPolicyMapping ?? Number.POSITIVE_INFINITY);
    this.#inhibitAny = Math.min(this.#inhibitAny, certificate.inhibitAnyPolicy ?? Number.POSITIVE_INFINITY);
    return undefined;
  }

  #map(mappings: readonly PolicyMapping[]): void {
    const level = this.#level;
    if (level === undefined) return;
    const targets = new Map<string, Set<string>>();
    for (const { issuerDomainPolicy, subjectDomainPolicy } of mappings) {
      const known = targets.get(issuerDomainPolicy);
      if (known === undefined) targets.set(issuerDomainPolicy, new Set([subjectDomainPolicy]));
      else known.add(subjectDomainPolicy);
    }
    const any = level.get(oid.anyPolicy);
    for (const [policy, expected] of targets) {
      const node = level.get(policy);
      if (this.#policyMapping === 0) {
        level.delete(policy);
      } else if (node !== undefined) {
        node.expected = expected;
      } else if (any !== undefined) {
        // the new node is a sibling of this level's anyPolicy node, whose one parent is the anyPolicy node above
        level.set(policy, { policy, expected, parents: any.parents });
      }
    }
    if (level.size === 0) this.#level = undefined;
  }

  #countDown(): void {
    this.#explicitPolicy = Math.max(0, this.#explicitPolicy - 1);
    this.#policyMapping = Math.max(0, this.#policyMapping - 1);
    this.#inhibitAny = Math.max(0, this.#inhibitAny - 1);
  }

  /** §6.1.5 (a), (b), (g), for the last certificate. */
  wrapUp(certificate: Certificate): string | undefined {
    this.#explicitPolicy = Math.max(0, this.#explicitPolicy - 1);
    if (certificate.policyConstraints?.requireExplicitPolicy === 0) this.#explicitPolicy = 0;
    if (this.#explicitPolicy > 0 || this.#admitsInitial()) return undefined;
    return 'a policy is required and none of the accepted ones holds over the whole path';
  }

  /** (g): whether the intersection of the tree with the user-initial-policy-set is not NULL. */
  #admitsInitial(): boolean {
    const level = this.#level;
    if (level === undefined) return false;
    // (g)(iii)(3): a last-level anyPolicy node is worth every policy of the set
    if (this.#initial.has(oid.anyPolicy) || (level.has(oid.anyPolicy) && this.#initial.size > 0)) return true;
    // (g)(iii)(1): the valid_policy_node_set is where a path upwards first meets anyPolicy; those names are the authorities'
    const seen = new Set<Node>();
    const open = [...level.values()];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      const underAny = node.parents.some((parent) => parent.policy === oid.anyPolicy);
      if (underAny && this.#initial.has(node.policy)) return true;
      if (!underAny) open.push(...node.parents);
    }
    return false;
  }
}

/** Which nodes of a level expect which policy below them. */
function expectations(level: Level): Map<string, Node[]> {
  const expecting = new Map<string, Node[]>();
  for (const node of level.values()) {
    for (const policy of node.expected) {
      const known = expecting.get(policy);
      if (known === undefined) expecting.set(policy, [node]);
      else known.push(node);
    }
  }
  return expecting;
}
