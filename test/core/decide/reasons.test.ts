import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DecideInput, decide } from '../../../core/decide/decide.ts';
import { emptyOverlay } from '../../../core/decide/overlay.ts';
import { isCallerVisible, type ReasonCode, reasonCodes, reasonOf } from '../../../core/decide/reasons.ts';
import { reasonsPage } from '../../../core/decide/reasons-page.ts';
import { loadRegistry } from '../../../core/registry/load.ts';
import type { Registry } from '../../../core/registry/registry.ts';
import { extension } from '../../../core/x509/write.ts';
import { ca, during, type Issued, type IssueSpec, selfSigned } from '../../pki.ts';
import {
  acme,
  acmeDevices,
  acmeIssuing,
  acmeRoot,
  asking,
  authority,
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
import { acmeRevocations, listsRegistry } from './revocation-fixture.ts';

const registry = registryWith([acme]);
const subject = { CN: 'orders-client', O: 'Acme' };
const day = 86_400_000;

function variant(spec: IssueSpec, from = acmeIssuing): Uint8Array {
  return from.issue({ subject, ...spec }).der;
}

/** A registry whose authority has other certificates than the usual ones. */
function under(cas: readonly Issued[], issuers: readonly Issued[], leaf: Issued): Registry {
  const document = documentWith([client('acme', [subjectOf(leaf, 'acme-ca')])]);
  return loadRegistry({ ...document, authorities: [authority('acme-ca', cas, issuers)] });
}

const unknownCa = ca({ subject: { CN: 'Nobody Root' } });
const impostor = ca({ subject: { CN: 'Acme Issuing', O: 'Acme' } });
const expiredCa = acmeRoot.ca({ subject: { CN: 'Acme Old' }, notAfter: during - day });
const underExpired = expiredCa.issue({ subject });
const futureCa = acmeRoot.ca({ subject: { CN: 'Acme New' }, notBefore: during + day });
const underFuture = futureCa.issue({ subject });
const shortCa = ca({ subject: { CN: 'Acme Short Root' }, pathLength: 0 });
const tooDeep = shortCa.ca({ subject: { CN: 'Acme Short Issuing' } });
const underTooDeep = tooDeep.issue({ subject });
const constrained = acmeRoot.ca({
  subject: { CN: 'Acme Constrained' },
  extra: [extension.nameConstraints({ permitted: [{ dns: 'acme.example' }] })],
});
const outside = constrained.issue({ subject, names: [{ dns: 'orders.globex.example' }] });
const pinnedCa = ca({ subject: { CN: 'Pinned CA' } });
const pinned = selfSigned({ subject: { CN: 'pinned' } });

/** Each reason, from a certificate or request that really has the fault; and what else is then said. */
const cases: readonly [ReasonCode, DecideInput, (readonly ReasonCode[])?][] = [
  ['certificate_missing', asking(undefined, registry)],
  ['certificate_malformed', asking(new Uint8Array(), registry)],
  ['certificate_malformed', asking(orders.der.subarray(0, -1), registry)],
  [
    'certificate_blocked',
    asking(orders.der, registry, {
      overlay: { ...emptyOverlay, certificates: new Map([[sha256(orders.der), 'key on a public page']]) },
    }),
  ],
  ['certificate_revoked', asking(orders.der, listsRegistry(), { revocations: acmeRevocations([orders]) })],
  ['issuer_revoked', asking(orders.der, listsRegistry(), { revocations: acmeRevocations([acmeIssuing]) })],
  ['revocation_stale', asking(orders.der, listsRegistry(), { revocations: acmeRevocations(), now: during + 2 * day })],
  ['revocation_missing', asking(orders.der, listsRegistry())],
  ['certificate_expired', asking(variant({ notAfter: during - day }), registry)],
  ['certificate_not_yet_valid', asking(variant({ notBefore: during + day }), registry)],
  [
    'certificate_is_ca',
    asking(
      variant({ extra: [extension.basicConstraints(true), extension.keyUsage(['digitalSignature', 'keyCertSign'])] }),
      registry,
    ),
  ],
  [
    'certificate_is_ca',
    asking(pinnedCa.der, registryWith([client('pinned', [exactly(pinnedCa)])])),
    ['certificate_key_usage'],
  ],
  ['certificate_key_usage', asking(variant({ extra: [extension.keyUsage(['keyEncipherment'])] }), registry)],
  ['certificate_not_for_clients', asking(variant({ purposes: ['serverAuth'] }), registry)],
  ['certificate_weak_signature', asking(variant({ signatureHash: 'sha1' }), registry)],
  ['certificate_weak_key', asking(variant({ key: 'rsa1024' }), registry)],
  ['certificate_algorithm', asking(variant({ key: 'p521' }), registry)],
  ['certificate_algorithm', asking(variant({ key: 'ed25519' }), registry)],
  ['certificate_algorithm', asking(variant({ key: 'secp256k1' }), registry)],
  [
    'certificate_critical_extension',
    asking(variant({ extra: [extension.raw('1.3.6.1.4.1.55555.1', Uint8Array.of(5, 0), true)] }), registry),
  ],
  ['certificate_name_not_permitted', asking(outside.der, under([acmeRoot, constrained], [constrained], outside))],
  ['signature_invalid', asking(variant({}, impostor), registry)],
  [
    'signature_invalid',
    asking(variant({ alterSignature: (s) => s.map((b, i) => (i === s.length - 1 ? b ^ 1 : b)) }), registry),
  ],
  ['issuer_unknown', asking(unknownCa.issue({ subject: { CN: 'new' } }).der, registry), ['identity_unknown']],
  ['issuer_unknown', asking(variant({}, unknownCa), registry), ['authority_differs']],
  ['issuer_unknown', asking(pinned.der, registry), ['identity_unknown']],
  ['issuer_not_allowed', asking(variant({}, acmeRoot), registry)],
  ['issuer_not_allowed', asking(variant({}, acmeDevices), registry)],
  ['authority_expired', asking(underExpired.der, under([acmeRoot, expiredCa], [expiredCa], underExpired))],
  ['authority_expired', asking(underFuture.der, under([acmeRoot, futureCa], [futureCa], underFuture))],
  ['path_invalid', asking(underTooDeep.der, under([shortCa, tooDeep], [tooDeep], underTooDeep))],
  ['authority_differs', asking(variant({}, globexRoot), registry)],
  ['identity_unknown', asking(variant({ subject: { CN: 'orders-client ', O: 'Acme', OU: 'x' } }), registry)],
  [
    'identity_ambiguous',
    asking(
      acmeIssuing.issue({ subject, names: [{ dns: 'orders.acme.example' }] }).der,
      registryWith([
        acme,
        client('acme-2', [{ kind: 'san', authority: 'acme-ca', san: { kind: 'dns', value: 'orders.acme.example' } }]),
      ]),
    ),
  ],
  [
    'client_blocked',
    asking(orders.der, registry, { overlay: { ...emptyOverlay, clients: new Map([['acme', 'contract ended']]) } }),
  ],
  ['client_not_yet_valid', asking(orders.der, registryWith([{ ...acme, validFrom: '2026-06-02' }]))],
  ['condition_unmet', asking(orders.der, registryWith([{ ...acme, require: [[{ psd2Role: 'PSP_AI' }]] }]))],
  ['client_no_longer_valid', asking(orders.der, registryWith([{ ...acme, validUntil: '2026-05-31' }]))],
  [
    'address_not_allowed',
    asking(orders.der, registryWith([{ ...acme, addresses: ['198.51.100.0/24', '2001:db8::/32'] }])),
  ],
  [
    'address_unreadable',
    asking(orders.der, registryWith([{ ...acme, addresses: ['203.0.113.0/24'] }]), {
      address: '203.0.113.7, 203.0.113.8',
    }),
  ],
  ['path_malformed', asking(orders.der, registry, { path: '/orders/../admin' })],
  ['method_not_allowed', asking(orders.der, registry, { method: 'DELETE' })],
  ['method_not_allowed', asking(orders.der, registry, { method: 'get' }), ['route_missing']],
  [
    'path_not_allowed',
    asking(orders.der, registryWith([acme], { routes: [{ match: 'ANY /**' }] }), { path: '/admin' }),
  ],
  ['route_missing', asking(orders.der, registryWith([acme], { routes: [{ match: 'POST /orders' }] }))],
];

test.each(cases)('%s', (code, input, others = []) => {
  const { reasons } = denied(input);
  expect(new Set(reasons.map((reason) => reason.code))).toEqual(new Set([code, ...others]));
  for (const reason of reasons) {
    expect(JSON.stringify(reason)).toMatch(/^[\x20-\x7e]*$/);
    const told = reason.found ?? reason.expected;
    if (reason.code !== 'certificate_missing') expect(told).toEqual(expect.stringMatching(/./));
  }
});

test('every code has a case above', () => {
  expect(new Set(cases.map(([code]) => code))).toEqual(new Set(reasonCodes));
});

test('the unbroken certificate is allowed by both kinds of registry, so each case above fails for its own reason only', () => {
  expect(decide(asking(orders.der, registry)).outcome).toBe('allow');
  expect(decide(asking(pinned.der, registryWith([client('pinned', [exactly(pinned)])]))).outcome).toBe('allow');
});

describe('the table', () => {
  test.each(reasonCodes)('%s says what is so and what to do', (code) => {
    const {
      message,
      remedy,
      callerMessage = 'Nothing.',
    } = reasonOf(code) as { message: string; remedy: string; callerMessage?: string };
    expect(code).toMatch(/^[a-z]+(_[a-z]+)+$/);
    expect(code.length).toBeLessThanOrEqual(64);
    expect(message).toMatch(/^[^A-Z].{10,}[^.]$/);
    expect(remedy).toMatch(/^.{10,}[^.]$/);
    expect(callerMessage).toMatch(/^[A-Z].*\.$/);
  });

  test('nothing about blocks, other registrations or weak proofs is for the caller', () => {
    const secret: ReasonCode[] = [
      'certificate_blocked',
      'client_blocked',
      'authority_differs',
      'identity_unknown',
      'identity_ambiguous',
      'issuer_unknown',
      'issuer_not_allowed',
      'signature_invalid',
      'certificate_weak_signature',
      'certificate_weak_key',
      'certificate_revoked',
      'issuer_revoked',
      'revocation_stale',
      'revocation_missing',
    ];
    expect(secret.filter(isCallerVisible)).toEqual([]);
  });

  test('docs/reasons.md is current, with an anchor for each code (npx node bin/docs.ts writes it)', () => {
    const page = reasonsPage();
    expect(readFileSync(join(import.meta.dirname, '../../../docs/reasons.md'), 'utf8')).toBe(page);
    for (const code of reasonCodes) expect(page).toContain(`\n### ${code}\n`);
  });
});

describe('all reasons, not the first', () => {
  test('of the certificate, the client and the request, in table order', () => {
    const registryWithAll = registryWith([{ ...acme, validUntil: '2026-01-31', addresses: ['198.51.100.0/24'] }]);
    const leaf = variant({
      notAfter: during - day,
      purposes: ['serverAuth'],
      extra: [extension.keyUsage(['keyAgreement'])],
    });
    const overlay = {
      sequence: 1,
      clients: new Map([['acme', 'why']]),
      certificates: new Map([[sha256(leaf), 'why']]),
    };
    const { reasons } = denied(asking(leaf, registryWithAll, { overlay, method: 'PUT', path: '/none' }));
    expect(reasons.map(({ code }) => code)).toEqual([
      'certificate_blocked',
      'certificate_expired',
      'certificate_key_usage',
      'certificate_not_for_clients',
      'client_blocked',
      'client_no_longer_valid',
      'address_not_allowed',
      'path_not_allowed',
      'route_missing',
    ]);
  });

  test('of the request also when nobody is known', () => {
    const without = asking(undefined, registry, { path: '/none' });
    expect(denied(without).reasons.map(({ code }) => code)).toEqual(['certificate_missing', 'route_missing']);
    const malformed = asking(new Uint8Array([1]), registry, { path: '//' });
    expect(denied(malformed).reasons.map(({ code }) => code)).toEqual(['certificate_malformed', 'path_malformed']);
  });

  test('of an unknown certificate its own faults too', () => {
    const leaf = unknownCa.issue({ subject: { CN: 'x' }, notAfter: during - day, purposes: ['serverAuth'] }).der;
    expect(denied(asking(leaf, registry)).reasons.map(({ code }) => code)).toEqual([
      'certificate_expired',
      'certificate_not_for_clients',
      'issuer_unknown',
      'identity_unknown',
    ]);
  });

  test('of a client known by two names, each once', () => {
    const san = { kind: 'san', authority: 'acme-ca', san: { kind: 'dns', value: 'orders.acme.example' } } as const;
    const twice = registryWith([client('acme', [subjectOf(orders, 'acme-ca'), san])]);
    const leaf = acmeIssuing.issue({ subject, names: [{ dns: 'orders.acme.example' }], notAfter: during - day });
    expect(denied(asking(leaf.der, twice)).reasons).toEqual([
      expect.objectContaining({ code: 'certificate_expired', client: 'acme', authority: 'acme-ca' }),
    ]);
  });

  test('with what was found, what was expected and where it is written', () => {
    const { reasons } = denied(asking(orders.der, registry, { method: 'DELETE' }));
    expect(reasons).toEqual([
      {
        code: 'method_not_allowed',
        client: 'acme',
        found: 'DELETE /orders/1',
        expected: 'GET /orders/**',
        at: { file: 'truststore/clients/acme.yaml', line: 5 },
      },
    ]);
  });
});
