import { parseCertificate } from '../../../../src/core/x509/certificate.ts';
import { ca } from '../../../pki.ts';
import { authority, client, dns, dnsGlob, exactly, key, problemsOf, subject, subjectGlob } from '../sources.ts';

const root = ca({ subject: { C: 'US', O: 'DigiCert Inc', CN: 'DigiCert Example Root' } });
const leaf = root.issue({ subject: { O: 'Acme', CN: 'orders' } });
const known = authority('public', [root]);
type Identity = Parameters<typeof client>[1][number];
const problems = (identity: Identity, more: object = {}) =>
  problemsOf({ authorities: [{ ...known, ...more }], clients: [client('acme', [identity])] });

test.each<[string, Identity]>([
  ['subject CN=orders,O=Acme', subject('public', 'CN=orders, O=Acme')],
  ['subject CN=orders-*,O=Acme', subjectGlob('public', 'CN=orders-*, O=Acme')],
  ['dns *.acme.example', dnsGlob('public', '*.acme.example')],
])('%s is not enough where anybody is a customer', (name, identity) => {
  expect(problems(identity)).toEqual([
    expect.objectContaining({
      code: 'public_ca_unpinned',
      found: expect.stringContaining(`for example a certificate with ${name} that this CA signs for another customer`),
    }),
  ]);
  expect(problems(identity, { privateCa: 'DigiCert runs it for Acme alone' })).toEqual([]);
});

test.each<[string, Identity]>([
  ['a name that the CA has verified', dns('public', 'orders.acme.example')],
  ['a key', key(parseCertificate(leaf.der).spkiSha256, 'public')],
  ['the certificate', exactly(leaf)],
])('%s is', (_, identity) => {
  expect(problems(identity)).toEqual([]);
});
