import { nearestClient } from '../../../src/core/why/nearest-client.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import type { IssueSpec } from '../../pki.ts';
import { acme, acmeIssuing, client, documentWith, globexRoot } from '../decide/fixture.ts';

const stock = client('stock', [
  { kind: 'san', authority: 'acme-ca', san: { kind: 'dns', value: 'stock.acme.example' } },
]);
const document = documentWith([acme, stock]);
const nearestTo = (spec: IssueSpec, from = acmeIssuing) => {
  const found = nearestClient(parseCertificate(from.issue(spec).der), document);
  return found === undefined ? undefined : [found.client.name, ...found.differences];
};

test('what differs is told attribute by attribute', () => {
  expect(nearestTo({ subject: { CN: 'orders-klient', O: 'Acme' } })).toEqual([
    'acme',
    'CN: registered orders-client, presented orders-klient',
  ]);
  expect(nearestTo({ subject: { CN: 'orders-client', O: 'Acme', OU: 'IT' } })).toEqual([
    'acme',
    'OU: registered nothing, presented IT',
  ]);
});

test('the same name from elsewhere differs in nothing', () => {
  expect(nearestTo({ subject: { CN: 'orders-client', O: 'Acme' } }, globexRoot)).toEqual(['acme']);
  expect(nearestTo({ subject: 'whoever', names: [{ dns: 'STOCK.acme.example' }] }, globexRoot)).toEqual(['stock']);
});

test('a stranger is near to nobody', () => {
  expect(nearestTo({ subject: { CN: 'nobody', O: 'Nobody' } })).toBeUndefined();
  expect(nearestTo({ subject: {} })).toBeUndefined();
});
