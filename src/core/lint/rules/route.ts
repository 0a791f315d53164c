import { conditionCompiler } from '../../registry/conditions/compile-conditions.ts';
import { proveRouteConditions } from '../../registry/proofs/route-conditions.ts';
import { replacesAny } from '../../registry/route-table.ts';
import type { Positioned, RouteSource } from '../../registry/source.ts';
import { compareSpecificity, covers, intersects, moreSpecific, type Pattern } from '../../request/pattern.ts';
import { PatternTrie } from '../../request/pattern-trie.ts';
import type { LintFront } from '../front.ts';
import { type Detail, type FrontRule, nothing } from '../rule.ts';

/** What would forward all of its requests without it: the next most specific route, if that takes every one of them. */
function nextAround(route: RouteSource, routes: PatternTrie<RouteSource>): RouteSource | undefined {
  const pattern = route.match.value;
  const [next] = routes
    .meeting(pattern)
    .filter((other) => other !== route && intersects(other.match.value, pattern))
    .filter((other) => !moreSpecific(other.match.value, pattern))
    .sort((a, b) => compareSpecificity(a.match.value, b.match.value));
  return next !== undefined && covers(next.match.value, pattern) ? next : undefined;
}

/** Conditions of the route around hold inside it anyway, so one that asks for nothing of its own asks for the same. */
function doesTheSame(route: RouteSource, around: RouteSource): boolean {
  const asksNothing = (route.require ?? []).length === 0 && route.replaces !== true;
  const goesThere = route.connection.value === around.connection.value && !(route.to ?? around.to);
  return asksNothing && goesThere && String([...route.admits].sort()) === String([...around.admits].sort());
}

/** Those that write `replaces` where nothing is replaced: no condition around them, and no other way to their target. */
function idleReplaces(routes: readonly RouteSource[]): readonly RouteSource[] {
  const conditions = conditionCompiler(undefined, () => undefined);
  const compiled = routes.map((source) => ({ source, require: conditions.compile(source.require) }));
  const asking = routes
    .filter(({ require = [] }) => require.length > 0)
    .map((route) => ({ route, pattern: route.match.value }));
  const idle = routes.filter(
    (route) =>
      route.replaces === true &&
      !replacesAny(
        route.match.value,
        asking.filter((one) => one.route !== route),
      ),
  );
  if (idle.length === 0) return [];
  const without = compiled.map((one) =>
    idle.includes(one.source) ? { ...one, source: { ...one.source, replaces: false } } : one,
  );
  const needed = new Set<string>();
  proveRouteConditions(without, ({ place }) => needed.add(`${place?.line}:${place?.column}`));
  return idle.filter(({ match: { place } }) => !needed.has(`${place.line}:${place.column}`));
}

/** Every pattern with a slash at its end that stands beside no spelling without; those of groups once. */
function slashed({ routes, clients }: LintFront): readonly Positioned<Pattern>[] {
  const lists = [routes.map(({ match }) => match), ...clients.map(({ source }) => source.allow)];
  const found = new Map<string, Positioned<Pattern>>();
  for (const list of lists) {
    for (const { value, place } of list) {
      if (!value.trailingSlash || value.segments.length === 0) continue;
      const plain = { ...value, trailingSlash: false };
      if (!list.some((other) => covers(other.value, plain))) {
        found.set(`${place.file}:${place.line}:${place.column}`, { value, place });
      }
    }
  }
  return [...found.values()];
}

const spelling = ({ value, place }: Positioned<Pattern>): Detail => {
  const plain = value.text.replace(/[/]$/, '');
  return {
    place,
    found: `"${value.text}"`,
    remedy: `write "${plain}", or "${plain}/**" for all below it too, or both spellings`,
  };
};

export const routeRules: readonly FrontRule[] = [
  {
    code: 'route_without_effect',
    severity: 'warning',
    title: 'a route changes nothing: without it the route around it does the same',
    why: 'Whoever wrote it meant something by it, another backend or a condition, that it does not say.',
    remedy: 'remove it, or write what is different about it: its connection, `to` or `require`',
    citation: 'docs/architecture.md (the most specific route counts)',
    applies: ({ routes }) => routes.length > 1,
    check: ({ routes }) => {
      const trie = new PatternTrie(routes, ({ match }) => match.value);
      return routes.flatMap((route) => {
        const around = nextAround(route, trie);
        if (around === undefined || !doesTheSame(route, around)) return nothing;
        const { value, place } = route.match;
        const found = `${value.text}, within ${around.match.value.text} on line ${around.match.place.line}`;
        return [{ place, found }];
      });
    },
  },
  {
    code: 'replaces_nothing',
    severity: 'warning',
    title: 'a route says `replaces` where there is nothing that it replaces',
    why: 'Today it does nothing; a condition that is later written around it, for everything, would not hold here.',
    remedy: 'remove `replaces`',
    citation: 'docs/identities.md',
    applies: ({ routes }) => routes.length > 0,
    check: ({ routes }) =>
      idleReplaces(routes).map(({ match: { value, place } }) => ({
        place,
        found: value.text,
      })),
  },
  {
    code: 'pattern_trailing_slash',
    severity: 'warning',
    title: 'a pattern ends in a slash, and stands for that spelling only',
    why: 'Most callers write the path without it: they are refused, or go where another route says.',
    remedy: 'write the path without the slash at its end',
    citation: 'RFC 3986 §6.2.3; docs/identities.md',
    applies: ({ routes, clients }) => routes.length + clients.length > 0,
    check: (front) => slashed(front).map(spelling),
  },
];
