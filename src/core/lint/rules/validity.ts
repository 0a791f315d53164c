import { isoDay } from '../../day.ts';
import { dateProblemOf } from '../../path/certificate-checks.ts';
import { issuerKey } from '../../registry/issuer.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import { isRoot, type LintCertificate } from '../front.ts';
import { type CertificateRule, counted, daysUntil, type LintContext, nothing } from '../rule.ts';

/** CA/Browser Forum: a root may be valid for 9,132 days, that is 25 years. */
const maxRootDays = 9132;

const inBundle = ({ bundle }: LintCertificate): boolean => bundle !== undefined;

/** A certificate of the same CA (same name, same key) in the same file that is valid now. */
function validTwin({ certificate, bundle }: LintCertificate, now: number): Certificate | undefined {
  return bundle?.chains
    .named(certificate.subject.key)
    .find(
      (other) =>
        other !== certificate && issuerKey(other) === issuerKey(certificate) && dateProblemOf(other, now) === undefined,
    );
}

function isExpired({ certificate }: LintCertificate, { now }: LintContext): boolean {
  return dateProblemOf(certificate, now)?.code === 'expired';
}

function ended({ certificate, place }: LintCertificate, context: LintContext) {
  const days = counted(-daysUntil(certificate.notAfter, context), 'day');
  return [
    { place, found: `${formatName(certificate.subject)} expired on ${isoDay(certificate.notAfter)}, ${days} ago` },
  ];
}

function ending({ certificate, place }: LintCertificate, context: LintContext) {
  const days = counted(daysUntil(certificate.notAfter, context), 'day');
  return [{ place, found: `${formatName(certificate.subject)} ends on ${isoDay(certificate.notAfter)}, in ${days}` }];
}

function isEnding(subject: LintCertificate, context: LintContext): boolean {
  return !isExpired(subject, context) && daysUntil(subject.certificate.notAfter, context) < context.expiringDays;
}

export const validityRules: readonly CertificateRule[] = [
  {
    code: 'ca_expired',
    severity: 'error',
    title: 'a CA certificate has expired',
    why: 'Every client whose chain leads over it is refused. API Gateway tells nobody when a certificate of the truststore expires.',
    remedy: 'ask the authority for the renewed CA certificate and put it in place of this one',
    citation: 'RFC 5280 §6.1.3 (a)(2); AWS API Gateway Developer Guide, rest-api-mutual-tls',
    applies: (subject, { now }) => inBundle(subject) && validTwin(subject, now) === undefined,
    check: (subject, context) => (isExpired(subject, context) ? ended(subject, context) : nothing),
  },
  {
    code: 'ca_twin_expired',
    severity: 'warning',
    title: 'an expired CA certificate stands beside its valid renewal',
    why: 'It helps nobody any more, and TLS stacks that build the chain without going back take the expired one and refuse.',
    remedy: 'sallyport lint --fix removes it',
    citation: 'RFC 5280 §6.1.3 (a)(2); RFC 4158 §3.5.5',
    fixable: true,
    applies: (subject, { now }) => inBundle(subject) && validTwin(subject, now) !== undefined,
    check: (subject, context) => (isExpired(subject, context) ? ended(subject, context) : nothing),
  },
  {
    code: 'ca_expiring',
    severity: 'warning',
    title: 'a CA certificate expires soon',
    why: 'On that day every client under it is refused at once, and API Gateway does not announce it.',
    remedy: 'ask the authority for its next CA now and put it beside this one: both work until everybody has moved',
    citation: 'AWS API Gateway Developer Guide, rest-api-mutual-tls',
    applies: (subject, { now }) => inBundle(subject) && validTwin(subject, now) === undefined,
    check: (subject, context) => (isEnding(subject, context) ? ending(subject, context) : nothing),
  },
  {
    code: 'ca_not_yet_valid',
    severity: 'warning',
    title: 'a CA certificate is not valid yet',
    why: 'Clients under it are refused until then. In a rotation that is prepared ahead this is as it should be.',
    remedy: 'nothing, if the day is the one that the authority has announced; else ask for the certificate in use',
    citation: 'RFC 5280 §6.1.3 (a)(2)',
    applies: inBundle,
    check: ({ certificate, place }, { now }) =>
      dateProblemOf(certificate, now)?.code === 'not_yet_valid'
        ? [{ place, found: `${formatName(certificate.subject)} begins on ${isoDay(certificate.notBefore)}` }]
        : nothing,
  },
  {
    code: 'root_valid_too_long',
    severity: 'warning',
    title: 'a root has more than 25 years left',
    why: 'Nothing renews it in the working life of its key, so it will outlive its algorithm and everybody who knows where the key is.',
    remedy: 'trust an issuing CA of shorter life below it where the authority has one, and note when to look again',
    citation: 'CA/Browser Forum Baseline Requirements §7.1.2.1.1 (at most 9,132 days)',
    applies: (subject) => inBundle(subject) && isRoot(subject),
    check: ({ certificate, place }, context) =>
      daysUntil(certificate.notAfter, context) > maxRootDays
        ? [{ place, found: `${formatName(certificate.subject)} ends on ${isoDay(certificate.notAfter)}` }]
        : nothing,
  },
  {
    code: 'pinned_certificate_expired',
    severity: 'error',
    title: 'an exactly registered certificate has expired',
    why: 'Nothing else is accepted for this identity, so the client is refused until the new certificate is registered.',
    remedy: 'ask the partner for its new certificate and add it as a second identity; then remove this one',
    citation: 'RFC 5280 §4.1.2.5',
    applies: (subject) => !inBundle(subject),
    check: (subject, context) => (isExpired(subject, context) ? ended(subject, context) : nothing),
  },
  {
    code: 'pinned_certificate_expiring',
    severity: 'warning',
    title: 'an exactly registered certificate expires soon',
    why: 'Its renewal is another certificate, which this front does not know: the partner renews and is refused.',
    remedy: 'ask the partner for its next certificate and add it as a second identity before it switches',
    citation: 'RFC 5280 §4.1.2.5',
    applies: (subject) => !inBundle(subject),
    check: (subject, context) => (isEnding(subject, context) ? ending(subject, context) : nothing),
  },
];
