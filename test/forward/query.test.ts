import fc from 'fast-check';
import { ProblemError } from '../../src/core/problem.ts';
import { rebuildQuery } from '../../src/forward/query.ts';

/** Decodes as a server does that does not read + as a space. */
function decode(query: string): Record<string, string[]> {
  const values: Record<string, string[]> = Object.create(null);
  for (const part of query === '' ? [] : query.split('&')) {
    const [name = '', value = ''] = part.split('=').map(decodeURIComponent);
    values[name] = [...(values[name] ?? []), value];
  }
  return values;
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('&', '=', '+', ' ', '%', '#', '%26', '', '__proto__', '7'),
);
const map = fc
  .array(fc.tuple(text, fc.array(text, { minLength: 1, maxLength: 3 })), { maxLength: 6 })
  .map((entries) => Object.fromEntries(new Map(entries)));

test('what is rebuilt decodes to what came, order within a name kept', () => {
  fc.assert(
    fc.property(map, (values) => {
      const query = rebuildQuery(values);
      expect(query).toMatch(/^[A-Za-z0-9\-._~%=&]*$/);
      expect({ ...decode(query) }).toEqual({ ...values });
      // A browser's and a form's reading is the same one.
      const form = new URLSearchParams(query);
      for (const [name, list] of Object.entries(values)) expect(form.getAll(name)).toEqual(list);
      expect(rebuildQuery(values)).toBe(query);
    }),
  );
});

test('no query, and names without a value', () => {
  expect(rebuildQuery(null)).toBe('');
  expect(rebuildQuery(undefined)).toBe('');
  expect(rebuildQuery({})).toBe('');
  expect(rebuildQuery({ a: undefined, b: [] })).toBe('');
  expect(rebuildQuery({ a: [''], '': ['x'], "it's (a)*!": ['b c+d'] })).toBe('a=&=x&it%27s%20%28a%29%2A%21=b%20c%2Bd');
});

test('a lone surrogate is refused, not replaced', () => {
  expect(() => rebuildQuery({ a: ['\ud800'] })).toThrow(ProblemError);
  expect(() => rebuildQuery({ '\ud800': ['a'] })).toThrow(ProblemError);
});
