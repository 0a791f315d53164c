import { methods as restMethods } from '../aws-limits.ts';
import { ProblemError, refuse } from '../problem.ts';
import { parseRequestPath, type RequestPath } from './path.ts';

/** `METHOD[,METHOD] /path` or `ANY /path`. */
export interface Pattern {
  readonly text: string;
  readonly methods: ReadonlySet<string> | 'ANY';
  /** Percent-decoded; `*` stands for exactly one segment, whatever it is. */
  readonly segments: readonly string[];
  /** Ends in `/**`: the path before it and everything below, with or without a trailing slash. */
  readonly subtree: boolean;
  readonly trailingSlash: boolean;
}

/** What API Gateway's ANY means; a request with another method matches no pattern. */
const everyMethod: ReadonlySet<string> = new Set(restMethods);
const allowed =
  '`METHOD[,METHOD] /path` or `ANY /path`, where `*` is one whole segment and `/**` at the end is everything below';

/** @throws ProblemError `pattern_malformed` */
export function parsePattern(text: string): Pattern {
  const parts = /^([^ ]+) (\/[^ ]*)$/.exec(text);
  if (parts === null) {
    const remedy = /^\s*\//.test(text) ? `write "ANY ${text.trim()}", or name the methods` : undefined;
    return refuse({
      code: 'pattern_malformed',
      message: 'a pattern is a method, one space and a path',
      found: text,
      allowed,
      remedy,
    });
  }
  const [, methodText = '', pathText = ''] = parts;
  return { text, methods: parseMethods(methodText), ...parsePatternPath(pathText) };
}

function parseMethods(text: string): Pattern['methods'] {
  if (text === 'ANY') return 'ANY';
  const methods = new Set<string>();
  for (const method of text.split(',')) {
    if (!everyMethod.has(method)) {
      const upper = method.toUpperCase();
      const remedy =
        method === 'ANY' || method === '*' ? 'write ANY alone' : everyMethod.has(upper) ? `write ${upper}` : undefined;
      refuse({
        code: 'pattern_method_unknown',
        message: 'a pattern names a method that no request can have',
        found: method,
        allowed: `${restMethods.join(', ')}, or ANY alone`,
        remedy,
      });
    }
    if (methods.has(method)) {
      refuse({
        code: 'pattern_method_twice',
        message: 'a pattern names a method twice',
        found: method,
        remedy: `write ${method} once`,
      });
    }
    methods.add(method);
  }
  return methods;
}

type PatternPath = Pick<Pattern, 'segments' | 'subtree' | 'trailingSlash'>;

function parsePatternPath(text: string): PatternPath {
  const subtree = text.endsWith('/**');
  const base = subtree ? text.slice(0, -3) : text;
  if (/[{}]/.test(base)) {
    refuse({
      code: 'pattern_malformed',
      message: 'a pattern has no variables and no alternatives in braces',
      found: text,
      allowed,
      remedy: `write "${text.replace(/\{[^/{}]*\+\}/g, '**').replace(/\{[^/{}]*\}/g, '*')}", or one pattern for each alternative`,
    });
  }
  // Behind `//**` nothing would be left of the empty segment, so it is named here.
  if (subtree && base.endsWith('/')) {
    refuse({ code: 'pattern_malformed', message: 'empty segments are refused', found: text, allowed });
  }
  const path = readPath(base === '' ? '/' : base, text);
  path.rawSegments.forEach((raw, index) => {
    if (raw === '*') return;
    if (path.segments[index] === '*' || raw.includes('*')) {
      const whole =
        raw === '**' ? '`/**` can only end a pattern' : '`*` stands for one whole segment, never for a part of one';
      refuse({ code: 'pattern_malformed', message: whole, found: raw, allowed });
    }
  });
  return { segments: path.segments, subtree, trailingSlash: path.trailingSlash };
}

function readPath(pathText: string, whole: string): RequestPath {
  try {
    return parseRequestPath(pathText);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const reason = error.problems[0]?.message ?? 'malformed';
    return refuse({
      code: 'pattern_malformed',
      message: `a pattern follows the path grammar of requests: ${reason}`,
      found: whole,
      allowed,
      remedy: /[^\x20-\x7e]/.test(pathText) ? `write "${encodeURI(pathText.toWellFormed())}"` : undefined,
    });
  }
}

export function hasMethod(pattern: Pattern, method: string): boolean {
  return pattern.methods === 'ANY' ? everyMethod.has(method) : pattern.methods.has(method);
}

export function matchesPath(pattern: Pattern, path: RequestPath): boolean {
  const { segments } = pattern;
  const count = segments.length;
  if (pattern.subtree) {
    if (path.segments.length < count) return false;
  } else if (path.segments.length !== count || path.trailingSlash !== pattern.trailingSlash) return false;
  for (let index = 0; index < count; index += 1) {
    const segment = segments[index];
    if (segment !== '*' && segment !== path.segments[index]) return false;
  }
  return true;
}

export function matches(pattern: Pattern, method: string, path: RequestPath): boolean {
  return hasMethod(pattern, method) && matchesPath(pattern, path);
}

/** Every request that `b` matches is matched by `a`. */
export function covers(a: Pattern, b: Pattern): boolean {
  for (const method of methodsOf(b)) if (!hasMethod(a, method)) return false;
  if (a.subtree ? b.segments.length < a.segments.length : b.subtree || !sameShape(a, b)) return false;
  return a.segments.every((segment, index) => segment === '*' || segment === b.segments[index]);
}

/** Some request is matched by both. */
export function intersects(a: Pattern, b: Pattern): boolean {
  if (![...methodsOf(a)].some((method) => hasMethod(b, method))) return false;
  if (a.subtree ? !b.subtree && b.segments.length < a.segments.length : !sameShape(a, b) && !fits(a, b)) return false;
  return a.segments.every((segment, index) => {
    const other = b.segments[index];
    return other === undefined || segment === other || segment === '*' || other === '*';
  });
}

function sameShape(a: Pattern, b: Pattern): boolean {
  return !b.subtree && a.segments.length === b.segments.length && a.trailingSlash === b.trailingSlash;
}

function fits(exact: Pattern, around: Pattern): boolean {
  return around.subtree && around.segments.length <= exact.segments.length;
}

export function methodsOf(pattern: Pick<Pattern, 'methods'>): ReadonlySet<string> {
  return pattern.methods === 'ANY' ? everyMethod : pattern.methods;
}

/**
 * Sorts the more specific pattern first: segment by segment from the left a literal before `*` before `/**`, then fewer
 * methods. A pattern never sorts before one that it strictly covers. Only patterns that meet need comparing.
 */
export function compareSpecificity(a: Pattern, b: Pattern): number {
  const length = Math.max(a.segments.length, b.segments.length);
  for (let index = 0; index <= length; index += 1) {
    const difference = generality(a, index) - generality(b, index);
    if (difference !== 0) return difference;
  }
  return methodsOf(a).size - methodsOf(b).size;
}

/** 0 nothing (the path ends here), 1 a literal, 2 `*`, 3 everything below. */
function generality(pattern: Pattern, index: number): number {
  const segment = pattern.segments[index];
  if (segment === undefined) return pattern.subtree ? 3 : 0;
  return segment === '*' ? 2 : 1;
}

export function moreSpecific(a: Pattern, b: Pattern): boolean {
  return compareSpecificity(a, b) < 0;
}

/** A request that the pattern matches, for counter-examples: `GET /orders/x`. */
export function witness(pattern: Pattern): { readonly method: string; readonly path: string } {
  const method = pattern.methods === 'ANY' ? 'GET' : ([...pattern.methods][0] ?? 'GET');
  const written = pattern.segments.map((segment) => `/${segment === '*' ? 'x' : encodeURIComponent(segment)}`).join('');
  return { method, path: `${written}${pattern.subtree ? '/x' : pattern.trailingSlash || written === '' ? '/' : ''}` };
}
