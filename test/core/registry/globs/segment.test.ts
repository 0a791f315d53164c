import fc from 'fast-check';
import { commonSegment, matchesSegment } from '../../../../src/core/registry/globs/segment.ts';

test.each([
  ['orders-*', 'orders-1', true],
  ['orders-*', 'orders-', false],
  ['*', '', false],
  ['*', 'x', true],
  ['a*a', 'aa', false],
  ['a*a', 'aaa', true],
  ['a*b*c', 'axbyc', true],
  ['a*b*c', 'abbc', false],
  ['a*b*c', 'axbbc', true],
  ['*-prod-*', 'x-prod-prod-y', true],
  ['plain', 'plain', true],
  ['plain', 'plainer', false],
])('%s on %j: %s', (glob, text, expected) => {
  expect(matchesSegment(glob, text)).toBe(expected);
});

const glob = fc
  .array(fc.constantFrom('a', 'b', '*'), { maxLength: 7 })
  .map((parts) => parts.join('').replace(/\*+/g, '*'));
const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 9 });

test('matches what the regular expression of it matches', () => {
  fc.assert(
    fc.property(glob, text, (pattern, value) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.+')}$`);
      expect(matchesSegment(pattern, value)).toBe(expression.test(value));
    }),
    { numRuns: 3000 },
  );
});

test('two have a common text exactly when one is found, and it matches both', () => {
  fc.assert(
    fc.property(glob, glob, fc.array(text, { maxLength: 30 }), (a, b, values) => {
      const common = commonSegment(a, b);
      if (common !== undefined) expect([matchesSegment(a, common), matchesSegment(b, common)]).toEqual([true, true]);
      else expect(values.filter((value) => matchesSegment(a, value) && matchesSegment(b, value))).toEqual([]);
    }),
    { numRuns: 3000 },
  );
});

test('two long ones take no long time', () => {
  expect(commonSegment('a*'.repeat(30), 'b*'.repeat(30))).toBeUndefined();
  expect(commonSegment(`${'a*'.repeat(30)}b`, `${'*a'.repeat(30)}c`)).toBeUndefined();
  expect(matchesSegment(`${'a*'.repeat(30)}b`, 'a'.repeat(5000))).toBe(false);
});
