import fc from 'fast-check';
import { type DecideInput, type Decision, decide } from '../../../core/decide/decide.ts';
import { emptyOverlay } from '../../../core/decide/overlay.ts';
import { METHODS } from '../../../core/decide/pattern.ts';
import { reasonCodes } from '../../../core/decide/reasons.ts';
import type { ClientDocument } from '../../../core/registry/document.ts';
import { parseCertificate } from '../../../core/x509/certificate.ts';
import { ca, during, type IssueSpec, selfSigned } from '../../pki.ts';
import {
  acme,
  acmeDevices,
  acmeIssuing,
  acmeRoot,
  asking,
  client,
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

function codes(input: DecideInput): readonly string[] {
  const decision = decide(input);
  return decision.outcome === 'allow' ? ['allow'] : decision.reasons.map(({ code }) => code);
}

function denied(input: DecideInput): Extract<Decision, { outcome: 'deny' }> {
  const decision = decide(input);
  if (decision.outcome !== 'deny') throw new Error(`allowed ${decision.client.name} by ${decision.rule.id}`);
  return decision;
}

describe('who it is', () => {
  const names: readonly [string, ClientDocument['identities'][number], IssueSpec][] = [
    ['subject', subjectOf(orders, 'acme-ca'), { subject }],
    [
      'dns',
      { kind: 'san', authority: 'acme-ca', san: { kind: 'dns', value: 'orders.acme.example' } },
      { names: [{ dns: 'Orders.ACME.example' }] },
    ],
    [
      'uri',
      { kind: 'san', authority: 'acme-ca', san: { kind: 'uri', value: 'spiffe://acme.example/orders' } },
      { names: [{ uri: 'spiffe://acme.example/orders' }] },
    ],
    [
      'email',
      { kind: 'san', authority: 'acme-ca', san: { kind: 'email', value: 'orders@acme.example' } },
      { names: [{ email: 'orders@acme.example' }] },
    ],
    [
      'ip',
      { kind: 'san', authority: 'acme-ca', san: { kind: 'ip', value: '203.0.113.7' } },
      { names: [{ ip: Uint8Array.of(203, 0, 113, 7) }] },
    ],
  ];

  test.each(names)('by %s, within the authority only', (_, identity, spec) => {
    const registry = registryWith([client('acme', [identity])]);
    const decision = decide(asking(acmeIssuing.issue(spec).der, registry));
    expect(decision).toMatchObject({
      outcome: 'allow',
      authority: 'acme-ca',
      client: { name: 'acme' },
      rule: { id: 'allow-1' },
    });
    expect(codes(asking(globexRoot.issue(spec).der, registry))).toEqual(['authority_differs']);
    expect(codes(asking(acmeRoot.issue(spec).der, registry))).toEqual(['issuer_not_allowed']);
    expect(codes(asking(acmeDevices.issue(spec).der, registry))).toEqual(['issuer_not_allowed']);
    expect(codes(asking(ca().issue(spec).der, registry))).toEqual(['issuer_unknown', 'authority_differs']);
  });

  test('by key: in a named authority, or in any that has a path', () => {
    const { spkiSha256 } = parseCertificate(orders.der);
    const pair = { publicKey: orders.publicKey, privateKey: orders.privateKey };
    const renewed = acmeIssuing.issue({ subject: { CN: 'another name' }, key: pair });
    const elsewhere = globexRoot.issue({ subject, key: pair });
    const named = registryWith([client('acme', [{ kind: 'key', spkiSha256, authority: 'acme-ca' }])]);
    const any = registryWith([client('acme', [{ kind: 'key', spkiSha256 }])]);
    for (const registry of [named, any])
      expect(decide(asking(renewed.der, registry))).toMatchObject({ outcome: 'allow', authority: 'acme-ca' });
    expect(codes(asking(elsewhere.der, named))).toEqual(['authority_differs']);
    expect(decide(asking(elsewhere.der, any))).toMatchObject({ outcome: 'allow', authority: 'globex-ca' });
    expect(codes(asking(ca().issue({ key: pair }).der, any))).toEqual(['issuer_unknown']);
    expect(codes(asking(acmeIssuing.issue({ subject }).der, any))).toEqual(['identity_unknown']);
    expect(codes(asking(selfSigned({ subject, key: pair }).der, any))).toEqual(['issuer_unknown']);
  });

  test('by exactly this certificate, which needs no authority but must be a client certificate', () => {
    const pinned = selfSigned({ subject: { CN: 'pinned' } });
    const pair = { publicKey: pinned.publicKey, privateKey: pinned.privateKey };
    const again = selfSigned({ subject: { CN: 'pinned' }, key: pair });
    const registry = registryWith([client('pinned', [exactly(pinned)])]);
    const decision = decide(asking(pinned.der, registry));
    expect(decision).toMatchObject({ outcome: 'allow', client: { name: 'pinned' } });
    expect(decision.authority).toBeUndefined();
    expect(codes(asking(again.der, registry))).toEqual(['issuer_unknown', 'identity_unknown']);
    for (const [spec, code] of [
      [{ notAfter: during - 1 }, 'certificate_expired'],
      [{ notBefore: during + 1000 }, 'certificate_not_yet_valid'],
      [{ purposes: ['serverAuth'] }, 'certificate_not_for_clients'],
      [{ key: 'rsa1024' }, 'certificate_weak_key'],
      [{ signatureHash: 'sha1' }, 'certificate_weak_signature'],
    ] as const) {
      const broken = selfSigned(spec);
      expect(codes(asking(broken.der, registryWith([client('pinned', [exactly(broken)])])))).toEqual([code]);
    }
  });

  test('two identities of one client are a rotation, not an ambiguity', () => {
    const leaf = acmeIssuing.issue({ subject, names: [{ dns: 'orders.acme.example' }] });
    const san = { kind: 'san', authority: 'acme-ca', san: { kind: 'dns', value: 'orders.acme.example' } } as const;
    const registry = registryWith([client('acme', [subjectOf(orders, 'acme-ca'), san, exactly(leaf)])]);
    expect(decide(asking(leaf.der, registry))).toMatchObject({ outcome: 'allow', authority: 'acme-ca' });
  });

  test('two clients are an ambiguity, and neither is told anything', () => {
    const both = registryWith([acme, client('pinned', [exactly(orders)])]);
    const decision = denied(asking(orders.der, both, { path: '/none' }));
    expect(decision.reasons.map(({ code, client: name }) => [code, name])).toEqual([
      ['identity_ambiguous', 'acme'],
      ['identity_ambiguous', 'pinned'],
      ['route_missing', undefined],
    ]);
    expect([decision.client, decision.disclosed]).toEqual([undefined, undefined]);
  });

  test.each<[string, IssueSpec]>([
    ['another case in the common name only', { subject: { CN: 'orders-client2', O: 'Acme' } }],
    ['Cyrillic letters', { subject: { CN: 'orders-\u0441lient', O: 'Acme' } }],
    ['a zero-width joiner', { subject: { CN: 'orders-client\u200d', O: 'Acme' } }],
    [
      'the RDNs as one',
      {
        subject: [
          [
            { type: 'CN', value: 'orders-client' },
            { type: 'O', value: 'Acme' },
          ],
        ],
      },
    ],
    ['the RDNs in reverse', { subject: { O: 'Acme', CN: 'orders-client' } }],
    ['a comma that prints as two RDNs', { subject: { CN: 'orders-client,O=Acme' } }],
    ['one attribute more', { subject: { CN: 'orders-client', O: 'Acme', OU: 'x' } }],
    ['the name as a SAN', { subject: { CN: 'x' }, names: [{ dns: 'orders-client' }] }],
    ['a wildcard SAN', { subject: { CN: 'x' }, names: [{ dns: '*.acme.example' }] }],
  ])('a look-alike is nobody: %s', (_, spec) => {
    const san = { kind: 'san', authority: 'acme-ca', san: { kind: 'dns', value: 'orders.acme.example' } } as const;
    const registry = registryWith([client('acme', [subjectOf(orders, 'acme-ca'), san])]);
    expect(codes(asking(acmeIssuing.issue(spec).der, registry))).toEqual(['identity_unknown']);
  });

  test.each(['orders-client\u0000', 'orders-client\n', '\u001b[2J'])(
    '%j in a name is no certificate at all',
    (name) => {
      expect(codes(asking(acmeIssuing.issue({ subject: { CN: name, O: 'Acme' } }).der, registryWith([acme])))).toEqual([
        'certificate_malformed',
      ]);
    },
  );
});

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
    const overlays = [
      { ...emptyOverlay, clients: new Map([['acme', 'why']]) },
      { ...emptyOverlay, certificates: new Map([[sha256(orders.der), 'why']]) },
    ];
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

  test('nothing when two clients could be meant', () => {
    const expired = acmeIssuing.issue({ subject, notAfter: during - day });
    const both = registryWith([acme, client('pinned', [exactly(expired)])]);
    expect(denied(asking(expired.der, both))).toMatchObject({ disclosed: undefined, client: undefined });
  });
});

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
    for (const method of METHODS) expect(codes(asking(orders.der, anything, { method }))).toEqual(['allow']);
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
