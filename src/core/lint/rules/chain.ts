import { isSelfSigned, issuerKey } from '../../registry/issuer.ts';
import type { PlacedCertificate } from '../../registry/pem-source.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import type { LintBundle } from '../front.ts';
import { type BundleRule, type Detail, nothing } from '../rule.ts';

const maxAuthorities = 4;
const awsPage = 'AWS API Gateway Developer Guide, rest-api-mutual-tls';

const hasCas = ({ chains }: LintBundle): boolean => chains.certificates.length > 0;
const hasSeveral = ({ chains }: LintBundle): boolean => chains.certificates.length > 1;
const hasIntermediate = ({ chains }: LintBundle): boolean =>
  chains.certificates.some(({ certificate }) => !isSelfSigned(certificate));

function intermediates({ chains }: LintBundle): readonly PlacedCertificate[] {
  return chains.certificates.filter(({ certificate }) => !isSelfSigned(certificate));
}

function placeOf({ chains, file }: LintBundle, certificate: Certificate) {
  return chains.certificates.find((each) => each.certificate === certificate)?.place ?? { file, line: 1, column: 1 };
}

/** CAs of one name in the file, two or more certificates of them, apart from the first. */
function sharing(bundle: LintBundle, same: (first: Certificate, other: Certificate) => boolean): readonly Detail[] {
  const { chains } = bundle;
  return chains.certificates.flatMap(({ certificate, place }) => {
    const named = chains.named(certificate.subject.key);
    const first = named.find((other) => same(other, certificate));
    if (first === undefined || first === certificate) return nothing;
    if (named.indexOf(first) > named.indexOf(certificate)) return nothing;
    return [{ place, found: `${formatName(certificate.subject)}, also on line ${placeOf(bundle, first).line ?? 1}` }];
  });
}

/** CAs that sign each other: each entity that is above itself. */
function onCycle({ chains }: LintBundle, start: Certificate): boolean {
  const seen = new Set<string>();
  const open = [...chains.parents(start)].filter((parent) => issuerKey(parent) !== issuerKey(start));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (issuerKey(next) === issuerKey(start)) return true;
    if (seen.has(next.sha256)) continue;
    seen.add(next.sha256);
    open.push(...chains.parents(next));
  }
  return false;
}

/** RFC 5280 §4.2.1.9: the limit counts the CAs below, neither self-issued ones nor the client. */
function overLimit(path: readonly Certificate[]): Certificate | undefined {
  return path.find((ca, index) => {
    const limit = ca.basicConstraints?.pathLength;
    return limit !== undefined && path.slice(0, index).filter((below) => !below.selfIssued).length > limit;
  });
}

export const chainRules: readonly BundleRule[] = [
  {
    code: 'authority_without_root',
    severity: 'error',
    title: 'a file of CAs has no self-signed root',
    why: 'API Gateway wants the whole chain in the truststore and refuses every client of this authority; what the client sends does not help.',
    remedy: 'add the certificates above, up to the self-signed root',
    citation: awsPage,
    applies: hasCas,
    check: (bundle) => {
      const { certificates } = bundle.chains;
      const [first] = certificates;
      if (first === undefined || certificates.some(({ certificate }) => isSelfSigned(certificate))) return nothing;
      const missing = formatName(first.certificate.issuer);
      return [
        { place: first.place, found: `no root; ${missing} is not here`, remedy: `add the certificate of ${missing}` },
      ];
    },
  },
  {
    code: 'chain_incomplete',
    severity: 'error',
    title: 'the CA that issued another CA is not in the file',
    why: 'API Gateway finds no way up to a root and answers 403: "Could not find issuer for certificate".',
    remedy: 'add the missing certificate, or remove the one that needs it',
    citation: awsPage,
    supersedes: ['certificate_unreachable'],
    applies: (bundle) =>
      hasIntermediate(bundle) && bundle.chains.certificates.some((each) => isSelfSigned(each.certificate)),
    check: (bundle) =>
      intermediates(bundle)
        .filter(({ certificate }) => bundle.chains.parents(certificate).length === 0)
        .map(({ certificate, place }) => {
          const missing = formatName(certificate.issuer);
          const other =
            bundle.chains.named(certificate.issuer.key).length > 0 ? ' with the key that made this signature' : '';
          return {
            place,
            found: `${formatName(certificate.subject)}, issued by ${missing}`,
            remedy: `add the certificate of ${missing}${other}, or remove this one`,
          };
        }),
  },
  {
    code: 'chain_too_long',
    severity: 'error',
    title: 'a chain has more than four CAs',
    why: 'API Gateway takes at most four CA certificates from the issuing one up to the root, and refuses longer chains.',
    remedy:
      'ask the authority for a shorter chain, for example a cross-certificate of the issuing CA from a nearer root',
    citation: `${awsPage}; measured as four CAs, the client's own certificate not counted`,
    applies: (bundle) => bundle.issuers.some((issuer) => bundle.chains.pathsUp(issuer).length > 0),
    check: (bundle) =>
      bundle.issuers.flatMap((issuer) => {
        const [shortest] = bundle.chains.pathsUp(issuer);
        if (shortest === undefined || shortest.length <= maxAuthorities) return nothing;
        return [
          {
            place: placeOf(bundle, issuer),
            found: `${formatName(issuer.subject)}: ${shortest.length} CAs up to the root`,
          },
        ];
      }),
  },
  {
    code: 'path_length_conflict',
    severity: 'error',
    title: 'a CA forbids the CAs that are below it',
    why: 'Its pathLenConstraint allows fewer CAs below than the file has, so every client at the end of that chain is refused.',
    remedy: 'ask the authority which of the two it means: the constraint, or the CA below',
    citation: 'RFC 5280 §4.2.1.9, §6.1.4 (l), (m)',
    applies: (bundle) =>
      bundle.chains.certificates.some(({ certificate }) => certificate.basicConstraints?.pathLength !== undefined),
    check: (bundle) => {
      const conflicts = new Map<Certificate, string>();
      for (const issuer of bundle.issuers) {
        const limits = bundle.chains.pathsUp(issuer).map(overLimit);
        // One path without a conflict is enough for the clients.
        if (limits.includes(undefined)) continue;
        for (const limit of limits) if (limit !== undefined) conflicts.set(limit, formatName(issuer.subject));
      }
      return [...conflicts].map(([ca, below]) => ({
        place: placeOf(bundle, ca),
        found: `${formatName(ca.subject)} with pathLenConstraint ${ca.basicConstraints?.pathLength}, above ${below}`,
      }));
    },
  },
  {
    code: 'authority_key_identifier_missing',
    severity: 'warning',
    title: 'a CA certificate does not name the key that signed it',
    why: 'Where two CAs share a name, as in every rotation, chain builders have to guess which one is above.',
    remedy: 'nothing today; tell the authority, for its next CA certificate',
    citation: 'RFC 5280 §4.2.1.1 (MUST for the CA)',
    applies: hasIntermediate,
    check: (bundle) =>
      intermediates(bundle)
        .filter(({ certificate }) => certificate.version === 3 && certificate.authorityKeyIdentifier === undefined)
        .map(({ certificate, place }) => ({ place, found: formatName(certificate.subject) })),
  },
  {
    code: 'authority_key_identifier_differs',
    severity: 'warning',
    title: 'a CA certificate names another key than the one that signed it',
    why: 'The signature is right, but OpenSSL, in whose words API Gateway refuses, does not take an issuer whose identifier differs.',
    remedy: 'ask the authority for the certificate of the CA above whose subject key identifier is the one named',
    citation: 'RFC 5280 §4.2.1.1; RFC 4158 §3.5.12',
    applies: (bundle) =>
      intermediates(bundle).some(({ certificate }) => certificate.authorityKeyIdentifier !== undefined),
    check: (bundle) =>
      intermediates(bundle).flatMap(({ certificate, place }) => {
        const hint = certificate.authorityKeyIdentifier;
        const identifiers = bundle.chains.parents(certificate).map((parent) => parent.subjectKeyIdentifier);
        if (
          hint === undefined ||
          identifiers.length === 0 ||
          identifiers.some((each) => each === undefined || each === hint)
        ) {
          return nothing;
        }
        return [
          { place, found: `${formatName(certificate.subject)} names ${hint}, its issuer is ${identifiers.join(', ')}` },
        ];
      }),
  },
  {
    code: 'ca_name_twice',
    severity: 'warning',
    title: 'two CAs of one file have the same name and different keys',
    why: 'Somebody has measured that API Gateway refuses two CAs of one subject in a truststore (we have not), and TLS stacks that do not go back take the wrong one.',
    remedy: 'remove the one that no client uses any more; a rotation with a new key should have a new name',
    citation: 'RFC 5280 §4.1.2.6; a third party measured the refusal at import, AWS does not document it',
    applies: hasSeveral,
    check: (bundle) => sharing(bundle, (first, other) => first.spkiSha256 !== other.spkiSha256),
  },
  {
    code: 'ca_renewed_twice',
    severity: 'warning',
    title: 'one CA is in the file with two certificates that are valid',
    why: 'Either will do for the clients; but somebody has measured that API Gateway refuses two CAs of one subject (we have not), and only one of them is looked at when it expires.',
    remedy: 'keep the one that lasts longer',
    citation: 'RFC 4158 §3.5.5; a third party measured the refusal at import, AWS does not document it',
    applies: hasSeveral,
    check: (bundle, { now }) =>
      sharing(
        bundle,
        (first, other) => issuerKey(first) === issuerKey(other) && first.notAfter >= now && other.notAfter >= now,
      ),
  },
  {
    code: 'ca_loop',
    severity: 'warning',
    title: 'CAs of the file have signed each other',
    why: 'Chain builders that do not go back run in circles; of 45 valid cross-signed chains OpenSSL refuses 26.',
    remedy: 'keep one direction: remove the cross-certificate that no client needs to reach a root',
    citation: 'RFC 4158 §2.4.2',
    applies: hasIntermediate,
    check: (bundle) =>
      intermediates(bundle)
        .filter(({ certificate }) => onCycle(bundle, certificate))
        .map(({ certificate, place }) => ({
          place,
          found: `${formatName(certificate.subject)}, issued by ${formatName(certificate.issuer)}, which it has signed`,
        })),
  },
  {
    code: 'ca_not_on_a_chain',
    severity: 'warning',
    title: 'a CA is on no chain from an issuer to a root',
    why: 'No client of this authority needs it, and the edge lets its certificates through to the authorizer.',
    remedy: 'remove it, or name the CA that signs clients below it in `issuers`',
    citation: `${awsPage}: client certificates issued by any CA of the truststore are let in`,
    applies: (bundle) => bundle.issuers.some((issuer) => bundle.chains.pathsUp(issuer).length > 0),
    check: (bundle) => {
      const used = new Set(bundle.issuers.flatMap((issuer) => bundle.chains.pathsUp(issuer).flat().map(issuerKey)));
      return bundle.chains.certificates
        .filter(({ certificate }) => certificate.basicConstraints?.ca === true && !used.has(issuerKey(certificate)))
        .filter(({ certificate }) => bundle.chains.parents(certificate).length > 0 || isSelfSigned(certificate))
        .map(({ certificate, place }) => ({ place, found: formatName(certificate.subject) }));
    },
  },
];
