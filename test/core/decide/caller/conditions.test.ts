import { acme, asking, codes, orders, registryWith } from '../fixture.ts';

describe('where it comes from and when', () => {
  const registry = registryWith([
    { ...acme, addresses: ['203.0.113.0/24', '2001:db8::/32'], validFrom: '2026-06-01', validUntil: '2026-06-30' },
  ]);

  test.each([
    ['203.0.113.255', 'allow'],
    ['::ffff:203.0.113.1', 'allow'],
    ['2001:db8::7', 'allow'],
    ['203.0.112.255', 'address_not_allowed'],
    ['2001:db9::7', 'address_not_allowed'],
    ['', 'address_unreadable'],
    ['203.0.113.07', 'address_unreadable'],
    ['203.0.113.7, 198.51.100.1', 'address_unreadable'],
  ])('%j: %s', (address, expected) => {
    expect(codes(asking(orders.der, registry, { address }))).toEqual([expected]);
  });

  test.each([
    ['2026-05-31T23:59:59.999Z', 'client_not_yet_valid'],
    ['2026-06-01T00:00:00.000Z', 'allow'],
    ['2026-06-30T23:59:59.999Z', 'allow'],
    ['2026-07-01T00:00:00.000Z', 'client_no_longer_valid'],
  ])('%s: %s', (now, expected) => {
    expect(codes(asking(orders.der, registry, { now: Date.parse(now) }))).toEqual([expected]);
  });

  test('without a condition any address will do, also an unreadable one', () => {
    expect(codes(asking(orders.der, registryWith([acme]), { address: 'unknown' }))).toEqual(['allow']);
  });
});
