import { parseCertificate } from '../../../../src/core/x509/certificate.ts';
import {
  acmeIssuing,
  acmeRoot,
  authority,
  client,
  codesOf,
  dns,
  exactly,
  globexRoot,
  initech,
  key,
  problemsOf,
  subject,
} from '../sources.ts';

const pin = parseCertificate(initech.der).spkiSha256;
const orders = 'CN=orders, O=Acme, C=NL';

function pair(a: Parameters<typeof client>[1][number], b: Parameters<typeof client>[1][number], more = {}) {
  return codesOf({ clients: [client('one', [a]), client('two', [b])], ...more });
}

test('the same name from the same authority is one client only', () => {
  const [problem] = problemsOf({
    clients: [
      client('one', [subject('acme-ca', orders)]),
      client('two', [subject('acme-ca', '/C=NL/O=ACME/CN=Orders')]),
    ],
  });
  expect(problem).toMatchObject({
    code: 'identity_shared',
    message: 'one certificate could be two clients, one and two',
    found: expect.stringMatching(
      /^subject CN=Orders,O=ACME,C=NL from acme-ca, and subject CN=orders,O=Acme,C=NL from acme-ca in f\.yaml:\d+; for example a certificate with subject CN=Orders,O=ACME,C=NL, signed by CN=Acme Issuing,O=Acme$/,
    ),
    remedy: 'remove the identity from two (f.yaml:6) or from one (f.yaml:2)',
  });
  expect(pair(dns('acme-ca', 'a.example'), dns('acme-ca', 'a.example'))).toEqual(['identity_shared']);
  expect(pair(key(pin, 'acme-ca'), key(pin, 'acme-ca'))).toEqual(['identity_shared']);
  expect(pair(exactly(initech), exactly(initech))).toEqual(['identity_shared']);
});

test('the same name from unrelated authorities is two', () => {
  expect(pair(subject('acme-ca', orders), subject('globex-ca', orders))).toEqual([]);
  expect(pair(dns('acme-ca', 'a.example'), dns('globex-ca', 'a.example'))).toEqual([]);
  expect(pair(key(pin, 'acme-ca'), key(pin, 'globex-ca'))).toEqual([]);
  expect(pair(dns('acme-ca', 'a.example'), dns('acme-ca', 'b.example'))).toEqual([]);
});

test('a key without an authority is that key everywhere', () => {
  expect(pair(key(pin), key(pin, 'globex-ca'))).toEqual(['identity_shared']);
  expect(pair(key(pin, 'globex-ca'), key(pin))).toEqual(['identity_shared']);
});

test('two authorities with a common issuer count as one, whatever else is in them', () => {
  const authorities = [
    authority('acme-ca', [acmeIssuing, acmeRoot]),
    authority('other-ca', [acmeIssuing, acmeRoot]),
    authority('third-ca', [acmeIssuing, acmeRoot, globexRoot]),
    authority('globex-ca', [globexRoot]),
  ];
  expect(pair(subject('acme-ca', orders), subject('other-ca', orders), { authorities })).toEqual(['identity_shared']);
  expect(pair(subject('acme-ca', orders), subject('globex-ca', orders), { authorities })).toEqual(['identity_shared']);
  const apart = [
    authority('acme-ca', [acmeIssuing, acmeRoot]),
    authority('root-ca', [acmeIssuing, acmeRoot], ['CN=Acme Root,O=Acme']),
  ];
  expect(pair(subject('acme-ca', orders), subject('root-ca', orders), { authorities: apart })).toEqual([]);
});

test('a pinned certificate and another client by its name or key', () => {
  const leaf = acmeIssuing.issue({
    subject: { C: 'NL', O: 'Acme', CN: 'orders' },
    names: [{ dns: 'Orders.acme.example' }],
  });
  const spki = parseCertificate(leaf.der).spkiSha256;
  expect(pair(exactly(leaf), subject('acme-ca', orders))).toEqual(['identity_shared']);
  expect(pair(dns('acme-ca', 'orders.acme.example'), exactly(leaf))).toEqual(['identity_shared']);
  expect(pair(key(spki), exactly(leaf))).toEqual(['identity_shared']);
  expect(pair(exactly(leaf), subject('globex-ca', orders))).toEqual([]);
  expect(pair(exactly(initech), dns('acme-ca', 'tps.initech.example'))).toEqual([]);
  expect(codesOf({ clients: [client('one', [exactly(leaf), subject('acme-ca', orders)])] })).toEqual([]);
});

test('one client says a thing once', () => {
  expect(
    problemsOf({ clients: [client('one', [subject('acme-ca', orders), subject('acme-ca', orders)])] }),
  ).toMatchObject([{ code: 'identity_twice', remedy: 'remove one of the two' }]);
});

test('an authority with problems of its own is no other one', () => {
  const authorities = [authority('acme-ca', ['']), authority('globex-ca', [''])];
  expect(pair(subject('acme-ca', orders), subject('globex-ca', orders), { authorities })).toEqual([
    'authority_empty',
    'authority_empty',
  ]);
  expect(pair(subject('acme-ca', orders), subject('acme-ca', orders), { authorities })).toContain('identity_shared');
});
