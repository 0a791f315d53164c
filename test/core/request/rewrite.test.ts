import fc from 'fast-check';
import { ProblemError } from '../../../src/core/problem.ts';
import { parseRequestPath } from '../../../src/core/request/path.ts';
import { parsePattern } from '../../../src/core/request/pattern.ts';
import { checkTo, rewriteTarget } from '../../../src/core/request/rewrite.ts';

function target(match: string, to: string | undefined, raw: string): string {
  const pattern = parsePattern(`ANY ${match}`);
  if (to !== undefined) checkTo(to, pattern);
  const rewrite = rewriteTarget({ pattern, to }, parseRequestPath(raw, ['semicolon', 'encoded-slash']));
  return rewrite.to + raw.slice(rewrite.strip);
}

test.each([
  ['/orders/**', '/Orders/rest/v1/**', '/orders/5', '/Orders/rest/v1/5'],
  ['/orders/**', '/Orders/rest/v1/**', '/orders', '/Orders/rest/v1'],
  ['/orders/**', '/Orders/rest/v1/**', '/orders/', '/Orders/rest/v1/'],
  ['/orders/**', '/Orders/rest/v1/**', '/%6Frders/%41/b/', '/Orders/rest/v1/%41/b/'],
  ['/orders/**', '/**', '/orders/5', '/5'],
  ['/orders/**', '/**', '/orders', '/'],
  ['/orders/**', '/**', '/orders/', '/'],
  ['/**', '/api/**', '/', '/api/'],
  ['/**', '/api/**', '/x', '/api/x'],
  ['/**', '/**', '/x/', '/x/'],
  ['/*/orders/**', '/o/**', '/longer%20name/orders/1', '/o/1'],
  ['/files/**', '/f/**', '/files/a%2Fb;v=1', '/f/a%2Fb;v=1'],
  ['/health', '/status/live', '/health', '/status/live'],
  ['/orders/*', undefined, '/orders/%41', '/orders/%41'],
])('match %s, to %s: %s → %s', (match, to, raw, expected) => {
  expect(target(match, to, raw)).toBe(expected);
});

test.each([
  ['/orders/**', '/v1', 'write "/v1/**"'],
  ['/orders/**', '/v1/', 'write "/v1/**"'],
  ['/orders', '/v1/**', 'write "/v1"'],
  ['/orders', '/**', 'write "/"'],
  ['/orders/**', '/*/**', undefined],
  ['/orders/**', '/v1//**', 'write "/v1/**"'],
  ['/orders/**', `/${'a'.repeat(600)}/**`, undefined],
])('match %s with to %s is refused', (match, to, remedy) => {
  try {
    checkTo(to, parsePattern(`ANY ${match}`));
    throw new Error('accepted');
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    expect([error.problems[0]?.code, error.problems[0]?.remedy]).toEqual(['route_to_malformed', remedy]);
  }
});

test('to follows the path grammar', () => {
  expect(() => checkTo('/a/../b', parsePattern('ANY /x'))).toThrow(ProblemError);
  expect(() => checkTo('v1', parsePattern('ANY /x'))).toThrow(ProblemError);
});

test('what lies below the match arrives byte for byte', () => {
  const segment = fc.stringMatching(/^[a-zA-Z0-9:@~-]{1,8}$/);
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1 }), fc.boolean(), (segments, slash) => {
      const below = `/${segments.join('/')}${slash ? '/' : ''}`;
      expect(target('/a/*/**', '/z/**', `/a/%2E%2E%2E${below}`)).toBe(`/z${below}`);
    }),
  );
});
