import { alikePattern, foldSegment, type PathShape } from '../../request/alike.ts';
import { parseRequestPath } from '../../request/path.ts';
import type { Pattern } from '../../request/pattern.ts';
import type { RouteSource } from '../source.ts';

/** Where a route leads, as a tolerant backend reads it. */
export interface Aimed {
  readonly pattern: Pattern;
  /** All targets. */
  readonly target: Pattern;
  /** Of the target, what `to` has put there. */
  readonly prefixLength: number;
  /** The target is another path than that of the request. */
  readonly isMoved: boolean;
}

export function aimed({ match, to, admits }: Pick<RouteSource, 'match' | 'to' | 'admits'>): Aimed {
  const pattern = match.value;
  const around = alikePattern(pattern);
  if (to === undefined) {
    return {
      pattern,
      target: admits.includes('encoded-slash') ? split(around) : around,
      prefixLength: 0,
      isMoved: false,
    };
  }
  const fixed = fixedSegments(to.value);
  const same =
    fixed.length === around.segments.length && fixed.every((segment, index) => segment === around.segments[index]);
  return {
    pattern,
    target: { ...around, segments: fixed },
    prefixLength: fixed.length,
    isMoved: !same,
  };
}

/** A `to` that is malformed is a problem of its own. */
function fixedSegments(to: string): readonly string[] {
  try {
    return parseRequestPath(to.replace(/\/\*\*$/, '') || '/').segments.map(foldSegment);
  } catch {
    return [];
  }
}

/** With `%2F` in it one segment is many for a server that decodes first. */
function split(pattern: Pattern): Pattern {
  const star = pattern.segments.indexOf('*');
  return star < 0 ? pattern : { ...pattern, segments: pattern.segments.slice(0, star), subtree: true };
}

/** The paths of both; only for patterns that meet. */
export function common(a: Pattern, b: Pattern): Pattern {
  const length = Math.max(a.segments.length, b.segments.length);
  const segments = Array.from({ length }, (_, index) => {
    const [one = '*', other = '*'] = [a.segments[index], b.segments[index]];
    return one === '*' ? other : one;
  });
  return { ...a, segments, subtree: a.subtree && b.subtree };
}

/** The requests of the route whose targets are in `region`. */
export function leadingTo({ pattern, prefixLength, isMoved }: Aimed, region: Pattern): Pattern {
  if (!isMoved) return region;
  const base = alikePattern(pattern);
  if (!pattern.subtree) return base;
  return { ...base, segments: [...base.segments, ...region.segments.slice(prefixLength)], subtree: region.subtree };
}

/** Where the route leads those of its requests that `guard` takes; undefined when it has none. */
export function targetOf({ pattern, target, prefixLength, isMoved }: Aimed, guard: Pattern): Pattern | undefined {
  if (!isMoved) return guard;
  if (!pattern.subtree) return target;
  const own = alikePattern(pattern).segments.length;
  if (guard.segments.length < own) return target;
  const segments = [...target.segments.slice(0, prefixLength), ...guard.segments.slice(own)];
  return { ...guard, segments };
}

/** No segment of a pattern begins so. */
const other = '\u0000other';

/**
 * Paths of `region` that stand for all of them: any two that the patterns tell apart are like two of these. At each place
 * what some pattern writes there, and something that none does.
 */
export function samplePaths(patterns: readonly Pattern[], region: Pattern): readonly PathShape[] {
  const found: PathShape[] = [];
  const deepest = Math.max(...patterns.map(({ segments }) => segments.length)) + 1;
  const walk = (segments: readonly string[], live: readonly Pattern[]): void => {
    const depth = segments.length;
    if (depth >= region.segments.length) {
      found.push({ segments, trailingSlash: false });
      if (!region.subtree || depth >= deepest) return;
    }
    const written = region.segments[depth] ?? '*';
    const literals = live.flatMap(({ segments: own }) =>
      own[depth] === undefined || own[depth] === '*' ? [] : [own[depth]],
    );
    for (const segment of written === '*' ? new Set([...literals, other]) : [written]) {
      const next = live.filter(({ segments: own, subtree }) => {
        const at = own[depth];
        return at === undefined ? subtree : at === '*' || at === segment;
      });
      walk([...segments, segment], next);
    }
  };
  walk([], patterns);
  return found;
}
