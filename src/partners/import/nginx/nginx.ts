import { formatName } from '../../../core/x509/name.ts';
import {
  anyClientNotes,
  headerNotes,
  type Imported,
  type ImportedAuthority,
  type ImportedClient,
  type Note,
  nameFrom,
  routesOf,
} from '../imported.ts';
import { type Kept, keptParts } from '../kept.ts';
import { anyone, type Part } from '../part.ts';
import { authorityOf } from './authority.ts';
import type { ReadCas } from './backend.ts';
import { conditionOf } from './condition.ts';
import { type Levels, valueOfLast } from './levels.ts';
import { type Located, locationsIn, mayWin, partOf } from './location.ts';
import { guardedServer, hostOf, httpLevel } from './server.ts';
import { exactSubject, regexSubject } from './subject-text.ts';
import type { Directive } from './text/syntax.ts';
import { type Compared, deep, entriesOf, isSubjectVariable, variablesOf } from './variables.ts';

interface NginxWish {
  readonly readCas: ReadCas;
  /** A name or `file:line` of the server, when several ask for client certificates. */
  readonly server?: string;
}

/**
 * The server with client certificates of an nginx configuration, never admitting more than it did. What a location means is
 * read in this folder; what is left out, and what contains it, is the rule of `kept.ts`.
 */
export function importNginx(directives: readonly Directive[], { readCas, server: wished }: NginxWish): Imported {
  const notes: Note[] = [];
  const http = httpLevel(directives);
  const server = guardedServer(http, wished, notes);
  if (server?.block === undefined) return { connections: [], routes: [], authorities: [], clients: [], notes };
  const levels: Levels = [http, server.block];
  const authority = authorityOf(levels, readCas, notes);
  const subjects = comparedSubjects(directives, notes);
  const knownOf = variablesOf(directives);
  const means = {
    knownOf,
    verify: verifyOf(levels, authority, server, notes),
    subjects,
    upstreams: http.filter(({ name }) => name === 'upstream'),
    readCas,
    notes,
  };
  const located = authority === undefined && asksInVain(levels) ? [] : locationsIn(server.block, levels);
  const pairs = new Map<Part, Located>(located.map((one) => [partOf(one, means), one]));
  const at = (part: Part) => pairs.get(part) as Located;
  const kept = keptParts([...pairs.keys()], (other, own) => mayWin(at(other), at(own), located));
  const clients = clientsOf(kept, subjects, authority);
  const everybody = anyClientNotes(
    'every certificate of these CAs was let in, whoever had it',
    kept.allowOf(anyone),
    clients,
  );
  const ways = routesOf(kept.parts);
  return {
    host: hostOf(server),
    ...ways,
    authorities: authority === undefined ? [] : [authority],
    clients,
    notes: [
      ...notes,
      ...kept.notes,
      ...headerNotes(ways.connections),
      ...everybody.map((note) => ({ ...note, place: server.place })),
    ],
  };
}

/** `$ssl_client_verify` for a certificate that the front would let in; undefined: nobody knows. */
function verifyOf(
  levels: Levels,
  authority: ImportedAuthority | undefined,
  { place }: Directive,
  notes: Note[],
): string | undefined {
  const mode = valueOfLast(levels, 'ssl_verify_client') ?? 'off';
  const meanings: Readonly<Record<string, string>> = {
    optional: 'ssl_verify_client optional let callers in without a certificate; here a certificate is always needed',
    optional_no_ca: 'ssl_verify_client optional_no_ca let any certificate in and verified nothing; here it is verified',
    off: 'ssl_verify_client is off: nobody was asked for a certificate; here everybody is',
  };
  const meaning = meanings[mode];
  if (meaning !== undefined) notes.push({ kind: 'changed', text: meaning, place });
  if (authority === undefined) {
    const text =
      'no CA is named in this configuration, and here one always is: sallyport authority add NAME --from FILE, with the CA that signs the clients';
    notes.push({ kind: 'to-do', text, place });
  }
  if (mode === 'off') return 'NONE';
  return authority === undefined ? undefined : 'SUCCESS';
}

/** Without a CA nobody has a certificate that passes. */
function asksInVain(levels: Levels): boolean {
  const mode = valueOfLast(levels, 'ssl_verify_client');
  return mode === 'on' || mode === 'optional' || valueOfLast(levels, 'ssl_crl') !== undefined;
}

/** Subjects that the configuration compares with, each certain; what means several or none is noted. */
function comparedSubjects(directives: readonly Directive[], notes: Note[]): ReadonlyMap<string, Compared> {
  const found = new Map<string, Compared>();
  const add = (text: string, legacy: boolean, place: Directive['place'], called?: string) => {
    const check = exactSubject(text, legacy);
    if ('why' in check) return noteUncertain(text, check.why, place, notes);
    const { key } = check.subject;
    if (!found.has(key)) found.set(key, { key, text, legacy, called, formatted: formatName(check.subject) });
  };
  for (const one of deep(directives)) {
    const condition = one.name === 'if' ? conditionOf(one) : undefined;
    if (condition === undefined || !isSubjectVariable(condition.variable)) continue;
    const legacy = condition.variable.endsWith('_legacy');
    if (condition.operator === '=' || condition.operator === '!=') {
      if (condition.value !== '') add(condition.value, legacy, one.place);
    } else if (condition.operator !== undefined) {
      const check = regexSubject(condition.value, condition.operator.endsWith('*'), legacy);
      if ('why' in check) noteUncertain(condition.value, check.why, one.place, notes);
      else add(check.text ?? '', legacy, one.place);
    }
  }
  for (const { entry, legacy, compared, why } of entriesOf(directives)) {
    if (compared !== undefined) add(compared.text, legacy, entry.place, compared.called);
    else noteUncertain(entry.name, why ?? '', entry.place, notes);
  }
  return found;
}

function noteUncertain(text: string, why: string, place: Directive['place'], notes: Note[]): void {
  notes.push({
    kind: 'left-out',
    text: `${text} is no one subject: ${why}. Ask the partner for its certificate, and compare its subject before it is registered`,
    place,
  });
}

function clientsOf(
  kept: Kept,
  subjects: ReadonlyMap<string, Compared>,
  authority: ImportedAuthority | undefined,
): readonly ImportedClient[] {
  const names = new Set<string>();
  return [...subjects.values()].flatMap(({ key, formatted, called = '' }): ImportedClient[] => {
    const allow = kept.allowOf(key);
    if (authority === undefined || allow.length === 0) return [];
    const commonName = /(?:^|,)CN=([^,\\]+)/.exec(formatted)?.[1] ?? 'client';
    const wished = called === '' ? 'client' : /^[01]$|\$/.test(called) ? commonName : called;
    const name = nameFrom(wished, names, 'client');
    names.add(name);
    return [{ name, authority: authority.name, subject: formatted, allow }];
  });
}
