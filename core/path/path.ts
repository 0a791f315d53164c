import type { Certificate } from '../x509/certificate.ts';
import { formatName } from '../x509/name.ts';
import { oid } from '../x509/oid.ts';
import { type AlgorithmPolicy, edgeAlgorithms } from './algorithm-policy.ts';
import { type CheckCode, type CheckRequest, checkCertificate, type Purpose, type Role } from './certificate-checks.ts';
import { NameCheckBudget, NameConstraintState } from './name-constraints.ts';
import { type PolicyRequest, PolicyTree } from './policy-tree.ts';
import { SignatureBudget } from './signature-budget.ts';

export interface PathRequest {
  readonly leaf: Certificate;
  /** Trusted CA certificates, where a path may end. Their dates, constraints and usages count too (RFC 5937). */
  readonly anchors: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  /** The leaf's issuer must be one of these, by name and key. */
  readonly issuers?: readonly Certificate[];
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What keyUsage and extendedKeyUsage, where present, must allow; null = any purpose that the whole path has in common. */
  readonly purpose: Purpose | null;
  /** CA certificates between leaf and anchor, self-issued ones not counted. Default 10. */
  readonly maxDepth?: number;
  /** Signature checks over the whole search. Default 100. */
  readonly signatureBudget?: number;
  /** Default: what the edge admits. */
  readonly algorithms?: AlgorithmPolicy;
  readonly policies?: PolicyRequest;
  /** RFC 5280 lets a CA certificate be the leaf; nobody's client is one. Default: only without a purpose. */
  readonly leafMayBeCa?: boolean;
}

export type PathFailureCode =
  | CheckCode
  | 'issuer_unknown'
  | 'issuer_not_allowed'
  | 'signature_invalid'
  | 'path_too_long'
  | 'name_constraints'
  | 'policy'
  | 'budget_exceeded';

export interface PathFailure {
  readonly code: PathFailureCode;
  /** The certificate that is at fault. */
  readonly certificate: Certificate;
  readonly detail: string;
}

export type PathResult =
  | {
      readonly ok: true;
      /** Leaf first, anchor last. */
      readonly path: readonly Certificate[];
      /** The earliest notAfter on the path, epoch milliseconds. */
      readonly validUntil: number;
    }
  /** Everything that is wrong with the best path; at least one, the leaf's first. */
  | { readonly ok: false; readonly failures: readonly PathFailure[] };

const defaultMaxDepth = 10;
const defaultSignatureChecks = 100;

interface Search {
  readonly request: PathRequest;
  readonly checks: CheckRequest;
  readonly maxDepth: number;
  readonly signatures: SignatureBudget;
  readonly names: NameCheckBudget;
  /** CAs that would fail on any path: tried last, so that they are reported only when nothing else is left. */
  readonly unfit: Map<Certificate, boolean>;
  /** Where the search got furthest without reaching an anchor, and why not further. */
  deadEnd: { readonly path: readonly Certificate[]; readonly failure: PathFailure } | undefined;
}

/**
 * Path validation of RFC 5280 §6.1 with path building: every chain of names and signatures from the leaf to an anchor is
 * tried until one has nothing wrong with it. Key identifiers order the attempts and exclude none. No input makes it run
 * long: signature checks and name comparisons have budgets. Never throws on certificates.
 */
export function validatePath(request: PathRequest): PathResult {
  const { leaf, at, purpose } = request;
  const search: Search = {
    request,
    checks: {
      at,
      purpose,
      algorithms: request.algorithms ?? edgeAlgorithms,
      leafMayBeCa: request.leafMayBeCa ?? purpose === null,
    },
    maxDepth: request.maxDepth ?? defaultMaxDepth,
    signatures: new SignatureBudget(request.signatureBudget ?? defaultSignatureChecks),
    names: new NameCheckBudget(),
    unfit: new Map(),
    deadEnd: undefined,
  };
  let best: readonly PathFailure[] | undefined;
  for (const path of signedPaths(search, [leaf])) {
    const failures = pathFailures(search, path);
    if (failures.length === 0) {
      return { ok: true, path, validUntil: Math.min(...path.map(({ notAfter }) => notAfter)) };
    }
    if (best === undefined || failures.length < best.length) best = failures;
  }
  if (search.signatures.exhausted) {
    const detail = `no valid path within ${request.signatureBudget ?? defaultSignatureChecks} signature checks`;
    best = [...(best ?? ownFailures(search, [leaf])), { code: 'budget_exceeded', certificate: leaf, detail }];
  }
  return { ok: false, failures: best ?? deadEndFailures(search) };
}

/** All that is wrong with the certificates up to where the path broke off. */
function deadEndFailures(search: Search): readonly PathFailure[] {
  const { deadEnd, request } = search;
  const failures = ownFailures(search, deadEnd?.path ?? [request.leaf]);
  return deadEnd === undefined ? failures : [...failures, deadEnd.failure];
}

function ownFailures(search: Search, path: readonly Certificate[]): PathFailure[] {
  return path.flatMap((certificate, index) => checked(search, certificate, index === 0 ? 'leaf' : 'authority'));
}

function checked(search: Search, certificate: Certificate, role: Role): PathFailure[] {
  return checkCertificate(certificate, role, search.checks).map((failure) => ({ ...failure, certificate }));
}

/** Every path whose names and signatures lead to an anchor, the most promising first. */
function* signedPaths(search: Search, path: readonly Certificate[]): Generator<readonly Certificate[]> {
  const { request, signatures } = search;
  const child = path[path.length - 1] ?? request.leaf;
  const candidates = candidatesFor(search, path, child);
  if (candidates.length === 0) {
    note(search, path, 'issuer_unknown', child, `no CA with the name ${formatName(child.issuer)} leads to an anchor`);
    return;
  }
  // the anchor is not counted, nor are self-issued CAs
  const depth = path.slice(1).filter(({ selfIssued }) => !selfIssued).length;
  for (const { certificate, anchor } of candidates) {
    if (!anchor && !certificate.selfIssued && depth >= search.maxDepth) {
      note(search, path, 'path_too_long', certificate, `more than ${search.maxDepth} CAs between leaf and anchor`);
      continue;
    }
    const verdict = signatures.verifies(child, certificate);
    if (verdict === undefined) return;
    if (!verdict) {
      note(search, path, 'signature_invalid', child, `not signed by the key of ${formatName(certificate.subject)}`);
    } else if (anchor) yield [...path, certificate];
    else yield* signedPaths(search, [...path, certificate]);
  }
}

function note(
  search: Search,
  path: readonly Certificate[],
  code: PathFailureCode,
  certificate: Certificate,
  detail: string,
): void {
  if (search.deadEnd !== undefined && search.deadEnd.path.length >= path.length) return;
  search.deadEnd = { path, failure: { code, certificate, detail } };
}

interface Candidate {
  readonly certificate: Certificate;
  readonly anchor: boolean;
}

/** CAs with the name that the child gives its issuer; none whose name and key are already on the path (RFC 4158 §2.4.1). */
function candidatesFor(search: Search, path: readonly Certificate[], child: Certificate): readonly Candidate[] {
  const { anchors, intermediates } = search.request;
  const candidates: Candidate[] = [];
  for (const [certificates, anchor] of [
    [anchors, true],
    [intermediates, false],
  ] as const) {
    for (const certificate of certificates) {
      if (certificate.subject.key !== child.issuer.key) continue;
      if (!anchor && anchors.includes(certificate)) continue;
      if (path.some((used) => sameEntity(used, certificate))) continue;
      candidates.push({ certificate, anchor });
    }
  }
  if (candidates.length < 2) return candidates;
  const scores = new Map(candidates.map((candidate) => [candidate, unlikeliness(search, child, candidate)]));
  return candidates.sort((a, b) => (scores.get(a) ?? 0) - (scores.get(b) ?? 0));
}

function sameEntity(a: Certificate, b: Certificate): boolean {
  return a === b || (a.subject.key === b.subject.key && a.spkiSha256 === b.spkiSha256);
}

/** Only an order. Key identifiers come last but one: they are often wrong, dates are not. */
function unlikeliness(search: Search, child: Certificate, { certificate, anchor }: Candidate): number {
  const { subjectKeyIdentifier } = certificate;
  const hint = child.authorityKeyIdentifier;
  const otherKey = hint !== undefined && subjectKeyIdentifier !== undefined && hint !== subjectKeyIdentifier;
  const unfit =
    search.unfit.get(certificate) ?? checked(search, certificate, anchor ? 'anchor' : 'authority').length > 0;
  search.unfit.set(certificate, unfit);
  return (unfit ? 4 : 0) + (otherKey ? 2 : 0) + (anchor ? 0 : 1);
}

/** RFC 5280 §6.1.2 to §6.1.5 over one complete path, from the anchor down to the leaf, with every failure instead of the first. */
function pathFailures(search: Search, path: readonly Certificate[]): readonly PathFailure[] {
  const { request } = search;
  const found: PathFailure[][] = [];
  const constraints = new NameConstraintState(search.names);
  const policies = new PolicyTree(path.length - 1, request.policies);
  let policyProblem: string | undefined;
  let purposes: ReadonlySet<string> | undefined;
  let authoritiesLeft = Number.POSITIVE_INFINITY;
  for (let index = path.length - 1; index >= 0; index -= 1) {
    const certificate = path[index] ?? request.leaf;
    const role: Role = index === 0 ? 'leaf' : index === path.length - 1 ? 'anchor' : 'authority';
    const failures = checked(search, certificate, role);
    const fail = (code: PathFailureCode, detail: string) => failures.push({ code, certificate, detail });
    found.push(failures);
    purposes = commonPurposes(purposes, certificate);
    if (request.purpose === null && purposes?.size === 0) {
      fail('extended_key_usage', 'allows no purpose that every CA above allows');
    }
    if (role !== 'anchor') {
      // §6.1.3 (b), (c): a self-issued CA on the path may have any name
      const exempt = role === 'authority' && certificate.selfIssued;
      const problem = exempt ? undefined : constraints.problemOf(certificate);
      if (problem !== undefined) fail('name_constraints', problem);
      if (policyProblem === undefined) {
        policyProblem = policyStep(policies, certificate, role);
        if (policyProblem !== undefined) fail('policy', policyProblem);
      }
    }
    if (role === 'authority' && !certificate.selfIssued) {
      // §6.1.4 (l)
      if (authoritiesLeft <= 0) fail('path_too_long', 'a CA above allows fewer CAs below it (pathLenConstraint)');
      authoritiesLeft -= 1;
    }
    if (role !== 'leaf') {
      // §6.1.4 (g), (m)
      constraints.add(certificate);
      authoritiesLeft = Math.min(authoritiesLeft, certificate.basicConstraints?.pathLength ?? authoritiesLeft);
    }
  }
  if (!isAllowedIssuer(request.issuers, path[1])) {
    const detail = `issued by ${formatName(request.leaf.issuer)}, which may not issue clients here`;
    found.push([{ code: 'issuer_not_allowed', certificate: request.leaf, detail }]);
  }
  return found.reverse().flat();
}

/** undefined = every purpose. */
function commonPurposes(
  above: ReadonlySet<string> | undefined,
  { extendedKeyUsage }: Certificate,
): ReadonlySet<string> | undefined {
  if (extendedKeyUsage === undefined || extendedKeyUsage.includes(oid.anyExtendedKeyUsage)) return above;
  return new Set(above === undefined ? extendedKeyUsage : extendedKeyUsage.filter((purpose) => above.has(purpose)));
}

function policyStep(policies: PolicyTree, certificate: Certificate, role: Role): string | undefined {
  const problem = policies.process(certificate, role === 'leaf');
  if (problem !== undefined) return problem;
  return role === 'leaf' ? policies.wrapUp(certificate) : policies.prepareNext(certificate);
}

function isAllowedIssuer(issuers: readonly Certificate[] | undefined, issuer: Certificate | undefined): boolean {
  return issuers === undefined || (issuer !== undefined && issuers.some((allowed) => sameEntity(allowed, issuer)));
}
