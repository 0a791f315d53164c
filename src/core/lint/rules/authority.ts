import { publicOrganisationOf } from '../../registry/public-cas.ts';
import { formatName } from '../../x509/name.ts';
import { oid } from '../../x509/oid.ts';
import { verifiesSignature } from '../../x509/signature.ts';
import type { LintBundle, LintFront } from '../front.ts';
import { type BundleRule, nothing } from '../rule.ts';

const place = ({ source, file }: LintBundle) => source?.place ?? { file, line: 1, column: 1 };

/** The sentence that says why no list is checked. */
function writtenRevocation({ source }: LintBundle): string | undefined {
  const revocation = source?.revocation;
  return revocation !== undefined && 'none' in revocation ? revocation.none : undefined;
}

function listsNamed({ chains }: LintBundle): readonly string[] {
  return chains.certificates.flatMap(({ certificate }) =>
    (certificate.crlDistributionPoints ?? []).flatMap(({ fullName = [] }) =>
      fullName.flatMap((name) => (name.kind === 'uri' ? [name.value] : [])),
    ),
  );
}

/** By name in an identity, or by having signed an exactly registered certificate. */
function isUsed(bundle: LintBundle, { clients }: LintFront): boolean {
  return clients.some(
    ({ source, pinned }) =>
      source.identities.some(
        (identity) => identity.kind !== 'certificate' && identity.authority?.value === bundle.authority,
      ) ||
      pinned.some(({ certificate }) =>
        bundle.chains.named(certificate.issuer.key).some((ca) => verifiesSignature(certificate, ca)),
      ),
  );
}

export const authorityRules: readonly BundleRule[] = [
  {
    code: 'revocation_lists_ignored',
    severity: 'warning',
    title: 'an authority publishes revocation lists that its YAML file does not name',
    why: 'API Gateway checks no revocation, so a certificate that the authority has revoked keeps coming in.',
    remedy: 'write revocation: { lists: [...], missing: deny, stale: deny, maxAgeHours: 48 } with the addresses found',
    citation: 'RFC 5280 §4.2.1.13, §6.3; AWS API Gateway Developer Guide, rest-api-mutual-tls',
    applies: (bundle) => listsNamed(bundle).length > 0,
    check: (bundle) =>
      writtenRevocation(bundle) === undefined
        ? nothing
        : [{ place: place(bundle), found: [...new Set(listsNamed(bundle))].slice(0, 3).join(', ') }],
  },
  {
    code: 'revocation_none',
    severity: 'warning',
    title: 'an authority of a production front has no source of revocations',
    why: 'A stolen key of one of its clients works until the certificate expires or its client is taken out here.',
    remedy:
      'ask the authority for the address of its list; without one, agree with the partner who calls whom, and take its clients out by hand',
    citation: 'RFC 5280 §3.3; AWS API Gateway Developer Guide, rest-api-mutual-tls',
    applies: (bundle) => bundle.source !== undefined && listsNamed(bundle).length === 0,
    check: (bundle, { front }) => {
      const reason = writtenRevocation(bundle);
      return front.stage !== 'production' || reason === undefined
        ? nothing
        : [{ place: place(bundle), found: `${bundle.authority}: revocation none` }];
    },
  },
  {
    code: 'authority_unused',
    severity: 'warning',
    title: 'no client comes in through this authority',
    why: 'The edge lets every certificate under it through to the authorizer, for nobody.',
    remedy: 'remove the two files of the authority, or add its client',
    citation: 'AWS API Gateway Developer Guide, rest-api-mutual-tls',
    applies: ({ certificates }, { front }) => certificates.length > 0 && !front.hasUnreadClients,
    check: (bundle, { front }) =>
      isUsed(bundle, front) ? nothing : [{ place: place(bundle), found: bundle.authority }],
  },
  {
    code: 'public_ca',
    severity: 'warning',
    title: 'clients depend on a public CA, and public CAs are giving client authentication up',
    why:
      "Renewed certificates come without clientAuth and are refused, one partner after the other: Let's Encrypt from May 2026, " +
      'Sectigo announced 2027-02-10, DigiCert 2027-03-01; the Chrome root programme ends it on 2027-03-15 (sources disagree by months).',
    remedy: 'agree with the partner on a private CA now and register it as a second identity',
    citation: 'Chrome Root Program Policy 1.8; CA/Browser Forum Baseline Requirements §7.1.2.7.10; RFC 5280 §4.2.1.12',
    applies: ({ chains }) => chains.certificates.length > 0,
    check: ({ chains, issuers }) =>
      chains.certificates.flatMap(({ certificate, place: at }) => {
        const organisation = publicOrganisationOf(certificate.subject);
        if (organisation === undefined || !issuers.includes(certificate)) return nothing;
        const servers = certificate.extendedKeyUsage?.includes(oid.serverAuth) === true ? ', for servers' : '';
        return [{ place: at, found: `${formatName(certificate.subject)}${servers}` }];
      }),
  },
];
