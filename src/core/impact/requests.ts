import type { Client, Registry, Route, Rule } from '../registry/registry.ts';
import { methodsOf, type Pattern } from '../request/pattern.ts';
import { PatternTrie } from '../request/pattern-trie.ts';

/** Stands for each segment that a pattern leaves open: nobody's path has it. */
const anything = 'sallyport-anything';

export interface WitnessRequest {
  readonly method: string;
  readonly path: string;
}

/** For people: what was left open is a star again. */
export const shownPath = (path: string): string => path.replaceAll(anything, '*');

/** Finds requests that tell two registries apart, for the rules of a client. */
export class Witnesses {
  readonly #routes: PatternTrie<Route>;

  constructor(registries: readonly Registry[]) {
    this.#routes = new PatternTrie(
      registries.flatMap(({ routes }) => routes),
      ({ pattern }) => pattern,
    );
  }

  /**
   * Requests that `own` may make: one for each way in which a rule of it meets a route of either registry or a rule of
   * `other`. Between two of these nothing changes, because whatever decides about a path is one of these patterns.
   */
  *of(own: Client, other: Client | undefined): Generator<WitnessRequest> {
    const rules = new PatternTrie<Rule>(other?.rules ?? [], ({ pattern }) => pattern);
    const known = new Set<string>();
    for (const { pattern } of own.rules) {
      const meeting = [...this.#routes.meeting(pattern), ...rules.meeting(pattern)].map((one) => one.pattern);
      for (const path of [pattern, ...meeting].flatMap((one) => pathsOfBoth(pattern, one))) {
        for (const method of methodsOf(pattern)) {
          const key = `${method} ${path}`;
          if (known.has(key)) continue;
          known.add(key);
          yield { method, path };
        }
      }
    }
  }
}

/** Paths that both match; the patterns meet. */
function pathsOfBoth(a: Pattern, b: Pattern): readonly string[] {
  const count = Math.max(a.segments.length, b.segments.length);
  const written = Array.from({ length: count }, (_, index) => {
    const [one = '*', two = '*'] = [a.segments[index], b.segments[index]];
    const segment = one === '*' ? two : one;
    return `/${segment === '*' ? anything : encodeURIComponent(segment)}`;
  }).join('');
  const exact = [a, b].find(({ subtree }) => !subtree);
  if (exact !== undefined) return [exact.trailingSlash || written === '' ? `${written}/` : written];
  return written === '' ? ['/', `/${anything}`] : [written, `${written}/`, `${written}/${anything}`];
}
