import type { Authority } from '../../registry/registry.ts';
import type { RevocationIndex } from '../../revocation/index.ts';
import { type RevocationFinding, statusOf } from '../../revocation/status.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import type { Reason } from '../reasons.ts';

/** What the lists of an authority, and its written choices about them, make of a valid path. */
export interface RevocationVerdict {
  readonly reasons: readonly Reason[];
  /** While it stays so, epoch milliseconds, both included. */
  readonly validFrom: number;
  readonly validUntil: number;
}

export const notRevoked: RevocationVerdict = {
  reasons: [],
  validFrom: Number.NEGATIVE_INFINITY,
  validUntil: Number.POSITIVE_INFINITY,
};

const hourMilliseconds = 3_600_000;

/** `path` is valid within `authority`, leaf first. Reasons name no client. */
export function revocationOf(
  path: readonly Certificate[],
  authority: Authority,
  index: RevocationIndex | undefined,
  at: number,
): RevocationVerdict {
  const { name, revocation } = authority;
  if ('none' in revocation) return notRevoked;
  // whatever the file says about a list that is missing: here nobody knows whether it is
  if (index?.unreadable !== undefined) {
    const reason: Reason = {
      code: 'revocations_unreadable',
      authority: name,
      found: index.unreadable,
      at: authority.at,
    };
    return { ...notRevoked, reasons: [reason] };
  }
  const { missing, stale, maxAgeHours, exemptUnderHours = 0 } = revocation;
  const maxAgeMilliseconds = maxAgeHours * hourMilliseconds;
  const { findings, validFrom, validUntil } = statusOf({ path, authority: name, index, at, maxAgeMilliseconds });
  const revoked = new Set(findings.filter(({ status }) => status === 'revoked').map(({ certificate }) => certificate));
  const reasons = findings.flatMap((finding): readonly Reason[] => {
    const { certificate, status } = finding;
    const { notBefore, notAfter } = certificate;
    const about = { authority: name, found: foundText(finding) };
    if (status === 'revoked')
      return [{ code: certificate === path[0] ? 'certificate_revoked' : 'issuer_revoked', ...about }];
    // it will have ended before a list could say anything
    if (notAfter - notBefore < exemptUnderHours * hourMilliseconds) return [];
    if (status === 'stale' && stale === 'deny') return [{ code: 'revocation_stale', ...about, at: authority.at }];
    // the lists of a revoked CA do not count: that it is revoked has been said
    if (status === 'missing' && missing === 'deny' && !revoked.has(finding.issuer))
      return [{ code: 'revocation_missing', ...about, at: authority.at }];
    return [];
  });
  return { reasons, validFrom, validUntil };
}

function foundText({ certificate, issuer, detail }: RevocationFinding): string {
  return `serial ${certificate.serial} of ${formatName(issuer.subject)}: ${detail}`;
}

const lacking: ReadonlySet<Reason['code']> = new Set([
  'revocation_stale',
  'revocation_missing',
  'revocations_unreadable',
]);

/** The lists are lacking, not the certificate: its path proves whose it is. */
export function onlyLacksLists({ reasons }: RevocationVerdict): boolean {
  return reasons.every(({ code }) => lacking.has(code));
}
