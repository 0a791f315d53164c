import fc from 'fast-check';
import type { RegistryDocument } from '../../../src/core/registry/document.ts';
import { loadRegistry } from '../../../src/core/registry/load.ts';
import { plan } from '../../../src/core/release/plan.ts';
import { reduced } from '../../../src/core/release/reduce.ts';
import { parseRequestPath } from '../../../src/core/request/path.ts';
import { acme, documentWith, type RouteSpec } from '../decide/fixture.ts';

const roles = ['PSP_AI', 'PSP_PI', 'PSP_IC'] as const;
const requiring = (role: (typeof roles)[number], line = 1) => ({
  require: [{ any: [{ psd2Role: role }], at: { file: 'sallyport.yaml', line } }],
});
const paths = ['/', '/a', '/A/', '/a/b', '/a/B', '/b', '/b/a/', '/a/a', '/a/b/b', '/b/b'].map((path) =>
  parseRequestPath(path),
);
const requests = ['GET', 'HEAD', 'POST'].flatMap((method) => paths.map((path) => ({ method, path })));

/** Where each request goes and what it has to meet; undefined when nowhere. */
function asked(document: RegistryDocument) {
  const registry = loadRegistry(document);
  return requests.map(({ method, path }) => {
    const route = registry.routeFor(method, path);
    if (route === undefined) return undefined;
    const found = registry.requirementsOf(method, path, route).map(({ any }) => JSON.stringify(any));
    return { to: route.connection, asked: new Set(found) };
  });
}

const matches = ['ANY /**', 'GET /a/**', 'GET /a/b', 'ANY /a/b', 'GET /*/b', 'GET /a/*', 'POST /b/**'];
const someRoutes = fc
  .uniqueArray(
    fc.record({
      match: fc.constantFrom(...matches),
      role: fc.option(fc.constantFrom(...roles), { nil: undefined }),
      replaces: fc.boolean(),
      connection: fc.constantFrom('erp', 'crm'),
    }),
    { selector: ({ match }) => match, minLength: 1, maxLength: 6 },
  )
  .map(
    (routes): RegistryDocument =>
      documentWith([acme], {
        routes: routes.map(
          ({ match, role, replaces, connection }): RouteSpec => ({
            match,
            connection,
            ...(role === undefined ? {} : requiring(role)),
            ...(replaces ? { replaces: true } : {}),
          }),
        ),
      }),
  );

test('what is asked of a request in between, live or desired alone would not ask less', () => {
  fc.assert(
    fc.property(someRoutes, someRoutes, someRoutes, (live, desired, next) => {
      const between = reduced(live, desired);
      const again = reduced(between, next);
      const [before, after, later] = [asked(live), asked(desired), asked(next)];
      const [first, second] = [asked(between), asked(again)];
      const lacks = (own: (typeof first)[number], other: (typeof first)[number]) =>
        own !== undefined && other !== undefined && [...other.asked].some((one) => !own.asked.has(one));
      const bad = requests.flatMap((request, index) => {
        const [own, was] = [first[index], before[index]];
        const opened = own !== undefined && (was === undefined || own.to !== was.to);
        const less = lacks(own, was) || lacks(own, after[index]);
        const lessAgain = lacks(second[index], own) || lacks(second[index], later[index]);
        const openedAgain = second[index] !== undefined && own === undefined;
        return opened || less || lessAgain || openedAgain
          ? [[request.method, request.path.raw, opened, less, lessAgain]]
          : [];
      });
      expect(bad).toEqual([]);
      expect(reduced(live, live)).toEqual(live);
      expect(reduced(between, desired)).toEqual(between);
    }),
    { numRuns: 1000 },
  );
});

const wide = { match: 'ANY /**', ...requiring('PSP_AI') };
const inner = { match: 'GET /a/b', ...requiring('PSP_PI', 2) };

test('a route that comes with a condition: asked for at once, forwarded by it in the last step', () => {
  const between = reduced(documentWith([acme], { routes: [wide] }), documentWith([acme], { routes: [wide, inner] }));
  expect(between.routes.map(({ match, withdrawn }) => [match, withdrawn])).toEqual([
    ['ANY /**', undefined],
    ['GET /a/b', true],
  ]);
  // and what is not there for plan and status is not there
  const changes = (document: RegistryDocument) => plan({ document: between }, { document }).changes;
  expect(changes(documentWith([acme], { routes: [wide] }))).toEqual([]);
  expect(changes(documentWith([acme], { routes: [wide, inner] }))).toMatchObject([
    { kind: 'addition', subject: 'route GET /a/b' },
  ]);
});

test('`replaces` counts in between only if both write it, and the plan names it', () => {
  const own = (more: Partial<RouteSpec>) => documentWith([acme], { routes: [wide, { ...inner, ...more }] });
  const [plain, replacing] = [own({}), own({ replaces: true })];
  const between = (live: RegistryDocument, desired: RegistryDocument) => reduced(live, desired).routes[1]?.replaces;
  expect(between(plain, replacing)).toBeUndefined();
  expect(between(replacing, plain)).toBeUndefined();
  expect(between(replacing, replacing)).toBe(true);
  expect(plan({ document: plain }, { document: replacing })).toMatchObject({
    reduces: false,
    changes: [{ subject: 'route GET /a/b', detail: 'replaces', after: 'true' }],
  });
  expect(plan({ document: replacing }, { document: plain }).reduces).toBe(true);
});
