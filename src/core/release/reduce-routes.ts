import { canonicalJson } from '../canonical-json.ts';
import type { RequirementDocument, RouteDocument } from '../registry/document.ts';
import { coversPaths } from '../registry/route-table.ts';
import { intersects, type Pattern, parsePattern } from '../request/pattern.ts';
import { PatternTrie } from '../request/pattern-trie.ts';

/**
 * A route says where a request goes, and what is asked of whoever makes it. One that changes, and one whose requests would
 * fall through to another route if it were gone, stays as it is until step (c): the steps in between never send a request
 * to a backend that neither registry names for it. What either registry asks of a request is asked in between: conditions
 * whose route is not there (yet, or any more) stand as `withdrawn`, and `replaces` counts only where both write it.
 */
export function routesOfBoth(
  live: readonly RouteDocument[],
  desired: readonly RouteDocument[],
): readonly RouteDocument[] {
  const forwarding = live.filter(isForwarding);
  const wanted = new Map(desired.filter(isForwarding).map((route) => [route.match, route]));
  const patternOf = patterns();
  const trie = new PatternTrie(forwarding, patternOf);
  const overlaps = (route: RouteDocument): boolean =>
    trie.meeting(patternOf(route)).some((other) => other !== route && intersects(patternOf(other), patternOf(route)));
  const replacing = steadyReplacements(forwarding, [...wanted.values()], patternOf);
  const kept = forwarding.flatMap((route): readonly RouteDocument[] => {
    const other = wanted.get(route.match);
    if (other === undefined && !overlaps(route)) return [];
    const admits = other === undefined ? route.admits : route.admits.filter((each) => other.admits.includes(each));
    const require = requireOfBoth(route.require, other?.require);
    const { replaces: _, ...rest } = route;
    return [
      {
        ...rest,
        admits,
        ...(require === undefined ? {} : { require }),
        ...(replacing.has(route.match) ? { replaces: true } : {}),
      },
    ];
  });
  const there = new Set(kept.map(({ match }) => match));
  const asking = [...live, ...wanted.values()].filter((route) => !isForwarding(route) || !there.has(route.match));
  const withdrawn = new Map(asking.flatMap(conditionsAlone).map((route) => [keyOfConditions(route), route]));
  return [...kept, ...withdrawn.values()];
}

/** Both must hold. Where both ask the same, the live one stays: a line that has moved is no change. */
export function requireOfBoth(
  live: readonly RequirementDocument[] = [],
  desired: readonly RequirementDocument[] = [],
): readonly RequirementDocument[] | undefined {
  const known = new Set(live.map(({ any }) => canonicalJson(any)));
  const both = [...live, ...desired.filter(({ any }) => !known.has(canonicalJson(any)))];
  return both.length === 0 ? undefined : both;
}

/**
 * Which routes stand in the place of those around them in both. Not where a route lies across one and is in one registry
 * only: there a request may be inside the one here, and inside the other there, which does not replace.
 */
function steadyReplacements(
  live: readonly RouteDocument[],
  desired: readonly RouteDocument[],
  patternOf: (route: RouteDocument) => Pattern,
): ReadonlySet<string> {
  const both = new Set(desired.filter(({ replaces }) => replaces === true).map(({ match }) => match));
  const replacing = live.filter(({ match, replaces }) => replaces === true && both.has(match));
  const meeting = (routes: readonly RouteDocument[], pattern: Pattern) =>
    routes.filter((route) => intersects({ ...patternOf(route), methods: 'ANY' }, { ...pattern, methods: 'ANY' }));
  const texts = (routes: readonly RouteDocument[]) =>
    routes
      .map(({ match }) => match)
      .sort()
      .join('\n');
  const steady = replacing.filter((route) => {
    const pattern = patternOf(route);
    const [before, after] = [meeting(live, pattern), meeting(desired, pattern)];
    const isAcross = (other: RouteDocument) =>
      !coversPaths(patternOf(other), pattern) && !coversPaths(pattern, patternOf(other));
    return ![...before, ...after].some(isAcross) || texts(before) === texts(after);
  });
  return new Set(steady.map(({ match }) => match));
}

function conditionsAlone(route: RouteDocument): readonly RouteDocument[] {
  const { match, connection, require, at } = route;
  return require === undefined || require.length === 0
    ? []
    : [{ match, connection, admits: [], require, withdrawn: true, at }];
}

function keyOfConditions({ match, require = [] }: RouteDocument): string {
  return canonicalJson([match, require.map(({ any }) => any)]);
}

function isForwarding({ withdrawn }: RouteDocument): boolean {
  return withdrawn === undefined;
}

/** Each is parsed once. */
function patterns(): (route: RouteDocument) => Pattern {
  const known = new Map<string, Pattern>();
  return ({ match }) => {
    const pattern = known.get(match) ?? parsePattern(match);
    known.set(match, pattern);
    return pattern;
  };
}
