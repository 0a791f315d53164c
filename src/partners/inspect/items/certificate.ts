import { X509Certificate } from 'node:crypto';
import { dayMilliseconds, isoTime } from '../../../core/day.ts';
import { edgeAlgorithms } from '../../../core/path/algorithm-policy.ts';
import { type CheckCode, checkCertificate } from '../../../core/path/certificate-checks.ts';
import { ProblemError } from '../../../core/problem.ts';
import { type Certificate, type Deviation, parseCertificate } from '../../../core/x509/certificate.ts';
import { markerOf } from '../../../core/x509/marker.ts';
import { readersOfDeviation } from '../readers/other-readers.ts';
import type { Finding, Item } from '../report.ts';
import { generalNameText, keyText, listed, nameText, purposesText } from './describe.ts';

const soonDays = 30;

export type RoleInFile = 'client' | 'intermediate' | 'root';

export function roleOf(certificate: Certificate): RoleInFile {
  if (certificate.basicConstraints?.ca !== true && !(certificate.version === 1 && certificate.selfIssued))
    return 'client';
  return certificate.selfIssued ? 'root' : 'intermediate';
}

/** The same of DER; undefined when it is malformed. */
export function roleIn(der: Uint8Array): RoleInFile | undefined {
  const certificate = readCertificate(der);
  return 'severity' in certificate ? undefined : roleOf(certificate);
}

/** Undefined when our reader refuses it; the finding then says why. */
export function readCertificate(der: Uint8Array): Certificate | Finding {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return {
      severity: 'error',
      code: 'certificate_malformed',
      message: `${error.problems[0]?.message ?? 'malformed'}${othersRead(der) ? `; the OpenSSL of this Node (${process.versions.openssl}) reads over it` : ''}`,
      remedy: 'the CA has to issue it again: here it is refused; docs/other-readers.md has who else does',
    };
  }
}

function othersRead(der: Uint8Array): boolean {
  try {
    return new X509Certificate(der).fingerprint256 !== '';
  } catch {
    return false;
  }
}

/** What to do about each thing that a certificate can be refused for by itself. */
const remedies: Readonly<Record<CheckCode, string>> = {
  malformed: 'the CA has to issue it again',
  expired: 'ask for the current one: most CAs renew with the same subject, and then nothing changes in the front',
  not_yet_valid: 'keep the previous one until then, and look at the clock of the machine that says so',
  weak_signature: 'the CA has to issue it again, signed with SHA-256',
  weak_key: 'make a new key: RSA 2048 or more, or P-256',
  algorithm_not_allowed: 'make a new key: RSA 2048 or more, P-256 or P-384 are what API Gateway takes',
  unknown_critical_extension: 'the CA has to issue it again without, or with the extension not critical',
  not_a_ca: 'it cannot have issued anything: find the CA certificate that it was mistaken for',
  ca_as_client: 'connect with a certificate that this CA issued, never with the CA itself',
  key_usage: 'the CA has to issue it again with the right key usage',
  extended_key_usage: 'ask the CA for a certificate for client authentication; public CAs have stopped issuing these',
};

/** `number` among several certificates of clients, from 1, for `--certificate`. */
export function describeCertificate(
  certificate: Certificate,
  at: number,
  { line, number = 0 }: { readonly line?: number; readonly number?: number } = {},
): Item {
  const role = roleOf(certificate);
  const { serial, notBefore, notAfter, publicKey, subjectAltName, extendedKeyUsage, keyUsage } = certificate;
  const facts: [string, string][] = [
    ['subject', nameText(certificate.subject)],
    ['issuer', role === 'root' ? '(itself)' : nameText(certificate.issuer)],
    ['serial', serial],
    ['valid', `${isoTime(notBefore)} to ${isoTime(notAfter)}`],
    ['key', keyText(publicKey)],
  ];
  if (subjectAltName !== undefined) facts.push(['names', listed(subjectAltName.map(generalNameText))]);
  if (extendedKeyUsage !== undefined) facts.push(['purposes', purposesText(extendedKeyUsage)]);
  if (keyUsage !== undefined) facts.push(['key usage', [...keyUsage].join(', ')]);
  const roles = certificate.qcStatements?.psd2?.roles ?? [];
  if (roles.length > 0) facts.push(['PSD2 roles', roles.map(({ name }) => name).join(', ')]);
  facts.push(['role', number > 0 ? `${role} (--certificate ${number})` : role], ['sha256', certificate.sha256]);
  return { kind: 'certificate', line, facts, findings: findingsOf(certificate, role, at), der: certificate.der };
}

/** Which extension, and who else reads it. */
function detailOf({ unreadable }: Certificate, deviation: Deviation): string {
  const readers = readersOfDeviation(deviation);
  const which = deviation === 'extension_unreadable' ? unreadable.map(({ name, detail }) => `${name}: ${detail}`) : [];
  const parts = [...which, ...(readers === undefined ? [] : [readers])];
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}

function findingsOf(certificate: Certificate, role: RoleInFile, at: number): Finding[] {
  const findings: Finding[] = [];
  const pathRole = role === 'client' ? 'leaf' : role === 'root' ? 'anchor' : 'authority';
  const request = { at, purpose: 'clientAuth', algorithms: edgeAlgorithms, leafMayBeCa: false } as const;
  for (const { code, detail } of checkCertificate(certificate, pathRole, request)) {
    findings.push({ severity: 'error', code, message: detail, remedy: remedies[code] });
  }
  const daysLeft = Math.floor((certificate.notAfter - at) / dayMilliseconds);
  if (daysLeft >= 0 && daysLeft < soonDays) {
    findings.push({
      severity: 'warning',
      code: 'expires_soon',
      message: `it expires in ${daysLeft} ${daysLeft === 1 ? 'day' : 'days'}`,
      remedy: 'renew it now; a second identity lets old and new be used side by side',
    });
  }
  const marker = markerOf(certificate);
  if (marker !== undefined) {
    findings.push({
      severity: 'warning',
      code: 'not_for_production',
      message:
        marker === 'twin' ? 'made by `sallyport dev` on a laptop' : 'part of the committed sample, whose keys are gone',
      remedy: 'a front on AWS refuses it: use the real one',
    });
  }
  for (const deviation of certificate.deviations) {
    findings.push({
      severity: 'note',
      code: deviation,
      message: `it deviates from RFC 5280: ${deviation.replaceAll('_', ' ')}${detailOf(certificate, deviation)}`,
    });
  }
  if (certificate.qcStatements?.psd2Problem !== undefined) {
    findings.push({
      severity: 'warning',
      code: 'psd2_unreadable',
      message: `its PSD2 roles cannot be read: ${certificate.qcStatements.psd2Problem}`,
      remedy:
        'without a condition on a PSD2 role it is let in; for one, the CA has to write the statement as ETSI TS 119 495 has it',
    });
  }
  return findings;
}
