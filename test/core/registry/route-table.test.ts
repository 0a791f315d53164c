import fc from 'fast-check';
import { compileRegistry } from '../../../src/core/registry/compile.ts';
import type { Psd2Role } from '../../../src/core/registry/document.ts';
import { loadRegistry } from '../../../src/core/registry/load.ts';
import type { RouteSource } from '../../../src/core/registry/source.ts';
import { parseRequestPath } from '../../../src/core/request/path.ts';
import { compareSpecificity, matches, parsePattern } from '../../../src/core/request/pattern.ts';
import { rewriteTarget } from '../../../src/core/request/rewrite.ts';
import { at, place, route, sourceOf } from './sources.ts';

interface Written {
  readonly match: string;
  readonly to?: string;
  readonly require?: Psd2Role;
  readonly replaces?: true;
}

const requiring = (role: Psd2Role): RouteSource['require'] => [{ any: [{ psd2Role: at(role) }], place: place() }];

function compiled(routes: readonly Written[]) {
  return compileRegistry(
    sourceOf({
      routes: routes.map(({ match, to, require, replaces }) =>
        route(match, {
          ...(to === undefined ? {} : { to: at(to) }),
          ...(require === undefined ? {} : { require: requiring(require) }),
          ...(replaces === undefined ? {} : { replaces }),
        }),
      ),
    }),
  );
}

function askedBy(routes: readonly Written[], request: string) {
  const { document, problems } = compiled(routes);
  expect(problems).toEqual([]);
  return asked(loadRegistry(document), request);
}

function asked(registry: ReturnType<typeof loadRegistry>, request: string) {
  const [method = '', raw = ''] = request.split(' ');
  const path = parseRequestPath(raw, ['semicolon', 'encoded-slash']);
  const found = registry.routeFor(method, path);
  if (found === undefined) return undefined;
  const roles = registry
    .requirementsOf(method, path, found)
    .flatMap(({ any }) => any)
    .flatMap((condition) => ('psd2Role' in condition ? [condition.psd2Role] : []));
  return { route: found, roles: [...new Set(roles)].sort(), path, method };
}

const AI = 'PSP_AI';
const PI = 'PSP_PI';
const narrow: readonly Written[] = [{ match: 'ANY /orders/**' }, { match: 'GET /orders/export', require: AI }];

test.each([
  'GET /orders/export',
  'GET /orders/export/',
  'GET /orders/EXPORT',
  'GET /orders/%65xport',
  'HEAD /orders/export',
  'HEAD /orders/Export/',
])('a narrow route’s condition holds in every spelling of its path: %s', (request) => {
  expect(askedBy(narrow, request)?.roles).toEqual([AI]);
});

test.each(['POST /orders/export', 'GET /orders/exports', 'GET /orders/export/1', 'GET /orders'])(
  'and nowhere else: %s',
  (request) => {
    expect(askedBy(narrow, request)?.roles).toEqual([]);
  },
);

test('a route that admits `%2F` or `;` opens no spelling of another one', () => {
  const { document } = compiled(narrow);
  const routes = document.routes.map((one) => ({ ...one, admits: ['semicolon', 'encoded-slash'] as const }));
  const [wide] = routes;
  if (wide === undefined) throw new Error('two routes');
  const registry = loadRegistry({ ...document, routes: [...routes, { ...wide, match: 'ANY /**' }] });
  for (const path of ['/orders%2Fexport', '/orders/export;v=1', '/orders;a%2fEXPORT;b', '/orders/export%2F']) {
    expect([path, asked(registry, `GET ${path}`)?.roles]).toEqual([path, [AI]]);
  }
});

describe('a wider route', () => {
  const inside = (more: Partial<Written>): readonly Written[] => [
    { match: 'ANY /orders/**', require: AI },
    { match: 'GET /orders/export', require: PI, ...more },
  ];

  test('asks of every route inside it', () => {
    expect(askedBy(inside({}), 'GET /orders/export')?.roles).toEqual([AI, PI]);
    expect(askedBy(inside({}), 'GET /orders/1')?.roles).toEqual([AI]);
  });

  test('but of one that replaces it; another spelling is still its own', () => {
    expect(askedBy(inside({ replaces: true }), 'GET /orders/export')?.roles).toEqual([PI]);
    expect(askedBy(inside({ replaces: true }), 'GET /orders/export/')?.roles).toEqual([AI, PI]);
    expect(askedBy(inside({ replaces: true, require: undefined }), 'GET /orders/export')?.roles).toEqual([]);
    expect(askedBy(inside({ replaces: true, require: undefined }), 'GET /orders/EXPORT')?.roles).toEqual([AI]);
  });

  test('what is inside the one that replaces has its conditions, and not those around', () => {
    const routes: readonly Written[] = [
      { match: 'ANY /**', require: AI },
      { match: 'ANY /orders/**', require: PI, replaces: true },
      { match: 'GET /orders/export', require: 'PSP_IC' },
    ];
    expect(askedBy(routes, 'GET /orders/export')?.roles).toEqual(['PSP_IC', PI]);
    expect(askedBy(routes, 'GET /orders/x')?.roles).toEqual([PI]);
    expect(askedBy(routes, 'GET /ORDERS/x')?.roles).toEqual([AI, PI]);
  });
});

/** What a tolerant backend takes a request for: no case, no last slash, HEAD as GET. */
const resource = (method: string, target: string) =>
  `${method === 'HEAD' ? 'GET' : method} ${target.toLowerCase().replace(/(.)\/$/, '$1')}`;

const deeper = (from: readonly string[]) => from.flatMap((path) => ['a', 'b', 'x'].map((one) => `${path}/${one}`));
const one = deeper(['']);
const two = deeper(one);
const three = deeper(two);
const plain = [...one, ...two, ...three, ...deeper(three)];
const spellings = (path: string) => [
  path,
  `${path}/`,
  path.toUpperCase(),
  path.replace(/[^/]*$/, (last) => last.toUpperCase()),
  path.replace(/^\/[^/]*/, (first) => first.toUpperCase()),
];
const paths = ['/', ...new Set(plain.flatMap(spellings))];
const requests = ['GET', 'HEAD', 'POST'].flatMap((method) => paths.map((path) => `${method} ${path}`));

const someRoute = fc
  .record({
    methods: fc.constantFrom('GET', 'HEAD', 'ANY', 'GET,POST'),
    base: fc.array(fc.constantFrom('a', 'b', 'A', '*'), { maxLength: 2 }),
    subtree: fc.boolean(),
    to: fc.constantFrom(undefined, undefined, [], ['a'], ['a', 'b'], ['B']),
    require: fc.constantFrom(undefined, AI, PI, 'PSP_IC' as const),
    replaces: fc.constantFrom(undefined, undefined, undefined, true as const),
  })
  .map(({ methods, base, subtree, to, ...rest }): Written => {
    const written = (path: readonly string[]) =>
      `${path.map((one) => `/${one}`).join('')}${subtree ? '/**' : ''}` || '/';
    return { match: `${methods} ${written(base)}`, ...rest, ...(to === undefined ? {} : { to: written(to) }) };
  });

/** The rule as it is written, searched linearly, for a request as it stands. */
function ownConditions(routes: readonly Written[], request: string): readonly string[] {
  const [method = '', raw = ''] = request.split(' ');
  const path = parseRequestPath(raw);
  const matching = routes
    .map((one) => ({ ...one, pattern: parsePattern(one.match) }))
    .filter(({ pattern }) => matches(pattern, method, path))
    .sort((a, b) => compareSpecificity(a.pattern, b.pattern));
  return matching[0]?.require === undefined ? [] : [matching[0].require];
}

/** Every request, by what the backend takes it for. */
function reachedThrough(registry: ReturnType<typeof loadRegistry>, routes: readonly Written[]) {
  const replacing = registry.routes.filter(({ replaces }) => replaces);
  const reached = new Map<string, Reaching[]>();
  for (const request of requests) {
    const found = asked(registry, request);
    if (found === undefined) continue;
    const { route: by, method, path, roles } = found;
    const { strip, to } = rewriteTarget(by, path);
    const key = resource(method, to + path.raw.slice(strip));
    const replaced = replacing.some(({ pattern }) => matches(pattern, method, path));
    const entry = { request, by: by.id, roles, own: ownConditions(routes, request), replaced };
    const entries = reached.get(key);
    if (entries === undefined) reached.set(key, [entry]);
    else entries.push(entry);
  }
  return [...reached.values()];
}

interface Reaching {
  readonly request: string;
  readonly by: string;
  readonly roles: readonly string[];
  readonly own: readonly string[];
  /** Somebody wrote that conditions from elsewhere do not count for it. */
  readonly replaced: boolean;
}

const includes = (roles: readonly string[], others: readonly string[]) => others.every((role) => roles.includes(role));

describe('beside a backend that is tolerant', () => {
  test('no spelling reaches a target with less than its conditions', () => {
    let counted = 0;
    fc.assert(
      fc.property(fc.array(someRoute, { minLength: 1, maxLength: 5 }), (routes) => {
        const { document, problems } = compiled(routes);
        fc.pre(problems.length === 0);
        counted += 1;
        const escapes = reachedThrough(loadRegistry(document), routes).flatMap((entries) =>
          entries.flatMap((one) => {
            if (!includes(one.roles, one.own)) return [[one]];
            if (one.replaced) return [];
            const missing = (other: Reaching) =>
              !includes(one.roles, other.own) ||
              (one.by !== other.by && !other.replaced && !includes(one.roles, other.roles));
            return entries.filter(missing).map((other) => [one, other]);
          }),
        );
        expect(escapes).toEqual([]);
      }),
      { numRuns: 150 },
    );
    expect(counted).toBeGreaterThan(30);
  });
});
