import type { Place } from '../problem.ts';
import type { Certificate } from '../x509/certificate.ts';
import { formatName, type Name } from '../x509/name.ts';
import { nameTextOf } from '../x509/name-text.ts';
import { oid } from '../x509/oid.ts';
import { verifiesSignature } from '../x509/signature.ts';
import type { AuthorityDocument } from './document.ts';
import { matchesSegment } from './globs/segment.ts';
import { isSelfSigned, issuerKey } from './issuer.ts';
import { type PlacedCertificate, type Report, readCertificates } from './pem-source.ts';
import type { AuthoritySource } from './source.ts';

export interface CompiledAuthority {
  readonly document: AuthorityDocument;
  readonly certificates: readonly PlacedCertificate[];
  readonly issuers: readonly Certificate[];
  /** Somebody has written why an organisation that runs public CAs signs for one organisation only here. */
  readonly isPrivate: boolean;
}

/** One authority by itself: its file holds CAs only, each with a chain to a root in the same file, and some may sign clients. */
export function compileAuthority(source: AuthoritySource, report: Report): CompiledAuthority | undefined {
  const certificates = readCertificates(source.pem, report);
  if (certificates === undefined) return undefined;
  if (certificates.length === 0) {
    report({
      code: 'authority_empty',
      message: 'the authority has no CA certificate',
      place: { file: source.pem.file, line: 1, column: 1 },
      found: 'no certificate',
      allowed: 'the CAs from the one that signs clients up to the self-signed root',
    });
    return undefined;
  }
  const sound = [onlyCas(certificates, report), eachOnce(certificates, report), chained(certificates, report)];
  const issuers = issuersOf(source, certificates, report);
  if (issuers === undefined || sound.includes(false)) return undefined;
  return {
    document: {
      name: source.name,
      certificates: certificates.map(({ certificate }) => Buffer.from(certificate.der).toString('base64')),
      anchors: certificates
        .map(({ certificate }) => certificate)
        .filter(isSelfSigned)
        .map((root) => root.sha256),
      issuers: issuers.map((issuer) => issuer.sha256),
      revocation: source.revocation,
      at: source.place,
    },
    certificates,
    issuers,
    isPrivate: source.privateCa !== undefined,
  };
}

function onlyCas(certificates: readonly PlacedCertificate[], report: Report): boolean {
  const others = certificates.filter(({ certificate }) => certificate.basicConstraints?.ca !== true);
  for (const { certificate, place } of others) {
    report({
      code: 'leaf_in_authority',
      message: 'this certificate is not a CA',
      place,
      found: formatName(certificate.subject),
      allowed: 'certificates with basicConstraints CA:TRUE (RFC 5280 section 4.2.1.9)',
      remedy:
        'remove it; to admit exactly this certificate, put it beside a client and write `- { certificate: NAME.pem }` there',
    });
  }
  return others.length === 0;
}

function eachOnce(certificates: readonly PlacedCertificate[], report: Report): boolean {
  const seen = new Map<string, Place>();
  let once = true;
  for (const { certificate, place } of certificates) {
    const first = seen.get(certificate.sha256);
    if (first === undefined) {
      seen.set(certificate.sha256, place);
      continue;
    }
    once = false;
    report({
      code: 'certificate_twice',
      message: 'the same certificate is in the file twice',
      place,
      found: `${formatName(certificate.subject)}, first on line ${first.line}`,
      allowed: 'each certificate once',
      remedy: 'remove one of the two blocks',
    });
  }
  return once;
}

function chained(certificates: readonly PlacedCertificate[], report: Report): boolean {
  if (!certificates.some(({ certificate }) => isSelfSigned(certificate))) {
    const [first] = certificates;
    report({
      code: 'authority_without_root',
      message: 'the authority has no self-signed root, so API Gateway would refuse every one of its clients',
      place: first?.place,
      found: certificates.map(({ certificate }) => formatName(certificate.subject)).join('; '),
      allowed: 'the complete chain up to the self-signed root',
      remedy: `add the certificate of ${first === undefined ? 'the root' : formatName(first.certificate.issuer)} to the file`,
    });
    return false;
  }
  let complete = true;
  for (const { certificate, place } of certificates) {
    if (isSelfSigned(certificate)) continue;
    const parents = certificates.filter(
      (other) => other.certificate !== certificate && other.certificate.subject.key === certificate.issuer.key,
    );
    if (parents.some((parent) => verifiesSignature(certificate, parent.certificate))) continue;
    complete = false;
    report({
      code: 'chain_incomplete',
      message: 'the CA that issued this one is not in the file',
      place,
      found: `${formatName(certificate.subject)}, issued by ${formatName(certificate.issuer)}`,
      allowed: 'the complete chain up to the self-signed root',
      remedy: `add the certificate of ${formatName(certificate.issuer)}${parents.length > 0 ? ' whose key made this signature' : ''}, or remove this one`,
    });
  }
  return complete;
}

/** Named ones, or those that issue no other CA of the file. */
function issuersOf(
  source: AuthoritySource,
  certificates: readonly PlacedCertificate[],
  report: Report,
): readonly Certificate[] | undefined {
  const all = certificates.map(({ certificate }) => certificate);
  if (source.issuers === undefined) {
    const lowest = all.filter((ca) => !all.some((other) => issuerKey(other) !== issuerKey(ca) && issues(ca, other)));
    if (lowest.length > 0) return lowest;
    report({
      code: 'authority_without_issuer',
      message: 'every CA of the file issues another one, so none of them is the one that signs clients',
      place: source.place,
      allowed: 'issuers named in writing',
      remedy: `issuers: [${all[0]?.sha256}]`,
    });
    return undefined;
  }
  const chosen = new Set<Certificate>();
  let complete = true;
  for (const { value, place } of source.issuers) {
    const found = all.filter((ca) => isNamed(ca, value));
    const keys = new Set(found.map((ca) => ca.spkiSha256));
    for (const ca of found) chosen.add(ca);
    const isGlob = typeof value === 'string' && value.includes('*');
    if (keys.size === 1 || (isGlob && keys.size > 0)) continue;
    complete = false;
    const written = typeof value === 'string' ? value : formatName(value);
    const choices = (found.length > 0 ? found : all).map((ca) =>
      found.length > 0 ? ca.sha256 : nameTextOf(ca.subject),
    );
    report({
      code: found.length === 0 ? 'issuer_not_in_file' : 'issuer_ambiguous',
      message:
        found.length === 0
          ? `this issuer is not in ${source.pem.file}`
          : 'several CAs with different keys have this subject',
      place,
      found: written,
      allowed: choices.join('; '),
      remedy:
        found.length === 0 ? `issuers: ['${choices[0]?.replaceAll("'", "''")}']` : `issuers: [${choices.join(', ')}]`,
    });
  }
  return complete ? all.filter((ca) => chosen.has(ca)) : undefined;
}

/** By SHA-256, by common name (a word without `=`, in which `*` is one or more characters), or by the whole subject. */
function isNamed(ca: Certificate, value: Name | string): boolean {
  if (typeof value !== 'string') return ca.subject.key === value.key;
  if (ca.sha256 === value) return true;
  return ca.subject.rdns.some((rdn) =>
    rdn.some(({ type, value: text }) => type === oid.commonName && matchesSegment(value, text)),
  );
}

function issues(ca: Certificate, other: Certificate): boolean {
  return other.issuer.key === ca.subject.key && verifiesSignature(other, ca);
}
