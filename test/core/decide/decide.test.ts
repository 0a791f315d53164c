import fc from 'fast-check';
import { type DecideInput, decide } from '../../../src/core/decide/decide.ts';
import { reasonCodes } from '../../../src/core/decide/reasons.ts';
import { loadRegistry } from '../../../src/core/registry/load.ts';
import { ca, during } from '../../pki.ts';
import {
  acme,
  acmeDevices,
  acmeIssuing,
  acmeRoot,
  asking,
  authority,
  blocking,
  client,
  denied,
  documentWith,
  exactly,
  globexRoot,
  orders,
  registryWith,
  sha256,
  subjectOf,
} from './fixture.ts';

const subject = { CN: 'orders-client', O: 'Acme' };
const day = 86_400_000;
const everywhere = { routes: [{ match: 'ANY /**' }] };

describe('what the caller is told', () => {
  const registry = registryWith([{ ...acme, addresses: ['203.0.113.0/24'] }]);
  const told = (input: DecideInput) => denied(input).disclosed;

  test('the first of its own mistakes, in table order', () => {
    expect(told(asking(orders.der, registry, { address: '198.51.100.9' }))).toBe('address_not_allowed');
    expect(told(asking(orders.der, registry, { address: '198.51.100.9', path: '/none' }))).toBe('address_not_allowed');
    expect(told(asking(orders.der, registry, { path: '/none' }))).toBe('path_not_allowed');
    expect(told(asking(orders.der, registry, { method: 'PUT' }))).toBe('method_not_allowed');
    expect(told(asking(orders.der, registry, { path: '//' }))).toBe('path_malformed');
  });

  test('what is wrong with its certificate, when the signature leaves no doubt whose it is', () => {
    for (const [spec, code] of [
      [{ notAfter: during - day }, 'certificate_expired'],
      [{ notBefore: during + day }, 'certificate_not_yet_valid'],
      [{ purposes: ['serverAuth'] }, 'certificate_not_for_clients'],
      [{ key: 'p521' }, 'certificate_algorithm'],
    ] as const) {
      const decision = denied(asking(acmeIssuing.issue({ subject, ...spec }).der, registry));
      expect(decision).toMatchObject({ disclosed: code, client: { name: 'acme' }, authority: 'acme-ca' });
    }
  });

  test.each<[string, Uint8Array]>([
    [
      'a forged signature',
      ca({ subject: { CN: 'Acme Issuing', O: 'Acme' } }).issue({ subject, notAfter: during - day }).der,
    ],
    ['another authority', globexRoot.issue({ subject, notAfter: during - day }).der],
    ['a CA that may not sign clients', acmeDevices.issue({ subject, notAfter: during - day }).der],
    ['a weak signature', acmeIssuing.issue({ subject, signatureHash: 'sha1', notAfter: during - day }).der],
  ])('nothing under %s', (_, der) => {
    const decision = denied(asking(der, registry, { address: '198.51.100.9', path: '//' }));
    expect([decision.client, decision.disclosed]).toEqual([undefined, undefined]);
  });

  test('the same to an unmatched certificate, whether its subject is registered elsewhere or not', () => {
    for (const der of [
      globexRoot.issue({ subject }).der,
      globexRoot.issue({ subject: { CN: 'nobody' } }).der,
      ca().issue({ subject }).der,
      undefined,
    ]) {
      for (const request of [{}, { path: '//' }, { method: 'PUT' }, { path: '/none' }, { address: '198.51.100.9' }]) {
        const { disclosed, client: matched } = denied(asking(der, registry, request));
        expect([disclosed, matched]).toEqual([undefined, undefined]);
      }
    }
  });

  test('nothing when the client or its certificate is blocked, whatever else is wrong', () => {
    const overlays = [blocking({ client: 'acme' }), blocking({ certificate: sha256(orders.der) })];
    for (const overlay of overlays) {
      for (const request of [{}, { path: '//' }, { method: 'PUT' }, { address: '198.51.100.9' }]) {
        expect(told(asking(orders.der, registry, { overlay, ...request }))).toBeUndefined();
      }
    }
  });

  test('nothing when the front says so', () => {
    const silent = registryWith([acme], { disclose: false });
    const decision = denied(asking(orders.der, silent, { path: '/none' }));
    expect([decision.disclosed, decision.client?.name]).toEqual([undefined, 'acme']);
  });

  test('nothing when a CA of the path has expired: its key may be anywhere by now', () => {
    const old = acmeRoot.ca({ subject: { CN: 'Acme Old' }, notAfter: during - day });
    const leaf = old.issue({ subject });
    const document = documentWith([client('acme', [subjectOf(leaf, 'acme-ca')])]);
    const expired = loadRegistry({ ...document, authorities: [authority('acme-ca', [acmeRoot, old], [old])] });
    const decision = denied(asking(leaf.der, expired, { path: '//' }));
    expect([decision.client, decision.disclosed]).toEqual([undefined, undefined]);
  });

  test('nothing when two clients could be meant', () => {
    const expired = acmeIssuing.issue({ subject, notAfter: during - day });
    const both = registryWith([acme, client('pinned', [exactly(expired)])]);
    expect(denied(asking(expired.der, both))).toMatchObject({ disclosed: undefined, client: undefined });
  });
});

describe('properties', () => {
  const segment = fc.constantFrom('orders', 'a', 'b', '*');
  const patternText = fc
    .tuple(
      fc.constantFrom('ANY', 'GET', 'POST', 'GET,POST'),
      fc.array(segment, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('', '/', '/**'),
    )
    .map(([methods, segments, end]) => `${methods} /${segments.join('/')}${end}`);
  const path = fc.oneof(
    fc
      .array(fc.constantFrom('orders', 'a', 'b', 'c', '..', '.', '', '%2e%2e', 'a;b', '%2f', 'a%2fb', '*', '%61'), {
        maxLength: 4,
      })
      .map((parts) => `/${parts.join('/')}`),
    fc.string({ unit: 'binary' }),
  );
  const requests = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'TRACE', 'get'),
    path,
    address: fc.constantFrom('203.0.113.7', '198.51.100.9', ''),
  });

  /** What allows a request, said a second time in ten lines: literally, and after refusing every path that is not plain. */
  function reference(rules: readonly string[], method: string, raw: string): boolean {
    return rules.some((rule) => {
      const [methods = '', pattern = ''] = rule.split(' ');
      const known =
        methods === 'ANY' ? ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'] : methods.split(',');
      const source =
        pattern.replace(/\/\*\*$/, '').replaceAll('*', '[^/]+') + (pattern.endsWith('/**') ? '(/.*)?' : '');
      const plain = /^(\/[a-zA-Z0-9*]+(\.[a-z]+)*)*\/?$/.test(raw.replaceAll('%61', 'a')) && raw !== '';
      return known.includes(method) && plain && new RegExp(`^${source}$`).test(raw.replaceAll('%61', 'a'));
    });
  }

  test('never allows what no rule or no route allows; and allows what both allow', () => {
    fc.assert(
      fc.property(
        fc.array(patternText, { maxLength: 3 }),
        fc.array(patternText, { maxLength: 2 }),
        fc.boolean(),
        requests,
        (allow, matches, narrow, request) => {
          const conditions = narrow ? { addresses: ['203.0.113.0/24'] } : {};
          const registry = registryWith([client('acme', acme.identities, { allow, ...conditions })], {
            routes: matches.map((match) => ({ match })),
          });
          const plain = /^[/a-zA-Z0-9*%]*$/.test(request.path) && !/%(?!61)/.test(request.path);
          const expected =
            reference(allow, request.method, request.path) &&
            reference(matches, request.method, request.path) &&
            (!narrow || request.address === '203.0.113.7');
          const allowed = decide(asking(orders.der, registry, request)).outcome === 'allow';
          if (plain) expect(allowed).toBe(expected);
          else if (allowed) expect(request.path).not.toMatch(/\.\.|;|%2f|\/\//i);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('a mutated certificate is refused with known reasons, and never allowed', () => {
    const registry = registryWith([acme], everywhere);
    const mutation = fc.record({
      at: fc.nat({ max: orders.der.length - 1 }),
      byte: fc.integer({ min: 1, max: 255 }),
      cut: fc.option(fc.nat({ max: 40 })),
    });
    fc.assert(
      fc.property(mutation, ({ at, byte, cut }) => {
        const der = Uint8Array.from(orders.der, (old, index) => (index === at ? old ^ byte : old));
        const { reasons, disclosed } = denied(
          asking(cut === null ? der : der.subarray(0, der.length - cut - 1), registry, { path: '/orders' }),
        );
        expect(reasons.length).toBeGreaterThan(0);
        for (const { code } of reasons) expect(reasonCodes).toContain(code);
        expect(disclosed).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  test('any bytes, method, path and address are decided', () => {
    const registry = registryWith([{ ...acme, addresses: ['203.0.113.0/24'] }]);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (der, method, raw, address) => {
          expect(denied(asking(der, registry, { method, path: raw, address })).reasons.length).toBeGreaterThan(0);
          expect(denied(asking(orders.der, registry, { method, path: raw, address })).client?.name).toBe('acme');
        },
      ),
    );
  });
});
