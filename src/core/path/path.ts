import type { Certificate } from '../x509/certificate.ts';
import { formatName } from '../x509/name.ts';
import { type AlgorithmPolicy, edgeAlgorithms } from './algorithm-policy.ts';
import type { Purpose } from './certificate-checks.ts';
import { NameCheckBudget } from './name-constraints.ts';
import type { PolicyRequest } from './policy-tree.ts';
import {
  checked,
  type PathFailure,
  type PathFailureCode,
  type ProcessingRequest,
  processPath,
  sameEntity,
} from './processing.ts';
import { SignatureBudget } from './signature-budget.ts';

export type { PathFailure, PathFailureCode } from './processing.ts';

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
  /** Signature checks over the whole search, each as dear as one of P-256 (one of P-384 counts as four). Default 100. */
  readonly signatureBudget?: number;
  /** Default: what the edge admits. */
  readonly algorithms?: AlgorithmPolicy;
  readonly policies?: PolicyRequest;
  /** RFC 5280 lets a CA certificate be the leaf; nobody's client is one. Default: only without a purpose. */
  readonly leafMayBeCa?: boolean;
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
  readonly processing: ProcessingRequest;
  readonly maxDepth: number;
  readonly signatures: SignatureBudget;
  /** CAs that would fail on any path: tried last, so that they are reported only when nothing else is left. */
  readonly unfit: Map<Certificate, boolean>;
  /** The failures of the best complete path so far. */
  best: readonly PathFailure[] | undefined;
  /** Where the search got furthest without reaching an anchor, and why not further. */
  deadEnd: { readonly path: readonly Certificate[]; readonly failure: PathFailure } | undefined;
}

/**
 * Path validation of RFC 5280 §6.1 with path building: every chain of names and signatures from the leaf to an anchor is
 * tried until one has nothing wrong with it. Key identifiers order the attempts and exclude none. No input makes it run
 * long: signature checks and name comparisons have budgets. Never throws on certificates.
 */
export function validatePath(request: PathRequest): PathResult {
  const { leaf, at, purpose, issuers, policies } = request;
  const search: Search = {
    request,
    processing: {
      at,
      purpose,
      algorithms: request.algorithms ?? edgeAlgorithms,
      leafMayBeCa: request.leafMayBeCa ?? purpose === null,
      issuers,
      policies,
      names: new NameCheckBudget(),
    },
    maxDepth: request.maxDepth ?? defaultMaxDepth,
    signatures: new SignatureBudget(request.signatureBudget ?? defaultSignatureChecks),
    unfit: new Map(),
    best: undefined,
    deadEnd: undefined,
  };
  const path = explore(search, leaf, [leaf]);
  if (path === undefined) return { ok: false, failures: failuresOf(search) };
  let validUntil = leaf.notAfter;
  for (const { notAfter } of path) validUntil = Math.min(validUntil, notAfter);
  return { ok: true, path, validUntil };
}

/** The first path without a failure that goes on from `child`, the last certificate of `path`. */
function explore(search: Search, child: Certificate, path: readonly Certificate[]): readonly Certificate[] | undefined {
  const candidates = candidatesFor(search, path, child);
  if (candidates.length === 0) {
    note(search, path, 'issuer_unknown', child, `no CA with the name ${formatName(child.issuer)} leads to an anchor`);
  }
  for (const { certificate, anchor } of candidates) {
    if (!anchor && isTooDeep(search, path, certificate)) {
      note(search, path, 'path_too_long', certificate, `more than ${search.maxDepth} CAs between leaf and anchor`);
      continue;
    }
    const verdict = search.signatures.verifies(child, certificate);
    if (verdict === undefined) return undefined;
    if (!verdict) {
      note(search, path, 'signature_invalid', child, `not signed by the key of ${formatName(certificate.subject)}`);
      continue;
    }
    const longer = [...path, certificate];
    const found = anchor ? complete(search, longer) : explore(search, certificate, longer);
    if (found !== undefined) return found;
  }
  return undefined;
}

function complete(search: Search, path: readonly Certificate[]): readonly Certificate[] | undefined {
  const failures = processPath(path, search.processing);
  if (failures.length === 0) return path;
  if (search.best === undefined || failures.length < search.best.length) search.best = failures;
  return undefined;
}

/** Counted are the CAs below the anchor, without self-issued ones. */
function isTooDeep(search: Search, path: readonly Certificate[], next: Certificate): boolean {
  if (next.selfIssued) return false;
  return path.filter((used, index) => index > 0 && !used.selfIssued).length >= search.maxDepth;
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

/** Why there is no path: the failures of the best complete one, or else all that is wrong up to where it broke off. */
function failuresOf(search: Search): readonly PathFailure[] {
  const { best, deadEnd, request, processing } = search;
  const path = deadEnd?.path ?? [request.leaf];
  const own = path.flatMap((certificate, index) =>
    checked(certificate, index === 0 ? 'leaf' : 'authority', processing),
  );
  if (search.signatures.exhausted) {
    const detail = `no valid path within ${request.signatureBudget ?? defaultSignatureChecks} signature checks`;
    return [...(best ?? own), { code: 'budget_exceeded', certificate: request.leaf, detail }];
  }
  if (best !== undefined) return best;
  return deadEnd === undefined ? own : [...own, deadEnd.failure];
}

interface Candidate {
  readonly certificate: Certificate;
  readonly anchor: boolean;
}

/** CAs with the name that the child gives its issuer, the most promising first; none that is already on the path. */
function candidatesFor(search: Search, path: readonly Certificate[], child: Certificate): readonly Candidate[] {
  const { anchors, intermediates } = search.request;
  const name = child.issuer.key;
  const candidates: Candidate[] = [];
  for (const certificate of anchors) {
    if (certificate.subject.key === name && !isOn(path, certificate)) candidates.push({ certificate, anchor: true });
  }
  for (const certificate of intermediates) {
    if (certificate.subject.key !== name || anchors.includes(certificate) || isOn(path, certificate)) continue;
    candidates.push({ certificate, anchor: false });
  }
  if (candidates.length < 2) return candidates;
  const scores = new Map(candidates.map((candidate) => [candidate, unlikeliness(search, child, candidate)]));
  return candidates.sort((a, b) => (scores.get(a) ?? 0) - (scores.get(b) ?? 0));
}

function isOn(path: readonly Certificate[], certificate: Certificate): boolean {
  return path.some((used) => sameEntity(used, certificate));
}

/** Only an order. Key identifiers come last but one: they are often wrong, dates are not. */
function unlikeliness(search: Search, child: Certificate, { certificate, anchor }: Candidate): number {
  const { subjectKeyIdentifier } = certificate;
  const hint = child.authorityKeyIdentifier;
  const otherKey = hint !== undefined && subjectKeyIdentifier !== undefined && hint !== subjectKeyIdentifier;
  const role = anchor ? 'anchor' : 'authority';
  const unfit = search.unfit.get(certificate) ?? checked(certificate, role, search.processing).length > 0;
  search.unfit.set(certificate, unfit);
  return (unfit ? 4 : 0) + (otherKey ? 2 : 0) + (anchor ? 0 : 1);
}
