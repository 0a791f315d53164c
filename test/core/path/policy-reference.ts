import type { PolicyRequest } from '../../../src/core/path/policy-tree.ts';
import type { Certificate } from '../../../src/core/x509/certificate.ts';

const any = '2.5.29.32.0';

interface Node {
  readonly depth: number;
  readonly policy: string;
  expected: string[];
  readonly parent: Node | undefined;
  children: Node[];
}

/** RFC 5280 §6.1 policy processing as the RFC words it, with a real tree: exponential, and obviously so. */
export function referencePolicies(path: readonly Certificate[], request: PolicyRequest): boolean {
  const n = path.length;
  let tree: Node | undefined = { depth: 0, policy: any, expected: [any], parent: undefined, children: [] };
  let explicitPolicy = request.explicit ? 0 : n + 1;
  let policyMapping = request.inhibitMapping ? 0 : n + 1;
  let inhibitAny = request.inhibitAny ? 0 : n + 1;
  const initial = request.initial ?? [any];

  const nodes = (depth: number): Node[] => {
    const found: Node[] = [];
    const walk = (node: Node) => {
      if (node.depth === depth) found.push(node);
      node.children.forEach(walk);
    };
    if (tree !== undefined) walk(tree);
    return found;
  };
  const grow = (parent: Node, policy: string, expected: string[]) => {
    parent.children.push({ depth: parent.depth + 1, policy, expected, parent, children: [] });
  };
  const remove = (node: Node) => {
    if (node.parent === undefined) tree = undefined;
    else node.parent.children = node.parent.children.filter((child) => child !== node);
  };
  /** Deletes nodes of at most this depth that have no children, until none is left. */
  const prune = (depth: number) => {
    for (let level = depth; level >= 0; level -= 1) {
      for (const node of nodes(level)) if (node.children.length === 0) remove(node);
    }
  };

  for (let i = 1; i <= n; i += 1) {
    const certificate = path[i - 1];
    if (certificate === undefined) throw new Error('no certificate');
    const policies = certificate.certificatePolicies;
    // 6.1.3 (d)
    if (policies !== undefined && tree !== undefined) {
      for (const policy of policies.filter((one) => one !== any)) {
        const matching = nodes(i - 1).filter((node) => node.expected.includes(policy));
        for (const node of matching) grow(node, policy, [policy]);
        if (matching.length === 0) {
          for (const node of nodes(i - 1)) if (node.policy === any) grow(node, policy, [policy]);
        }
      }
      if (policies.includes(any) && (inhibitAny > 0 || (i < n && certificate.selfIssued))) {
        for (const node of nodes(i - 1)) {
          for (const expected of node.expected) {
            if (!node.children.some((child) => child.policy === expected)) grow(node, expected, [expected]);
          }
        }
      }
      prune(i - 1);
    }
    // (e), (f)
    if (policies === undefined) tree = undefined;
    if (explicitPolicy === 0 && tree === undefined) return false;
    if (i === n) {
      // 6.1.5
      if (explicitPolicy > 0) explicitPolicy -= 1;
      if (certificate.policyConstraints?.requireExplicitPolicy === 0) explicitPolicy = 0;
      break;
    }
    // 6.1.4
    const mappings = certificate.policyMappings;
    if (mappings !== undefined) {
      if (mappings.some((one) => one.issuerDomainPolicy === any || one.subjectDomainPolicy === any)) return false;
      for (const issuer of new Set(mappings.map((one) => one.issuerDomainPolicy))) {
        const subjects = mappings
          .filter((one) => one.issuerDomainPolicy === issuer)
          .map((one) => one.subjectDomainPolicy);
        const matching = nodes(i).filter((node) => node.policy === issuer);
        if (policyMapping > 0) {
          for (const node of matching) node.expected = subjects;
          if (matching.length === 0 && nodes(i).some((node) => node.policy === any)) {
            for (const node of nodes(i - 1)) if (node.policy === any) grow(node, issuer, subjects);
          }
        } else {
          matching.forEach(remove);
          prune(i - 1);
        }
      }
    }
    if (!certificate.selfIssued) {
      if (explicitPolicy > 0) explicitPolicy -= 1;
      if (policyMapping > 0) policyMapping -= 1;
      if (inhibitAny > 0) inhibitAny -= 1;
    }
    const { requireExplicitPolicy = explicitPolicy, inhibitPolicyMapping = policyMapping } =
      certificate.policyConstraints ?? {};
    explicitPolicy = Math.min(explicitPolicy, requireExplicitPolicy);
    policyMapping = Math.min(policyMapping, inhibitPolicyMapping);
    inhibitAny = Math.min(inhibitAny, certificate.inhibitAnyPolicy ?? inhibitAny);
  }
  // 6.1.5 (g)
  if (tree !== undefined && !initial.includes(any)) {
    const everything = Array.from({ length: n + 1 }, (_, depth) => nodes(depth)).flat();
    const constrained = everything.filter((node) => node.parent?.policy === any);
    for (const node of constrained) if (node.policy !== any && !initial.includes(node.policy)) remove(node);
    for (const last of nodes(n).filter((node) => node.policy === any)) {
      for (const policy of initial) {
        if (!constrained.some((node) => node.policy === policy) && last.parent !== undefined)
          grow(last.parent, policy, [policy]);
      }
      remove(last);
    }
    prune(n - 1);
  }
  return explicitPolicy > 0 || tree !== undefined;
}
