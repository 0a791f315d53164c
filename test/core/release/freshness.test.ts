import fc from 'fast-check';
import { freshnessOf } from '../../../src/core/release/freshness.ts';

const maximum = 900_000;
const at = Date.UTC(2026, 5, 1);

test.each([
  [0, 'fresh'],
  [10_000, 'fresh'],
  [10_001, 'due'],
  [15_000, 'due'],
  [15_001, 'stale'],
  [maximum, 'stale'],
  [maximum + 1, 'expired'],
  [-1, 'expired'],
  [Number.NaN, 'expired'],
])('an age of %d ms is %s', (age, expected) => {
  expect(freshnessOf(at, at + age, maximum)).toBe(expected);
});

test('what was never confirmed is expired', () => {
  expect(freshnessOf(undefined, at, maximum)).toBe('expired');
});

test('growing older never makes anything fresher', () => {
  const order = ['fresh', 'due', 'stale', 'expired'];
  fc.assert(
    fc.property(fc.nat(2_000_000), fc.nat(2_000_000), (younger, more) => {
      const rank = (age: number) => order.indexOf(freshnessOf(at, at + age, maximum));
      expect(rank(younger + more)).toBeGreaterThanOrEqual(rank(younger));
    }),
  );
});
