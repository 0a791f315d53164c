import { matchesRegex } from './simple-regex.ts';
import { exactSubject, regexSubject } from './subject-text.ts';
import type { Directive } from './text/syntax.ts';

/** One request as variables see it: what of it is known. */
export interface World {
  readonly method?: string;
  /** What `$ssl_client_verify` is for a certificate of the CAs. */
  readonly verify?: string;
  /** The subject as `$ssl_client_s_dn` or `$ssl_client_s_dn_legacy` has it; absent: somebody's. */
  readonly subject?: Subject;
}

export interface Subject {
  readonly key: string;
  readonly text: string;
  readonly legacy: boolean;
}

export type ValueOf = (variable: string, world: World) => string | undefined;

const subjectVariables = /^ssl_client_s_dn(_legacy)?$/;
export const isSubjectVariable = (name: string) => subjectVariables.test(name);

/** Where a variable may stand without being given a value by it. */
const readers: ReadonlySet<string> = new Set([
  'if',
  'map',
  'log_format',
  'access_log',
  'add_header',
  'proxy_set_header',
  'proxy_pass',
  'limit_req_zone',
  'limit_conn_zone',
  'return',
  'split_clients',
]);

/** What is known of a variable's value: the built-in ones, and maps of them that nothing else writes to. */
export function variablesOf(all: readonly Directive[]): ValueOf {
  const every = deep(all);
  const maps = new Map<string, Directive>();
  for (const one of every) if (one.name === 'map') maps.set((one.args[1] ?? '').slice(1), one);
  const isWritten = (name: string) =>
    every.some(({ name: directive, args }) => {
      if (directive === 'map' && args[1] === `$${name}`) return maps.get(name)?.args !== args;
      if (args.some((arg) => arg.includes(`?<${name}>`) || arg.includes(`?P<${name}>`) || arg.includes(`?'${name}'`)))
        return true;
      if (directive === 'split_clients' && args[1] === `$${name}`) return true;
      return !readers.has(directive) && args.includes(`$${name}`);
    });
  const knownOf = (name: string, world: World, depth: number): string | undefined => {
    if (name === 'scheme') return 'https';
    if (name === 'https') return 'on';
    if (name === 'request_method') return world.method;
    if (name === 'ssl_client_verify') return world.verify;
    if (isSubjectVariable(name)) {
      if (world.verify === 'NONE') return '';
      return world.subject?.legacy === name.endsWith('_legacy') ? world.subject.text : undefined;
    }
    const map = maps.get(name);
    const source = /^\$(\w+)$/.exec(map?.args[0] ?? '')?.[1];
    if (map === undefined || source === undefined || depth > 4 || isWritten(name)) return undefined;
    const value = knownOf(source, world, depth + 1);
    return value === undefined ? undefined : lookUp(map, value, source, world.subject);
  };
  return (name, world) => knownOf(name, world, 0);
}

/** As nginx folds: ASCII only. */
const folded = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const parameters = new Set(['default', 'hostnames', 'volatile', 'include']);

/** ngx_http_map: texts without case first, then regular expressions in their order, then the default. */
function lookUp({ block = [] }: Directive, value: string, source: string, subject?: Subject): string | undefined {
  const entries = block.filter(({ name }) => !parameters.has(name));
  const wild = block.some(({ name }) => name === 'hostnames') && entries.some(({ name }) => /\*|^\./.test(name));
  if (wild) return undefined;
  const literal = (text: string | undefined) => (text === undefined || text.includes('$') ? undefined : text);
  for (const { name, args } of entries) {
    if (name.startsWith('~')) continue;
    const key = name.replace(/^\\/, '');
    if (folded(key) === folded(value)) return literal(args[0]);
    // another way of printing the same subject: which of both the certificate has nobody knows
    if (isSubjectVariable(source) && subject !== undefined) {
      const check = exactSubject(key, source.endsWith('_legacy'));
      if ('subject' in check && check.subject.key === subject.key) return undefined;
    }
  }
  for (const { name, args } of entries) {
    if (!name.startsWith('~')) continue;
    const ignoresCase = name.startsWith('~*');
    const found = matchesRegex(name.slice(ignoresCase ? 2 : 1), ignoresCase, value);
    if (found !== false) return found ? literal(args[0]) : undefined;
  }
  const otherwise = block.filter(({ name }) => name === 'default');
  return otherwise.length > 1 ? undefined : literal(otherwise[0]?.args[0] ?? '');
}

/** A subject that the configuration compares with, what a map calls it, and where. */
export interface Compared extends Subject {
  readonly formatted: string;
  readonly called?: string;
}

/** What a map of subjects says, for notes: `why` is there for an entry that is no one subject. */
export interface MapEntry {
  readonly entry: Directive;
  readonly legacy: boolean;
  readonly compared?: { readonly text: string; readonly called: string };
  readonly why?: string;
}

export function entriesOf(all: readonly Directive[]): readonly MapEntry[] {
  return deep(all)
    .filter(({ name, args }) => name === 'map' && isSubjectVariable((args[0] ?? '').slice(1)))
    .flatMap(({ args: [source = ''], block = [] }) => {
      const legacy = source.endsWith('_legacy');
      return block
        .filter(({ name }) => !parameters.has(name))
        .map((entry): MapEntry => {
          const called = entry.args[0] ?? '';
          const { name } = entry;
          if (!name.startsWith('~')) return { entry, legacy, compared: { text: name.replace(/^\\/, ''), called } };
          const ignoresCase = name.startsWith('~*');
          const check = regexSubject(name.slice(ignoresCase ? 2 : 1), ignoresCase, legacy);
          if ('why' in check) return { entry, legacy, why: check.why };
          return { entry, legacy, compared: { text: check.text ?? '', called } };
        });
    });
}

export function deep(directives: readonly Directive[]): readonly Directive[] {
  return directives.flatMap((one) => [one, ...deep(one.block ?? [])]);
}
