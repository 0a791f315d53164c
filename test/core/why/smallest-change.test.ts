import { decide } from '../../../src/core/decide/decide.ts';
import { emptyOverlay } from '../../../src/core/decide/overlay.ts';
import { loadRegistry } from '../../../src/core/registry/load.ts';
import { smallestChange } from '../../../src/core/why/smallest-change.ts';
import { during } from '../../pki.ts';
import { acme, acmeDevices, acmeIssuing, blocking, documentWith, globexRoot, orders } from '../decide/fixture.ts';

const document = documentWith(
  [{ ...acme, addresses: ['203.0.113.0/24'], validFrom: '2026-01-01', validUntil: '2026-12-31' }],
  { routes: [{ match: 'ANY /**' }] },
);
const day = 86_400_000;

interface Other {
  readonly certificate?: Uint8Array;
  readonly method?: string;
  readonly path?: string;
  readonly address?: string;
  readonly now?: number;
}

const refused = ({ certificate = orders.der, now = during, ...request }: Other = {}) => ({
  certificate,
  request: { method: 'GET', path: '/orders/1', address: '203.0.113.7', ...request },
  overlay: emptyOverlay,
  now,
  document,
});

test.each<[string, Other, readonly string[]]>([
  ['address_not_allowed', { address: '198.51.100.9' }, ['add 198.51.100.9/32 to addresses']],
  ['address_not_allowed, IPv6', { address: '2001:db8::9' }, ['add 2001:db8::9/128 to addresses']],
  ['method_not_allowed', { method: 'DELETE' }, ['add "DELETE /orders/1" to allow']],
  ['path_not_allowed', { path: '/bills' }, ['add "GET /bills" to allow']],
  ['client_not_yet_valid', { now: Date.UTC(2025, 11, 31, 12) }, ['set validFrom to 2025-12-31']],
  ['client_no_longer_valid', { now: Date.UTC(2027, 0, 1, 12) }, ['set validUntil to 2027-01-01 or later']],
  [
    'two at once',
    { address: '198.51.100.9', path: '/bills' },
    ['add 198.51.100.9/32 to addresses', 'add "GET /bills" to allow'],
  ],
])('%s: the change, applied, allows it', (_, other, texts) => {
  const { document: before, ...input } = refused(other);
  expect(decide({ ...input, registry: loadRegistry(before) }).outcome).toBe('deny');
  const change = smallestChange({ ...input, document: before });
  expect(change?.map(({ text }) => text)).toEqual(texts.map((text) => `client acme: ${text}`));
  const after = (change ?? []).reduce((changed, edit) => edit.apply(changed), before);
  expect(decide({ ...input, registry: loadRegistry(after) }).outcome).toBe('allow');
});

test.each<[string, Other]>([
  ['it is allowed already', {}],
  ['the certificate has expired', { certificate: acmeIssuing.issue({ notAfter: during - day }).der }],
  ['nobody is known by the subject', { certificate: acmeIssuing.issue({ subject: { CN: 'nobody' } }).der }],
  ['the path would mean more than itself in a pattern', { path: '/**' }],
  ['the path is malformed', { path: '//' }],
])('no change is proposed when %s', (_, other) => {
  expect(smallestChange(refused(other))).toBeUndefined();
});

test('a block is not edited around', () => {
  const overlay = blocking({ client: 'acme' });
  expect(smallestChange({ ...refused({ path: '/bills' }), overlay })).toBeUndefined();
});

describe('a route', () => {
  const asked = (connections: readonly string[]) => ({
    ...refused({ path: '/bills' }),
    document: documentWith([acme], {
      routes: connections.map((connection, index) => ({ match: `GET /orders${index}`, connection })),
    }),
  });

  test('is added with the rule when there is one connection', () => {
    const input = asked(['erp', 'erp']);
    const change = smallestChange(input) ?? [];
    expect(change.map(({ text }) => text)).toEqual([
      'client acme: add "GET /bills" to allow',
      'add a route "GET /bills" to connection erp',
    ]);
    const after = change.reduce((changed, edit) => edit.apply(changed), input.document);
    expect(decide({ ...input, registry: loadRegistry(after) }).outcome).toBe('allow');
  });

  test('is not guessed when there are two', () => {
    expect(smallestChange(asked(['erp', 'crm']))).toBeUndefined();
  });
});

describe('who somebody is changes only with what it weakens', () => {
  test.each<[string, Other, string, RegExp]>([
    [
      'another authority issued the registered name',
      { certificate: globexRoot.issue({ subject: { CN: 'orders-client', O: 'Acme' } }).der },
      "client acme: add to identities - { authority: globex-ca, subject: 'O=Acme,CN=orders-client' }",
      /^from then on globex-ca, too, decides who is acme/,
    ],
    [
      'a CA of the authority issued it that may not sign clients',
      { certificate: acmeDevices.issue({ subject: { CN: 'orders-client', O: 'Acme' } }).der },
      'authority acme-ca: add ',
      /^every certificate that O=Acme,CN=Acme Devices signs/,
    ],
  ])('%s', (_, other, text, weakens) => {
    const { document: before, ...input } = refused(other);
    const change = smallestChange({ ...input, document: before }) ?? [];
    expect(change).toEqual([
      expect.objectContaining({ text: expect.stringContaining(text), weakens: expect.stringMatching(weakens) }),
    ]);
    const after = change.reduce((changed, edit) => edit.apply(changed), before);
    expect(decide({ ...input, registry: loadRegistry(after) }).outcome).toBe('allow');
  });

  test('a name that is nearly the registered one is a guess, and no change', () => {
    const near = acmeIssuing.issue({ subject: { CN: 'orders-client-2', O: 'Acme' } });
    expect(smallestChange(refused({ certificate: near.der }))).toBeUndefined();
  });

  test('a signature that does not verify changes nothing', () => {
    const forged = acmeIssuing.issue({
      subject: { CN: 'orders-client-2', O: 'Acme' },
      signWith: globexRoot.privateKey,
    });
    expect(smallestChange(refused({ certificate: forged.der }))).toBeUndefined();
  });
});

test('a route for one more method goes where the others of its path go', () => {
  const routed = documentWith([{ ...acme, allow: [{ pattern: 'DELETE /orders/**', at: acme.at }] }], {
    routes: [{ match: 'GET /orders/**', to: '/Orders/rest/v1/**' }, { match: 'GET /**' }],
  });
  const [edit] = smallestChange({ ...refused({ method: 'DELETE' }), document: routed }) ?? [];
  expect(edit?.change).toEqual({
    key: 'routes',
    append: '{ match: "DELETE /orders/1", connection: erp, to: "/Orders/rest/v1/1" }',
  });
  const changed = edit?.apply(routed) ?? routed;
  const input = { certificate: orders.der, request: { method: 'DELETE', path: '/orders/1', address: '203.0.113.7' } };
  const decision = decide({ ...input, registry: loadRegistry(changed), overlay: emptyOverlay, now: during });
  expect(decision).toMatchObject({ outcome: 'allow', to: '/Orders/rest/v1/1', strip: '/orders/1'.length });
});

describe('a route that is proposed', () => {
  const place = { file: 'sallyport.yaml', line: 20, column: 40 };
  const office = [{ any: [{ addresses: ['203.0.113.0/24'] }], at: place }];
  const proposed = (routes: Parameters<typeof documentWith>[1], other: Other = {}) =>
    smallestChange({ ...refused({ method: 'DELETE', ...other }), document: documentWith([acme], routes) })?.find(
      ({ change }) => 'key' in change && change.key === 'routes',
    );

  test('asks for what is asked on its path with other methods, in whatever spelling', () => {
    for (const match of ['GET /orders/**', 'GET /orders/1', 'GET /Orders/1/']) {
      const edit = proposed({ routes: [{ match, require: office }] });
      expect(edit?.change).toEqual({
        key: 'routes',
        append: '{ match: "DELETE /orders/1", connection: erp, require: [{ addresses: [203.0.113.0/24] }] }',
      });
      expect(edit?.weakens).toContain(`it asks for { addresses: [203.0.113.0/24] }, as ${match} does`);
    }
  });

  test('says what others are asked for and it is not', () => {
    const edit = proposed({ routes: [{ match: 'GET /orders/**' }, { match: 'POST /payments', require: office }] });
    expect(edit?.weakens).toBe(
      'DELETE /orders/1 reaches erp, which nothing does today; it asks for nothing; POST /payments asks for { addresses: [203.0.113.0/24] }, and this does not',
    );
  });
});

test('an address that nobody has given is written nowhere', () => {
  const certificate = globexRoot.issue({ subject: { CN: 'orders-client', O: 'Acme' } }).der;
  const { document: before, ...input } = refused({ certificate });
  const request = { ...input.request, address: undefined };
  const change = smallestChange({ ...input, request, document: before }) ?? [];
  expect(change.map(({ change: one }) => 'key' in one && one.key)).toEqual(['identities']);
});
