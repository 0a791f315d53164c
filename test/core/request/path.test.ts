import fc from 'fast-check';
import { ProblemError } from '../../../src/core/problem.ts';
import { MAXIMUM_PATH_BYTES, parseRequestPath } from '../../../src/core/request/path.ts';

function refusal(raw: string, admits?: Parameters<typeof parseRequestPath>[1]): string {
  try {
    parseRequestPath(raw, admits);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const [problem] = error.problems;
    expect(problem?.code).toBe('path_malformed');
    expect(problem?.found).toMatch(/^[\x20-\x7e]*$/);
    return (
      /the rule "([a-z0-9-]+)" at byte (\d+)/
        .exec(problem?.remedy ?? '')
        ?.slice(1)
        .join('@') ?? 'no rule'
    );
  }
  return 'accepted';
}

describe('what the grammar refuses, by rule and byte', () => {
  test.each([
    ['', 'start@0'],
    ['*', 'start@0'],
    ['orders', 'start@0'],
    ['http://x.example/', 'start@0'],
    ['/orders/../admin', 'dot-segment@8'],
    ['/orders/./admin', 'dot-segment@8'],
    ['/..', 'dot-segment@1'],
    ['/orders/..', 'dot-segment@8'],
    ['/%2e%2e', 'dot-segment@1'],
    ['/.%2E/x', 'dot-segment@1'],
    ['/%2e', 'dot-segment@1'],
    ['//', 'empty-segment@1'],
    ['//orders', 'empty-segment@1'],
    ['/orders//1', 'empty-segment@8'],
    ['/orders//', 'empty-segment@8'],
    ['/orders%2Fadmin', 'encoded-slash@7'],
    ['/orders%2fadmin', 'encoded-slash@7'],
    ['/%252e%252e/', 'encoded-percent@1'],
    ['/%25', 'encoded-percent@1'],
    ['/%5c', 'backslash@1'],
    ['/a\\b', 'backslash@2'],
    ['/%3f', 'query@1'],
    ['/a?b=c', 'query@2'],
    ['/%23', 'query@1'],
    ['/a#b', 'query@2'],
    ['/..;/admin', 'semicolon@3'],
    ['/orders;jsessionid=1', 'semicolon@7'],
    ['/orders%3bjsessionid=1', 'encoded-semicolon@7'],
    [`/${'a'.repeat(2000)}`, `length@${MAXIMUM_PATH_BYTES}`],
    ['/\x24{aws:x}', 'character@2'],
    ['/a b', 'character@2'],
    ['/a"', 'character@2'],
    ['/<', 'character@1'],
    ['/>', 'character@1'],
    ['/^', 'character@1'],
    ['/`', 'character@1'],
    ['/|', 'character@1'],
    ['/[x]', 'character@1'],
    ['/a\n', 'control@2'],
    ['/\u0000', 'control@1'],
    ['/\u007f', 'control@1'],
    ['/a%00', 'control@2'],
    ['/%0d%0aSet-Cookie:x', 'control@1'],
    ['/%7F', 'control@1'],
    ['/%C2%85', 'control@1'],
    ['/x/%c2%9f', 'control@3'],
    ['/caf\u00e9', 'not-ascii@4'],
    ['/\ud800', 'not-ascii@1'],
    ['/%', 'percent-sign@1'],
    ['/%4', 'percent-sign@1'],
    ['/%g0', 'percent-sign@1'],
    ['/%0g', 'percent-sign@1'],
    ['/%u0041', 'percent-sign@1'],
    ['/%c0%af', 'utf8@1'],
    ['/%e0%80%af', 'utf8@1'],
    ['/%c0%ae%c0%ae/', 'utf8@1'],
    ['/%ed%a0%80', 'utf8@1'],
    ['/%f4%90%80%80', 'utf8@1'],
    ['/%80', 'utf8@1'],
    ['/a%c3%a9/b%c3', 'utf8@10'],
  ])('%j → %s', (raw, expected) => {
    expect(refusal(raw)).toBe(expected);
  });
});

test.each([
  ['/', [], false],
  ['/orders', ['orders'], false],
  ['/orders/', ['orders'], true],
  ['/Orders', ['Orders'], false],
  ['/orders/1/lines', ['orders', '1', 'lines'], false],
  ['/%6Frders', ['orders'], false],
  ['/caf%C3%A9', ['caf\u00e9'], false],
  ['/a%2eb/.well-known/...', ['a.b', '.well-known', '...'], false],
  ['/*/%2A', ['*', '*'], false],
  ["/a-._~!$&'()*+,=:@", ["a-._~!$&'()*+,=:@"], false],
])('%s has the segments %j', (raw, segments, trailingSlash) => {
  const path = parseRequestPath(raw);
  expect(path).toMatchObject({ raw, segments, trailingSlash, needs: [] });
  expect(`/${path.rawSegments.join('/')}${trailingSlash ? '/' : ''}`).toBe(raw);
});

test('a path may be as long as the limit and no longer', () => {
  expect(refusal(`/${'a'.repeat(MAXIMUM_PATH_BYTES - 1)}`)).toBe('accepted');
  expect(refusal(`/${'a'.repeat(MAXIMUM_PATH_BYTES)}`)).toBe('length@1500');
});

describe('what a route admits in writing', () => {
  test('is split on the raw slash only, and is remembered', () => {
    expect(parseRequestPath('/a%2Fb/c', ['encoded-slash'])).toMatchObject({
      segments: ['a/b', 'c'],
      rawSegments: ['a%2Fb', 'c'],
      needs: ['encoded-slash'],
    });
    expect(parseRequestPath('/a;v=1/c;w;x', ['semicolon'])).toMatchObject({
      segments: ['a;v=1', 'c;w;x'],
      needs: ['semicolon'],
    });
  });

  test.each([
    ['/..;/admin', 'dot-segment@1'],
    ['/%2e%2e;x/admin', 'dot-segment@1'],
    ['/.;x', 'dot-segment@1'],
    ['/a/..%2fadmin', 'dot-segment@3'],
    ['/a%2F..', 'dot-segment@1'],
    ['/a%2f%2e%2e;x', 'dot-segment@1'],
    ['/;x/admin', 'empty-segment@1'],
    ['/a%3Bb', 'encoded-semicolon@2'],
    ['/a%5cb', 'backslash@2'],
    ['/a%252fb', 'encoded-percent@2'],
    ['/a;b//', 'empty-segment@5'],
  ])('still refuses %s: %s', (raw, expected) => {
    expect(refusal(raw, ['semicolon', 'encoded-slash'])).toBe(expected);
  });

  test('each admission admits only itself', () => {
    expect(refusal('/a;b', ['encoded-slash'])).toBe('semicolon@2');
    expect(refusal('/a%2fb', ['semicolon'])).toBe('encoded-slash@2');
  });
});

describe('properties', () => {
  const fragments = fc.constantFrom(
    '/',
    '//',
    '.',
    '..',
    ';',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '%3f',
    '%23',
    '%25',
    '%3b',
    '%00',
    '%c3%a9',
    '%c0%ae',
    '%',
    '%zz',
    '\\',
    '?',
    '#',
    'a',
    'orders',
    '*',
    ' ',
    '\u00e9',
    '\u0000',
    '{',
    ':',
    '~',
  );
  const text = fc.oneof(
    fc.array(fragments, { maxLength: 12 }).map((parts) => `/${parts.join('')}`),
    fc.string({ unit: 'binary' }).map((tail) => `/${tail}`),
    fc.string({ unit: 'binary' }),
  );

  test('only typed refusals', () => {
    fc.assert(
      fc.property(text, fc.subarray(['semicolon', 'encoded-slash'] as const), (raw, admits) => {
        expect(refusal(raw, admits)).toMatch(/^(accepted|[a-z0-9-]+@\d+)$/);
      }),
      { numRuns: 2000 },
    );
  });

  test('what is accepted reads the same to a server that decodes, merges, resolves or cuts', () => {
    fc.assert(
      fc.property(text, (raw) => {
        fc.pre(refusal(raw) === 'accepted');
        const { segments, trailingSlash } = parseRequestPath(raw);
        // a WHATWG URL parser resolves dots, also encoded ones, and turns "\" into "/"
        expect(new URL(raw, 'http://x.example').pathname).toBe(raw);
        const decoded = decodeURIComponent(raw);
        expect(decoded).toBe(`/${segments.join('/')}${trailingSlash ? '/' : ''}`);
        // decoding twice, or decoding before splitting, changes nothing
        expect(decodeURIComponent(decoded)).toBe(decoded);
        expect(decoded).not.toMatch(/[\\;?#%]|\/\/|\/\.{1,2}(\/|$)/);
      }),
      { numRuns: 2000 },
    );
  });

  test('equal segments and trailing slash only from paths that are equal after decoding', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z%]{1,6}$/), { minLength: 1, maxLength: 4 }), (segments) => {
        const plain = `/${segments.map(encodeURIComponent).join('/')}`;
        const heavy = `/${segments.map((s) => [...Buffer.from(s)].map((b) => `%${b.toString(16)}`).join('')).join('/')}`;
        fc.pre(refusal(plain) === 'accepted');
        expect(parseRequestPath(heavy).segments).toEqual(parseRequestPath(plain).segments);
      }),
    );
  });
});
