import { methods } from '../../../src/core/aws-limits.ts';
import { decide } from '../../../src/core/decide/decide.ts';
import { acme, asking, client, codes, denied, orders, registryWith } from './fixture.ts';

const everywhere = { routes: [{ match: 'ANY /**' }] };

describe('what it asks for', () => {
  test('the most specific rule is reported, of equals the first', () => {
    const registry = registryWith(
      [
        {
          ...acme,
          ...client('acme', acme.identities, { allow: ['ANY /**', 'GET /orders/*', 'GET /orders/1', 'GET /orders/1'] }),
        },
      ],
      everywhere,
    );
    const rule = (path: string, method = 'GET') => {
      const decision = decide(asking(orders.der, registry, { path, method }));
      return decision.outcome === 'allow' ? decision.rule.id : 'denied';
    };
    expect([rule('/orders/1'), rule('/orders/2'), rule('/orders/1', 'PUT'), rule('/')]).toEqual([
      'allow-3',
      'allow-2',
      'allow-1',
      'allow-1',
    ]);
  });

  test('the most specific route serves it and rewrites it', () => {
    const registry = registryWith([client('acme', acme.identities, { allow: ['ANY /**'] })], {
      routes: [
        { match: 'ANY /**' },
        { match: 'ANY /orders/**', to: '/Orders/rest/v1/**' },
        { match: 'GET /orders/health', to: '/health', connection: 'other' },
      ],
    });
    const route = (path: string) => {
      const decision = decide(asking(orders.der, registry, { path }));
      return decision.outcome === 'allow'
        ? [decision.route.id, decision.route.connection, decision.to + path.slice(decision.strip)]
        : 'denied';
    };
    expect(route('/orders/%41')).toEqual(['route-2', 'erp', '/Orders/rest/v1/%41']);
    expect(route('/orders/health')).toEqual(['route-3', 'other', '/health']);
    expect(route('/invoices/')).toEqual(['route-1', 'erp', '/invoices/']);
  });

  const anything = registryWith([client('acme', acme.identities, { allow: ['ANY /**'] })], everywhere);

  test.each([
    '/orders/../admin',
    '//',
    '/orders//1',
    '/%2e%2e',
    '/%2e%2e/admin',
    '/orders%2Fadmin',
    '/orders%2fadmin',
    '/%252e',
    '/%252e%252e/admin',
    '/%5c',
    '/a\\b',
    '/%3f',
    '/%23',
    '/..;/',
    '/..;/admin',
    '/orders;jsessionid=1',
    '/;jsessionid',
    '*',
    '',
    '/\x24{aws:x}',
    `/${'a'.repeat(1999)}`,
    '/orders\u0000',
    '/orders%00',
    '/orders ',
    '/\u2025/admin',
    '/%c0%ae%c0%ae/',
    '/a?b',
    '/a#b',
  ])('%j is malformed, even where everything is allowed', (path) => {
    const decision = denied(asking(orders.der, anything, { path }));
    expect(decision.reasons.map(({ code }) => code)).toEqual(['path_malformed']);
    expect(decision.reasons[0]).toMatchObject({
      expected: expect.stringMatching(/\(byte \d+\)$/),
      found: expect.any(String),
    });
  });

  test.each([
    ['/Orders', 'path_not_allowed'],
    ['/orders/', 'allow'],
    ['/ORDERS/1', 'path_not_allowed'],
    ['/%6frders', 'allow'],
    ['/orders/*', 'allow'],
    ['/*', 'path_not_allowed'],
  ])('%s: %s', (path, expected) => {
    expect(codes(asking(orders.der, registryWith([acme], everywhere), { path }))).toEqual([expected]);
  });

  test('only the seven methods exist', () => {
    for (const method of ['TRACE', 'CONNECT', 'get', 'GET ', '', '*', 'ANY', 'GET,POST', 'PROPFIND']) {
      expect(codes(asking(orders.der, anything, { method }))).toEqual(['method_not_allowed', 'route_missing']);
    }
    for (const method of methods) expect(codes(asking(orders.der, anything, { method }))).toEqual(['allow']);
  });

  describe('a route that admits', () => {
    const admitting = registryWith([client('acme', acme.identities, { allow: ['ANY /**'] })], {
      routes: [
        { match: 'ANY /**' },
        { match: 'ANY /files/**', admits: ['encoded-slash'] },
        { match: 'ANY /old/**', admits: ['semicolon'] },
      ],
    });

    test.each([
      ['/files/a%2Fb', 'allow'],
      ['/old/a;v=1', 'allow'],
      ['/files/a;v=1', 'path_malformed'],
      ['/old/a%2Fb', 'path_malformed'],
      ['/orders/a%2Fb', 'path_malformed'],
      ['/files/..%2fadmin', 'path_malformed'],
      ['/old/..;/admin', 'path_malformed'],
      ['/files%2F..%2Fold/x', 'path_malformed'],
    ])('%s: %s', (path, expected) => {
      expect(codes(asking(orders.der, admitting, { path }))).toEqual([expected]);
    });

    test('admits only for itself: without a route the path stays malformed', () => {
      const narrow = registryWith([acme], { routes: [{ match: 'ANY /orders/**', admits: ['semicolon'] }] });
      expect(codes(asking(orders.der, narrow, { path: '/x;y' }))).toEqual(['path_malformed']);
    });
  });
});
