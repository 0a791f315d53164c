import fc from 'fast-check';
import { parseQuery, parseRequestTarget } from '../../../src/local/api-gateway/request-target.ts';

describe('a request target', () => {
  test.each([
    ['/', '/', ''],
    ['/orders/7?a=1&b=2', '/orders/7', 'a=1&b=2'],
    ['/a?b?c', '/a', 'b?c'],
    ['//x/../%2e%2e;y', '//x/../%2e%2e;y', ''],
    ['/a#b', '/a#b', ''],
  ])('%s is cut at its first question mark and left as sent', (target, path, query) => {
    expect(parseRequestTarget(target)).toEqual({ path, query });
  });

  test.each(['', '*', 'orders', 'https://api.example.com/orders', '/a|b', '/a?b|c', '/a b', '/caf\u00e9', '/a\u007fb'])(
    '%j is a bad request',
    (target) => {
      expect(parseRequestTarget(target)).toBeUndefined();
    },
  );
});

describe('a query', () => {
  test('is decoded once, as a form is', () => {
    const query = parseQuery('a=1&b=x%2520y&a=2&c&d=&=e&f=1+2&&g=%C3%A9');
    expect([...(query ?? [])]).toEqual([
      ['a', ['1', '2']],
      ['b', ['x%20y']],
      ['c', ['']],
      ['d', ['']],
      ['', ['e']],
      ['f', ['1 2']],
      ['g', ['\u00e9']],
    ]);
    expect(parseQuery('')?.size).toBe(0);
  });

  test.each(['a=%', 'a=%zz', '%ff=1', 'a=%C3'])('%s is a bad request', (query) => {
    expect(parseQuery(query)).toBeUndefined();
  });

  test('agrees with URLSearchParams wherever it has an answer', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '&', '=', '+', '%41', '%26', '%C3%A9', '/') }),
        (text) => {
          const expected = new URLSearchParams(`?${text}`);
          for (const [name, values] of parseQuery(text) ?? []) expect(values).toEqual(expected.getAll(name));
        },
      ),
    );
  });
});
