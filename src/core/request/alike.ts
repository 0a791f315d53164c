import type { RequestPath } from './path.ts';
import type { Pattern } from './pattern.ts';

/** What a pattern is compared with, segment by segment. */
export type PathShape = Pick<RequestPath, 'segments' | 'trailingSlash'>;

/**
 * Equal for texts that a server may hold for the same one, because it knows no case: by lower case, by upper case, or by
 * one after the other. Coarser than any of them (`ß` and `ss`, the Kelvin sign and `k`, the dotted capital I and `i`).
 */
export function foldSegment(text: string): string {
  if (/^[ -~]*$/.test(text)) return text.toLowerCase();
  return text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKD').replaceAll('\u0307', '');
}

/** HEAD is answered as GET is, without the body. */
export function alikeMethods(methods: ReadonlySet<string>): ReadonlySet<string> {
  return methods.has('GET') === methods.has('HEAD') ? methods : new Set([...methods, 'GET', 'HEAD']);
}

/** Takes every request that a tolerant server may hold for one that `pattern` takes, once that is read by `alikeReadings`. */
export function alikePattern(pattern: Pattern): Pattern {
  return {
    ...pattern,
    methods: pattern.methods === 'ANY' ? 'ANY' : alikeMethods(pattern.methods),
    segments: pattern.segments.map((segment) => (segment === '*' ? segment : foldSegment(segment))),
    trailingSlash: false,
  };
}

/**
 * The path as tolerant servers read it: without its last slash, without case; where a route admits `;` or `%2F` in it also
 * cut at the one, and split at the other.
 */
export function alikeReadings({ segments, needs }: RequestPath): readonly PathShape[] {
  const folded = segments.map(foldSegment);
  const readings: (readonly string[])[] = [folded];
  if (needs.includes('semicolon')) readings.push(...readings.map((one) => one.map((segment) => cut(segment))));
  if (needs.includes('encoded-slash')) {
    readings.push(...readings.map((one) => one.flatMap((segment) => segment.split('/')).filter((part) => part !== '')));
  }
  return readings.map((one) => ({ segments: one, trailingSlash: false }));
}

function cut(segment: string): string {
  return segment.replace(/;[^/]*/g, '');
}
