import type { Place } from '../../core/problem.ts';
import { covers, parsePattern } from '../../core/request/pattern.ts';
import type { Certificate } from '../../core/x509/certificate.ts';
import { type Forward, hasAddressesOf, type Part, patternOf } from './part.ts';

/** Something that a person has to know of an import. */
export interface Note {
  /**
   * changed = it means something else now, never more · left-out = it was not taken over · to-do = the front does not
   * compile until somebody has done it.
   */
  readonly kind: 'changed' | 'left-out' | 'to-do';
  readonly text: string;
  readonly place?: Place;
}

/** What another product's configuration says, in our words: never more than it admitted. */
export interface Imported {
  readonly host?: string;
  readonly connections: readonly ImportedConnection[];
  readonly routes: readonly ImportedRoute[];
  readonly authorities: readonly ImportedAuthority[];
  /** Only those whose identity is certain. */
  readonly clients: readonly ImportedClient[];
  readonly notes: readonly Note[];
}

export type ImportedConnection = Omit<Forward, 'to'>;

export interface ImportedRoute {
  readonly match: string;
  readonly connection: string;
  readonly to?: string;
  /** What the source asked there: a condition of the route, so that it holds for whoever is registered later. */
  readonly addresses?: readonly string[];
  /** The source asked less there than around it: conditions of other routes do not hold, as they did not. */
  readonly replaces?: true;
}

export interface ImportedAuthority {
  readonly name: string;
  readonly cas: readonly Certificate[];
  /** Subjects or SHA-256; absent: those that issue no other CA of the file. */
  readonly issuers?: readonly string[];
  /** Empty lists do not compile: the source looked at some, and their addresses have to be written. */
  readonly revocation: { readonly none: string } | { readonly lists: readonly [] };
}

export interface ImportedClient {
  readonly name: string;
  readonly authority: string;
  /** RFC 4514 as we write it. */
  readonly subject: string;
  readonly allow: readonly string[];
}

/** Where the parts' requests go: a connection for each different way, a route for each part. */
export function routesOf(parts: readonly Part[]): Pick<Imported, 'connections' | 'routes'> {
  const connections = new Map<string, ImportedConnection>();
  const routes = parts.flatMap((part): ImportedRoute[] => {
    const match = patternOf(part)?.text;
    if (part.forward === undefined || match === undefined) return [];
    const { to, ...way } = part.forward;
    const key = JSON.stringify({ ...way, name: '' });
    const taken = new Set([...connections.values()].map(({ name }) => name));
    const connection = connections.get(key) ?? { ...way, name: nameFrom(way.name, taken, 'backend') };
    connections.set(key, connection);
    return [{ match, connection: connection.name, to, addresses: part.addresses }];
  });
  return {
    connections: [...connections.values()],
    routes: routes.map((route) =>
      routes.some((other) => isReplaced(other, route)) ? { ...route, replaces: true } : route,
    ),
  };
}

/** Whether conditions of `other` would hold for what `route` forwards, although the source did not ask them there. */
function isReplaced(other: ImportedRoute, route: ImportedRoute): boolean {
  if (other === route || hasAddressesOf(other.addresses, route.addresses)) return false;
  const anyOf = ({ match }: ImportedRoute) => parsePattern(match.replace(/^\S+/, 'ANY'));
  const moves = other.to !== undefined || route.to !== undefined;
  return covers(anyOf(other), anyOf(route)) || (moves && other.connection === route.connection);
}

/** What happens with headers of callers, and with values that the source had in its files. */
export function headerNotes(connections: readonly ImportedConnection[]): readonly Note[] {
  return connections.flatMap(({ name, strip, secrets }): Note[] => [
    ...(strip.length === 0
      ? []
      : [
          {
            kind: 'changed' as const,
            text: `connection ${name}: a caller's own ${strip.join(', ')} never come through, as the source wrote or cleared them`,
          },
        ]),
    ...(secrets.length === 0
      ? []
      : [
          {
            kind: 'to-do' as const,
            text: `connection ${name}: the source sent a value of its own in ${secrets.join(', ')}, which was not copied: sallyport secret set ${name}, and write the credential of the connection; without it this does not compile`,
          },
        ]),
  ]);
}

/** Where the source let in whoever had a certificate: each is registered here, and nobody is until then. */
export function anyClientNotes(
  why: string,
  allow: readonly string[],
  clients: readonly ImportedClient[],
): readonly Note[] {
  if (allow.length === 0) return [];
  const rules = allow.map((pattern) => `--allow "${pattern}"`).join(' ');
  const text = `${why}. Here each is registered: ask for the certificates, then for each: sallyport client add NAME --from FILE ${rules}`;
  return [{ kind: clients.length === 0 ? 'to-do' : 'left-out', text }];
}

/** A name that is free among `taken`, from any text. */
export function nameFrom(text: string, taken: ReadonlySet<string>, otherwise: string): string {
  const base =
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+/, '')
      .slice(0, 56)
      .replace(/-+$/, '') || otherwise;
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}
