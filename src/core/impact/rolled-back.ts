import { refuse } from '../problem.ts';
import type { ClientDocument, RegistryDocument, RouteDocument } from '../registry/document.ts';
import { plan } from '../release/plan.ts';
import { reduced, withoutWithdrawn } from '../release/reduce.ts';
import { requireOfBoth } from '../release/reduce-routes.ts';

/** What a rollback brings, and what of the old release it leaves out because it was taken away since. */
export interface RolledBack {
  readonly document: RegistryDocument;
  /** Each by the name that lets it in again: `client acme`, `authority acme-ca`, `route GET /orders`. */
  readonly leftOut: readonly string[];
}

/**
 * An older release, minus everything that was removed or narrowed since: what both it and the live one allow. Additions since
 * are taken back, and where requests go is as it was; nobody comes back but by name.
 *
 * @param readmit names of clients and authorities, matches of routes: each stands as it was in the older release
 * @throws ProblemError `readmit_unknown`, `authority_unknown`
 */
export function rolledBack(
  older: RegistryDocument,
  live: RegistryDocument,
  readmit: readonly string[] = [],
): RolledBack {
  const [was, is] = [withoutWithdrawn(older), withoutWithdrawn(live)];
  const both = withoutWithdrawn(reduced(is, was));
  const meet = { ...both, routes: routesOf(was.routes, is.routes) };
  const left = leftOutOf(meet, was);
  const named = (what: string, name: string) =>
    readmit.includes(name) || readmit.includes(`${what} ${name}`) ? left.includes(`${what} ${name}`) : false;
  checkNames(readmit, left);
  const document: RegistryDocument = {
    ...meet,
    authorities: withEntries(
      meet.authorities,
      was.authorities,
      ({ name }) => name,
      (name) => named('authority', name),
    ),
    clients: withEntries(
      meet.clients,
      was.clients,
      ({ name }) => name,
      (name) => named('client', name),
    ),
    routes: withEntries(
      meet.routes,
      was.routes,
      ({ match }) => match,
      (match) => named('route', match),
    ),
  };
  const held = new Set(document.authorities.map(({ name }) => name));
  for (const client of document.clients) checkAuthorities(client, held);
  const full = withTokenIssuers(document, is, was);
  return { document: full, leftOut: leftOutOf(full, was) };
}

/**
 * Routes of both, going where they went. One that has come since goes, unless it asks for something: without it, its
 * requests would be asked for less than they are today.
 */
function routesOf(was: readonly RouteDocument[], is: readonly RouteDocument[]): readonly RouteDocument[] {
  const old = new Map(was.map((route) => [route.match, route]));
  return is.flatMap((route): readonly RouteDocument[] => {
    const before = old.get(route.match);
    if (before === undefined) return (route.require ?? []).length > 0 ? [route] : [];
    const require = requireOfBoth(route.require, before.require);
    const { replaces: _, require: __, ...rest } = before;
    return [
      {
        ...rest,
        admits: before.admits.filter((each) => route.admits.includes(each)),
        ...(require === undefined ? {} : { require }),
        ...(before.replaces === true && route.replaces === true ? { replaces: true } : {}),
      },
    ];
  });
}

/** What the older release has and this one lacks, or has less of. */
function leftOutOf(document: RegistryDocument, was: RegistryDocument): readonly string[] {
  const subjects = plan({ document }, { document: was })
    .changes.filter(({ subject }) => /^(?:client|authority|route) /.test(subject))
    .map(({ subject }) => subject);
  // a route that has stayed because of what it asks is no loss of the older release
  const matches = new Set(was.routes.map(({ match }) => `route ${match}`));
  return [...new Set(subjects)].filter((subject) => !subject.startsWith('route ') || matches.has(subject));
}

function withEntries<T>(
  own: readonly T[],
  older: readonly T[],
  nameOf: (entry: T) => string,
  isWanted: (name: string) => boolean,
): readonly T[] {
  const wanted = new Map(older.filter((entry) => isWanted(nameOf(entry))).map((entry) => [nameOf(entry), entry]));
  const names = new Set(own.map(nameOf));
  return [
    ...own.map((entry) => wanted.get(nameOf(entry)) ?? entry),
    ...[...wanted.values()].filter((entry) => !names.has(nameOf(entry))),
  ];
}

function checkNames(readmit: readonly string[], left: readonly string[]): void {
  for (const name of readmit) {
    if (left.some((subject) => subject === name || subject.slice(subject.indexOf(' ') + 1) === name)) continue;
    refuse({
      code: 'readmit_unknown',
      message: 'nothing of this name was taken away since that release',
      found: name,
      allowed:
        left.map((subject) => subject.slice(subject.indexOf(' ') + 1)).join(', ') || 'none: nothing was taken away',
    });
  }
}

function checkAuthorities({ name, identities, at }: ClientDocument, held: ReadonlySet<string>): void {
  for (const identity of identities) {
    if (identity.kind === 'certificate' || identity.authority === undefined || held.has(identity.authority)) continue;
    refuse({
      code: 'authority_unknown',
      message: `${name} is known by an authority that was taken away since`,
      place: at,
      found: identity.authority,
      allowed: [...held].join(', '),
      remedy: `add --readmit ${identity.authority}, if its CAs may come back, too`,
    });
  }
}

/** Whoever is asked for a token is asked for one of today's issuer. */
function withTokenIssuers(document: RegistryDocument, is: RegistryDocument, was: RegistryDocument): RegistryDocument {
  const asked = new Set(
    [...document.clients, ...document.routes]
      .flatMap(({ require = [] }) => require)
      .flatMap(({ any }) => any.flatMap((one) => ('token' in one ? [one.token.issuer] : []))),
  );
  const { tokenIssuers = [], ...rest } = document;
  const known = new Map(
    [...(was.tokenIssuers ?? []), ...(is.tokenIssuers ?? []), ...tokenIssuers].map((issuer) => [issuer.name, issuer]),
  );
  const found = [...known.values()].filter(({ name }) => asked.has(name));
  return found.length === 0 ? rest : { ...rest, tokenIssuers: found };
}
