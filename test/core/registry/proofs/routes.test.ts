import { at, client, codesOf, problemsOf, route, subject } from '../sources.ts';

const routes = (...patterns: string[]) => codesOf({ routes: patterns.map((pattern) => route(pattern)) });

test('nested routes are fine in any order', () => {
  expect(routes('ANY /**', 'GET /orders/**', 'GET /orders/special', 'GET /orders/*')).toEqual([]);
  expect(routes('GET /orders', 'GET,POST /orders', 'ANY /orders')).toEqual([]);
});

test('equally specific routes that meet are a tie, with a request that both match', () => {
  expect(problemsOf({ routes: [route('GET,POST /orders/*'), route('POST,PUT /orders/*')] })).toMatchObject([
    {
      code: 'route_tie',
      found: expect.stringMatching(
        /^POST,PUT \/orders\/\* here and GET,POST \/orders\/\* on line \d+; both match POST \/orders\/x$/,
      ),
      remedy: 'remove POST from one of the two',
    },
  ]);
  expect(routes('GET /orders', 'GET /orders')).toEqual(['route_tie']);
  expect(routes('GET,POST /a/**', 'POST,PUT,DELETE /a/**')).toEqual(['route_tie']);
  expect(routes('GET /orders', 'POST /orders')).toEqual([]);
});

test('crossing paths: the leftmost literal counts', () => {
  expect(routes('GET /a/*/c', 'GET /a/b/*')).toEqual([]);
});

test('a route behind others that take all of its requests', () => {
  expect(problemsOf({ routes: [route('GET /a'), route('POST /a'), route('GET,POST /a')] })).toMatchObject([
    {
      code: 'route_unreachable',
      found: expect.stringContaining('GET,POST /a, behind GET /a on line'),
      remedy: 'remove this route',
    },
  ]);
});

test('a connection that is not there', () => {
  expect(problemsOf({ routes: [route('GET /a', { connection: at('epr') })] })).toMatchObject([
    { code: 'connection_unknown', found: 'epr', allowed: 'erp', remedy: 'connection: erp' },
  ]);
});

test('to follows match', () => {
  expect(codesOf({ routes: [route('GET /a/**', { to: at('/b') })] })).toEqual(['route_to_malformed']);
  expect(codesOf({ routes: [route('GET /a', { to: at('/b/**') })] })).toEqual(['route_to_malformed']);
  expect(codesOf({ routes: [route('GET /a/**', { to: at('/b/**') })] })).toEqual([]);
  expect(codesOf({ routes: [route('GET /a', { to: at('/b/..') })] })).not.toEqual([]);
});

describe('rules', () => {
  const rules = (...allow: string[]) =>
    codesOf({
      routes: [route('GET,POST /orders/**')],
      clients: [client('acme', [subject('acme-ca', 'CN=x,O=Acme')], { allow })],
    });

  test('are served by some route', () => {
    expect(rules('GET /orders', 'POST /orders/*')).toEqual([]);
    expect(rules('ANY /**')).toEqual([]);
    expect(rules('DELETE /orders')).toEqual(['rule_unserved']);
    expect(rules('GET /stock')).toEqual(['rule_unserved']);
  });

  test('are not hidden by an earlier one', () => {
    expect(rules('GET /orders/**', 'GET /orders/1')).toEqual(['rule_unreachable']);
    expect(rules('GET /orders/1', 'GET /orders/**')).toEqual([]);
  });
});
