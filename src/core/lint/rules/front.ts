import { truststoreLimits } from '../../aws-limits.ts';
import { isSelfSigned, issuerKey } from '../../registry/issuer.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import { pemFromDer } from '../../x509/pem.ts';
import { type LintFront, readPlaced } from '../front.ts';
import { type FrontRule, nothing } from '../rule.ts';

/** From this share of a limit on there is a warning: a rotation needs room for the old and the new CAs side by side. */
const fullFrom = 0.8;
const limitsPage =
  'AWS API Gateway Developer Guide, api-gateway-execution-service-limits-table (neither can be raised)';
const truststorePlace = { file: 'truststore', line: 1, column: 1 };

/** What the edge is given: every CA once, and exactly registered certificates that signed themselves. */
function edgeCertificates({ bundles, clients }: LintFront): readonly Certificate[] {
  const once = new Map<string, Certificate>();
  for (const { certificates } of bundles)
    for (const { certificate } of certificates) once.set(certificate.sha256, certificate);
  for (const { pinned } of clients) {
    for (const { certificate } of pinned) if (isSelfSigned(certificate)) once.set(certificate.sha256, certificate);
  }
  return [...once.values()];
}

function sizeOf(front: LintFront): { readonly count: number; readonly bytes: number; readonly share: number } {
  const certificates = edgeCertificates(front);
  const bytes = certificates.reduce((sum, { der }) => sum + pemFromDer(der).length, 0);
  return {
    count: certificates.length,
    bytes,
    share: Math.max(certificates.length / truststoreLimits.certificates, bytes / truststoreLimits.bytes),
  };
}

function sizeText(front: LintFront): string {
  const { count, bytes } = sizeOf(front);
  return `${count} of ${truststoreLimits.certificates} certificates, ${bytes} of ${truststoreLimits.bytes} bytes`;
}

const deviceName = /^(?:con|prn|aux|nul|com[1-9]|lpt[1-9])$/;

export const frontRules: readonly FrontRule[] = [
  {
    code: 'truststore_too_large',
    severity: 'error',
    title: 'the truststore is larger than API Gateway takes',
    why: 'The domain name cannot be updated with it.',
    remedy: 'remove authorities that no client uses (authority_unused), or divide the partners between two fronts',
    citation: limitsPage,
    applies: ({ bundles }) => bundles.length > 0,
    check: (front) => (sizeOf(front).share > 1 ? [{ place: truststorePlace, found: sizeText(front) }] : nothing),
  },
  {
    code: 'truststore_nearly_full',
    severity: 'warning',
    title: 'the truststore is over four fifths of what API Gateway takes',
    why: 'In a rotation the old and the new CAs stand side by side, and there must be room for that.',
    remedy: 'remove authorities that no client uses (authority_unused), or plan a second front',
    citation: limitsPage,
    applies: ({ bundles }) => bundles.length > 0,
    check: (front) => {
      const { share } = sizeOf(front);
      return share > fullFrom && share <= 1 ? [{ place: truststorePlace, found: sizeText(front) }] : nothing;
    },
  },
  {
    code: 'device_name',
    severity: 'warning',
    title: 'a file has the name of a Windows device',
    why: 'On Windows no file can be called so, whatever its ending: the folder cannot be checked out there.',
    remedy: 'give it another name, in the file and as the name of the file',
    citation: 'learn.microsoft.com, Naming Files, Paths, and Namespaces (CON, PRN, AUX, NUL, COM1-9, LPT1-9)',
    applies: ({ bundles, clients }) => bundles.length + clients.length > 0,
    check: ({ bundles, clients }) => {
      const named = [
        ...bundles.map(({ authority, file }) => ({ name: authority, place: { file, line: 1, column: 1 } })),
        ...clients.map(({ source }) => ({ name: source.name, place: source.place })),
      ];
      return named.flatMap(({ name, place }) => (deviceName.test(name) ? [{ place, found: name }] : []));
    },
  },
  {
    code: 'authority_in_both_stages',
    severity: 'warning',
    title: 'one CA vouches for clients in production and in a test front',
    why: 'Whoever gets a certificate for tests, where people look less closely, may have one that production takes.',
    remedy:
      'have the partner use a CA of its own for tests; where that cannot be, register exact certificates in production',
    citation: 'NIST SP 800-57 part 3 §2; CA/Browser Forum Baseline Requirements §6.1.1',
    applies: ({ others, stage }) => others.length > 0 && stage !== undefined,
    check: ({ bundles, others, stage }) => {
      const elsewhere = new Map<string, string>();
      for (const other of others.filter((each) => each.stage !== stage)) {
        for (const { text, file } of other.bundles) {
          for (const { certificate } of readPlaced(text, file)) {
            elsewhere.set(issuerKey(certificate), `${other.folder}/${file} (${other.stage})`);
          }
        }
      }
      return bundles.flatMap(({ chains, issuers }) =>
        chains.certificates
          .filter(({ certificate }) => issuers.includes(certificate) && elsewhere.has(issuerKey(certificate)))
          .map(({ certificate, place }) => ({
            place,
            found: `${formatName(certificate.subject)}, also in ${elsewhere.get(issuerKey(certificate))}`,
          })),
      );
    },
  },
];
