import { nearestClient } from '../../../src/core/why/nearest-client.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import type { IssueSpec } from '../../pki.ts';
import { acme, acmeIssuing, client, documentWith, globexRoot, subjectOf } from '../decide/fixture.ts';

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
    'CN: registered orders-client, presented orders-klient (1 character of 13 apart)',
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

test.each<[string, IssueSpec, boolean]>([
  ['a new edition behind a separator', { subject: { CN: 'orders-client-2027', O: 'Acme' } }, true],
  ['one character in four', { subject: { CN: 'orders-cl1ent', O: 'Acme' } }, true],
  ['another client of the same organisation', { subject: { CN: 'billing', O: 'Acme' } }, false],
  ['the organisation alone', { subject: { O: 'Acme' } }, false],
  [
    'the name with two attributes more, and a slip',
    { subject: { CN: 'orders-klient', O: 'Acme', OU: 'IT', L: 'Breda' } },
    false,
  ],
  ['one letter that is another', { subject: { CN: 'x', O: 'Acme' } }, false],
  ['an alternative name with a number', { subject: 'whoever', names: [{ dns: 'stock-2.acme.example' }] }, true],
  ['another alternative name', { subject: 'whoever', names: [{ dns: 'other.example' }] }, false],
])('the threshold: %s', (_, spec, isNear) => {
  expect(nearestTo(spec) !== undefined).toBe(isNear);
});

test('two that are equally near are nobody: it would be a guess', () => {
  const twins = documentWith(
    ['orders-a', 'orders-b'].map((CN) =>
      client(CN, [subjectOf(acmeIssuing.issue({ subject: { CN, O: 'Acme' } }), 'acme-ca')]),
    ),
  );
  const leaf = parseCertificate(acmeIssuing.issue({ subject: { CN: 'orders-c', O: 'Acme' } }).der);
  expect(nearestClient(leaf, twins)).toBeUndefined();
});
