import { compileRegistry } from '../../../src/core/registry/compile.ts';
import { documentId, type RegistryDocument, writeDocument } from '../../../src/core/registry/document.ts';
import { loadRegistry, truststoreOf } from '../../../src/core/registry/load.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import {
  acmeIssuing,
  acmeRoot,
  at,
  authority,
  client,
  dns,
  exactly,
  globexRoot,
  initech,
  key,
  route,
  sourceOf,
  subject,
} from './sources.ts';

const leaf = acmeIssuing.issue({
  subject: { O: 'Acme', CN: 'orders' },
  names: [{ dns: 'ORDERS.acme.example' }, { uri: 'https://x.example' }],
});
const parsed = parseCertificate(leaf.der);

const source = sourceOf({
  clients: [
    client('by-subject', [subject('acme-ca', 'CN=ORDERS,O=acme')], {
      validFrom: at('2026-01-01'),
      validUntil: at('2026-12-31'),
      addresses: ['203.0.113.0/24'],
      allow: ['GET /orders', 'POST /orders'],
    }),
    client('by-name', [dns('globex-ca', 'orders.acme.example')]),
    client('by-key', [key(parsed.spkiSha256)]),
    client('by-certificate', [exactly(initech)]),
    client('other', [subject('acme-ca', 'CN=other,O=Acme')]),
  ],
  routes: [route('ANY /**'), route('GET /orders', { to: at('/o') })],
});
const { document, problems } = compileRegistry(source);

test('the document survives JSON and has one text, whatever the order of keys or files', () => {
  expect(problems).toEqual([]);
  const again: RegistryDocument = JSON.parse(JSON.stringify(document));
  expect(writeDocument(again)).toBe(writeDocument(document));
  const written = JSON.parse(writeDocument(document), (key, value) =>
    key === 'at' || key === 'addressesAt' ? undefined : value,
  );
  expect(written).toEqual(
    JSON.parse(JSON.stringify(document), (key, value) => (key === 'at' || key === 'addressesAt' ? undefined : value)),
  );
  expect(writeDocument(document)).toMatch(/"at":\{"file":"[^"]+"\}/);
  expect(writeDocument(document)).not.toMatch(/"line"|"column"/);
  const shuffled = compileRegistry({
    ...source,
    clients: [...source.clients].reverse(),
    authorities: [...source.authorities].reverse(),
  });
  expect(documentId(shuffled.document)).toBe(documentId(document));
  expect(loadRegistry(document).id).toBe(documentId(document));
  expect(loadRegistry(document, 'known').id).toBe('known');
});

test('a certificate finds every identity that its names, key or bytes fit, whatever the authority', () => {
  const registry = loadRegistry(document);
  expect(
    registry
      .candidates(parsed)
      .map((candidate) => candidate.client.name)
      .sort(),
  ).toEqual(['by-key', 'by-name', 'by-subject']);
  const [pinned] = registry.candidates(parseCertificate(initech.der));
  expect(pinned?.client.name).toBe('by-certificate');
  expect(pinned?.identity.kind === 'certificate' && pinned.identity.certificate.sha256).toBe(
    parseCertificate(initech.der).sha256,
  );
  expect(registry.candidates(parseCertificate(globexRoot.der))).toEqual([]);
});

test('a certificate finds the authorities that hold a CA with its issuer name', () => {
  const registry = loadRegistry(document);
  expect(registry.authoritiesIssuing(parsed).map(({ name }) => name)).toEqual(['acme-ca']);
  expect(registry.authoritiesIssuing(parseCertificate(initech.der))).toEqual([]);
});

test('authorities, clients and routes as values', () => {
  const registry = loadRegistry(document);
  const acme = registry.authorities.get('acme-ca');
  expect(acme?.anchors.map(({ sha256 }) => sha256)).toEqual([parseCertificate(acmeRoot.der).sha256]);
  expect(acme?.issuers.map(({ sha256 }) => sha256)).toEqual([parseCertificate(acmeIssuing.der).sha256]);
  const bySubject = registry.clients.get('by-subject');
  expect(bySubject?.rules.map(({ id, pattern }) => [id, pattern.text])).toEqual([
    ['allow-1', 'GET /orders'],
    ['allow-2', 'POST /orders'],
  ]);
  expect(new Date(bySubject?.validFrom ?? 0).toISOString()).toBe('2026-01-01T00:00:00.000Z');
  expect(new Date(bySubject?.validUntil ?? 0).toISOString()).toBe('2026-12-31T23:59:59.999Z');
  expect(bySubject?.addresses?.map(({ text }) => text)).toEqual(['203.0.113.0/24']);
  expect(registry.routes.map(({ id, pattern, to }) => [id, pattern.text, to])).toEqual([
    ['route-2', 'GET /orders', '/o'],
    ['route-1', 'ANY /**', undefined],
  ]);
});

test('the edge trusts every CA and the self-signed pinned certificates, each once', () => {
  const shared = compileRegistry(
    sourceOf({
      authorities: [authority('a', [acmeIssuing, acmeRoot]), authority('b', [acmeRoot])],
      clients: [client('one', [exactly(initech)]), client('two', [exactly(acmeIssuing.issue())])],
    }),
  );
  expect(shared.problems).toEqual([]);
  expect(truststoreOf(loadRegistry(shared.document)).map(({ subject: { rdns } }) => rdns.at(-1)?.[0]?.value)).toEqual([
    'Acme Issuing',
    'Acme Root',
    'tps.initech.example',
  ]);
});

test('a damaged document is refused', () => {
  const [first, ...rest] = document.authorities;
  const damaged = (change: object) => () => loadRegistry({ ...document, ...change } as RegistryDocument);
  expect(damaged({ authorities: [{ ...first, issuers: ['00'] }, ...rest] })).toThrow('registry is damaged');
  expect(damaged({ clients: [{ ...document.clients[0], validUntil: 'soon' }] })).toThrow('registry is damaged');
});

test('100,000 clients compile, load and are found', () => {
  const authorities = Array.from({ length: 10 }, (_, n) => authority(`ca-${n}`, [n % 2 === 0 ? globexRoot : acmeRoot]));
  const clients = Array.from({ length: 100_000 }, (_, n) =>
    client(`client-${n}`, [dns(`ca-${n % 10}`, `c${n}.example`)], {
      allow: ['GET /orders/**', `GET /c/${n % 100}`],
      addresses: ['203.0.113.0/24'],
    }),
  );
  const compiled = compileRegistry(sourceOf({ authorities, clients }));
  expect(compiled.problems).toEqual([]);
  const registry = loadRegistry(JSON.parse(writeDocument(compiled.document)));
  expect(registry.clients.size).toBe(100_000);
  const one = parseCertificate(globexRoot.issue({ names: [{ dns: 'C77777.example' }] }).der);
  expect(registry.candidates(one).map((candidate) => candidate.client.name)).toEqual(['client-77777']);
});

test.each([1, 2, 4])('format %i is refused by name', (format) => {
  const other = { ...document, format } as unknown as RegistryDocument;
  expect(() => loadRegistry(other)).toThrow(
    format < 3 ? /older format.*\n.*publish again from the files/ : /a format that is not known here/,
  );
});
