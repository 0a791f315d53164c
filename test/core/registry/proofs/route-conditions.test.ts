import type { Psd2Role } from '../../../../src/core/registry/document.ts';
import type { RouteSource } from '../../../../src/core/registry/source.ts';
import { at, place, problemsOf, route } from '../sources.ts';

const asking = (...roles: Psd2Role[]): Pick<RouteSource, 'require'> => ({
  require: roles.map((role) => ({ any: [{ psd2Role: at(role) }], place: place() })),
});
const to = (target: string): Pick<RouteSource, 'to'> => ({ to: at(target) });
const found = (...routes: RouteSource[]) => problemsOf({ routes }).map(({ code, place: where }) => [code, where?.line]);
const codes = (...routes: RouteSource[]) => found(...routes).map(([code]) => code);
const differ = ['route_conditions_differ'];

test('an alias of a guarded path: where, what it lets through, and a line to paste that closes it', () => {
  const guarded = route('ANY /orders/**', asking('PSP_AI'));
  const alias = route('GET /alias/**', to('/orders/**'));
  expect(problemsOf({ routes: [guarded, alias] })).toMatchObject([
    {
      code: 'route_conditions_differ',
      place: alias.match.place,
      found: `GET /orders on erp: GET /alias/** lets it through without { psd2Role: PSP_AI }, which ANY /orders/** on line ${guarded.match.place.line} asks for`,
      remedy: 'add to this route: require: [{ psd2Role: PSP_AI }]; or, if it is meant, replaces: true',
    },
  ]);
  expect(codes(guarded, route('GET /alias/**', { ...to('/orders/**'), ...asking('PSP_AI') }))).toEqual([]);
  expect(codes(guarded, route('GET /alias/**', { ...to('/orders/**'), replaces: true }))).toEqual([]);
});

test('the one that asks for less has to say so; where each lacks something, both', () => {
  const guarded = (more: Partial<RouteSource>) => route('ANY /orders/**', { ...asking('PSP_AI'), ...more });
  const alias = (more: Partial<RouteSource>) => route('GET /alias/**', { ...to('/orders/**'), ...more });
  expect(codes(guarded({ replaces: true }), alias({}))).toEqual(differ);
  expect(codes(guarded({}), alias(asking('PSP_PI')))).toEqual([...differ, ...differ]);
  expect(codes(guarded({ replaces: true }), alias({ ...asking('PSP_PI'), replaces: true }))).toEqual([]);
});

test.each<[string, RouteSource[], readonly string[]]>([
  ['other methods', [route('GET /a', asking('PSP_AI')), route('POST /b', to('/a'))], []],
  ['HEAD is as GET', [route('GET /a', asking('PSP_AI')), route('HEAD /b', to('/a'))], differ],
  [
    'another connection',
    [route('GET /a', asking('PSP_AI')), route('GET /b', { ...to('/a'), connection: at('crm') })],
    ['connection_unknown'],
  ],
  ['another target', [route('GET /a', asking('PSP_AI')), route('GET /b', to('/c'))], []],
  ['another case of the target', [route('GET /a', asking('PSP_AI')), route('GET /b', to('/A'))], differ],
  ['the target with a slash', [route('GET /a/x', asking('PSP_AI')), route('GET /b/**', to('/a/**'))], differ],
  [
    'two that are moved',
    [route('GET /a/**', { ...to('/t/**'), ...asking('PSP_AI') }), route('GET /b/**', to('/t/x/**'))],
    differ,
  ],
  ['spellings of one path', [route('ANY /a/**'), route('GET /a/x', asking('PSP_AI'))], []],
  ['both are inside what asks', [route('ANY /**', asking('PSP_AI')), route('GET /b', to('/a'))], []],
  [
    'a condition of each version, at the same place',
    [
      route('GET /v1/**', to('/api/**')),
      route('GET /v2/**', to('/api/**')),
      route('GET /v1/export', { ...to('/api/export'), ...asking('PSP_AI') }),
      route('GET /v2/export', { ...to('/api/export'), ...asking('PSP_AI') }),
    ],
    [],
  ],
  [
    'a condition of one version only',
    [
      route('GET /v1/**', to('/api/**')),
      route('GET /v2/**', to('/api/**')),
      route('GET /v1/export', { ...to('/api/export'), ...asking('PSP_AI') }),
    ],
    differ,
  ],
  ['nothing is asked for', [route('GET /a'), route('GET /b', to('/a'))], []],
  [
    '`%2F` makes two segments of one',
    [route('GET /*', { admits: ['encoded-slash'] }), route('GET /b', { ...to('/a/c'), ...asking('PSP_AI') })],
    differ,
  ],
])('%s', (_, routes, expected) => {
  expect(codes(...routes)).toEqual(expected);
});

test('ten thousand routes, each with its target, are held against each other in the time of a few', () => {
  const routes = Array.from({ length: 10_000 }, (_, index) =>
    route(`GET /v${index % 100}/r${index}/**`, {
      ...to(`/t/r${index}/**`),
      ...asking(index % 2 === 0 ? 'PSP_AI' : 'PSP_PI'),
    }),
  );
  expect(codes(...routes, route('GET /last', to('/t/r7/x')))).toEqual(differ);
});
