import { edgeAlgorithms } from '../../path/algorithm-policy.ts';
import { checkCertificate } from '../../path/certificate-checks.ts';
import { markerOf } from '../../x509/marker.ts';
import { formatName } from '../../x509/name.ts';
import { oid } from '../../x509/oid.ts';
import { actsAsCa, isRoot, type LintCertificate } from '../front.ts';
import { always, type CertificateRule, type Detail, nothing } from '../rule.ts';

const inBundle = ({ bundle }: LintCertificate): boolean => bundle !== undefined;
const isCa = ({ certificate, bundle }: LintCertificate): boolean =>
  bundle !== undefined && certificate.basicConstraints?.ca === true;

/** Asked of path validation itself, so that the two cannot drift apart. */
const anyPurpose = { purpose: null, algorithms: edgeAlgorithms, leafMayBeCa: true } as const;

function found({ certificate, place }: LintCertificate, what: string): readonly Detail[] {
  return [{ place, found: `${formatName(certificate.subject)}${what === '' ? '' : `: ${what}`}` }];
}

function isFlagged(subject: LintCertificate): boolean {
  return subject.certificate.basicConstraints?.ca === true;
}

export const caProfileRules: readonly CertificateRule[] = [
  {
    code: 'leaf_in_authority',
    severity: 'error',
    title: 'an end-entity certificate stands among the CAs',
    why: 'An authority vouches for others; the certificate of one client does not. Uploading the leaf in place of its CA is the most common mistake.',
    remedy:
      'put its issuing CA here instead; to admit exactly this certificate, put it beside a client and write `- { certificate: NAME.pem }` there',
    citation: 'RFC 5280 §4.2.1.9',
    applies: inBundle,
    check: (subject) =>
      isFlagged(subject) || actsAsCa(subject) || (subject.certificate.version === 1 && isRoot(subject))
        ? nothing
        : found(subject, 'no CA, and it signed nothing here'),
  },
  {
    code: 'ca_bit_missing',
    severity: 'error',
    title: 'a CA certificate does not say that it is one',
    why: 'Without basicConstraints CA:TRUE path validation refuses every client under it.',
    remedy:
      'ask the authority for the certificate with basicConstraints CA:TRUE; `openssl x509 -req` without -extfile leaves it out',
    citation: 'RFC 5280 §4.2.1.9, §6.1.4 (k)',
    supersedes: ['leaf_in_authority'],
    applies: (subject) => inBundle(subject) && subject.certificate.version === 3 && actsAsCa(subject),
    check: (subject) => (isFlagged(subject) ? nothing : found(subject, 'basicConstraints without CA:TRUE')),
  },
  {
    code: 'ca_before_version_3',
    severity: 'error',
    title: 'a CA certificate is of version 1 or 2',
    why: 'Such a certificate cannot say that it is a CA, so nothing tells it from a client, and this front does not take it.',
    remedy: 'ask the authority for its version 3 certificate; old roots have usually been re-issued with the same key',
    citation: 'RFC 5280 §4.1.2.1, §6.1.4 (k)',
    supersedes: ['leaf_in_authority'],
    applies: (subject) => inBundle(subject) && (actsAsCa(subject) || isRoot(subject)),
    check: (subject) =>
      subject.certificate.version < 3 ? found(subject, `version ${subject.certificate.version}`) : nothing,
  },
  {
    code: 'key_cert_sign_missing',
    severity: 'error',
    title: 'the key usage of a CA does not allow signing certificates',
    why: 'Path validation refuses every client under it.',
    remedy: 'ask the authority for its CA certificate with keyCertSign; this may be the certificate of its web site',
    citation: 'RFC 5280 §4.2.1.3, §6.1.4 (n)',
    applies: (subject) => isCa(subject) && subject.certificate.keyUsage !== undefined,
    check: (subject) => {
      const { keyUsage } = subject.certificate;
      return keyUsage?.has('keyCertSign') === false ? found(subject, `keyUsage ${[...keyUsage].join(', ')}`) : nothing;
    },
  },
  {
    code: 'ca_not_for_clients',
    severity: 'error',
    title: 'the extended key usage of a CA leaves out clientAuth',
    why: 'In a CA it limits what is issued below: TLS stacks and this front refuse every client certificate under it.',
    remedy:
      'ask the partner for a certificate from a CA for clients; public CAs are giving clientAuth up, see public_ca',
    citation: 'RFC 5280 §4.2.1.12; CA/Browser Forum Baseline Requirements §7.1.2.2.3',
    applies: (subject) => isCa(subject) && subject.certificate.extendedKeyUsage !== undefined,
    check: (subject) => {
      const purposes = subject.certificate.extendedKeyUsage ?? [];
      return purposes.includes(oid.clientAuth) || purposes.includes(oid.anyExtendedKeyUsage)
        ? nothing
        : found(subject, `extendedKeyUsage ${purposes.join(', ')}`);
    },
  },
  {
    code: 'subject_key_identifier_missing',
    severity: 'warning',
    title: 'a CA certificate has no subject key identifier',
    why: 'Where two CAs share a name, as in every rotation, chain builders find the right one by it.',
    remedy: 'nothing today; tell the authority, for its next CA certificate',
    citation: 'RFC 5280 §4.2.1.2 (MUST for the CA)',
    applies: (subject) => isCa(subject) && subject.certificate.version === 3,
    check: (subject) => (subject.certificate.subjectKeyIdentifier === undefined ? found(subject, '') : nothing),
  },
  {
    code: 'serial_malformed',
    severity: 'error',
    title: 'the serial number of a CA certificate is not one',
    why: 'Longer than 20 octets, written in two possible ways, or no number: revocation lists cannot name it, so paths over it are refused.',
    remedy: 'ask the authority for a certificate that keeps the rule',
    citation: 'RFC 5280 §4.1.2.2',
    applies: (subject) => inBundle(subject) && !isRoot(subject),
    check: (subject) => {
      const wrong = subject.certificate.deviations.filter((deviation) =>
        ['serial_too_long', 'serial_not_minimal', 'serial_not_integer'].includes(deviation),
      );
      return wrong.length === 0 ? nothing : found(subject, wrong.join(', '));
    },
  },
  {
    code: 'serial_not_positive',
    severity: 'warning',
    title: 'a serial number is zero or negative',
    why: 'Readers print and compare it in different ways, so a revocation by it may miss.',
    remedy: 'name such a certificate by its SHA-256 or its key, and tell the authority',
    citation: 'RFC 5280 §4.1.2.2 (MUST for the CA; readers SHOULD handle it)',
    applies: always,
    check: (subject) =>
      subject.certificate.deviations.includes('serial_not_positive')
        ? found(subject, `serial ${subject.certificate.serial}`)
        : nothing,
  },
  {
    code: 'signature_algorithms_differ',
    severity: 'error',
    title: 'a certificate names two signature algorithms',
    why: 'The signed part and the outside disagree, so the signature counts for nothing.',
    remedy: 'ask for the certificate again; this one is damaged or forged',
    citation: 'RFC 5280 §4.1.1.2',
    applies: always,
    check: (subject) =>
      subject.certificate.deviations.includes('signature_algorithms_differ') ? found(subject, '') : nothing,
  },
  {
    code: 'critical_extension_unknown',
    severity: 'error',
    title: 'a certificate has a critical extension that nobody here reads',
    why: 'Whoever does not understand a critical extension must refuse the certificate, so clients under this CA are refused.',
    remedy: 'ask the authority what the extension is for, and for a chain without it or with it not critical',
    citation: 'RFC 5280 §4.2, §6.1.4 (o)',
    applies: (subject) => subject.certificate.extensions.some(({ critical }) => critical),
    check: (subject, { now }) =>
      checkCertificate(subject.certificate, 'authority', { ...anyPurpose, at: now })
        .filter(({ code }) => code === 'unknown_critical_extension')
        .flatMap(({ detail }) => found(subject, detail)),
  },
  {
    code: 'ca_made_up',
    severity: 'error',
    title: 'a CA of the sample or of `sallyport dev` is in the truststore',
    why: 'The keys of sample CAs were thrown away, those of twins lie on a laptop: neither may vouch for anybody on AWS.',
    remedy: 'remove the sample authority and its clients, and put the CA of a real partner in place',
    citation: 'a rule of this project: `publish` and `cdk deploy` refuse such a CA too',
    applies: inBundle,
    check: (subject) => {
      const marker = markerOf(subject.certificate);
      return marker === undefined ? nothing : found(subject, `marked as ${marker}`);
    },
  },
];
