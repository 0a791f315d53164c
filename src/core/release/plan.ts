import { canonicalJson } from '../canonical-json.ts';
import type { Place } from '../problem.ts';
import {
  type AuthorityDocument,
  type ClientDocument,
  documentId,
  type IdentityDocument,
  type RegistryDocument,
  type RouteDocument,
  type TokenIssuerDocument,
} from '../registry/document.ts';
import type { Identity } from '../registry/registry.ts';
import type { DeployedDigests } from './deployed.ts';
import { digestOf } from './manifest.ts';
import { keyOfIdentity, reduced, withoutWithdrawn } from './reduce.ts';

export interface Change {
  readonly kind: 'addition' | 'removal' | 'change';
  /** Data, or something that only a deploy of the stacks changes. */
  readonly by: 'publish' | 'deploy';
  /** What it is about: `client acme`, `authority acme-ca`, `route GET /orders`, `connection erp`, `front`. */
  readonly subject: string;
  /** What of it, for people: `rule GET /orders/**`; empty for the whole. */
  readonly detail: string;
  readonly before?: string;
  readonly after?: string;
  /** Where it stands in the files; a removal has no place. */
  readonly at?: Place;
}

export interface Plan {
  readonly changes: readonly Change[];
  /** Whether anything is taken away, so that the reduced registry goes live before the edge changes. */
  readonly reduces: boolean;
}

export interface PlanSide {
  readonly document: RegistryDocument;
  /** Absent: not known, and not compared. */
  readonly deployed?: DeployedDigests;
}

/** What a publication (and a deploy) of `desired` would change. Where a line stands in a file is no change. */
export function plan(live: PlanSide, desired: PlanSide): Plan {
  // between two registries: what is withdrawn is gone already, and comes again if it is wanted
  const before = withoutWithdrawn(live.document);
  const after = desired.document;
  const changes = [
    ...frontChanges(before, after),
    ...compared('authority', before.authorities, after.authorities, (authority) => authority.name, authorityChanges),
    ...compared('client', before.clients, after.clients, (client) => client.name, clientChanges),
    ...compared('route', before.routes, after.routes, (route) => route.match, routeChanges),
    ...compared(
      'token issuer',
      before.tokenIssuers ?? [],
      after.tokenIssuers ?? [],
      (issuer) => issuer.name,
      tokenIssuerChanges,
    ),
    ...deployedChanges(live.deployed, desired.deployed),
  ];
  return { changes, reduces: documentId(reduced(live.document, after)) !== documentId(live.document) };
}

type Detail = Omit<Change, 'by' | 'subject' | 'at'>;

function compared<T extends { readonly at: Place }>(
  what: string,
  live: readonly T[],
  desired: readonly T[],
  keyOf: (entry: T) => string,
  detailsOf: (live: T, desired: T) => readonly Detail[],
): readonly Change[] {
  const before = new Map(live.map((entry) => [keyOf(entry), entry]));
  const after = new Map(desired.map((entry) => [keyOf(entry), entry]));
  const gone = [...before.keys()].filter((key) => !after.has(key));
  return [
    ...gone.map((key): Change => ({ kind: 'removal', by: 'publish', subject: `${what} ${key}`, detail: '' })),
    ...[...after].flatMap(([key, entry]): readonly Change[] => {
      const old = before.get(key);
      const shared = { by: 'publish', subject: `${what} ${key}`, at: entry.at } as const;
      if (old === undefined) return [{ ...shared, kind: 'addition', detail: '' }];
      return detailsOf(old, entry).map((detail) => ({ ...shared, ...detail }));
    }),
  ];
}

function authorityChanges(live: AuthorityDocument, desired: AuthorityDocument): readonly Detail[] {
  const describe = (certificate: string) => `CA certificate ${digestOf(Buffer.from(certificate, 'base64')).sha256}`;
  return [
    ...setChanges(live.certificates, desired.certificates, describe),
    ...setChanges(live.issuers, desired.issuers, (issuer) => `issuer ${issuer}`),
    ...valueChange('revocation', live.revocation, desired.revocation),
  ];
}

function clientChanges(live: ClientDocument, desired: ClientDocument): readonly Detail[] {
  const described = new Map(
    [...live.identities, ...desired.identities].map((identity) => [
      keyOfIdentity(identity),
      describeIdentity(identity),
    ]),
  );
  return [
    ...setChanges(
      live.identities.map(keyOfIdentity),
      desired.identities.map(keyOfIdentity),
      (key) => described.get(key) ?? key,
    ),
    ...setChanges(
      live.allow.map((rule) => rule.pattern),
      desired.allow.map((rule) => rule.pattern),
      (pattern) => `rule ${pattern}`,
    ),
    ...valueChange('addresses', live.addresses, desired.addresses),
    ...valueChange('validFrom', live.validFrom, desired.validFrom),
    ...valueChange('validUntil', live.validUntil, desired.validUntil),
    ...valueChange('require', conditionsOf(live), conditionsOf(desired)),
    ...valueChange('tier', live.tier, desired.tier),
    ...valueChange('contact', live.contact, desired.contact),
  ];
}

function routeChanges(live: RouteDocument, desired: RouteDocument): readonly Detail[] {
  return [
    ...valueChange('connection', live.connection, desired.connection),
    ...valueChange('to', live.to, desired.to),
    ...valueChange('require', conditionsOf(live), conditionsOf(desired)),
    ...valueChange('replaces', live.replaces, desired.replaces),
    ...setChanges(live.admits, desired.admits, (admission) => `admits ${admission}`),
  ];
}

/** Without the place: where a condition is written is no change. */
function conditionsOf({ require }: Pick<ClientDocument, 'require'>) {
  return require?.map(({ any }) => any);
}

function tokenIssuerChanges(live: TokenIssuerDocument, desired: TokenIssuerDocument): readonly Detail[] {
  const keyOf = (key: TokenIssuerDocument['keys'][number]) => canonicalJson(key);
  const described = new Map([...live.keys, ...desired.keys].map((key) => [keyOf(key), `key ${key.kid ?? key.alg}`]));
  return [
    ...valueChange('issuer', live.issuer, desired.issuer),
    ...setChanges(live.audiences, desired.audiences, (audience) => `audience ${audience}`),
    ...setChanges(live.keys.map(keyOf), desired.keys.map(keyOf), (key) => described.get(key) ?? key),
  ];
}

function frontChanges(live: RegistryDocument, desired: RegistryDocument): readonly Change[] {
  const members = ['label', 'stage', 'support', 'disclose'] as const;
  return members.flatMap((member) =>
    valueChange(member, live.front[member], desired.front[member]).map(
      (detail): Change => ({ by: 'publish', subject: 'front', ...detail }),
    ),
  );
}

function deployedChanges(live?: DeployedDigests, desired?: DeployedDigests): readonly Change[] {
  if (live === undefined || desired === undefined) return [];
  const each = (what: string, before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) =>
    [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((name): readonly Change[] => {
      const shared = { by: 'deploy', subject: `${what} ${name}`, detail: '' } as const;
      if (before[name] === after[name]) return [];
      if (before[name] === undefined) return [{ ...shared, kind: 'addition' }];
      return [{ ...shared, kind: after[name] === undefined ? 'removal' : 'change' }];
    });
  const whole = (what: string, before: string | undefined, after: string | undefined): readonly Change[] =>
    before === after ? [] : [{ kind: 'change', by: 'deploy', subject: what, detail: '' }];
  return [
    ...each('connection', live.connections, desired.connections),
    ...each('tier', live.tiers, desired.tiers),
    ...whole('domain', live.domain, desired.domain),
    ...whole('egress', live.egress, desired.egress),
  ];
}

function setChanges(
  live: readonly string[],
  desired: readonly string[],
  describe: (member: string) => string,
): Detail[] {
  return [
    ...live
      .filter((member) => !desired.includes(member))
      .map((gone) => ({ kind: 'removal' as const, detail: describe(gone) })),
    ...desired
      .filter((member) => !live.includes(member))
      .map((come) => ({ kind: 'addition' as const, detail: describe(come) })),
  ];
}

function valueChange(detail: string, live: unknown, desired: unknown): Detail[] {
  const before = live === undefined ? undefined : canonicalJson(live);
  const after = desired === undefined ? undefined : canonicalJson(desired);
  return before === after ? [] : [{ kind: 'change', detail, before, after }];
}

/** For people. */
export function describeIdentity(identity: IdentityDocument | Identity): string {
  switch (identity.kind) {
    case 'subject':
      return `subject ${identity.subject} of ${identity.authority}`;
    case 'san':
      return `${identity.san.kind} name ${identity.san.value} of ${identity.authority}`;
    case 'subject-glob':
      return `subjects ${identity.subject} of ${identity.authority}`;
    case 'san-glob':
      return `${identity.san.kind} names ${identity.san.value} of ${identity.authority}`;
    case 'certificate':
      return `certificate ${identity.sha256}`;
    case 'key':
      return `key ${identity.spkiSha256}${identity.authority === undefined ? '' : ` of ${identity.authority}`}`;
  }
}
