import fc from 'fast-check';
import { decisionRecordOf, logLineOf } from '../../src/authorize/decision-log.ts';
import { decide } from '../../src/core/decide/decide.ts';
import { parseCertificate } from '../../src/core/x509/certificate.ts';
import { acme, acmeIssuing, asking, client, orders, registryWith, sha256, subjectOf } from '../core/decide/fixture.ts';
import { during } from '../pki.ts';

const context = {
  reference: '01234567000000000000',
  front: 'orders-test',
  stage: 'live',
  release: 'a'.repeat(64),
  method: 'GET',
  address: '203.0.113.7',
  startedAt: during,
  endedAt: during + 3,
  octets: () => orders.der,
};

describe('the decision record', () => {
  test('of an allowed request, field by field', () => {
    const record = decisionRecordOf(decide(asking(orders.der, registryWith([acme]))), context);
    const leaf = parseCertificate(orders.der);
    expect(JSON.parse(logLineOf(record))).toEqual({
      format: 1,
      type: 'decision',
      time: '2026-06-01T00:00:00.000Z',
      reference: '01234567000000000000',
      front: 'orders-test',
      stage: 'live',
      outcome: 'allow',
      client: 'acme',
      authority: 'acme-ca',
      rule: 'allow-1',
      route: 'route-1',
      certificate: {
        sha256: sha256(orders.der),
        serial: leaf.serial,
        issuerSha256: sha256(leaf.issuer.der),
        subject: 'O=Acme,CN=orders-client',
        notAfter: '2049-12-31T00:00:00.000Z',
      },
      request: { method: 'GET', address: '203.0.113.7' },
      release: 'a'.repeat(64),
      durationMilliseconds: 3,
    });
  });

  test('of a refusal: every reason with its message and its remedy, and where the registry says otherwise', () => {
    const narrow = client('acme', [subjectOf(orders, 'acme-ca')], {
      allow: ['GET /orders'],
      addresses: ['192.0.2.0/24'],
    });
    const record = decisionRecordOf(decide(asking(orders.der, registryWith([narrow]), { path: '/invoices' })), context);
    expect(record.outcome).toBe('deny');
    expect(record.client).toBe('acme');
    expect(record.reasons?.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['address_not_allowed', 'path_not_allowed']),
    );
    for (const reason of record.reasons ?? []) {
      expect(reason.message).not.toBe('');
      expect(reason.remedy).not.toBe('');
    }
    expect(record.reasons?.find(({ code }) => code === 'address_not_allowed')).toMatchObject({ found: '203.0.113.7' });
  });

  test('begins with its format and type, so that a line can be told from any other', () => {
    const record = decisionRecordOf(decide(asking(undefined, registryWith([acme]))), context);
    expect(logLineOf(record)).toMatch(/^\{"format":1,"type":"decision","time":"/);
    expect(record.certificate).toBeUndefined();
  });

  test('is not forged through a subject, a method or an address', () => {
    const forged = '\u0085\u2028{"format":1,"type":"decision","outcome":"allow"}';
    const leaf = acmeIssuing.issue({ subject: { CN: `x${forged}`, O: 'Acme' } });
    const decision = decide(asking(leaf.der, registryWith([acme])));
    const line = logLineOf(decisionRecordOf(decision, { ...context, method: `${forged}\r\n`, address: '\u001b[2J' }));
    expect(line).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(line)).toMatchObject({
      outcome: 'deny',
      request: { method: `${forged}\r\n`, address: '\u001b[2J' },
    });
  });

  test('long texts are cut; the refusal record has them in full', () => {
    const path = `/orders/${'a'.repeat(1400)}/x`;
    const decision = decide(
      asking(orders.der, registryWith([client('acme', [subjectOf(orders, 'acme-ca')], { allow: ['GET /orders'] })]), {
        path,
      }),
    );
    const record = decisionRecordOf(decision, { ...context, method: 'M'.repeat(9000) });
    expect(logLineOf(record).length).toBeLessThan(8000);
  });
});

describe('a line', () => {
  test('is one line of ASCII that says the same, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (path, method) => {
        const record = { format: 1, type: 'refusal', time: '', reference: '', method, path, address: '' } as const;
        const line = logLineOf(record);
        expect(line).toMatch(/^[\x20-\x7e]*$/);
        expect(JSON.parse(line)).toEqual(record);
      }),
    );
  });

  test('hides no half of a surrogate pair', () => {
    const record = {
      format: 1,
      type: 'refusal',
      time: '',
      reference: '',
      method: 'GET',
      path: '/\ud83d',
      address: '',
    } as const;
    expect(logLineOf(record)).toContain('/\\ud83d');
  });
});
