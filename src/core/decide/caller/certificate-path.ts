import { edgeAlgorithms } from '../../path/algorithm-policy.ts';
import { checkCertificate } from '../../path/certificate-checks.ts';
import { type PathFailure, type PathFailureCode, type PathResult, validatePath } from '../../path/path.ts';
import type { Authority } from '../../registry/registry.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import type { Reason, ReasonCode } from '../reasons.ts';

/** The path of a client certificate within one authority; the other authorities do not exist for it. */
export function pathWithin(authority: Authority, leaf: Certificate, at: number): PathResult {
  const { anchors, certificates, issuers } = authority;
  return validatePath({ leaf, anchors, intermediates: certificates, issuers, at, purpose: 'clientAuth' });
}

/** A certificate that is registered byte for byte needs no issuer, but has to be a client's all the same. */
export function pinnedPath(leaf: Certificate, at: number): PathResult {
  const request = { at, purpose: 'clientAuth', algorithms: edgeAlgorithms, leafMayBeCa: false } as const;
  const failures = checkCertificate(leaf, 'leaf', request).map((failure) => ({ ...failure, certificate: leaf }));
  return failures.length === 0 ? { ok: true, path: [leaf], validUntil: leaf.notAfter } : { ok: false, failures };
}

/** What a failure is called when the client's certificate is at fault. A CA at fault is the operator's affair. */
const leafCodes: Readonly<Record<PathFailureCode, ReasonCode>> = {
  malformed: 'certificate_malformed',
  expired: 'certificate_expired',
  not_yet_valid: 'certificate_not_yet_valid',
  ca_as_client: 'certificate_is_ca',
  key_usage: 'certificate_key_usage',
  extended_key_usage: 'certificate_not_for_clients',
  weak_signature: 'certificate_weak_signature',
  weak_key: 'certificate_weak_key',
  algorithm_not_allowed: 'certificate_algorithm',
  unknown_critical_extension: 'certificate_critical_extension',
  name_constraints: 'certificate_name_not_permitted',
  signature_invalid: 'signature_invalid',
  issuer_unknown: 'issuer_unknown',
  issuer_not_allowed: 'issuer_not_allowed',
  not_a_ca: 'path_invalid',
  path_too_long: 'path_invalid',
  policy: 'path_invalid',
  budget_exceeded: 'path_invalid',
};

export function reasonOfFailure(failure: PathFailure, leaf: Certificate, authority?: string, client?: string): Reason {
  const { code, certificate, detail } = failure;
  if (certificate === leaf) return { code: leafCodes[code], authority, client, found: detail };
  const dated = code === 'expired' || code === 'not_yet_valid';
  const found = `${formatName(certificate.subject)}: ${detail}`;
  return { code: dated ? 'authority_expired' : 'path_invalid', authority, client, found };
}

/**
 * Failures that leave no doubt whose certificate it is: the path is complete and its signatures verify, but the
 * certificate is out of date or was made for something else. A weak signature is not among them, as it proves nothing.
 */
const lapses: ReadonlySet<PathFailureCode> = new Set([
  'expired',
  'not_yet_valid',
  'key_usage',
  'extended_key_usage',
  'algorithm_not_allowed',
]);

export function onlyLapsed(result: PathResult, leaf: Certificate): boolean {
  if (result.ok) return false;
  return result.failures.every(({ code, certificate }) => certificate === leaf && lapses.has(code));
}
