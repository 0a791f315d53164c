import fc from 'fast-check';
import { methods as everyMethod } from '../../../src/core/aws-limits.ts';
import { ProblemError } from '../../../src/core/problem.ts';
import { parseRequestPath, type RequestPath } from '../../../src/core/request/path.ts';
import {
  compareSpecificity,
  covers,
  intersects,
  matches,
  moreSpecific,
  type Pattern,
  parsePattern,
  witness,
} from '../../../src/core/request/pattern.ts';

function admitted(pattern: string, request: string): boolean {
  const [method = '', path = ''] = request.split(' ');
  return matches(parsePattern(pattern), method, parseRequestPath(path));
}

test.each([
  ['GET /orders', 'GET /orders', true],
  ['GET /orders', 'GET /orders/', false],
  ['GET /orders/', 'GET /orders/', true],
  ['GET /orders/', 'GET /orders', false],
  ['GET /orders', 'GET /Orders', false],
  ['GET /orders', 'GET /orders/1', false],
  ['GET /orders', 'HEAD /orders', false],
  ['GET /orders', 'get /orders', false],
  ['GET,POST /orders', 'POST /orders', true],
  ['GET,POST /orders', 'PUT /orders', false],
  ['ANY /orders', 'DELETE /orders', true],
  ['ANY /orders', 'TRACE /orders', false],
  ['ANY /orders', 'ANY /orders', false],
  ['GET /orders/**', 'GET /orders', true],
  ['GET /orders/**', 'GET /orders/', true],
  ['GET /orders/**', 'GET /orders/1/lines/', true],
  ['GET /orders/**', 'GET /orders-archive', false],
  ['GET /orders/**', 'GET /', false],
  ['GET /**', 'GET /', true],
  ['GET /**', 'GET /a/b/', true],
  ['GET /', 'GET /', true],
  ['GET /', 'GET /a', false],
  ['GET /orders/*', 'GET /orders/1', true],
  ['GET /orders/*', 'GET /orders/1/', false],
  ['GET /orders/*', 'GET /orders/', false],
  ['GET /orders/*', 'GET /orders/1/2', false],
  ['GET /orders/*', 'GET /orders/*', true],
  ['GET /orders/*/', 'GET /orders/1/', true],
  ['GET /*/lines/**', 'GET /1/lines', true],
  ['GET /*/lines/**', 'GET /lines', false],
  ['GET /%6Frders', 'GET /orders', true],
  ['GET /caf%C3%A9', 'GET /caf%c3%a9', true],
  ['GET /a%2A', 'GET /a*', true],
  ['GET /a%2A', 'GET /ab', false],
])('%s takes %s: %s', (pattern, request, expected) => {
  expect(admitted(pattern, request)).toBe(expected);
});

test.each([
  ['/orders', 'pattern_malformed', 'write "ANY /orders", or name the methods'],
  ['GET  /orders', 'pattern_malformed', undefined],
  ['GET orders', 'pattern_malformed', undefined],
  ['GET', 'pattern_malformed', undefined],
  ['GET /a b', 'pattern_malformed', undefined],
  ['', 'pattern_malformed', undefined],
  ['get /x', 'pattern_method_unknown', 'write GET'],
  ['TRACE /x', 'pattern_method_unknown', undefined],
  ['* /x', 'pattern_method_unknown', 'write ANY alone'],
  ['ANY,GET /x', 'pattern_method_unknown', 'write ANY alone'],
  ['GET, /x', 'pattern_method_unknown', undefined],
  ['GET,GET /x', 'pattern_method_twice', 'write GET once'],
  ['GET /orders/{id}', 'pattern_malformed', 'write "/orders/*", or one pattern for each alternative'],
  ['GET /{proxy+}', 'pattern_malformed', 'write "/**", or one pattern for each alternative'],
  ['GET /orders*', 'pattern_malformed', undefined],
  ['GET /**/x', 'pattern_malformed', undefined],
  ['GET /%2A', 'pattern_malformed', undefined],
  ['GET //**', 'pattern_malformed', undefined],
  ['GET /orders//**', 'pattern_malformed', undefined],
  ['GET /orders//x', 'pattern_malformed', undefined],
  ['GET /../x', 'pattern_malformed', undefined],
  ['GET /a;b', 'pattern_malformed', undefined],
  ['GET /a%2Fb', 'pattern_malformed', undefined],
  ['GET /a?b=1', 'pattern_malformed', undefined],
  ['GET /caf\u00e9', 'pattern_malformed', 'write "/caf%C3%A9"'],
])('%j is refused: %s', (text, code, remedy) => {
  let problem: unknown;
  try {
    parsePattern(text);
  } catch (error) {
    problem = error instanceof ProblemError ? error.problems[0] : error;
  }
  expect(problem).toMatchObject({ code, message: expect.stringMatching(/./) });
  if (remedy !== undefined) expect(problem).toMatchObject({ remedy });
});

test.each([
  ['GET /orders', 'GET /orders/**'],
  ['GET /orders', 'GET /*'],
  ['GET /orders/*', 'GET /orders/**'],
  ['GET /orders/**', 'GET /**'],
  ['GET /orders/', 'GET /orders/**'],
  ['GET /a/*', 'GET /*/b'],
  ['GET /orders', 'GET,POST /orders'],
  ['GET,POST /orders', 'ANY /orders'],
  ['ANY /orders', 'GET /orders/**'],
])('%s is more specific than %s', (specific, general) => {
  expect(moreSpecific(parsePattern(specific), parsePattern(general))).toBe(true);
  expect(moreSpecific(parsePattern(general), parsePattern(specific))).toBe(false);
});

test('a list of every method is as general as ANY', () => {
  const [any, list] = [parsePattern('ANY /x'), parsePattern(`${everyMethod.join(',')} /x`)];
  expect([covers(list, any), covers(any, list), compareSpecificity(any, list)]).toEqual([true, true, 0]);
});

interface Request {
  readonly method: string;
  readonly path: RequestPath;
}

describe('properties', () => {
  const segment = fc.constantFrom('a', 'b', 'c');
  const methodText = fc.oneof(
    fc.constant('ANY'),
    fc.subarray(['GET', 'POST', 'PUT'], { minLength: 1 }).map((methods) => methods.join(',')),
  );
  const pattern = fc
    .tuple(methodText, fc.array(fc.oneof(segment, fc.constant('*')), { maxLength: 3 }), fc.constantFrom('', '/', '/**'))
    .map(([methods, segments, end]) => {
      const path = segments.map((part) => `/${part}`).join('') + end;
      return parsePattern(`${methods} ${path === '' ? '/' : path}`);
    });
  const request: fc.Arbitrary<Request> = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'TRACE'),
    path: fc.tuple(fc.array(segment, { maxLength: 4 }), fc.boolean()).map(([segments, slash]) => {
      const path = `/${segments.join('/')}`;
      return parseRequestPath(slash && segments.length > 0 ? `${path}/` : path);
    }),
  });
  const takes = (p: Pattern, r: Request) => matches(p, r.method, r.path);

  /** The same language again, as a regular expression over the text. */
  function reference(p: Pattern, r: Request): boolean {
    const [methods = '', path = ''] = p.text.split(' ');
    const method =
      methods === 'ANY' ? (everyMethod as readonly string[]).includes(r.method) : methods.split(',').includes(r.method);
    const below = path.endsWith('/**');
    const source = (below ? path.slice(0, -3) : path).replaceAll('*', '[^/]+') + (below ? '(/.*)?' : '');
    return method && new RegExp(`^${source}$`).test(r.path.raw);
  }

  test('matches agrees with a regular expression', () => {
    fc.assert(
      fc.property(pattern, request, (p, r) => takes(p, r) === reference(p, r)),
      { numRuns: 5000 },
    );
  });

  test('covers: whatever b takes, a takes; and every pattern covers itself', () => {
    fc.assert(
      fc.property(pattern, pattern, request, (a, b, r) => {
        expect(covers(a, a)).toBe(true);
        if (covers(a, b) && takes(b, r)) expect(takes(a, r)).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });

  const alphabet = ['a', 'b', 'c', 'other'];
  const everyRequest: Request[] = everyMethod.flatMap((method) => {
    const paths = [''];
    for (let depth = 0, level = ['']; depth < 4; depth += 1) {
      level = level.flatMap((prefix) => alphabet.map((part) => `${prefix}/${part}`));
      paths.push(...level);
    }
    const written = paths.flatMap((path) => (path === '' ? ['/'] : [path, `${path}/`]));
    return written.map((path) => ({ method, path: parseRequestPath(path) }));
  });

  test('covers and intersects say exactly what trying every request over a small alphabet says', () => {
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        expect(covers(a, b)).toBe(everyRequest.every((r) => !takes(b, r) || takes(a, r)));
        expect(intersects(a, b)).toBe(everyRequest.some((r) => takes(a, r) && takes(b, r)));
        expect(intersects(b, a)).toBe(intersects(a, b));
      }),
      { numRuns: 300 },
    );
  });

  test('a pattern that is strictly covered comes first', () => {
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        if (covers(a, b) && !covers(b, a)) expect(moreSpecific(b, a)).toBe(true);
        expect(Math.sign(compareSpecificity(a, b))).toBe(-Math.sign(compareSpecificity(b, a)) + 0);
      }),
      { numRuns: 5000 },
    );
  });

  test('the witness of a pattern is taken by it', () => {
    fc.assert(
      fc.property(pattern, (p) => {
        const { method, path } = witness(p);
        expect(matches(p, method, parseRequestPath(path))).toBe(true);
      }),
    );
    expect(witness(parsePattern('POST,PUT /caf%C3%A9/*/'))).toEqual({ method: 'POST', path: '/caf%C3%A9/x/' });
  });

  test('any text is a pattern or a typed problem', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: 'binary' }).map((t) => `GET /${t}`),
        ),
        (text) => {
          try {
            parsePattern(text);
          } catch (error) {
            expect(error).toBeInstanceOf(ProblemError);
          }
        },
      ),
    );
  });
});
