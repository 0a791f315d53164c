import { lineMeant } from '../../nearest.ts';
import { type Place, type Problem, ProblemError } from '../../problem.ts';
import {
  compareSpecificity,
  covers,
  intersects,
  methodsOf,
  moreSpecific,
  type Pattern,
  witness,
} from '../../request/pattern.ts';
import { PatternTrie } from '../../request/pattern-trie.ts';
import { checkTo } from '../../request/rewrite.ts';
import type { Report } from '../pem-source.ts';
import type { ClientSource, DeployedSource, Positioned, RouteSource } from '../source.ts';

/**
 * Routes by themselves. Of the routes that match a request the most specific counts (`compareSpecificity`), whatever
 * their order in the file; two that are equally specific and meet, and one that can never be the most specific, are problems.
 */
export function proveRoutes({ routes, connectionNames }: DeployedSource, report: Report): void {
  for (const route of routes) {
    proveConnection(route, connectionNames, report);
    if (route.to !== undefined) proveTo(route.to, route.match, report);
  }
  // only routes with the same paths can be tied, or hide each other
  for (const same of Map.groupBy(routes, ({ match }) => pathsOf(match.value)).values()) {
    same.forEach((route, index) => {
      const earlier = same.slice(0, index).find((other) => tied(other.match.value, route.match.value));
      if (earlier !== undefined) reportTie(earlier, route, report);
      else proveReachable(route, same, report);
    });
  }
}

/** Equal for patterns with the same paths. */
function pathsOf({ segments, subtree, trailingSlash }: Pattern): string {
  return `${segments.map(encodeURIComponent).join('/')}${subtree ? '/**' : trailingSlash ? '/' : ''}`;
}

function proveConnection(route: RouteSource, names: ReadonlySet<string>, report: Report): void {
  if (names.has(route.connection.value)) return;
  report({
    code: 'connection_unknown',
    message: 'this connection is not in sallyport.yaml',
    place: route.connection.place,
    found: route.connection.value,
    allowed: names.size === 0 ? 'a name under connections' : [...names].join(', '),
    remedy: lineMeant('connection', route.connection.value, names),
  });
}

function proveTo(to: Positioned<string>, match: Positioned<Pattern>, report: Report): void {
  try {
    checkTo(to.value, match.value);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    for (const problem of error.problems) report({ ...problem, place: to.place });
  }
}

/** Of patterns with the same paths: as many methods, or methods that overlap without one containing the other. */
function tied(a: Pattern, b: Pattern): boolean {
  return intersects(a, b) && (compareSpecificity(a, b) === 0 || (!covers(a, b) && !covers(b, a)));
}

function reportTie(earlier: RouteSource, route: RouteSource, report: Report): void {
  const [a, b] = [earlier.match.value, route.match.value];
  const shared = [...methodsOf(a)].filter((method) => methodsOf(b).has(method));
  report({
    code: 'route_tie',
    message: 'two routes match the same request and neither is more specific',
    place: route.match.place,
    found: `${b.text} here and ${a.text} on line ${earlier.match.place.line}; both match ${shared[0]} ${witness(a).path}`,
    allowed: 'one most specific route for each request',
    remedy: `remove ${shared.join(',')} from one of the two`,
  });
}

/** @param same the routes with its paths */
function proveReachable(route: RouteSource, same: readonly RouteSource[], report: Report): void {
  const pattern = route.match.value;
  const before = same.filter((other) => other !== route && moreSpecific(other.match.value, pattern));
  const taken = new Set(before.flatMap((other) => [...methodsOf(other.match.value)]));
  if (![...methodsOf(pattern)].every((method) => taken.has(method))) return;
  report({
    code: 'route_unreachable',
    message: 'this route can never match: more specific ones take all of its requests',
    place: route.match.place,
    found: `${pattern.text}, behind ${before.map((other) => `${other.match.value.text} on line ${other.match.place.line}`).join(' and ')}`,
    allowed: 'a route with a request of its own',
    remedy: 'remove this route',
  });
}

/** Rules of clients, one after the other: each is served by some route, and none is hidden by an earlier one. */
export function ruleProver(routes: readonly RouteSource[], report: Report): (client: ClientSource) => void {
  const trie = new PatternTrie(routes, ({ match }) => match.value);
  const served = new Map<string, boolean>();
  const isServed = (rule: Pattern): boolean => {
    const known = served.get(rule.text) ?? trie.meeting(rule).some(({ match }) => intersects(match.value, rule));
    served.set(rule.text, known);
    return known;
  };
  return (client) => proveRules(client, routes, isServed, report);
}

function proveRules(
  client: ClientSource,
  routes: readonly RouteSource[],
  isServed: (rule: Pattern) => boolean,
  report: Report,
): void {
  client.allow.forEach(({ value, place }, index) => {
    if (!isServed(value)) report(unserved(value, place, routes));
    // what a group allows is not this client's to shorten
    if (place.file !== client.place.file) return;
    const earlier = client.allow.slice(0, index).find((other) => covers(other.value, value));
    if (earlier !== undefined) {
      report({
        code: 'rule_unreachable',
        message: 'an earlier rule of this client already allows all of this one',
        place,
        found: `${value.text}, within ${earlier.value.text} on line ${earlier.place.line}`,
        allowed: 'rules that allow something of their own',
        remedy: `remove "${value.text}"`,
      });
    }
  });
}

const mostNamed = 12;

function unserved(rule: Pattern, place: Place, routes: readonly RouteSource[]): Problem {
  const served = routes.slice(0, mostNamed).map(({ match }) => match.value.text);
  const more = routes.length > mostNamed ? `; and ${routes.length - mostNamed} more` : '';
  return {
    code: 'rule_unserved',
    message: 'no route in sallyport.yaml serves this rule',
    place,
    found: rule.text,
    allowed: `something within ${served.join('; ')}${more}`,
    remedy: `remove the rule, or add a route to sallyport.yaml with match: "${rule.text}", and decide there where it goes (${connectionsText(routes)}) and under which conditions`,
  };
}

/** Which of them serves it nobody has written: all are named, none is proposed. */
function connectionsText(routes: readonly RouteSource[]): string {
  const names = [...new Set(routes.map(({ connection }) => connection.value))];
  const more = names.length > mostNamed ? `, and ${names.length - mostNamed} more` : '';
  return `connection: ${names.slice(0, mostNamed).join(' or ')}${more}`;
}
