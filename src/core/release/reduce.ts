import { canonicalJson } from '../canonical-json.ts';
import type {
  AuthorityDocument,
  ClientDocument,
  IdentityDocument,
  RegistryDocument,
  RevocationDocument,
  TokenIssuerDocument,
} from '../registry/document.ts';
import { parseAddressRange, sharedRanges } from '../request/address.ts';
import { requireOfBoth, routesOfBoth } from './reduce-routes.ts';

/**
 * The live registry minus everything that the desired one takes away: step (a) of a publication. Whatever it allows, the
 * live registry allows, and so does the desired one but for routes (see `routesOfBoth`); what is new waits for step (c).
 * Identities that go stay as `withdrawn`: a certificate that two clients claim must not become one of them in between.
 */
export function reduced(live: RegistryDocument, desired: RegistryDocument): RegistryDocument {
  const authorities = authoritiesOfBoth(live.authorities, desired.authorities);
  const names = new Set(authorities.filter(({ withdrawn }) => withdrawn === undefined).map(({ name }) => name));
  const wanted = new Map(desired.clients.map((client) => [client.name, client]));
  const clients = live.clients.flatMap((client) => {
    const other = wanted.get(client.name);
    return (other === undefined ? undefined : clientOfBoth(client, other, names)) ?? withdrawnClient(client);
  });
  const front = { ...live.front, disclose: live.front.disclose && desired.front.disclose };
  const routes = routesOfBoth(live.routes, desired.routes);
  const asked = tokenIssuersAskedFor([...clients, ...routes]);
  const tokenIssuers = tokenIssuersOfBoth(live.tokenIssuers, desired.tokenIssuers).filter(({ name }) =>
    asked.has(name),
  );
  const { tokenIssuers: _, ...rest } = live;
  return {
    ...rest,
    front,
    authorities,
    clients,
    routes,
    ...(tokenIssuers.length === 0 ? {} : { tokenIssuers }),
  };
}

function authoritiesOfBoth(
  live: readonly AuthorityDocument[],
  desired: readonly AuthorityDocument[],
): readonly AuthorityDocument[] {
  const wanted = new Map(desired.map((authority) => [authority.name, authority]));
  // a publication that begins where one has stopped: what the authority was first is what counts
  const known = new Set(live.filter(({ withdrawn: gone }) => gone === true).map(({ name }) => name));
  return live.flatMap((authority): readonly AuthorityDocument[] => {
    if (authority.withdrawn === true) return [authority];
    const other = wanted.get(authority.name);
    const before = known.has(authority.name) ? [] : [{ ...authority, withdrawn: true } as const];
    if (other === undefined) return before;
    const certificates = authority.certificates.filter((certificate) => other.certificates.includes(certificate));
    const anchors = authority.anchors.filter((anchor) => other.anchors.includes(anchor));
    const issuers = authority.issuers.filter((issuer) => other.issuers.includes(issuer));
    const revocation = stricterRevocation(authority.revocation, other.revocation);
    if (issuers.length === 0) return before;
    const both = { ...authority, certificates, anchors, issuers, revocation };
    return canonicalJson(both) === canonicalJson(authority) ? [authority] : [both, ...before];
  });
}

/** Whoever is refused for revocation under one of the two is refused under this. */
function stricterRevocation(live: RevocationDocument, desired: RevocationDocument): RevocationDocument {
  if ('none' in desired || canonicalJson(live) === canonicalJson(desired)) return live;
  if ('none' in live) return desired;
  const either = (a: string | undefined, b: string | undefined) => (a === 'allow' && b === 'allow' ? 'allow' : 'deny');
  const exempt = Math.min(live.exemptUnderHours ?? 0, desired.exemptUnderHours ?? 0);
  return {
    lists: desired.lists,
    missing: either(live.missing, desired.missing),
    stale: either(live.stale, desired.stale),
    maxAgeHours: Math.min(live.maxAgeHours, desired.maxAgeHours),
    ...(exempt === 0 ? {} : { exemptUnderHours: exempt }),
    ...(either(live.withoutNextUpdate, desired.withoutNextUpdate) === 'allow' ? { withoutNextUpdate: 'allow' } : {}),
  };
}

function clientOfBoth(
  live: ClientDocument,
  desired: ClientDocument,
  authorities: ReadonlySet<string>,
): readonly ClientDocument[] | undefined {
  const wantedIdentities = new Set(desired.identities.map(keyOfIdentity));
  const wantedPatterns = new Set(desired.allow.map((rule) => rule.pattern));
  const stays = (identity: IdentityDocument) =>
    identity.withdrawn === undefined && isHeld(identity, authorities) && wantedIdentities.has(keyOfIdentity(identity));
  const identities = live.identities.map((identity) => (stays(identity) ? identity : withdrawn(identity)));
  const allow = live.allow.filter((rule) => wantedPatterns.has(rule.pattern));
  const addresses = addressesOfBoth(live.addresses, desired.addresses);
  // A client that nothing is left of goes whole: an empty list of addresses must never come to mean "any address".
  if (!live.identities.some(stays) || allow.length === 0 || addresses?.length === 0) return undefined;
  const validFrom = [live.validFrom, desired.validFrom]
    .filter((day) => day !== undefined)
    .sort()
    .at(-1);
  const validUntil = [live.validUntil, desired.validUntil]
    .filter((day) => day !== undefined)
    .sort()
    .at(0);
  const require = requireOfBoth(live.require, desired.require);
  return [
    { ...live, identities, allow, addresses, validFrom, validUntil, ...(require === undefined ? {} : { require }) },
  ];
}

/** Nobody comes in as it any more. */
function withdrawnClient({ name, identities, at }: ClientDocument): readonly ClientDocument[] {
  return [{ name, identities: identities.map(withdrawn), allow: [], at }];
}

function withdrawn(identity: IdentityDocument): IdentityDocument {
  return { ...identity, withdrawn: true };
}

function tokenIssuersAskedFor(owners: readonly Pick<ClientDocument, 'require'>[]): ReadonlySet<string> {
  const conditions = owners.flatMap(({ require }) => require ?? []).flatMap(({ any }) => any);
  return new Set(conditions.flatMap((condition) => ('token' in condition ? [condition.token.issuer] : [])));
}

/** A token that counts under one that both have counts under both. One that only one names is asked for by that one only. */
function tokenIssuersOfBoth(
  live: readonly TokenIssuerDocument[] = [],
  desired: readonly TokenIssuerDocument[] = [],
): readonly TokenIssuerDocument[] {
  const wanted = new Map(desired.map((issuer) => [issuer.name, issuer]));
  const kept = live.map((issuer) => {
    const other = wanted.get(issuer.name);
    if (other === undefined) return issuer;
    const theirs = new Set(other.keys.map((key) => canonicalJson(key)));
    const keys = issuer.issuer === other.issuer ? issuer.keys.filter((key) => theirs.has(canonicalJson(key))) : [];
    return { ...issuer, keys, audiences: issuer.audiences.filter((audience) => other.audiences.includes(audience)) };
  });
  const names = new Set(live.map(({ name }) => name));
  return [...kept, ...desired.filter(({ name }) => !names.has(name))];
}

function isHeld(identity: IdentityDocument, authorities: ReadonlySet<string>): boolean {
  return identity.kind === 'certificate' || identity.authority === undefined || authorities.has(identity.authority);
}

/** undefined is every address. */
function addressesOfBoth(
  live: readonly string[] | undefined,
  desired: readonly string[] | undefined,
): readonly string[] | undefined {
  if (live === undefined || desired === undefined) return live ?? desired;
  return sharedRanges(live.map(parseAddressRange), desired.map(parseAddressRange)).map(({ text }) => text);
}

/** Equal keys ⇔ the same identity, however it was written. */
export function keyOfIdentity(identity: IdentityDocument): string {
  switch (identity.kind) {
    case 'subject':
      return `subject ${identity.authority} ${identity.subjectKey}`;
    case 'san':
      return `san ${identity.authority} ${identity.san.kind} ${identity.san.value}`;
    case 'subject-glob':
      return `subject-glob ${identity.authority} ${identity.space} ${identity.segments.join('\u0000')}`;
    case 'san-glob':
      return `san-glob ${identity.authority} ${identity.san.kind} ${identity.san.value}`;
    case 'certificate':
      return `certificate ${identity.sha256}`;
    case 'key':
      return `key ${identity.authority ?? ''} ${identity.spkiSha256}`;
  }
}

/** Without what is only there to be told apart from: what the registry lets in. */
export function withoutWithdrawn(document: RegistryDocument): RegistryDocument {
  return {
    ...document,
    authorities: document.authorities.filter(({ withdrawn: gone }) => gone === undefined),
    clients: document.clients.flatMap((client) => {
      const identities = client.identities.filter(({ withdrawn: gone }) => gone === undefined);
      return identities.length === 0 ? [] : [{ ...client, identities }];
    }),
    routes: document.routes.filter(({ withdrawn: gone }) => gone === undefined),
  };
}
