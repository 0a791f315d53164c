import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decide } from '../../../src/core/decide/decide.ts';
import { callerMessageOf } from '../../../src/core/decide/reason-texts.ts';
import { isCallerVisible, type ReasonCode, reasonCodes, reasonOf } from '../../../src/core/decide/reasons.ts';
import { reasonsPage } from '../../../src/core/decide/reasons-page.ts';
import { extension } from '../../../src/core/x509/write.ts';
import { during } from '../../pki.ts';
import {
  acme,
  acmeIssuing,
  asking,
  blocking,
  client,
  denied,
  exactly,
  orders,
  registryWith,
  sha256,
  subjectOf,
} from './fixture.ts';
import { day, pinned, registry, situations, subject, unknownCa, variant } from './situations.ts';

test.each(situations)('%s', (code, input, others = []) => {
  const { reasons } = denied(input);
  expect(new Set(reasons.map((reason) => reason.code))).toEqual(new Set([code, ...others]));
  for (const reason of reasons) {
    expect(JSON.stringify(reason)).toMatch(/^[\x20-\x7e]*$/);
    const told = reason.found ?? reason.expected;
    if (reason.code !== 'certificate_missing') expect(told).toEqual(expect.stringMatching(/./));
  }
});

test('every code has a case above', () => {
  expect(new Set(situations.map(([code]) => code))).toEqual(new Set(reasonCodes));
});

test('the unbroken certificate is allowed by both kinds of registry, so each case above fails for its own reason only', () => {
  expect(decide(asking(orders.der, registry)).outcome).toBe('allow');
  expect(decide(asking(pinned.der, registryWith([client('pinned', [exactly(pinned)])]))).outcome).toBe('allow');
});

describe('the table', () => {
  test.each(reasonCodes)('%s says what is so and what to do', (code) => {
    const { message, remedy } = reasonOf(code);
    const callerMessage = callerMessageOf(code) ?? 'Nothing.';
    expect(callerMessageOf(code) !== undefined).toBe(isCallerVisible(code));
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
      'revocations_unreadable',
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
    const overlay = blocking({ client: 'acme' }, { certificate: sha256(leaf) });
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
