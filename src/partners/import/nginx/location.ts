import { methods as everyMethod } from '../../../core/aws-limits.ts';
import type { Note } from '../imported.ts';
import { anyone, type Part, type Principal, type Region } from '../part.ts';
import { accessOf } from './access.ts';
import { forwardOf, type ReadCas } from './backend.ts';
import { conditionOf, holds } from './condition.ts';
import { isHarmless } from './directives.ts';
import { inForce, type Levels, stopOf, valueOfLast } from './levels.ts';
import type { Directive } from './text/syntax.ts';
import type { Subject, ValueOf } from './variables.ts';

/** A `location` and what stands around it, outermost first. */
export interface Located {
  readonly directive: Directive;
  readonly around: readonly Located[];
  readonly region: Region;
  readonly modifier: string;
  readonly levels: Levels;
}

export interface Means {
  readonly knownOf: ValueOf;
  /** What `$ssl_client_verify` is for a certificate of the CAs. */
  readonly verify: string | undefined;
  readonly subjects: ReadonlyMap<Principal, Subject>;
  readonly upstreams: readonly Directive[];
  readonly readCas: ReadCas;
  readonly notes: Note[];
}

/** All locations, also those within locations. A named one is reached by nobody's request. */
export function locationsIn(
  block: readonly Directive[],
  levels: Levels,
  around: readonly Located[] = [],
): readonly Located[] {
  return block.flatMap((directive): Located[] => {
    if (directive.name !== 'location') return [];
    const [modifier = '', given = ''] = modifierOf(directive.args);
    if (given.startsWith('@')) return [];
    const own = directive.block ?? [];
    const within = around.some(({ region }) => region.kind === 'unknown');
    const one: Located = {
      directive,
      around,
      region: within ? { kind: 'unknown', text: '/' } : regionOf(modifier, given),
      modifier,
      levels: [...levels, own],
    };
    return [one, ...locationsIn(own, one.levels, [...around, one])];
  });
}

/** `location ~x` and `location =/x` are taken by nginx without the space as well. */
function modifierOf(args: readonly string[]): readonly string[] {
  if (args.length > 1) return args;
  const [, modifier = '', path = ''] = /^(=|\^~|~\*|~)?([\s\S]*)$/.exec(args[0] ?? '') ?? [];
  return [modifier, path];
}

function regionOf(modifier: string, given: string): Region {
  if (modifier === '=') return { kind: 'exact', text: given };
  if (modifier.startsWith('~')) return { kind: 'unknown', text: literalStart(given) };
  return given.startsWith('/') ? { kind: 'prefix', text: given } : { kind: 'unknown', text: '/' };
}

/** What every path that a regular expression matches begins with, as far as that is certain. */
function literalStart(expression: string): string {
  if (!expression.startsWith('^/') || expression.includes('|')) return '/';
  const [literal = '/'] = /^\/(?:[A-Za-z0-9_/-]|\\[.-])*/.exec(expression.slice(1)) ?? [];
  const next = expression[1 + literal.length];
  const certain = next !== undefined && /[?*{+]/.test(next) ? literal.replace(/(?:\\.|.)$/s, '') : literal;
  return certain.replaceAll('\\', '') || '/';
}

export function partOf({ directive, region, levels }: Located, means: Means): Part {
  const { args, place } = directive;
  const what = `location ${args.join(' ')}`;
  const own = levels.at(-1) ?? [];
  const base = { what, place, region };
  const ifs = [...(levels[1] ?? []), ...own].filter(({ name }) => name === 'if');
  const methods = methodsOf(levels, ifs, means);
  const admits = admittedBy(ifs, means);
  const access = accessOf(levels);
  const proxyPass = own.find(({ name }) => name === 'proxy_pass');
  const left =
    reasonOf(own, levels, methods) ??
    ('left' in access ? access.left : undefined) ??
    (admits.size > 0 ? undefined : reasonOfIf(refusing(ifs, means), means));
  const shape = { ...base, methods, admits, addresses: 'left' in access ? undefined : access.addresses };
  if (left !== undefined || proxyPass === undefined) return { ...shape, left };
  const forward = forwardOf(proxyPass, { ...means, levels, what, region });
  return 'left' in forward ? { ...shape, left: forward.left } : { ...shape, forward };
}

function reasonOf(own: readonly Directive[], levels: Levels, methods: string): string | undefined {
  const stop = stopOf(levels);
  if (stop !== undefined) return `${textOf(stop)} asks or does something that cannot be said here`;
  const answer = [...own, ...(levels[1] ?? [])].find(({ name }) => name === 'return');
  if (answer !== undefined) return `nginx answers itself there (${textOf(answer)})`;
  if (inForce(levels, 'internal').length > 0) return 'it is internal';
  return methods === '' ? 'it lets no method through' : undefined;
}

function textOf(directive: Directive | undefined): string {
  return directive === undefined ? 'it' : `\`${[directive.name, ...directive.args].join(' ').slice(0, 120)}\``;
}

/** `limit_except GET { deny all; }` leaves GET, and in nginx HEAD with it; of other methods nobody knows what it asks. */
function methodsOf(levels: Levels, ifs: readonly Directive[], means: Means): string {
  const excepts = levels.flat().filter(({ name }) => name === 'limit_except');
  const listed = excepts.map(({ args }) => new Set(args.includes('GET') ? [...args, 'HEAD'] : args));
  const forced = valueOfLast(levels, 'proxy_method');
  const left = everyMethod.filter((method) => {
    if (!listed.every((methods) => methods.has(method))) return false;
    if (forced !== undefined && forced !== method) return false;
    return !ifs.some((one) => isAboutMethod(one, means) && refuses(one, means, { method }));
  });
  return left.length === everyMethod.length ? 'ANY' : left.join(',');
}

function isAboutMethod(one: Directive, { knownOf, verify }: Means): boolean {
  const condition = conditionOf(one);
  if (condition === undefined || holds(condition, knownOf, { verify }) !== undefined) return false;
  return holds(condition, knownOf, { verify, method: 'GET' }) !== undefined;
}

/** Whoever is not certainly let through is not: of a condition that nobody can read nobody knows what it asks. */
function refuses(one: Directive, { knownOf, verify }: Means, world: { method?: string; subject?: Subject }): boolean {
  if ((one.block ?? []).every(isHarmless)) return false;
  const condition = conditionOf(one);
  return condition === undefined || holds(condition, knownOf, { verify, ...world }) !== false;
}

function admittedBy(ifs: readonly Directive[], means: Means): ReadonlySet<Principal> {
  const asked = ifs.filter((one) => !isAboutMethod(one, means));
  const worlds: [Principal, { subject?: Subject }][] = [...means.subjects].map(([who, subject]) => [who, { subject }]);
  return new Set(
    [...worlds, [anyone, {}] as const]
      .filter(([, world]) => !asked.some((one) => refuses(one, means, world)))
      .map(([who]) => who),
  );
}

/** The condition that keeps everybody out, for the note. */
function refusing(ifs: readonly Directive[], means: Means): Directive | undefined {
  const asked = ifs.filter((one) => !isAboutMethod(one, means));
  const everybody = [{}, ...[...means.subjects.values()].map((subject) => ({ subject }))];
  return asked.find((one) => everybody.every((world) => refuses(one, means, world))) ?? asked.at(-1);
}

function reasonOfIf(one: Directive | undefined, { subjects, verify, knownOf }: Means): string {
  const condition = one === undefined ? undefined : conditionOf(one);
  const [subject] = subjects.values();
  const isKnown = condition !== undefined && holds(condition, knownOf, { verify, subject }) !== undefined;
  return `${textOf(one)} ${isKnown ? 'lets nobody in whose subject is certain' : 'asks something that cannot be said here'}`;
}

/**
 * Whether nginx may choose `other` where both match. It chooses level by level: what counts is how those two compare in
 * which the places of both part. An exact one always wins, of prefixes the longer, and a regular expression unless the
 * longest prefix has `^~`, which is only certain when no longer one lacks it.
 */
export function mayWin(other: Located, own: Located, all: readonly Located[]): boolean {
  const [mine, theirs] = [
    [...own.around, own],
    [...other.around, other],
  ];
  const parting = mine.findIndex((one, index) => one !== theirs[index]);
  const [here, there] = [mine[parting], theirs[parting < 0 ? mine.length : parting]];
  if (there === undefined) return false; // it stands around the other one
  if (here === undefined) return true; // it stands within
  if (there.region.kind === 'exact') return true;
  if (here.region.kind === 'unknown') return true;
  if (there.region.kind === 'prefix') {
    return here.region.kind === 'prefix' && there.region.text.length > here.region.text.length;
  }
  if (here.region.kind === 'exact') return false;
  const longer = all.filter(({ region }) => region.kind === 'prefix' && region.text.startsWith(here.region.text));
  return !longer.every(({ modifier }) => modifier === '^~');
}
