import { decide } from '../../../../src/core/decide/decide.ts';
import type { ClientDocument } from '../../../../src/core/registry/document.ts';
import { parseCertificate } from '../../../../src/core/x509/certificate.ts';
import { ca, during, type IssueSpec, selfSigned } from '../../../pki.ts';
import {
  acme,
  acmeDevices,
  acmeIssuing,
  acmeRoot,
  asking,
  client,
  codes,
  denied,
  exactly,
  globexRoot,
  orders,
  registryWith,
  subjectOf,
} from '../fixture.ts';

const subject = { CN: 'orders-client', O: 'Acme' };

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
