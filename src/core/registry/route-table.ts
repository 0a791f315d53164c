import { alikePattern, alikeReadings } from '../request/alike.ts';
import type { RequestPath } from '../request/path.ts';
import { covers, hasMethod, methodsOf, type Pattern } from '../request/pattern.ts';
import { PatternTrie } from '../request/pattern-trie.ts';

/** What of a route decides where a request goes and what is asked of it. */
interface Routed {
  readonly pattern: Pattern;
  readonly require: readonly unknown[];
  readonly replaces?: boolean;
}

/** A route that asks for something, with the pattern of all requests that a tolerant backend holds for its own. */
interface Guard<R> {
  readonly route: R;
  readonly around: Pattern;
}

/**
 * The routes of a registry. A request goes where the most specific route that matches it says; it has to meet the
 * conditions of every route that a tolerant backend could hold it for, whichever forwards it. A route that `replaces` takes
 * the place of those that contain it, for what it and the routes inside it forward.
 */
export class RouteTable<R extends Routed> {
  readonly #forwarding: PatternTrie<R>;
  readonly #guards: PatternTrie<Guard<R>> | undefined;
  readonly #replacing: readonly R[];
  /** By the route inside; worked out when it is first asked for. */
  readonly #replacingAround = new Map<R, readonly R[]>();

  /** @param guards routes that forward nothing, see `withdrawn` */
  constructor(routes: readonly R[], guards: readonly R[] = []) {
    this.#forwarding = new PatternTrie(routes, ({ pattern }) => pattern);
    const asking = [...routes, ...guards].filter(({ require }) => require.length > 0);
    const around = asking.map((route) => ({ route, around: alikePattern(route.pattern) }));
    this.#guards = around.length === 0 ? undefined : new PatternTrie(around, (guard) => guard.around);
    this.#replacing = routes.filter(({ replaces }) => replaces === true);
  }

  /** Where it goes: the most specific route that matches. */
  find(method: string, path: RequestPath): R | undefined {
    return this.#forwarding.first(method, path);
  }

  /** The routes whose conditions a request has to meet that `route` forwards, the most specific first. */
  asking(method: string, path: RequestPath, route: R): readonly R[] {
    if (this.#guards === undefined) return [];
    const found = new Set<R>();
    for (const reading of alikeReadings(path)) {
      for (const guard of this.#guards.all(reading)) {
        if (hasMethod(guard.around, method) && !this.#isReplaced(guard, method, route)) found.add(guard.route);
      }
    }
    return [...found];
  }

  /** Those that ask for something and share a path with `pattern`, spellings included. */
  guardsMeeting(pattern: Pattern): readonly R[] {
    return this.#guards?.meeting(alikePattern(pattern)).map(({ route }) => route) ?? [];
  }

  #isReplaced({ route: asking, around }: Guard<R>, method: string, route: R): boolean {
    // what a route asks of what it forwards itself always holds
    if (this.#replacing.length === 0 || asking === route) return false;
    let replacing = this.#replacingAround.get(route);
    if (replacing === undefined) {
      replacing = this.#replacing.filter(({ pattern }) => coversPaths(pattern, route.pattern));
      this.#replacingAround.set(route, replacing);
    }
    return replacing.some((one) => one !== asking && hasMethod(one.pattern, method) && isInside(one.pattern, around));
  }
}

/** Every path of `b` is one of `a`, whatever the methods. */
export function coversPaths(a: Pattern, b: Pattern): boolean {
  return covers({ ...a, methods: 'ANY' }, { ...b, methods: 'ANY' });
}

/** Whether a route with this pattern and `replaces` takes the place of any of these, which ask for something. */
export function replacesAny(pattern: Pattern, asking: readonly { readonly pattern: Pattern }[]): boolean {
  return asking.some((one) => {
    const around = alikePattern(one.pattern);
    return [...methodsOf(pattern)].some((method) => hasMethod(around, method)) && isInside(pattern, around);
  });
}

/** Fewer paths, or the same and no more methods. */
function isInside(pattern: Pattern, around: Pattern): boolean {
  const alike = alikePattern(pattern);
  return coversPaths(around, alike) && (!coversPaths(alike, around) || covers(around, alike));
}
