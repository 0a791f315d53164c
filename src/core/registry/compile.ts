import { lineMeant } from '../nearest.ts';
import type { Place, Problem } from '../problem.ts';
import { formatName } from '../x509/name.ts';
import { type CompiledAuthority, compileAuthority } from './compile-authority.ts';
import { conditionCompiler } from './conditions/compile-conditions.ts';
import { type ClientDocument, type IdentityDocument, REGISTRY_FORMAT, type RegistryDocument } from './document.ts';
import { cutSubjectGlob } from './globs/name-glob.ts';
import { isSelfSigned } from './issuer.ts';
import { type PlacedCertificate, type Report, readCertificates } from './pem-source.ts';
import { proveCaNames } from './proofs/ca-names.ts';
import { proveConditions } from './proofs/conditions.ts';
import { proveOneClient } from './proofs/one-client.ts';
import { provePinned } from './proofs/public-authority.ts';
import type { OwnedIdentity } from './proofs/rivals.ts';
import { proveRouteConditions } from './proofs/route-conditions.ts';
import { proveRoutes, ruleProver } from './proofs/routes.ts';
import { proveValidity } from './proofs/validity.ts';
import type { ClientSource, IdentitySource, RegistrySource } from './source.ts';

export interface Compilation {
  readonly document: RegistryDocument;
  /** The document counts only when there is none. */
  readonly problems: readonly Problem[];
}

/**
 * Holds everything against everything else and writes the document. Proves that names are known, routes and rules can
 * be reached, authorities are complete, and no certificate is two clients (see `proveOneClient` for how far that goes).
 * The order of files does not show in the document.
 */
export function compileRegistry(source: RegistrySource): Compilation {
  const problems: Problem[] = [];
  const report: Report = (problem) => problems.push(problem);
  const authorities = [...source.authorities]
    .sort(byName)
    .map((authority) => compileAuthority(authority, report))
    .filter((authority) => authority !== undefined);
  const byAuthority = new Map(authorities.map((authority) => [authority.document.name, authority]));
  proveCaNames(authorities, report);
  if (source.deployed !== undefined) proveRoutes(source.deployed, report);

  const conditions = conditionCompiler(source.tokenIssuers, report);
  const owned: OwnedIdentity[] = [];
  const proveRules = source.deployed === undefined ? undefined : ruleProver(source.deployed.routes, report);
  const clients = [...source.clients].sort(byName).map((client) => {
    if (source.deployed !== undefined) {
      proveRules?.(client);
      proveTier(client, source.deployed.tierNames, report);
    }
    const identities = client.identities
      .map((identity) => compileIdentity(client.name, identity, authorities, source, report))
      .filter((identity) => identity !== undefined);
    owned.push(...identities);
    proveValidity(client, identities, byAuthority, report);
    proveConditions(client, source.tokenIssuers, report);
    return clientDocument(
      client,
      identities.map(({ identity }) => identity),
      conditions.compile(client.require),
    );
  });
  provePinned(owned, byAuthority, report);
  proveOneClient(owned, authorities, report);
  const compiledRoutes = (source.deployed?.routes ?? []).map((route) => ({
    source: route,
    require: conditions.compile(route.require),
  }));
  proveRouteConditions(compiledRoutes, report);
  const routes = compiledRoutes.map(({ source: route, require }) => ({
    match: route.match.value.text,
    connection: route.connection.value,
    to: route.to?.value,
    admits: route.admits,
    require,
    ...(route.replaces ? { replaces: true as const } : {}),
    at: route.place,
  }));
  const tokenIssuers = conditions.tokenIssuers();
  return {
    document: {
      format: REGISTRY_FORMAT,
      front: source.front,
      authorities: authorities.map((authority) => authority.document),
      clients,
      routes,
      ...(tokenIssuers === undefined ? {} : { tokenIssuers }),
    },
    problems,
  };
}

/** By code unit, so that the order does not depend on a locale. */
function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function proveTier(client: ClientSource, tiers: ReadonlySet<string>, report: Report): void {
  if (client.tier === undefined || tiers.has(client.tier.value)) return;
  report({
    code: 'tier_unknown',
    message: 'this tier is not in sallyport.yaml',
    place: client.tier.place,
    found: client.tier.value,
    allowed: tiers.size === 0 ? 'no tier: sallyport.yaml has none' : [...tiers].join(', '),
    remedy:
      tiers.size === 0
        ? `remove the line, or add ${client.tier.value} under tiers in sallyport.yaml, with perSecond and burst`
        : lineMeant('tier', client.tier.value, tiers),
  });
}

function compileIdentity(
  client: string,
  identity: IdentitySource,
  authorities: readonly CompiledAuthority[],
  source: RegistrySource,
  report: Report,
): OwnedIdentity | undefined {
  const { place } = identity;
  if (identity.kind === 'certificate') {
    const pinned = pinnedCertificate(identity.pem, place, authorities, source, report);
    if (pinned === undefined) return undefined;
    const { certificate } = pinned;
    const base64 = Buffer.from(certificate.der).toString('base64');
    return {
      client,
      place,
      certificate,
      identity: { kind: 'certificate', certificate: base64, sha256: certificate.sha256 },
    };
  }
  const { authority } = identity;
  if (authority !== undefined && !source.authorityNames.has(authority.value)) {
    const known = [...source.authorityNames].sort();
    report({
      code: 'authority_unknown',
      message: 'there is no such authority',
      place: authority.place,
      found: authority.value,
      allowed: known.length === 0 ? 'a name under truststore/authorities' : known.join(', '),
      remedy:
        lineMeant('authority', authority.value, known) ??
        `add truststore/authorities/${authority.value}.pem and ${authority.value}.yaml, or name another authority`,
    });
    return undefined;
  }
  return { client, place, identity: namedIdentity(identity) };
}

function namedIdentity(identity: Exclude<IdentitySource, { kind: 'certificate' }>): IdentityDocument {
  switch (identity.kind) {
    case 'subject':
      return {
        kind: 'subject',
        authority: identity.authority.value,
        subject: formatName(identity.subject),
        subjectKey: identity.subject.key,
      };
    case 'san':
    case 'san-glob':
      return { kind: identity.kind, authority: identity.authority.value, san: identity.san } as IdentityDocument;
    case 'subject-glob':
      return {
        kind: 'subject-glob',
        authority: identity.authority.value,
        subject: formatName(identity.subject),
        ...cutSubjectGlob(identity.subject),
      };
    case 'key':
      return { kind: 'key', spkiSha256: identity.spkiSha256, authority: identity.authority?.value };
  }
}

function pinnedCertificate(
  pem: { readonly file: string; readonly text: string },
  place: Place,
  authorities: readonly CompiledAuthority[],
  source: RegistrySource,
  report: Report,
): PlacedCertificate | undefined {
  const certificates = readCertificates(pem, report);
  const [pinned, second] = certificates ?? [];
  if (certificates === undefined) return undefined;
  if (pinned === undefined || second !== undefined) {
    report({
      code: 'one_certificate',
      message: `${pem.file} must hold exactly one certificate`,
      place: second?.place ?? { file: pem.file, line: 1, column: 1 },
      found: `${certificates.length}`,
      allowed: "one: the client's own",
      remedy: "keep the client's certificate; its CAs belong into an authority",
    });
    return undefined;
  }
  const { certificate } = pinned;
  if (certificate.basicConstraints?.ca === true) {
    report({
      code: 'pinned_ca',
      message: 'this is a CA certificate, which no client may connect with',
      place: pinned.place,
      found: `${formatName(certificate.subject)} with basicConstraints CA:TRUE`,
      allowed: "the client's own end-entity certificate",
      remedy:
        'openssl req -x509 makes a CA unless told otherwise: have it made with -addext basicConstraints=critical,CA:FALSE',
    });
    return undefined;
  }
  const issued = authorities.some((authority) =>
    authority.certificates.some((ca) => ca.certificate.subject.key === certificate.issuer.key),
  );
  // With a broken authority in the folder the issuer may be there: that mistake comes first.
  const allRead = authorities.length === source.authorityNames.size;
  if (!issued && allRead && !isSelfSigned(certificate)) {
    report({
      code: 'certificate_unreachable',
      message: 'no authority holds the CA that issued this certificate, so API Gateway would refuse it',
      place,
      found: `issued by ${formatName(certificate.issuer)}`,
      allowed: 'a self-signed certificate, or one issued by a CA of an authority',
      remedy: `add an authority with the chain of ${formatName(certificate.issuer)}`,
    });
    return undefined;
  }
  return pinned;
}

function clientDocument(
  client: ClientSource,
  identities: readonly IdentityDocument[],
  require: ClientDocument['require'],
): ClientDocument {
  return {
    name: client.name,
    contact: client.contact,
    identities,
    allow: client.allow.map(({ value, place }) => ({ pattern: value.text, at: place })),
    addresses: client.addresses?.map(({ value }) => value.text),
    ...(client.addresses?.[0] === undefined ? {} : { addressesAt: client.addresses[0].place }),
    validFrom: client.validFrom?.value,
    validUntil: client.validUntil?.value,
    tier: client.tier?.value,
    require,
    at: client.place,
  };
}
