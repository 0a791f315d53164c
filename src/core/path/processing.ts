import type { Certificate } from '../x509/certificate.ts';
import { formatName } from '../x509/name.ts';
import { oid } from '../x509/oid.ts';
import { type CheckCode, type CheckRequest, checkCertificate, type Role } from './certificate-checks.ts';
import { type NameCheckBudget, NameConstraintState } from './name-constraints.ts';
import { type PolicyRequest, PolicyTree } from './policy-tree.ts';

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

export interface ProcessingRequest extends CheckRequest {
  readonly issuers: readonly Certificate[] | undefined;
  readonly policies: PolicyRequest | undefined;
  readonly names: NameCheckBudget;
}

/** One certificate by itself, as failures of a path. */
export function checked(certificate: Certificate, role: Role, request: CheckRequest): PathFailure[] {
  return checkCertificate(certificate, role, request).map(({ code, detail }) => ({ code, certificate, detail }));
}

/** The same CA, whichever of its certificates: name and key (RFC 4158 §2.4.1). */
export function sameEntity(a: Certificate, b: Certificate): boolean {
  return a === b || (a.subject.key === b.subject.key && a.spkiSha256 === b.spkiSha256);
}

/**
 * RFC 5280 §6.1.2 to §6.1.5 over one complete path, leaf first, whose names and signatures are known to chain; every
 * failure instead of the first, the leaf's first. The anchor's dates, usages and constraints count too (RFC 5937).
 */
export function processPath(path: readonly Certificate[], request: ProcessingRequest): readonly PathFailure[] {
  const failures: PathFailure[] = [];
  const last = path.length - 1;
  const constraints = new NameConstraintState(request.names);
  const policies = policiesMatter(path, request.policies) ? new PolicyTree(last, request.policies) : undefined;
  let policyFailed = false;
  let purposes: ReadonlySet<string> | undefined;
  let authoritiesLeft = Number.POSITIVE_INFINITY;
  for (let index = last; index >= 0; index -= 1) {
    const certificate = path[index];
    if (certificate === undefined) break;
    const role: Role = index === 0 ? 'leaf' : index === last ? 'anchor' : 'authority';
    const found = checked(certificate, role, request);
    const fail = (code: PathFailureCode, detail: string) => found.push({ code, certificate, detail });
    if (request.purpose === null) {
      purposes = commonPurposes(purposes, certificate);
      if (purposes?.size === 0) fail('extended_key_usage', 'allows no purpose that every CA above allows');
    }
    if (role === 'anchor') {
      const refused = policies?.begin(certificate);
      if (refused !== undefined) fail('policy', refused);
      policyFailed = refused !== undefined;
    } else {
      // §6.1.3 (b), (c): a self-issued CA on the path may have any name
      const exempt = role === 'authority' && certificate.selfIssued;
      const problem = exempt ? undefined : constraints.problemOf(certificate);
      if (problem !== undefined) fail('name_constraints', problem);
      if (policies !== undefined && !policyFailed) {
        const refused = policyStep(policies, certificate, role);
        if (refused !== undefined) fail('policy', refused);
        policyFailed = refused !== undefined;
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
    if (found.length > 0) failures.unshift(...found);
  }
  const [leaf, issuer] = path;
  if (leaf !== undefined && !isAllowed(request.issuers, issuer)) {
    const detail = `issued by ${formatName(leaf.issuer)}, which may not issue clients here`;
    failures.unshift({ code: 'issuer_not_allowed', certificate: leaf, detail });
  }
  return failures;
}

/** Unless somebody asks for a policy, or a CA constrains or maps one, no path can fail for its policies. */
function policiesMatter(path: readonly Certificate[], request: PolicyRequest | undefined): boolean {
  return (
    request?.explicit === true ||
    path.some(
      ({ policyConstraints, policyMappings }) => policyConstraints !== undefined || policyMappings !== undefined,
    )
  );
}

function policyStep(policies: PolicyTree, certificate: Certificate, role: Role): string | undefined {
  const problem = policies.process(certificate, role === 'leaf');
  if (problem !== undefined) return problem;
  return role === 'leaf' ? policies.wrapUp(certificate) : policies.prepareNext(certificate);
}

/** undefined = every purpose. */
function commonPurposes(
  above: ReadonlySet<string> | undefined,
  { extendedKeyUsage }: Certificate,
): ReadonlySet<string> | undefined {
  if (extendedKeyUsage === undefined || extendedKeyUsage.includes(oid.anyExtendedKeyUsage)) return above;
  return new Set(above === undefined ? extendedKeyUsage : extendedKeyUsage.filter((purpose) => above.has(purpose)));
}

function isAllowed(issuers: readonly Certificate[] | undefined, issuer: Certificate | undefined): boolean {
  return issuers === undefined || (issuer !== undefined && issuers.some((allowed) => sameEntity(allowed, issuer)));
}
