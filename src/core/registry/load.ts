import { dayMilliseconds } from '../day.ts';
import { type Place, refuse } from '../problem.ts';
import { type AddressRange, parseAddressRange } from '../request/address.ts';
import type { RequestPath } from '../request/path.ts';
import { compareSpecificity, type Pattern, parsePattern } from '../request/pattern.ts';
import { PatternTrie } from '../request/pattern-trie.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import {
  type AuthorityDocument,
  type ClientDocument,
  documentId,
  type IdentityDocument,
  REGISTRY_FORMAT,
  type RegistryDocument,
  type RouteDocument,
} from './document.ts';
import { IdentityIndex } from './identity-index.ts';
import { isSelfSigned } from './issuer.ts';
import type { Authority, Client, Identity, Registry, Route, Rule } from './registry.ts';
import { RouteTable } from './route-table.ts';

/**
 * A compiled document → the value that decisions are made with. Names are not parsed; pinned
 * certificates, rules and addresses are parsed on first use, so the cost is that of the indexes.
 *
 * `knownId` spares the hash for whoever has just checked it.
 *
 * @throws ProblemError `registry_damaged` when the document is not one that `compileRegistry` wrote
 */
export function loadRegistry(document: RegistryDocument, knownId?: string): Registry {
  const { format } = document;
  if (format !== REGISTRY_FORMAT) refuseFormat(format);
  const authorities = new Map<string, Authority>();
  const withdrawnAuthorities = new Map<string, Authority>();
  const byIssuerName = new Map<string, Authority[]>();
  for (const each of document.authorities) {
    const authority = loadAuthority(each);
    (each.withdrawn === true ? withdrawnAuthorities : authorities).set(authority.name, authority);
    if (each.withdrawn === true) continue;
    for (const subjectKey of new Set(authority.certificates.map((ca) => ca.subject.key))) {
      append(byIssuerName, subjectKey, authority);
    }
  }
  const parsers = { pattern: memo(parsePattern), range: memo(parseAddressRange), day: memo(dayStart) };
  const clients = new Map<string, Client>();
  const index = new IdentityIndex();
  for (const each of document.clients) {
    const client = new LoadedClient(each, parsers);
    clients.set(client.name, client);
    for (const identity of client.identities) index.add({ client, identity });
  }
  const routes = document.routes
    .map((route, position) => loadRoute(route, position, parsers))
    .sort((a, b) => compareSpecificity(a.pattern, b.pattern));
  const forwarding = routes.filter(({ withdrawn }) => !withdrawn);
  const table = new RouteTable<Route>(
    forwarding,
    routes.filter(({ withdrawn }) => withdrawn),
  );
  let id = knownId;
  return {
    get id() {
      id ??= documentId(document);
      return id;
    },
    front: document.front,
    authorities,
    withdrawnAuthorities,
    clients,
    routes: forwarding,
    routeFor: (method, path) => table.find(method, path),
    requirementsOf: (method, path, route) => table.asking(method, path, route).flatMap(({ require }) => require),
    tokenIssuers: new Map((document.tokenIssuers ?? []).map((issuer) => [issuer.name, issuer])),
    authoritiesIssuing: (leaf) => byIssuerName.get(leaf.issuer.key) ?? [],
    candidates: (leaf) => index.find(leaf),
  };
}

function loadRoute(
  document: RouteDocument,
  position: number,
  parsers: Parsers,
): Route & { readonly withdrawn: boolean } {
  return {
    id: `route-${position + 1}`,
    pattern: parsers.pattern(document.match),
    connection: document.connection,
    to: document.to,
    admits: document.admits,
    require: loadRequire(document.require, parsers),
    replaces: document.replaces === true,
    withdrawn: document.withdrawn === true,
    at: document.at,
  };
}

function loadAuthority(document: AuthorityDocument): Authority {
  const certificates = document.certificates.map((base64) => parseCertificate(Buffer.from(base64, 'base64')));
  const named = (sha256: string): Certificate =>
    certificates.find((certificate) => certificate.sha256 === sha256) ??
    damaged(`${sha256} in ${document.name}`, 'a certificate of the authority');
  return {
    name: document.name,
    certificates,
    anchors: document.anchors.map(named),
    issuers: document.issuers.map(named),
    revocation: document.revocation,
    at: document.at,
  };
}

/** A class: as object literals with getters of their own, 100,000 clients took more than twice as long to load. */
class LoadedClient implements Client {
  readonly name: string;
  readonly contact: string | undefined;
  readonly identities: readonly Identity[];
  readonly validFrom: number | undefined;
  readonly validUntil: number | undefined;
  readonly tier: string | undefined;
  readonly at: Place;
  readonly addressesAt: Place | undefined;
  readonly #document: ClientDocument;
  readonly #parsers: Parsers;
  #rules: readonly Rule[] | undefined;
  #ruleTrie: PatternTrie<Rule> | undefined;
  #addresses: readonly AddressRange[] | undefined;
  #require: Client['require'] | undefined;

  constructor(document: ClientDocument, parsers: Parsers) {
    this.name = document.name;
    this.contact = document.contact;
    this.identities = document.identities.map(loadIdentity);
    this.validFrom = document.validFrom === undefined ? undefined : parsers.day(document.validFrom);
    this.validUntil =
      document.validUntil === undefined ? undefined : parsers.day(document.validUntil) + dayMilliseconds - 1;
    this.tier = document.tier;
    this.at = document.at;
    this.addressesAt = document.addressesAt;
    this.#document = document;
    this.#parsers = parsers;
  }

  /** Parsed on first use: of 100,000 clients a sandbox sees a few. */
  get rules(): readonly Rule[] {
    this.#rules ??= this.#document.allow.map((rule, position) => ({
      id: `allow-${position + 1}`,
      pattern: this.#parsers.pattern(rule.pattern),
      at: rule.at,
    }));
    return this.#rules;
  }

  ruleFor(method: string, path: RequestPath): Rule | undefined {
    this.#ruleTrie ??= new PatternTrie(this.rules, ({ pattern }) => pattern);
    return this.#ruleTrie.first(method, path);
  }

  get addresses(): readonly AddressRange[] | undefined {
    this.#addresses ??= this.#document.addresses?.map(this.#parsers.range);
    return this.#addresses;
  }

  get require(): Client['require'] {
    this.#require ??= loadRequire(this.#document.require, this.#parsers);
    return this.#require;
  }
}

function loadRequire(require: ClientDocument['require'], { range }: Parsers): Client['require'] {
  return (require ?? []).map(({ any, at }) => ({
    any: any.map((condition) => ('addresses' in condition ? { addresses: condition.addresses.map(range) } : condition)),
    at,
  }));
}

/** Each remembers what it has parsed: clients share patterns, ranges and days. */
interface Parsers {
  readonly pattern: (text: string) => Pattern;
  readonly range: (text: string) => AddressRange;
  readonly day: (text: string) => number;
}

function loadIdentity(document: IdentityDocument): Identity {
  if (document.kind !== 'certificate') return document;
  let parsed: Certificate | undefined;
  return {
    kind: 'certificate',
    withdrawn: document.withdrawn,
    sha256: document.sha256,
    get certificate() {
      parsed ??= parseCertificate(Buffer.from(document.certificate, 'base64'));
      return parsed;
    },
  };
}

function dayStart(day: string): number {
  const at = Date.parse(`${day}T00:00:00.000Z`);
  return Number.isNaN(at) ? damaged(`day ${day}`, 'YYYY-MM-DD') : at;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

function memo<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const value = known.get(text) ?? parse(text);
    known.set(text, value);
    return value;
  };
}

function refuseFormat(format: number): never {
  const older = format === 1 || format === 2;
  return refuse({
    code: 'registry_format',
    message: older
      ? 'the compiled registry is of an older format, in which the conditions of routes meant less'
      : 'the compiled registry is of a format that is not known here',
    found: `format ${String(format)}`,
    allowed: `format ${REGISTRY_FORMAT}`,
    remedy: older
      ? 'publish again from the files: sallyport publish'
      : 'read it with the release of Sallyport that wrote it',
  });
}

function damaged(found: string, allowed: string): never {
  return refuse({
    code: 'registry_damaged',
    message: 'the compiled registry is damaged',
    found,
    allowed,
    remedy: 'compile it again from the files',
  });
}

/**
 * What the edge trusts: every CA of every authority and the self-signed pinned certificates, each once, in the order of
 * authorities (with the order of their files) and then clients.
 */
export function truststoreOf(registry: Registry): readonly Certificate[] {
  const trusted = new Map<string, Certificate>();
  for (const authority of registry.authorities.values()) {
    for (const certificate of authority.certificates) trusted.set(certificate.sha256, certificate);
  }
  for (const client of registry.clients.values()) {
    for (const identity of client.identities) {
      if (identity.kind === 'certificate' && isSelfSigned(identity.certificate)) {
        trusted.set(identity.sha256, identity.certificate);
      }
    }
  }
  return [...trusted.values()];
}
