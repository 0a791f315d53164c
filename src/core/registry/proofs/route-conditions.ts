import { canonicalJson } from '../../canonical-json.ts';
import type { PathShape } from '../../request/alike.ts';
import { alikeMethods, alikePattern } from '../../request/alike.ts';
import type { RequestPath } from '../../request/path.ts';
import { methodsOf, type Pattern } from '../../request/pattern.ts';
import { PatternTrie } from '../../request/pattern-trie.ts';
import { requirementYaml } from '../conditions/condition-text.ts';
import type { RequirementDocument } from '../document.ts';
import type { Report } from '../pem-source.ts';
import { RouteTable } from '../route-table.ts';
import type { RouteSource } from '../source.ts';
import { type Aimed, aimed, common, leadingTo, samplePaths, targetOf } from './route-targets.ts';

/** A route with its conditions as they are compiled. */
export interface CompiledRoute {
  readonly source: RouteSource;
  readonly require: readonly RequirementDocument[] | undefined;
}

interface Routed extends Aimed {
  readonly source: RouteSource;
  readonly require: readonly RequirementDocument[];
  readonly replaces: boolean;
}

/**
 * Two ways to the same place ask for the same. Spellings of one path do by themselves (see `RouteTable`); two routes that
 * `to` leads to the same target of a connection do only if both are written so, or the one that asks for less `replaces`.
 * Found by trying: every path that some condition could tell from others, with one more that none knows.
 */
export function proveRouteConditions(compiled: readonly CompiledRoute[], report: Report): void {
  if (compiled.every(({ require = [] }) => require.length === 0)) return;
  const routes = compiled.map(
    ({ source, require = [] }): Routed => ({ ...aimed(source), source, require, replaces: source.replaces === true }),
  );
  const table = new RouteTable(routes);
  const reported = new Set<Routed>();
  for (const group of Map.groupBy(routes, ({ source }) => source.connection.value).values()) {
    const targets = new PatternTrie(group, ({ target }) => target);
    const order = new Map(group.map((route, index) => [route, index]));
    for (const route of group.filter(({ isMoved }) => isMoved)) {
      for (const other of targets.meeting(route.target)) {
        const isSecond = other.isMoved && (order.get(other) ?? 0) <= (order.get(route) ?? 0);
        if (isSecond || (reported.has(route) && reported.has(other))) continue;
        for (const difference of differences(route, other, table)) {
          const { less, more } = difference;
          if (less.replaces || reported.has(less)) continue;
          reported.add(less);
          reportDifference(less, more, difference, report);
        }
      }
    }
  }
}

interface Difference {
  readonly less: Routed;
  readonly more: Routed;
  readonly method: string;
  readonly target: string;
  readonly lacking: RequirementDocument;
}

/** The first target at which one asks for what the other does not, for either of them. */
function differences(a: Routed, b: Routed, table: RouteTable<Routed>): readonly Difference[] {
  const region = common(a.target, b.target);
  const ways = [a, b].map((route) => ({ route, guards: table.guardsMeeting(leadingTo(route, region)) }));
  if (ways.every(({ guards }) => guards.length === 0)) return [];
  const found = new Map<Routed, Difference>();
  const known = ways.flatMap(({ route, guards }) =>
    guards.map(({ pattern }) => targetOf(route, alikePattern(pattern))).filter((one) => one !== undefined),
  );
  for (const path of samplePaths([region, ...known], region)) {
    for (const [method, otherMethod] of sharedMethods(a.pattern, b.pattern)) {
      const asked = ways.map(({ route, guards }) =>
        askedAt(route, route === a ? method : otherMethod, path, guards, table),
      );
      const [ofA = [], ofB = []] = asked;
      for (const [less, more, lesser, greater] of [
        [a, b, ofA, ofB],
        [b, a, ofB, ofA],
      ] as const) {
        // of several requests that lead there, the one that is asked least, and the one that is asked most
        const lacking = greater.flatMap((one) => [...one]).find(([key]) => lesser.some((asks) => !asks.has(key)))?.[1];
        if (lacking === undefined || found.has(less)) continue;
        found.set(less, { less, more, method, target: `/${path.segments.map(shown).join('/')}`, lacking });
      }
    }
  }
  return [...found.values()];
}

type Asked = ReadonlyMap<string, RequirementDocument>;

/** What is asked of each of the requests that the route sends to this target. */
function askedAt(
  route: Routed,
  method: string,
  target: PathShape,
  guards: readonly Routed[],
  table: RouteTable<Routed>,
): readonly Asked[] {
  return requestsFor(route, target, guards).map(
    (path) =>
      new Map(
        table
          .asking(method, path, route)
          .flatMap(({ require }) => require)
          .map((one) => [canonicalJson(one.any), one]),
      ),
  );
}

function requestsFor(route: Routed, target: PathShape, guards: readonly Routed[]): readonly RequestPath[] {
  const { pattern, prefixLength } = route;
  const shape = (segments: readonly string[]): RequestPath => ({
    raw: '',
    rawSegments: [],
    trailingSlash: false,
    needs: [],
    segments,
  });
  if (!route.isMoved) return [shape(target.segments)];
  const rest = pattern.subtree ? target.segments.slice(prefixLength) : [];
  const base: Pattern = { ...alikePattern(pattern), subtree: false };
  const known = guards.map(({ pattern: guard }) => alikePattern(guard));
  return samplePaths([base, ...known], base).map(({ segments }) => shape([...segments, ...rest]));
}

function sharedMethods(a: Pattern, b: Pattern): readonly (readonly [string, string])[] {
  return [...methodsOf(a)].flatMap((method) => {
    const alike = alikeMethods(new Set([method]));
    return [...methodsOf(b)].filter((other) => alike.has(other)).map((other) => [method, other] as const);
  });
}

/** What stands for "any other" in a sample is shown as a star. */
function shown(segment: string): string {
  return segment.startsWith('\u0000') ? '*' : segment;
}

function reportDifference(less: Routed, more: Routed, { method, target, lacking }: Difference, report: Report): void {
  const { match, connection } = less.source;
  const line = more.source.match.place.line;
  const condition = requirementYaml(lacking);
  report({
    code: 'route_conditions_differ',
    message: 'two routes reach the same target, and this one asks for less',
    place: match.place,
    found: `${method} ${target} on ${connection.value}: ${match.value.text} lets it through without ${condition}, which ${more.source.match.value.text} on line ${line} asks for`,
    allowed:
      'the same conditions whichever way a target is reached, or `replaces: true` on the route that asks for less',
    remedy: `add to this route: require: [${[...less.require.map(requirementYaml), condition].join(', ')}]; or, if it is meant, replaces: true`,
  });
}
