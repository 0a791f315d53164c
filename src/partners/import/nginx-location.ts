import { ProblemError } from '../../core/problem.ts';
import { type Pattern, parsePattern } from '../../core/request/pattern.ts';
import type { DnCheck } from './dn-check.ts';
import type { Note } from './imported.ts';
import type { Directive } from './nginx-syntax.ts';

/** What a server or a location asks of a request besides a trusted certificate. */
export interface Checks {
  /** Undefined: any address. Empty: none. */
  readonly addresses?: readonly string[];
  /** Subjects of which the certificate must have one. */
  readonly dn?: DnCheck;
  /** Variables of maps of subjects: the certificate must be one that each of them names. */
  readonly maps: readonly string[];
  /** Checks that cannot be expressed: what they guard is not taken over. */
  readonly unknown: readonly Directive[];
  readonly any: boolean;
}

export interface Location {
  readonly directive: Directive;
  /** Undefined: a regular expression, or a path that is no pattern. */
  readonly path?: string;
  readonly methods: string;
  readonly proxyPass?: string;
  /** It answers everything with an error of its own. */
  readonly refuses: boolean;
  readonly checks: Checks;
}

export const harmless =
  /^(?:proxy_|access_log|error_log|add_header|client_|send_|keepalive|sendfile|tcp_|gzip|expires|charset|default_type|set$|limit_req|limit_conn|limit_rate|listen|server_name|ssl_|http2|location|include|root|index|resolver|log_|more_|underscores|large_client|chunked|merge_slashes|satisfy|allow|deny|error_page|recursive|real_ip|set_real_ip|aio|output_buffers|types|absolute_redirect|server_tokens|etag|if_modified|ignore_invalid|reset_timedout|lingering|open_file|try_files)/;

/** What an `if` means: a subject that is asked for, or nothing that is not asked for here anyway. */
export type ReadIf = (directive: Directive) => DnCheck | { readonly map: string } | 'certificate' | undefined;

export function checksOf(block: readonly Directive[], readIf: ReadIf): Checks {
  const unknown: Directive[] = [];
  const maps: string[] = [];
  let dn: DnCheck | undefined;
  for (const directive of block) {
    const found = directive.name === 'if' ? readIf(directive) : undefined;
    if (found === 'certificate' || isOff(directive)) continue;
    if (found !== undefined && 'map' in found) {
      maps.push(found.map);
      continue;
    }
    if (found !== undefined && dn === undefined) dn = found;
    else if (directive.name !== 'limit_except' && !harmless.test(directive.name)) unknown.push(directive);
  }
  const any = block.some(({ name, args }) => name === 'satisfy' && args[0] === 'any');
  return { addresses: addressesOf(block, unknown), dn, maps, unknown, any };
}

/** `auth_basic off` takes a check away that stood further out. */
function isOff({ name, args }: Directive): boolean {
  return name.startsWith('auth_') && args.length === 1 && args[0] === 'off';
}

/** `allow …; deny all;`. What denies some and allows the rest cannot be said here. */
function addressesOf(block: readonly Directive[], unknown: Directive[]): readonly string[] | undefined {
  const rules = block.filter(({ name }) => name === 'allow' || name === 'deny');
  const end = rules.findIndex(({ args }) => args[0] === 'all');
  const counted = end < 0 ? rules : rules.slice(0, end + 1);
  const denies = counted.filter(({ name, args }) => name === 'deny' && args[0] !== 'all');
  unknown.push(...denies);
  if (end < 0 || rules[end]?.name === 'allow') return undefined;
  return counted.filter(({ name }) => name === 'allow').map(({ args }) => args[0] ?? '');
}

/** `location [modifier] path { … }`. */
export function locationOf(directive: Directive, readIf: ReadIf, notes: Note[]): Location {
  const block = directive.block ?? [];
  const [modifier, given] = directive.args.length > 1 ? directive.args : ['', directive.args[0]];
  const except = block.find(({ name }) => name === 'limit_except');
  const proxyPass = block.find(({ name }) => name === 'proxy_pass')?.args[0];
  return {
    directive,
    path: pathOf(modifier ?? '', given ?? '', directive, notes),
    methods: methodsOf(except, notes),
    proxyPass,
    refuses: block.some(({ name, args }) => name === 'return' && /^[45]\d\d$/.test(args[0] ?? '')),
    checks: checksOf(block, readIf),
  };
}

function pathOf(modifier: string, given: string, { place }: Directive, notes: Note[]): string | undefined {
  if (modifier.startsWith('~') || given.startsWith('@')) return undefined;
  if (modifier === '=') return isPattern(given) ? given : undefined;
  const base = given.replace(/\/$/, '');
  const path = `${base}/**`;
  if (!isPattern(path)) return undefined;
  if (!given.endsWith('/')) {
    const text = `location ${given} also matched ${given}-other and ${given}x; ${path} is ${given} and what is below it`;
    notes.push({ kind: 'changed', text, place });
  }
  return path;
}

function isPattern(path: string): boolean {
  try {
    parsePattern(`ANY ${path}`);
    return !path.slice(0, -2).includes('*');
  } catch (error) {
    if (error instanceof ProblemError) return false;
    throw error;
  }
}

const known = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);

/** `limit_except GET { deny all; }` leaves GET, and in nginx HEAD with it. */
function methodsOf(except: Directive | undefined, notes: Note[]): string {
  if (except === undefined) return 'ANY';
  const methods = except.args.filter((method) => known.has(method));
  if (!except.block?.some(({ name, args }) => name === 'deny' && args[0] === 'all')) {
    const text = 'limit_except without `deny all` was taken as if it had it';
    notes.push({ kind: 'changed', text, place: except.place });
  }
  if (methods.includes('GET') && !methods.includes('HEAD')) {
    notes.push({ kind: 'changed', text: 'GET of limit_except let HEAD in, too; here GET is GET', place: except.place });
  }
  return methods.join(',');
}

export function patternOf({ methods, path }: Location): Pattern | undefined {
  return path === undefined || methods === '' ? undefined : parsePattern(`${methods} ${path}`);
}
