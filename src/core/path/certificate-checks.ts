import type { Certificate, Deviation } from '../x509/certificate.ts';
import { oid } from '../x509/oid.ts';
import { type AlgorithmPolicy, keyProblemOf, signatureProblemOf } from './algorithm-policy.ts';

export type Purpose = 'clientAuth' | 'serverAuth';
export type Role = 'leaf' | 'authority' | 'anchor';

export type CheckCode =
  | 'malformed'
  | 'expired'
  | 'not_yet_valid'
  | 'weak_signature'
  | 'weak_key'
  | 'algorithm_not_allowed'
  | 'unknown_critical_extension'
  | 'not_a_ca'
  | 'ca_as_client'
  | 'key_usage'
  | 'extended_key_usage';

export interface CheckFailure {
  readonly code: CheckCode;
  /** What was found and what is wanted. */
  readonly detail: string;
}

export interface CheckRequest {
  readonly at: number;
  readonly purpose: Purpose | null;
  readonly algorithms: AlgorithmPolicy;
  readonly leafMayBeCa: boolean;
}

/** Extensions that validation processes, and that may therefore be critical (RFC 5280 §6.1.4 (o), §6.1.5 (f)). */
const processed = new Set<string>([
  oid.basicConstraints,
  oid.keyUsage,
  oid.extendedKeyUsage,
  oid.subjectAltName,
  oid.issuerAltName,
  oid.nameConstraints,
  oid.certificatePolicies,
  oid.policyMappings,
  oid.policyConstraints,
  oid.inhibitAnyPolicy,
  oid.crlDistributionPoints,
]);

/**
 * What a certificate may not deviate in, by the section that says MUST. Not here: a serial number of zero or below, which
 * readers "SHOULD be prepared to gracefully handle" (§4.1.2.2), and algorithms that differ, under which nothing verifies.
 */
const forbiddenDeviations: Readonly<Partial<Record<Deviation, string>>> = {
  serial_not_integer: 'the serial number is no INTEGER (RFC 5280 §4.1.2.2)',
  serial_not_minimal: 'the serial number is not in DER, so that it could be written twice (RFC 5280 §4.1)',
  serial_too_long: 'the serial number has more than 20 octets (RFC 5280 §4.1.2.2)',
  subject_key_identifier_unreadable: 'subjectKeyIdentifier is no OCTET STRING (RFC 5280 §4.2.1.2)',
  authority_key_identifier_unreadable: 'authorityKeyIdentifier is no SEQUENCE (RFC 5280 §4.2.1.1)',
};

/** Everything that one certificate can be refused for by itself, whatever path it stands on; all of it, not the first. */
export function checkCertificate(certificate: Certificate, role: Role, request: CheckRequest): CheckFailure[] {
  const failures: CheckFailure[] = [];
  // Of an anchor only name, key and limits count.
  for (const deviation of role === 'anchor' ? [] : certificate.deviations) {
    const detail = forbiddenDeviations[deviation];
    if (detail !== undefined) failures.push({ code: 'malformed', detail });
  }
  const date = dateProblemOf(certificate, request.at);
  if (date !== undefined) failures.push(date);
  // Nothing is concluded from an anchor's own signature, so its algorithm does not matter; its key does.
  const signature =
    role === 'anchor' ? undefined : signatureProblemOf(certificate.signatureAlgorithm, request.algorithms);
  if (signature !== undefined) failures.push(signature);
  const key = keyProblemOf(certificate.publicKey, request.algorithms);
  if (key !== undefined) failures.push(key);
  for (const { oid: type, critical } of certificate.extensions) {
    if (critical && !processed.has(type)) {
      failures.push({ code: 'unknown_critical_extension', detail: `critical extension ${type}` });
    }
    const unread = critical ? certificate.unreadable.find((one) => one.oid === type) : undefined;
    if (unread !== undefined && processed.has(type)) {
      failures.push({ code: 'malformed', detail: `critical extension ${unread.name}: ${unread.detail}` });
    }
  }
  if (role === 'leaf') checkLeaf(certificate, request, failures);
  else checkAuthority(certificate, role, failures);
  checkPurpose(certificate, request.purpose, failures);
  return failures;
}

/**
 * What a date makes of a certificate. Both ends are included, and a certificate counts in seconds: half a second after
 * notAfter it is still valid (RFC 5280 §4.1.2.5).
 */
export function dateProblemOf(
  { notBefore, notAfter }: Certificate,
  at: number,
): { readonly code: 'expired' | 'not_yet_valid'; readonly detail: string } | undefined {
  const second = Math.floor(at / 1000) * 1000;
  if (second < notBefore) return { code: 'not_yet_valid', detail: `valid from ${new Date(notBefore).toISOString()}` };
  if (second > notAfter) return { code: 'expired', detail: `valid until ${new Date(notAfter).toISOString()}` };
  return undefined;
}

function checkLeaf(leaf: Certificate, request: CheckRequest, failures: CheckFailure[]): void {
  const { keyUsage } = leaf;
  if (leaf.basicConstraints?.ca === true && !request.leafMayBeCa) {
    failures.push({ code: 'ca_as_client', detail: 'basicConstraints says that this is a CA' });
  }
  const onlyForCas = caExtensionOf(leaf);
  if (leaf.basicConstraints?.ca !== true && onlyForCas !== undefined) {
    failures.push({ code: 'ca_as_client', detail: `${onlyForCas} in a certificate that is no CA` });
  }
  if (keyUsage === undefined || request.purpose === null) return;
  // TLS 1.3 and every cipher suite with forward secrecy sign; a server may also decrypt or agree (RFC 5280 §4.2.1.12).
  const fits =
    keyUsage.has('digitalSignature') ||
    (request.purpose === 'serverAuth' && (keyUsage.has('keyEncipherment') || keyUsage.has('keyAgreement')));
  if (!fits) {
    failures.push({ code: 'key_usage', detail: `keyUsage ${[...keyUsage].join(', ')} without digitalSignature` });
  }
}

/** What RFC 5280 §4.2.1.3, §4.2.1.9 and §4.2.1.10 allow in CA certificates alone: who issued this meant a CA and forgot to say so. */
function caExtensionOf({ keyUsage, basicConstraints, nameConstraints }: Certificate): string | undefined {
  if (keyUsage?.has('keyCertSign')) return 'keyCertSign';
  if (basicConstraints?.pathLength !== undefined) return 'pathLenConstraint';
  return nameConstraints === undefined ? undefined : 'nameConstraints';
}

function checkAuthority(authority: Certificate, role: Role, failures: CheckFailure[]): void {
  // §6.1.4 (k): a certificate before version 3 can only be known as a CA "through out-of-band means", as an anchor is.
  const knownOtherwise = role === 'anchor' && authority.version === 1;
  if (authority.basicConstraints?.ca !== true && !knownOtherwise) {
    failures.push({ code: 'not_a_ca', detail: 'basicConstraints does not say that this is a CA' });
  } else if (authority.subject.rdns.length === 0) {
    failures.push({ code: 'not_a_ca', detail: 'a CA without a name (RFC 5280 §4.1.2.6)' });
  }
  const { keyUsage } = authority;
  if (keyUsage !== undefined && !keyUsage.has('keyCertSign')) {
    failures.push({ code: 'key_usage', detail: `keyUsage ${[...keyUsage].join(', ')} without keyCertSign` });
  }
}

/**
 * An extendedKeyUsage must name the purpose or anyExtendedKeyUsage; without the extension every purpose will do. In a CA
 * it limits what is issued below: not in RFC 5280, but what every TLS stack does and CAs rely on.
 */
function checkPurpose({ extendedKeyUsage }: Certificate, purpose: Purpose | null, failures: CheckFailure[]): void {
  if (purpose === null || extendedKeyUsage === undefined) return;
  if (extendedKeyUsage.includes(oid[purpose]) || extendedKeyUsage.includes(oid.anyExtendedKeyUsage)) return;
  const detail = `extendedKeyUsage ${extendedKeyUsage.join(', ')} without ${purpose}`;
  failures.push({ code: 'extended_key_usage', detail });
}
