import fc from 'fast-check';
import { impactOf } from '../../../src/core/impact/impact.ts';
import { rolledBack } from '../../../src/core/impact/rolled-back.ts';
import type { ClientDocument, RegistryDocument } from '../../../src/core/registry/document.ts';
import { loadRegistry } from '../../../src/core/registry/load.ts';
import { reduced } from '../../../src/core/release/reduce.ts';
import { during } from '../../pki.ts';
import {
  acmeDevices,
  acmeIssuing,
  acmeRoot,
  asking,
  authority,
  client,
  codes,
  documentWith,
  globexRoot,
  requiring,
  subjectOf,
} from '../decide/fixture.ts';
import { codesOf } from '../release/fixture.ts';

const names = ['acme', 'globex', 'initech'] as const;
const leaves = names.map((name) => acmeIssuing.issue({ subject: { CN: name } }));
const devices = names.map((name) => acmeDevices.issue({ subject: { CN: name } }));
const paths = ['/orders', '/orders/1', '/orders/secret/1', '/stock', '/stock/1'];
const addresses = ['203.0.113.7', '203.0.113.200', '198.51.100.1'];

/** Everything that anybody could ask, under one registry. */
function allowedBy(document: RegistryDocument): ReadonlySet<string> {
  const registry = loadRegistry(document);
  const found = new Set<string>();
  for (const [index, leaf] of [...leaves, ...devices].entries())
    for (const path of paths)
      for (const method of ['GET', 'POST'])
        for (const address of addresses)
          if (codes(asking(leaf.der, registry, { path, method, address }))[0] === 'allow')
            found.add(`${index} ${method} ${path} ${address}`);
  return found;
}

const someClient = fc.record({
  allow: fc.subarray(['GET /orders/**', 'POST /orders', 'ANY /stock/**', 'GET /orders/secret/**'], { minLength: 1 }),
  addresses: fc.option(fc.subarray(['203.0.113.0/25', '203.0.113.0/24', '198.51.100.1/32'], { minLength: 1 }), {
    nil: undefined,
  }),
  validUntil: fc.constantFrom(undefined, '2020-01-01', '2098-01-01'),
  require: fc.constantFrom(undefined, [], requiring([{ addresses: ['203.0.113.0/24'] }])),
});
const someRoute = (match: string) =>
  fc.record({
    match: fc.constant(match),
    connection: fc.constantFrom('erp', 'old-erp'),
    require: fc.constantFrom(undefined, requiring([{ addresses: ['203.0.113.0/25'] }])),
    replaces: fc.constantFrom(undefined, true as const),
  });
const someDocument = fc
  .record({
    clients: fc.tuple(...names.map(() => fc.option(someClient, { nil: undefined }))),
    routes: fc.tuple(
      ...['ANY /orders/**', 'GET /orders/secret/**', 'ANY /stock/**', 'GET /stock/1'].map((match) =>
        fc.option(someRoute(match), { nil: undefined, freq: 2 }),
      ),
    ),
    issuers: fc.subarray([acmeIssuing, acmeDevices], { minLength: 1 }),
  })
  .map(({ clients, routes, issuers }): RegistryDocument => {
    const documents = clients.flatMap((each, index): readonly ClientDocument[] => {
      const leaf = leaves[index];
      const name = names[index];
      return each === undefined || leaf === undefined || name === undefined
        ? []
        : [client(name, [subjectOf(leaf, 'acme-ca')], each)];
    });
    return {
      ...documentWith(documents, { routes: routes.filter((route) => route !== undefined) }),
      authorities: [
        authority('acme-ca', [acmeRoot, acmeIssuing, acmeDevices], issuers),
        authority('globex-ca', [globexRoot], [globexRoot]),
      ],
    };
  });

test('whatever was removed or narrowed stays so, through any history of publications and rollbacks', () => {
  const steps = fc.array(fc.oneof(someDocument, fc.nat({ max: 5 })), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(someDocument, steps, (first, rest) => {
      const history = [first];
      for (const step of rest) {
        const live = history.at(-1) ?? first;
        if (typeof step !== 'number') {
          history.push(step);
          continue;
        }
        const { document } = rolledBack(history[step % history.length] ?? first, live);
        const before = allowedBy(live);
        expect([...allowedBy(document)].filter((each) => !before.has(each))).toEqual([]);
        expect(impactOf(live, document, during).gained).toEqual([]);
        history.push(document);
      }
    }),
    { numRuns: 30 },
  );
});

test('a rollback that was interrupted is the same rollback again', () => {
  fc.assert(
    fc.property(someDocument, someDocument, (older, live) => {
      const { document } = rolledBack(older, live);
      expect(allowedBy(rolledBack(older, reduced(live, document)).document)).toEqual(allowedBy(document));
    }),
    { numRuns: 30 },
  );
});

const [acmeLeaf, globexLeaf] = leaves;
if (acmeLeaf === undefined || globexLeaf === undefined) throw new Error('two leaves');
const acme = client('acme', [subjectOf(acmeLeaf, 'acme-ca')]);
const globex = client('globex', [subjectOf(globexLeaf, 'acme-ca')]);
const namesIn = (document: RegistryDocument) => document.clients.map(({ name }) => name);

test('additions are taken back, routes go where they went, and what was removed comes back by name only', async () => {
  const older = documentWith([acme, globex], { routes: [{ match: 'ANY /orders/**', to: '/old' }] });
  const live = documentWith([acme, client('initech', [subjectOf(leaves[2] ?? acmeLeaf, 'acme-ca')])], {
    routes: [{ match: 'ANY /orders/**', to: '/new' }],
  });
  const back = rolledBack(older, live);
  expect(namesIn(back.document)).toEqual(['acme']);
  expect(back.document.routes).toMatchObject([{ to: '/old' }]);
  expect(back.leftOut).toEqual(['client globex']);
  const readmitted = rolledBack(older, live, ['globex']);
  expect(namesIn(readmitted.document)).toEqual(['acme', 'globex']);
  expect(readmitted.leftOut).toEqual([]);
  expect(await codesOf(() => rolledBack(older, live, ['initech']))).toEqual(['readmit_unknown']);
});

test('a route that has come since and asks for something stays: its requests are not asked for less', () => {
  const older = documentWith([acme]);
  const live = documentWith([acme], {
    routes: [
      { match: 'ANY /orders/**' },
      { match: 'GET /orders/secret/**', require: requiring([{ psd2Role: 'PSP_AI' }]) },
    ],
  });
  const { document } = rolledBack(older, live);
  expect(codes(asking(acmeLeaf.der, loadRegistry(document), { path: '/orders/secret/1' }))).toEqual([
    'condition_unmet',
  ]);
});

test('a client whose authority was taken away comes back with it only', async () => {
  const older = documentWith([acme, client('partner', [{ ...subjectOf(globexLeaf, 'globex-ca') }])]);
  const live = { ...documentWith([acme]), authorities: older.authorities.slice(0, 1) };
  expect(rolledBack(older, live).leftOut.toSorted()).toEqual(['authority globex-ca', 'client partner']);
  expect(await codesOf(() => rolledBack(older, live, ['partner']))).toEqual(['authority_unknown']);
  expect(namesIn(rolledBack(older, live, ['partner', 'globex-ca']).document)).toEqual(['acme', 'partner']);
});
