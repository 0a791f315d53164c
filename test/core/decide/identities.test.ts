import type { Denial } from '../../../src/core/decide/block.ts';
import { decide } from '../../../src/core/decide/decide.ts';
import { IdentityCache, type KnownCaller } from '../../../src/core/decide/identities.ts';
import { emptyOverlay } from '../../../src/core/decide/overlay.ts';
import { loadRegistry } from '../../../src/core/registry/load.ts';
import type { Registry } from '../../../src/core/registry/registry.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { ca, during } from '../../pki.ts';
import {
  acme,
  acmeIssuing,
  acmeRoot,
  asking,
  authority,
  blocking,
  client,
  documentWith,
  globexRoot,
  orders,
  registryWith,
  sha256,
  subjectOf,
} from './fixture.ts';

const day = 86_400_000;
const registry = registryWith([acme]);

function codes(...[certificate, where, overrides]: Parameters<typeof asking>): readonly string[] {
  const decision = decide(asking(certificate, where, overrides));
  return decision.outcome === 'allow' ? ['allow'] : decision.reasons.map(({ code }) => code);
}

/** Counts how often a certificate had to be identified from scratch. */
function counting(of: Registry): Registry & { identified: number } {
  const counted = {
    ...of,
    identified: 0,
    candidates(leaf: Parameters<Registry['candidates']>[0]) {
      counted.identified += 1;
      return of.candidates(leaf);
    },
  };
  return counted;
}

test('a repeated caller is identified once and decided every time', () => {
  const identities = new IdentityCache();
  const counted = counting(registry);
  for (let call = 0; call < 3; call += 1) expect(codes(orders.der, counted, { identities })).toEqual(['allow']);
  // a copy of the bytes is the same certificate
  expect(codes(Uint8Array.from(orders.der), counted, { identities, method: 'PUT' })).toEqual(['method_not_allowed']);
  expect(counted.identified).toBe(1);
  expect(identities.size).toBe(1);
});

test('what was refused is not remembered', () => {
  const identities = new IdentityCache();
  const stranger = globexRoot.issue({ subject: { CN: 'stranger' } });
  codes(stranger.der, registry, { identities });
  codes(new Uint8Array([1]), registry, { identities });
  expect(identities.size).toBe(0);
});

describe('attacks on the cache', () => {
  const identities = () => {
    const cache = new IdentityCache();
    expect(codes(orders.der, registry, { identities: cache })).toEqual(['allow']);
    return cache;
  };

  test('another registry: the client is gone, renamed, or belongs to another authority', () => {
    const gone = registryWith([]);
    expect(codes(orders.der, gone, { identities: identities() })).toEqual(['identity_unknown']);
    const renamed = registryWith([{ ...acme, name: 'acme-2' }]);
    expect(decide(asking(orders.der, renamed, { identities: identities() }))).toMatchObject({
      client: { name: 'acme-2' },
    });
    const moved = registryWith([client('acme', [subjectOf(orders, 'globex-ca')])]);
    expect(codes(orders.der, moved, { identities: identities() })).toEqual(['authority_differs']);
  });

  test('another registry: its CA was removed, or may no longer sign clients', () => {
    const document = documentWith([acme]);
    const others = document.authorities.filter(({ name }) => name !== 'acme-ca');
    const removed = loadRegistry({
      ...document,
      authorities: [...others, authority('acme-ca', [acmeRoot], [acmeRoot])],
    });
    expect(codes(orders.der, removed, { identities: identities() })).toEqual(['issuer_unknown', 'authority_differs']);
    const demoted = loadRegistry({
      ...document,
      authorities: [...others, authority('acme-ca', [acmeRoot, acmeIssuing], [acmeRoot])],
    });
    expect(codes(orders.der, demoted, { identities: identities() })).toEqual(['issuer_not_allowed']);
  });

  test('back to the first registry: what was remembered under the second does not count', () => {
    const cache = identities();
    const renamed = registryWith([{ ...acme, name: 'acme-2' }]);
    decide(asking(orders.der, renamed, { identities: cache }));
    expect(decide(asking(orders.der, registry, { identities: cache }))).toMatchObject({ client: { name: 'acme' } });
  });

  test('another overlay is looked at afresh', () => {
    const counted = counting(registry);
    const cache = new IdentityCache();
    for (const id of ['0 0', '1 0', '1 0', '0 1'])
      codes(orders.der, counted, { identities: cache, overlay: { ...emptyOverlay, id } });
    expect(counted.identified).toBe(3);
  });

  test('a block counts at once for what is remembered', () => {
    const cache = identities();
    const blocked = (denial: Denial) => codes(orders.der, registry, { identities: cache, overlay: blocking(denial) });
    expect(blocked({ client: 'acme' })).toEqual(['client_blocked']);
    expect(blocked({ certificate: sha256(orders.der) })).toEqual(['certificate_blocked']);
    expect(blocked({ ca: parseCertificate(acmeRoot.der).subject.key })).toEqual(['issuer_blocked']);
    expect(blocked({ addresses: '203.0.113.7' })).toEqual(['address_blocked']);
    expect(codes(orders.der, registry, { identities: cache })).toEqual(['allow']);
  });

  test("the client's dates, addresses and rules are never remembered", () => {
    const narrow = registryWith([
      { ...acme, validFrom: '2026-06-01', validUntil: '2026-06-30', addresses: ['203.0.113.0/24'] },
    ]);
    const cache = new IdentityCache();
    const ask = (overrides: object) => codes(orders.der, narrow, { identities: cache, ...overrides });
    expect(ask({})).toEqual(['allow']);
    expect(ask({ now: during + 31 * day })).toEqual(['client_no_longer_valid']);
    expect(ask({ now: during - day })).toEqual(['client_not_yet_valid']);
    expect(ask({ address: '198.51.100.1' })).toEqual(['address_not_allowed']);
    expect(ask({ path: '/admin' })).toEqual(['path_not_allowed', 'route_missing']);
    expect(ask({ path: '/orders/..' })).toEqual(['path_malformed']);
    expect(ask({ method: 'DELETE' })).toEqual(['method_not_allowed']);
    expect(ask({})).toEqual(['allow']);
  });

  describe('time', () => {
    const soon = during + 30 * day;
    const shortRoot = ca({ subject: { CN: 'Short Root' }, notAfter: soon + 2000 });
    const shortIssuing = shortRoot.ca({ subject: { CN: 'Short Issuing' }, notBefore: during - day, notAfter: soon });
    const underShort = shortIssuing.issue({ subject: { CN: 'short' } });
    const document = documentWith([client('short', [subjectOf(underShort, 'short-ca')])]);
    const short = loadRegistry({
      ...document,
      authorities: [authority('short-ca', [shortRoot, shortIssuing], [shortIssuing])],
    });

    // notAfter is inclusive to the end of its second
    test('an entry ends with the first CA of its path', () => {
      const cache = new IdentityCache();
      expect(codes(underShort.der, short, { identities: cache })).toEqual(['allow']);
      expect(codes(underShort.der, short, { identities: cache, now: soon })).toEqual(['allow']);
      expect(codes(underShort.der, short, { identities: cache, now: soon + 1000 })).toEqual(['authority_expired']);
      expect(codes(underShort.der, short, { identities: cache, now: soon + 3000 })).toEqual([
        'authority_expired',
        'authority_expired',
      ]);
    });

    test('an entry does not reach back before its path began, when the clock is set back', () => {
      const cache = new IdentityCache();
      expect(codes(underShort.der, short, { identities: cache })).toEqual(['allow']);
      expect(codes(underShort.der, short, { identities: cache, now: during - day - 1 })).toEqual(['authority_expired']);
    });

    test('an entry ends with the certificate itself', () => {
      const leaf = acmeIssuing.issue({
        subject: { CN: 'orders-client', O: 'Acme' },
        notBefore: during - 1000,
        notAfter: during + 1000,
      });
      const cache = new IdentityCache();
      expect(codes(leaf.der, registry, { identities: cache })).toEqual(['allow']);
      expect(codes(leaf.der, registry, { identities: cache, now: during + 1000 })).toEqual(['allow']);
      expect(codes(leaf.der, registry, { identities: cache, now: during + 2000 })).toEqual(['certificate_expired']);
      expect(codes(leaf.der, registry, { identities: cache, now: during - 1001 })).toEqual([
        'certificate_not_yet_valid',
      ]);
    });
  });
});

describe('bounds', () => {
  const decision = decide(asking(orders.der, registry));
  if (decision.outcome !== 'allow') throw new Error('the fixture is refused');
  const [identity] = decision.client.identities;
  if (identity === undefined) throw new Error('the fixture has no identity');
  const identified: KnownCaller = {
    client: decision.client,
    identity,
    certificate: decision.certificate,
    validFrom: 0,
    validUntil: during,
  };
  const has = (cache: IdentityCache, key: string) => cache.get(key, registry, emptyOverlay, during) !== undefined;

  test('never more entries than its capacity, and the recently used stay', () => {
    const cache = new IdentityCache(8);
    cache.set('kept', registry, emptyOverlay, identified);
    for (let key = 0; key < 1000; key += 1) {
      cache.set(String(key), registry, emptyOverlay, identified);
      expect(has(cache, 'kept')).toBe(true);
      expect(cache.size).toBeLessThanOrEqual(8);
    }
    expect([has(cache, '999'), has(cache, '0')]).toEqual([true, false]);
  });

  test('an entry that is set again replaces the old one', () => {
    const cache = new IdentityCache(4);
    for (const key of ['a', 'b', 'c', 'a']) cache.set(key, registry, emptyOverlay, identified);
    expect(cache.size).toBe(3);
  });

  test.each([0, 1, -4, 2.5, Number.NaN])('a capacity of %s is misuse', (capacity) => {
    expect(() => new IdentityCache(capacity)).toThrow(/at least 2/);
  });
});
