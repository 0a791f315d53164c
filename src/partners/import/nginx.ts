import { covers, intersects, parsePattern } from '../../core/request/pattern.ts';
import type { Certificate } from '../../core/x509/certificate.ts';
import { formatName } from '../../core/x509/name.ts';
import type { DnCheck } from './dn-check.ts';
import { type Imported, type ImportedAuthority, type ImportedClient, type Note, nameFrom } from './imported.ts';
import { backendsOf } from './nginx-backends.ts';
import { type Checks, checksOf, harmless, type Location, locationOf, patternOf } from './nginx-location.ts';
import { type Mapped, mapsOf, meaningOfIf } from './nginx-subjects.ts';
import type { Directive } from './nginx-syntax.ts';

/** The CA certificates of a file that the configuration names; undefined when it is not there. */
export type ReadCas = (path: string) => readonly Certificate[] | undefined;

/**
 * The server with client certificates of an nginx configuration, never admitting more than it did: whatever a location
 * asks that cannot be said here leaves it out, and everything that contains it.
 */
export function importNginx(directives: readonly Directive[], readCas: ReadCas): Imported {
  const all = flat(directives);
  const notes: Note[] = [];
  const servers = all.filter(({ name }) => name === 'server').filter(({ block }) => block !== undefined);
  const guarded = servers.filter(({ block = [] }) => {
    const whole = [...block, ...inherited(block, all)];
    return ['ssl_client_certificate', 'ssl_verify_client'].some((name) => argOf(whole, name) !== undefined);
  });
  const [server, ...others] = guarded;
  if (server === undefined) {
    notes.push({
      kind: 'to-do',
      text: 'no server asks for client certificates (ssl_client_certificate, ssl_verify_client): nothing was taken over',
    });
    return { connections: [], routes: [], authorities: [], clients: [], notes };
  }
  for (const { place } of others) {
    notes.push({
      kind: 'left-out',
      text: 'another server with client certificates: import it into a folder of its own',
      place,
    });
  }
  return importServer(server, all, readCas, notes);
}

function flat(directives: readonly Directive[]): readonly Directive[] {
  return directives.flatMap((one) => (one.name === 'http' ? (one.block ?? []) : [one]));
}

const argOf = (block: readonly Directive[], name: string) => block.find((one) => one.name === name)?.args[0];

/** What stands in `http` counts in a server that does not say it itself; lists of addresses go together. */
function inherited(block: readonly Directive[], all: readonly Directive[]): readonly Directive[] {
  const own = new Set(block.map(({ name }) => name));
  const above = all.filter((one) => asks(one) || one.name.startsWith('ssl_'));
  const hasOwnList = own.has('allow') || own.has('deny');
  return above.filter(({ name }) => (name === 'allow' || name === 'deny' ? !hasOwnList : !own.has(name)));
}

/** What may decide about a request: everything that is not known to be harmless, and no part of the layout. */
function asks({ name }: Directive): boolean {
  if (/^(?:allow|deny|satisfy)$/.test(name)) return true;
  return !harmless.test(name) && !layout.has(name);
}

const layout = new Set([
  'server',
  'upstream',
  'map',
  'geo',
  'events',
  'http',
  'location',
  'limit_except',
  'split_clients',
  'types',
  'user',
  'worker_processes',
  'worker_rlimit_nofile',
  'pid',
  'load_module',
  'daemon',
  'variables_hash_max_size',
  'variables_hash_bucket_size',
  'map_hash_bucket_size',
  'map_hash_max_size',
  'server_names_hash_bucket_size',
  'server_names_hash_max_size',
  'types_hash_max_size',
  'types_hash_bucket_size',
  'log_format',
  'worker_connections',
  'stream',
  'mail',
]);

/** Also those within locations: they ask what the ones around them ask, unless they say otherwise. */
function locationsIn(block: readonly Directive[], around: readonly Directive[]): readonly Directive[] {
  return block.flatMap((one) => {
    if (one.name !== 'location') return [];
    const own = one.block ?? [];
    const names = new Set(own.map(({ name }) => name));
    const access = names.has('allow') || names.has('deny');
    const passed = around.filter(({ name }) => (name === 'allow' || name === 'deny' ? !access : !names.has(name)));
    const whole = [...own, ...passed];
    // of the rewrite module nothing goes into a nested location
    const guards = whole.filter((guard) => asks(guard) && !/^(?:if|return|rewrite|break|set)$/.test(guard.name));
    return [{ ...one, block: whole }, ...locationsIn(own, guards)];
  });
}

function importServer(server: Directive, all: readonly Directive[], readCas: ReadCas, notes: Note[]): Imported {
  const written = server.block ?? [];
  const block = [...written, ...inherited(written, all)];
  const authorities = authoritiesOf(block, readCas, notes, server);
  const mapped = mapsOf(all, notes);
  const readIf = (directive: Directive) => meaningOfIf(directive, mapped);
  const asked = checksOf(block, readIf);
  const locations = locationsIn(written, []).map((one) => locationOf(one, readIf, notes));
  const variables = new Set([...asked.maps, ...locations.flatMap(({ checks }) => checks.maps)]);
  // clients come from one map: which one is only certain when the server, or every location, asks for the same
  const [variable = mapped[0]?.variable] = asked.maps.length > 0 ? asked.maps : variables.size === 1 ? variables : [];
  const several = new Set(asked.maps).size > 1 || (asked.dn !== undefined && asked.maps.length > 0);
  const ifs = block.filter(({ name }) => name === 'if');
  const base = several ? { ...asked, unknown: [...asked.unknown, ...ifs] } : asked;
  noteChecks(base, 'the server', notes);
  const kept = keptLocations(locations, base, notes, variable);
  const { connections, routes } = backendsOf(kept, all, notes);
  const served = kept.filter((location) => routes.some(({ match }) => match === patternOf(location)?.text));
  const clients = clientsOf({
    authorities,
    base,
    served,
    mapped: mapped.filter((one) => one.variable === variable),
    notes,
    server,
  });
  const host = argOf(block, 'server_name');
  return {
    host: host !== undefined && /^[a-z0-9.-]+\.[a-z]+$/.test(host) ? host : undefined,
    connections,
    routes,
    authorities,
    clients,
    notes,
  };
}

function authoritiesOf(
  block: readonly Directive[],
  readCas: ReadCas,
  notes: Note[],
  server: Directive,
): readonly ImportedAuthority[] {
  const verify = argOf(block, 'ssl_verify_client') ?? 'off';
  const { place } = block.find(({ name }) => name === 'ssl_verify_client') ?? server;
  const meanings: Readonly<Record<string, string>> = {
    optional:
      'ssl_verify_client optional let callers in without a certificate, unless the backend looked; here a certificate is always needed',
    optional_no_ca: 'ssl_verify_client optional_no_ca let any certificate in and verified nothing; here it is verified',
    off: 'ssl_verify_client is off: nobody was asked for a certificate; here everybody is',
  };
  const meaning = meanings[verify];
  if (meaning !== undefined) notes.push({ kind: 'changed', text: meaning, place });
  if (argOf(block, 'ssl_verify_depth') !== undefined) {
    notes.push({
      kind: 'changed',
      text: 'ssl_verify_depth: the path length is what the CAs say, and four CAs at most (API Gateway)',
      place: server.place,
    });
  }
  const crl = argOf(block, 'ssl_crl');
  const revocation =
    crl === undefined
      ? 'Imported from nginx, which looked at no list; say what is done instead'
      : `Imported from nginx, which read ${crl}; write the address of that list under lists instead`;
  if (crl !== undefined) {
    notes.push({
      kind: 'to-do',
      text: `nginx read the list ${crl}: until its address stands under revocation.lists of the authority, revoked certificates are let in`,
      place: server.place,
    });
  }
  const taken = new Set<string>();
  return ['ssl_client_certificate', 'ssl_trusted_certificate'].flatMap((name) => {
    const directive = block.find((one) => one.name === name);
    const path = directive?.args[0];
    if (directive === undefined || path === undefined) return [];
    const cas = readCas(path);
    if (cas === undefined || cas.length === 0) {
      notes.push({
        kind: 'to-do',
        text: `${name} ${path} could not be read: add it with \`sallyport authority add\``,
        place: directive.place,
      });
      return [];
    }
    const file = path.replace(/^.*\//, '').replace(/\.[a-z]+$/i, '');
    const authority = nameFrom(file, taken, 'partner-ca');
    taken.add(authority);
    const roots = cas.filter(({ selfIssued }) => selfIssued).length;
    if (roots > 1) {
      notes.push({
        kind: 'changed',
        text: `${path} holds ${roots} roots: each may name every client of it. Better one authority for each`,
        place: directive.place,
      });
    }
    return [{ name: authority, cas, revocation }];
  });
}

function noteChecks({ any, dn, unknown }: Checks, what: string, notes: Note[]): void {
  if (any)
    notes.push({
      kind: 'changed',
      text: `satisfy any: one of address and password was enough for ${what}; here every condition counts, and a certificate always`,
    });
  if (dn !== undefined && 'why' in dn) {
    notes.push({
      kind: 'to-do',
      text: `the subject that ${what} asks for is no one subject: ${dn.why}. Ask the partner for its certificate, then: sallyport client add`,
    });
  }
  for (const { name, place } of unknown) {
    notes.push({
      kind: 'left-out',
      text: `\`${name}\` of ${what} asks something that cannot be said here; what it guards was not taken over`,
      place,
    });
  }
}

/** Without those that ask what cannot be said, and without what contains one of those. */
function keptLocations(
  locations: readonly Location[],
  base: Checks,
  notes: Note[],
  variable: string | undefined,
): readonly Location[] {
  const guarded = (location: Location) => {
    const { checks } = location;
    const otherMap = checks.maps.some((one) => one !== variable) || (base.dn !== undefined && checks.maps.length > 0);
    return (
      checks.unknown.length > 0 || checks.dn !== undefined || checks.any || otherMap || !sameAddresses(checks, base)
    );
  };
  for (const { directive, checks } of locations.filter(guarded)) {
    noteChecks(checks, `location ${directive.args.join(' ')}`, notes);
  }
  const left = locations.filter(
    (location) => guarded(location) || (location.proxyPass === undefined && (location.refuses || denies(location))),
  );
  const kept: Location[] = [];
  for (const location of locations) {
    const pattern = patternOf(location);
    const { directive } = location;
    const what = `location ${directive.args.join(' ')}`;
    if (base.unknown.length > 0 || base.addresses?.length === 0 || left.includes(location)) {
      const why = whyLeft(location, base);
      notes.push({ kind: 'left-out', text: `${what} was not taken over: ${why}`, place: directive.place });
      continue;
    }
    if (location.proxyPass === undefined) {
      notes.push({ kind: 'left-out', text: `${what} proxies nothing`, place: directive.place });
      continue;
    }
    if (pattern === undefined) {
      notes.push({
        kind: 'left-out',
        text: `${what} is no pattern: write the paths that it means under routes and allow`,
        place: directive.place,
      });
      continue;
    }
    const mine = parsePattern(`ANY ${location.path}`);
    const isInside = (other: Location) => {
      if (other.path === undefined) return true; // a regular expression may match any path, and comes first
      const theirs = parsePattern(`ANY ${other.path}`);
      // of prefixes the longest counts: one that is around this one asks nothing of it
      return intersects(mine, theirs) && !(covers(theirs, mine) && !covers(mine, theirs));
    };
    const stricter = locations.find((other) => other !== location && isInside(other) && !hasMethods(other, location));
    const inside = left.find(isInside) ?? stricter;
    if (inside !== undefined) {
      const fewer = inside === stricter ? 'lets fewer methods through' : 'asks for more';
      notes.push({
        kind: 'left-out',
        text: `${what} contains location ${inside.directive.args.join(' ')}, which ${fewer}: allow the other paths of it by name`,
        place: directive.place,
      });
      continue;
    }
    for (const other of locations) {
      if (other === location || other.proxyPass !== undefined || other.path === undefined || !isInside(other)) continue;
      const own = `location ${other.directive.args.join(' ')}`;
      const text = `nginx served ${own} itself; here its paths go to the backend of ${what}`;
      notes.push({ kind: 'changed', text, place: other.directive.place });
    }
    kept.push(location);
  }
  return kept;
}

function whyLeft({ checks, refuses }: Location, base: Checks): string {
  if (base.unknown.length > 0) return 'the server asks something that cannot be said here';
  if (base.addresses?.length === 0) return 'the server lets no address in';
  if (refuses) return 'it answers an error of its own';
  if (checks.unknown.length > 0) return `\`${checks.unknown[0]?.name}\` asks something that cannot be said here`;
  if (checks.dn !== undefined) return 'it asks for a subject of its own: give that client these paths by hand';
  if (checks.any) return '`satisfy any` of its own';
  if (checks.maps.length > 0)
    return `${checks.maps.join(', ')} names other subjects: give those clients these paths by hand`;
  return 'its own `allow` and `deny`: write the addresses under require of the route';
}

/** Whether every method that one lets through, the other does, too. */
function hasMethods(has: Location, wanted: Location): boolean {
  if (has.methods === 'ANY') return true;
  const methods = has.methods.split(',');
  return wanted.methods !== 'ANY' && wanted.methods.split(',').every((method) => methods.includes(method));
}

function denies({ checks }: Location): boolean {
  return checks.addresses !== undefined;
}

function sameAddresses(own: Checks, base: Checks): boolean {
  return own.addresses === undefined || JSON.stringify(own.addresses) === JSON.stringify(base.addresses);
}

interface Found {
  readonly authorities: readonly ImportedAuthority[];
  readonly base: Checks;
  readonly served: readonly Location[];
  readonly mapped: readonly Mapped[];
  readonly notes: Note[];
  readonly server: Directive;
}

function clientsOf({ authorities, base, served, mapped, notes, server }: Found): readonly ImportedClient[] {
  const [authority] = authorities;
  const patterns = served.flatMap((location) => patternOf(location) ?? []);
  // a rule within another one would be an error: it says nothing
  const allow = patterns
    .filter((own) => !patterns.some((other) => other !== own && covers(other, own) && other.text !== own.text))
    .map(({ text }) => text);
  const names = new Set<string>();
  const clients: ImportedClient[] = [];
  const add = (check: DnCheck, wished: string) => {
    if (!('subject' in check) || authority === undefined || allow.length === 0) return;
    const name = nameFrom(wished, names, 'client');
    names.add(name);
    clients.push({
      name,
      authority: authority.name,
      subject: formatName(check.subject),
      allow,
      addresses: base.addresses ?? [],
    });
  };
  const [first] = mapped;
  if (base.dn !== undefined) add(base.dn, 'client');
  else
    for (const { check, value } of first?.subjects ?? [])
      add(check, /^[01]$/.test(value) ? commonNameOf(check) : value);
  const recognised = (first?.subjects ?? []).map(({ check, value }) =>
    /^[01]$/.test(value) ? commonNameOf(check) : value,
  );
  if (allow.length === 0 && recognised.length > 0) {
    notes.push({
      kind: 'to-do',
      text: `${recognised.slice(0, 20).join(', ')}: the subjects are certain, but no path is left for them. Write the routes, then register each: sallyport client add NAME --from FILE --allow PATTERN`,
      place: server.place,
    });
  } else if (first !== undefined && base.dn === undefined) {
    notes.push({
      kind: 'changed',
      text: `every subject that ${first.variable} names may use every location here; what was done with its value was not taken over`,
      place: server.place,
    });
  }
  if (base.dn === undefined && first === undefined) {
    notes.push({
      kind: 'to-do',
      text: 'every certificate of these CAs was let in, whoever had it. Here each client is registered: ask for the certificates, then for each: sallyport client add NAME --from FILE --allow PATTERN',
      place: server.place,
    });
  }
  return clients;
}

function commonNameOf(check: DnCheck): string {
  if (!('subject' in check)) return 'client';
  return check.subject.rdns.flat().find(({ type }) => type === '2.5.4.3')?.value ?? 'client';
}
