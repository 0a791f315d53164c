import { clientKeyOf, clientKeySha256 } from '../../../../src/core/client-key.ts';
import { type ShownToken, thumbprintOf } from '../../../../src/core/decide/caller/token.ts';
import type { ClientDocument } from '../../../../src/core/registry/document.ts';
import { parseCertificate } from '../../../../src/core/x509/certificate.ts';
import { objectIdentifier, sequence, text } from '../../../../src/core/x509/write-der.ts';
import { extension } from '../../../../src/core/x509/write-extension.ts';
import { acme, acmeIssuing, asking, codes, denied, login, orders, registryWith, requiring } from '../fixture.ts';

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

describe('further conditions: all of them, of an `any` one', () => {
  const role = (oid: string, name: string) => sequence(objectIdentifier(oid), text(0x0c, name));
  const withRoles = (...roles: Uint8Array[]) => {
    const psd2 = sequence(
      objectIdentifier('0.4.0.19495.2'),
      sequence(sequence(...roles), text(0x0c, 'DNB'), text(0x0c, 'NL-DNB')),
    );
    return acmeIssuing.issue({
      subject: { CN: 'orders-client', O: 'Acme' },
      extra: [extension.raw('1.3.6.1.5.5.7.1.3', sequence(psd2))],
    }).der;
  };
  const accounts = withRoles(role('0.4.0.19495.1.3', 'PSP_AI'));
  const office = { addresses: ['203.0.113.0/24'] };
  const away = { address: '198.51.100.1' };
  const outcome = (require: ClientDocument['require'], certificate: Uint8Array, more = {}) =>
    codes(asking(certificate, registryWith([{ ...acme, require }]), more));

  test('a role counts by its OID, not by the text beside it', () => {
    const wanted = requiring([{ psd2Role: 'PSP_AI' }]);
    expect(outcome(wanted, accounts)).toEqual(['allow']);
    expect(outcome(wanted, orders.der)).toEqual(['condition_unmet']);
    expect(outcome(wanted, withRoles(role('0.4.0.19495.1.2', 'PSP_AI')))).toEqual(['condition_unmet']);
    expect(outcome(wanted, withRoles(role('1.2.3', 'PSP_AI')))).toEqual(['condition_unmet']);
  });

  test('all and any', () => {
    const both = requiring([{ psd2Role: 'PSP_AI' }], [office]);
    expect(outcome(both, accounts)).toEqual(['allow']);
    expect(outcome(both, accounts, away)).toEqual(['condition_unmet']);
    const either = requiring([{ psd2Role: 'PSP_AI' }, office]);
    expect(outcome(either, accounts, away)).toEqual(['allow']);
    expect(outcome(either, orders.der)).toEqual(['allow']);
    expect(outcome(either, orders.der, away)).toEqual(['condition_unmet']);
    expect(outcome(either, orders.der, { address: 'unreadable' })).toEqual(['condition_unmet']);
    expect(outcome(requiring([]), accounts)).toEqual(['condition_unmet']);
  });

  test('what is found and what would do', () => {
    const { reasons } = denied(
      asking(orders.der, registryWith([{ ...acme, require: requiring([{ psd2Role: 'PSP_AI' }, office]) }]), away),
    );
    expect(reasons).toMatchObject([
      { found: 'no PSD2 role, 198.51.100.1', expected: 'PSP_AI or 203.0.113.0/24', client: 'acme', at: { line: 20 } },
    ]);
  });

  test('of a route: those around it hold, too, unless it replaces them', () => {
    const routes = [
      { match: 'ANY /orders/**', require: requiring([{ psd2Role: 'PSP_AI' }]) },
      { match: 'ANY /orders/inside/**' },
      { match: 'ANY /orders/open/**', replaces: true as const },
      { match: 'ANY /orders/office/**', require: requiring([office]), replaces: true as const },
    ];
    const at = (path: string, certificate: Uint8Array, more = {}) =>
      codes(asking(certificate, registryWith([acme], { routes }), { path, ...more }));
    expect(at('/orders/1', accounts)).toEqual(['allow']);
    expect(at('/orders/1', orders.der)).toEqual(['condition_unmet']);
    expect(at('/orders/inside/1', orders.der)).toEqual(['condition_unmet']);
    expect(at('/orders/open/1', orders.der)).toEqual(['allow']);
    expect(at('/orders/OPEN/1', orders.der)).toEqual(['condition_unmet']);
    expect(at('/orders/office/1', orders.der)).toEqual(['allow']);
    expect(at('/orders/office/1', orders.der, away)).toEqual(['condition_unmet']);
  });

  test('a key: its hash is registered, it comes once, and nothing of it is told', () => {
    const key = clientKeyOf(new Uint8Array(32).fill(1));
    const registry = registryWith([{ ...acme, require: requiring([{ keySha256: clientKeySha256(key) ?? '' }]) }]);
    const input = asking(orders.der, registry);
    const withKey = (value?: string) => ({ ...input, request: { ...input.request, key: value } });
    expect(codes(withKey(key))).toEqual(['allow']);
    for (const other of [
      undefined,
      '',
      clientKeyOf(new Uint8Array(32).fill(2)),
      `${key},${key}`,
      clientKeySha256(key),
    ]) {
      expect(codes(withKey(other))).toEqual(['condition_unmet']);
    }
    const { reasons } = denied(withKey(clientKeyOf(new Uint8Array(32).fill(2))));
    expect(reasons[0]?.found).toBe('another key');
  });

  describe('an access token', () => {
    const wanted = { token: { issuer: 'login', scopes: ['orders.read'] } };
    const registry = registryWith([{ ...acme, require: requiring([wanted]) }], { tokenIssuers: [login] });
    const good: ShownToken = {
      goodFor: ['login'],
      thumbprint: thumbprintOf(parseCertificate(orders.der)),
      scopes: ['profile', 'orders.read'],
    };
    const other = thumbprintOf(parseCertificate(accounts));

    test.each<[string, ShownToken | undefined, string, string | undefined]>([
      ['bound, with the scope', good, 'allow', undefined],
      ['none', undefined, 'token_missing', 'no access token'],
      ['refused', { goodFor: [], refused: 'it has expired', scopes: [] }, 'token_refused', 'it has expired'],
      ['of another issuer', { ...good, goodFor: ['others'] }, 'token_refused', 'a token of others'],
      [
        'bound to nothing',
        { ...good, thumbprint: undefined },
        'token_certificate_differs',
        'a token without cnf.x5t#S256',
      ],
      [
        'bound to another',
        { ...good, thumbprint: other },
        'token_certificate_differs',
        'a token for another certificate',
      ],
      [
        'the same thumbprint with padding',
        { ...good, thumbprint: `${good.thumbprint}=` },
        'token_certificate_differs',
        undefined,
      ],
      [
        'without the scope',
        { ...good, scopes: ['orders.readwrite'] },
        'token_scope_missing',
        'a token without orders.read',
      ],
    ])('%s: %s', (_, token, code, found) => {
      const input = asking(orders.der, registry, { token });
      expect(codes(input)).toEqual([code]);
      if (code !== 'allow' && found !== undefined) {
        expect(denied(input).reasons).toMatchObject([{ found, client: 'acme', at: { line: 20 } }]);
        expect(denied(input).disclosed).toBe(code);
      }
    });

    test('is a condition beside the certificate: a token never makes up for it', () => {
      const stranger = acmeIssuing.issue({ subject: { CN: 'stranger', O: 'Acme' } }).der;
      const token = { ...good, thumbprint: thumbprintOf(parseCertificate(stranger)) };
      expect(codes(asking(stranger, registry, { token }))).toEqual(['identity_unknown']);
    });

    test('as one of several conditions', () => {
      const either = registryWith([{ ...acme, require: requiring([wanted, office]) }], { tokenIssuers: [login] });
      expect(codes(asking(orders.der, either))).toEqual(['allow']);
      expect(codes(asking(orders.der, either, { ...away, token: good }))).toEqual(['allow']);
      expect(denied(asking(orders.der, either, away)).reasons).toMatchObject([
        { code: 'condition_unmet', found: 'no access token, 198.51.100.1' },
      ]);
    });
  });
});
