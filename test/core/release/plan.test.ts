import fc from 'fast-check';
import { decide } from '../../../src/core/decide/decide.ts';
import { IdentityCache } from '../../../src/core/decide/identities.ts';
import { emptyOverlay } from '../../../src/core/decide/overlay.ts';
import type { RegistryDocument } from '../../../src/core/registry/document.ts';
import { loadRegistry, truststoreOf } from '../../../src/core/registry/load.ts';
import { plan } from '../../../src/core/release/plan.ts';
import { reduced } from '../../../src/core/release/reduce.ts';
import { during } from '../../pki.ts';
import { allRoutes, type ClientSpec, type PartnerName, partner, registryOf, routeOf } from './fixture.ts';

const acme: ClientSpec = { name: 'acme', allow: ['GET /orders/**', 'POST /orders'] };
const lines = (live: RegistryDocument, desired: RegistryDocument) =>
  plan({ document: live }, { document: desired }).changes.map(({ kind, by, subject, detail }) =>
    [kind, by, subject, detail].filter((part) => part !== '').join(' '),
  );

describe('plan', () => {
  test('nothing changes when nothing but lines moved', () => {
    expect(plan({ document: registryOf([acme]) }, { document: registryOf([{ ...acme, line: 40 }]) })).toEqual({
      changes: [],
      reduces: false,
    });
  });

  test('clients, authorities, rules and conditions come and go one by one', () => {
    const live = registryOf([acme, { name: 'globex' }]);
    const changed = {
      ...acme,
      allow: ['GET /orders/**', 'GET /stock/**'],
      addresses: ['203.0.113.0/24'],
      tier: 'gold',
    };
    const desired = registryOf([changed, { name: 'initech' }]);
    expect(lines(live, desired)).toEqual([
      'removal publish authority globex-ca',
      'addition publish authority initech-ca',
      'removal publish client globex',
      'removal publish client acme rule POST /orders',
      'addition publish client acme rule GET /stock/**',
      'change publish client acme addresses',
      'change publish client acme tier',
      'addition publish client initech',
    ]);
    expect(plan({ document: live }, { document: desired }).reduces).toBe(true);
    expect(
      plan({ document: live }, { document: registryOf([acme, { name: 'globex' }, { name: 'initech' }]) }).reduces,
    ).toBe(false);
  });

  test('a change says what was and what will be, and where it is written', () => {
    const desired = registryOf([{ ...acme, validUntil: '2027-06-30', line: 3 }]);
    expect(plan({ document: registryOf([acme]) }, { document: desired }).changes).toEqual([
      {
        kind: 'change',
        by: 'publish',
        subject: 'client acme',
        detail: 'validUntil',
        before: undefined,
        after: '"2027-06-30"',
        at: { file: 'truststore/clients/acme.yaml', line: 3 },
      },
    ]);
  });

  test('CAs of an authority, identities, routes and the front', () => {
    const live = registryOf([acme]);
    const [authority] = live.authorities;
    const [client] = live.clients;
    if (authority === undefined || client === undefined) throw new Error('the fixture has one of each');
    const other = registryOf([{ name: 'globex' }]).authorities[0];
    const desired: RegistryDocument = {
      ...live,
      front: { ...live.front, label: 'shop', disclose: false },
      authorities: [
        {
          ...authority,
          certificates: [...authority.certificates, ...(other?.certificates ?? [])],
          revocation: { none: 'by hand' },
        },
      ],
      clients: [
        {
          ...client,
          identities: [
            { kind: 'key', spkiSha256: 'a'.repeat(64), authority: 'acme-ca' },
            { kind: 'certificate', certificate: '', sha256: 'b'.repeat(64) },
            { kind: 'san', authority: 'acme-ca', san: { kind: 'dns', value: 'a.example' } },
          ],
        },
      ],
      routes: [routeOf(allRoutes[0], 1, { connection: 'crm', admits: ['semicolon'] }), routeOf('ANY /new', 9)],
    };
    expect(lines(live, desired)).toEqual([
      'change publish front label',
      'change publish front disclose',
      `addition publish authority acme-ca CA certificate ${partner('globex').certificate.sha256}`,
      'change publish authority acme-ca revocation',
      'removal publish client acme subject CN=acme-client,O=acme of acme-ca'.replace(
        'CN=acme-client,O=acme',
        subjectOf(live),
      ),
      `addition publish client acme key ${'a'.repeat(64)} of acme-ca`,
      `addition publish client acme certificate ${'b'.repeat(64)}`,
      'addition publish client acme dns name a.example of acme-ca',
      `removal publish route ${allRoutes[1]}`,
      `removal publish route ${allRoutes[2]}`,
      `change publish route ${allRoutes[0]} connection`,
      `addition publish route ${allRoutes[0]} admits semicolon`,
      'addition publish route ANY /new',
    ]);
  });

  test('what only a deploy changes is marked so', () => {
    const document = registryOf([acme]);
    const digest = (digit: string) => digit.repeat(16);
    const live = {
      connections: { erp: digest('1'), crm: digest('2') },
      tiers: { gold: digest('3') },
      egress: digest('4'),
      domain: 'a.example',
    };
    const desired = {
      connections: { erp: digest('5') },
      tiers: { gold: digest('3'), free: digest('6') },
      egress: digest('7'),
      domain: 'b.example',
    };
    const { changes, reduces } = plan({ document, deployed: live }, { document, deployed: desired });
    expect(changes.map(({ kind, by, subject }) => `${kind} ${by} ${subject}`)).toEqual([
      'removal deploy connection crm',
      'change deploy connection erp',
      'addition deploy tier free',
      'change deploy domain',
      'change deploy egress',
    ]);
    expect(reduces).toBe(false);
    expect(plan({ document, deployed: live }, { document }).changes).toEqual([]);
  });
});

describe('the reduced registry', () => {
  test('keeps what both allow: the narrower addresses, the later start, the earlier end', () => {
    const live = registryOf([
      {
        ...acme,
        addresses: ['203.0.113.0/24', '198.51.100.7/32', '2001:db8::/32'],
        validFrom: '2026-01-01',
        validUntil: '2027-12-31',
      },
    ]);
    const desired = registryOf([
      { ...acme, addresses: ['203.0.113.16/28', '198.51.100.0/24'], validFrom: '2026-03-01', validUntil: '2027-06-30' },
    ]);
    expect(reduced(live, desired).clients[0]).toMatchObject({
      addresses: ['198.51.100.7/32', '203.0.113.16/28'],
      validFrom: '2026-03-01',
      validUntil: '2027-06-30',
    });
    expect(reduced(registryOf([acme]), desired).clients[0]?.addresses).toEqual(['203.0.113.16/28', '198.51.100.0/24']);
    expect(reduced(live, registryOf([acme])).clients[0]?.addresses).toHaveLength(3);
  });

  test('a client without an address, identity or rule left lets nobody in, and one whose authority goes, too', () => {
    const moved = registryOf([{ ...acme, addresses: ['198.51.100.0/24'] }]);
    const nobody = [{ name: 'acme', allow: [], identities: [{ withdrawn: true }] }];
    const between = reduced(registryOf([{ ...acme, addresses: ['203.0.113.0/24'] }]), moved);
    expect(between.clients).toMatchObject(nobody);
    const otherRule = registryOf([{ ...acme, allow: ['GET /stock/**'] }]);
    expect(reduced(registryOf([acme]), otherRule).clients).toMatchObject(nobody);
    const renamed = registryOf([acme]);
    const elsewhere = { ...renamed, authorities: registryOf([{ name: 'globex' }]).authorities };
    const without = reduced(registryOf([acme]), elsewhere);
    expect(without).toMatchObject({ clients: nobody, authorities: [{ name: 'acme-ca', withdrawn: true }] });
    expect(truststoreOf(loadRegistry(without))).toEqual([]);
  });

  test('a route that would let its requests fall through to another one stays until the last step', () => {
    const general = routeOf('ANY /orders/**', 1);
    const special = routeOf('GET /orders/special', 2, { connection: 'crm' });
    const apart = routeOf('GET /stock/**', 3);
    const live = registryOf([acme], { routes: [special, general, apart] });
    expect(reduced(live, registryOf([acme], { routes: [general] })).routes).toEqual([special, general]);
    const changed = registryOf([acme], { routes: [{ ...general, connection: 'crm' }] });
    expect(reduced(live, changed).routes).toEqual([special, general]);
    const admitting = registryOf([acme], { routes: [{ ...apart, admits: ['semicolon'] }] });
    expect(reduced(admitting, registryOf([acme], { routes: [apart] })).routes).toEqual([apart]);
  });

  test('does not disclose what either does not', () => {
    const live = registryOf([acme]);
    const silent = { ...live, front: { ...live.front, disclose: false } };
    expect(reduced(live, silent).front.disclose).toBe(false);
    expect(reduced(silent, live).front.disclose).toBe(false);
  });

  const clients = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom<PartnerName>('acme', 'globex', 'initech'),
      allow: fc.uniqueArray(fc.constantFrom('GET /orders/**', 'GET /stock/*', 'POST /orders', 'ANY /invoices'), {
        minLength: 1,
      }),
      addresses: fc.option(
        fc.uniqueArray(fc.constantFrom('203.0.113.0/24', '203.0.113.7/32', '198.51.100.0/24'), { minLength: 1 }),
        { nil: undefined },
      ),
      validUntil: fc.option(fc.constantFrom('2026-01-31', '2027-06-30'), { nil: undefined }),
    }),
    { selector: ({ name }) => name },
  );
  const registries = fc
    .tuple(clients, fc.subarray([...allRoutes], { minLength: 1 }))
    .map(([specs, matches]) => registryOf(specs, { routes: matches.map((match, index) => routeOf(match, index)) }));
  const request = fc.record({
    method: fc.constantFrom('GET', 'POST', 'DELETE'),
    path: fc.constantFrom('/orders', '/orders/7', '/stock/a', '/invoices'),
    address: fc.constantFrom('203.0.113.7', '203.0.113.8', '198.51.100.1', '192.0.2.1'),
  });

  test('allows exactly what both allow, decision by decision', () => {
    fc.assert(
      fc.property(
        registries,
        registries,
        request,
        fc.constantFrom<PartnerName>('acme', 'globex', 'initech'),
        (live, desired, asked, name) => {
          const allows = (document: RegistryDocument) =>
            decide({
              certificate: partner(name).leaf.der,
              request: asked,
              registry: loadRegistry(document),
              overlay: emptyOverlay,
              now: during,
              identities: new IdentityCache(),
            }).outcome === 'allow';
          expect(allows(reduced(live, desired))).toBe(allows(live) && allows(desired));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('of a registry with itself is that registry, and of a reduced one no more is taken', () => {
    fc.assert(
      fc.property(registries, registries, (live, desired) => {
        expect(plan({ document: live }, { document: live })).toEqual({ changes: [], reduces: false });
        expect(plan({ document: reduced(live, desired) }, { document: desired }).reduces).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});

function subjectOf(document: RegistryDocument): string {
  const identity = document.clients[0]?.identities[0];
  return identity?.kind === 'subject' ? identity.subject : '';
}
