import fc from 'fast-check';
import { parseRequestPath } from '../../../src/core/request/path.ts';
import {
  compareSpecificity,
  hasMethod,
  intersects,
  matches,
  matchesPath,
  type Pattern,
  parsePattern,
} from '../../../src/core/request/pattern.ts';
import { PatternTrie } from '../../../src/core/request/pattern-trie.ts';

const segment = fc.constantFrom('a', 'b', 'c', '*');
const pattern = fc
  .record({
    methods: fc.constantFrom('GET', 'POST', 'GET,POST', 'ANY'),
    segments: fc.array(segment, { maxLength: 3 }),
    end: fc.constantFrom('', '/', '/**'),
  })
  .map(({ methods, segments, end }) => {
    const path = `${segments.map((one) => `/${one}`).join('')}${segments.length === 0 && end !== '/**' ? '/' : end}`;
    return parsePattern(`${methods} ${path}`);
  });
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'TRACE'),
  path: fc
    .tuple(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 }), fc.boolean())
    .map(([segments, slash]) =>
      parseRequestPath(segments.length === 0 ? '/' : `/${segments.join('/')}${slash ? '/' : ''}`),
    ),
});
const trieOf = (patterns: readonly Pattern[]) => new PatternTrie(patterns, (one) => one);
const anyMethod = (one: Pattern): Pattern => ({ ...one, methods: 'ANY' });

describe('finds what a search through all of them finds', () => {
  test('the most specific one that takes a request; of equally specific ones the first', () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 30 }), request, (patterns, { method, path }) => {
        const sorted = [...patterns].sort(compareSpecificity);
        expect(trieOf(patterns).first(method, path)).toBe(sorted.find((one) => matches(one, method, path)));
      }),
      { numRuns: 3000 },
    );
  });

  test('all whose paths have a path, and in that order', () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 30 }), request, (patterns, { path, method }) => {
        const found = trieOf(patterns).all(path);
        expect(new Set(found)).toEqual(new Set(patterns.filter((one) => matchesPath(one, path))));
        expect(found.find((one) => hasMethod(one, method))).toBe(trieOf(patterns).first(method, path));
      }),
      { numRuns: 1000 },
    );
  });

  test('all that share a path with a pattern', () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 30 }), pattern, (patterns, other) => {
        const expected = patterns.filter((one) => intersects(anyMethod(one), anyMethod(other)));
        const found = trieOf(patterns).meeting(other);
        expect(found.length).toBe(expected.length);
        expect(new Set(found)).toEqual(new Set(expected));
      }),
      { numRuns: 1000 },
    );
  });
});
