import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { type Bound, bind, bindingSeconds, maximumBindingSeconds, openBinding } from '../../src/core/binding.ts';

const key = createHash('sha256').update('current').digest();
const previous = createHash('sha256').update('previous').digest();
const now = Date.UTC(2026, 10, 22, 3, 34, 0);

const bound: Bound = {
  reference: '0123456789abcdefghjk',
  client: 'acme',
  rule: 'allow-1',
  connection: 'erp',
  method: 'GET',
  path: '/orders/7%20b/é',
  stage: 'live',
  certificateSha256: 'ab'.repeat(32),
  strip: 7,
  to: '/Orders/rest/v1',
  expiresAt: now / 1000 + bindingSeconds,
  notice: 'none',
  extendedRequestId: 'JJbxIGmHDoEF9zQ=',
};

test('what was bound is what opens', () => {
  expect(openBinding(bind(bound, key), bound, [key], now)).toEqual(bound);
});

test('an extended request id that was not bound is not compared', () => {
  const { extendedRequestId: _, ...without } = bound;
  const context = bind(without, key);
  expect(context.bound).toBe('none');
  expect(openBinding(context, bound, [key], now)).toEqual(without);
});

test('an extended request id that was bound must be seen', () => {
  const { extendedRequestId: _, ...without } = bound;
  expect(openBinding(bind(bound, key), without, [key], now)).toBeUndefined();
  expect(openBinding({ ...bind(bound, key), bound: 'none' }, without, [key], now)).toBeUndefined();
  expect(openBinding({ ...bind(without, key), bound: 'extendedRequestId' }, bound, [key], now)).toBeUndefined();
});

test('an empty target is carried by a value that is not empty', () => {
  const untouched = { ...bound, strip: 0, to: '' };
  const context = bind(untouched, key);
  expect(context.to).toBe('-');
  expect(openBinding(context, untouched, [key], now)).toEqual(untouched);
});

test('every context value is safe in a log line and in a response template', () => {
  for (const [name, value] of Object.entries(bind(bound, key))) {
    expect(value).toMatch(name === 'to' ? /^[A-Za-z0-9_-]{1,683}$/ : /^[A-Za-z0-9._-]{1,64}$/);
  }
});

test('while keys rotate the previous key still opens, and then no longer', () => {
  const old = bind(bound, previous);
  expect(openBinding(old, bound, [key, previous], now)).toEqual(bound);
  expect(openBinding(old, bound, [key], now)).toBeUndefined();
  expect(openBinding(old, bound, [], now)).toBeUndefined();
});

test('a short key is a mistake of ours, not a weak binding', () => {
  expect(() => bind(bound, key.subarray(0, 31))).toThrow('at least 32 bytes');
  expect(() => openBinding(bind(bound, key), bound, [key.subarray(0, 31)], now)).toThrow('at least 32 bytes');
});

test('a binding lives until it expires, and never longer than the maximum', () => {
  const context = bind(bound, key);
  const end = bound.expiresAt * 1000;
  expect(openBinding(context, bound, [key], end - 1)).toEqual(bound);
  expect(openBinding(context, bound, [key], end)).toBeUndefined();
  expect(openBinding(context, bound, [key], end + 60_000)).toBeUndefined();
  expect(openBinding(context, bound, [key], Number.NaN)).toBeUndefined();
  expect(openBinding(context, bound, [key], end - maximumBindingSeconds * 1000)).toEqual(bound);
  expect(openBinding(context, bound, [key], end - maximumBindingSeconds * 1000 - 1)).toBeUndefined();
});

test('a path that is shorter than what it strips does not open', () => {
  expect(openBinding(bind({ ...bound, strip: 1000 }, key), bound, [key], now)).toBeUndefined();
});

test.each(['reference', 'client', 'rule', 'connection', 'strip', 'to', 'expires', 'notice', 'bound', 'mac'])(
  'closed when %s is missing, doubled, empty, over-long, inherited or not text',
  (name) => {
    const context = bind(bound, key);
    const { [name]: value, ...without } = context;
    expect(openBinding(without, bound, [key], now)).toBeUndefined();
    for (const wrong of [
      [value],
      [value, value],
      `${value},${value}`,
      '',
      null,
      7,
      {},
      `${value}\n`,
      'a'.repeat(700),
    ]) {
      expect(openBinding({ ...context, [name]: wrong }, bound, [key], now)).toBeUndefined();
    }
    expect(openBinding({ __proto__: { [name]: value }, ...without }, bound, [key], now)).toBeUndefined();
    expect(openBinding(Object.assign(Object.create({ [name]: value }), without), bound, [key], now)).toBeUndefined();
  },
);

test.each([
  { client: 'a b' },
  { client: '' },
  { client: 'a'.repeat(65) },
  { rule: 'allow 1' },
  { reference: '$context' },
  { strip: -1 },
  { strip: 1.5 },
  { to: `/${'x'.repeat(512)}` },
  { to: '/\ud800' },
  { expiresAt: Number.NaN },
  { path: '' },
  { path: '/\ud800' },
  { method: '' },
  { stage: '' },
  { certificateSha256: 'AB'.repeat(32) },
  { extendedRequestId: '' },
])('%j cannot be bound', (wrong: Partial<Bound>) => {
  expect(() => bind({ ...bound, ...wrong }, key)).toThrow('cannot be carried');
});

test('two spellings of one number are two values', () => {
  const context = bind(bound, key);
  for (const strip of ['07', '+7', '7.0', '7e0', '0x7']) {
    expect(openBinding({ ...context, strip }, bound, [key], now)).toBeUndefined();
  }
});

test('a target in another base64 spelling does not open', () => {
  const context = bind({ ...bound, to: '/a' }, key);
  expect(context.to).toBe('L2E');
  // The same bytes: the unused bits of the last character differ.
  expect(Buffer.from('L2F', 'base64url')).toEqual(Buffer.from('L2E', 'base64url'));
  expect(openBinding({ ...context, to: 'L2F' }, bound, [key], now)).toBeUndefined();
  expect(openBinding({ ...context, to: 'A' }, bound, [key], now)).toBeUndefined();
});

const flipped = (text: string, index: number, bit: number): string => {
  const bytes = Buffer.from(text, 'latin1');
  const at = index % bytes.length;
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  return bytes.toString('latin1');
};
const place = { index: fc.nat(700), bit: fc.integer({ min: 0, max: 7 }) };

test('flipping any bit of any context value closes', () => {
  const context = bind(bound, key);
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(context)), place.index, place.bit, (name, index, bit) => {
      const changed = { ...context, [name]: flipped(context[name] ?? '', index, bit) };
      expect(openBinding(changed, bound, [key, previous], now)).toBeUndefined();
    }),
    { numRuns: 2000 },
  );
});

test('flipping any bit of anything seen closes', () => {
  const context = bind(bound, key);
  const seen = {
    method: bound.method,
    path: bound.path,
    stage: bound.stage,
    certificateSha256: bound.certificateSha256,
    extendedRequestId: bound.extendedRequestId ?? '',
  };
  fc.assert(
    fc.property(
      fc.constantFrom('method', 'path', 'stage', 'certificateSha256', 'extendedRequestId'),
      place.index,
      place.bit,
      (name: keyof typeof seen, index, bit) => {
        const changed = { ...seen, [name]: flipped(seen[name], index, bit) };
        expect(openBinding(context, changed, [key], now)).toBeUndefined();
      },
    ),
    { numRuns: 2000 },
  );
});

test('moving characters between neighbouring fields closes', () => {
  const context = bind({ ...bound, client: 'acme', rule: 'allow-1' }, key);
  expect(openBinding({ ...context, client: 'acmea', rule: 'llow-1' }, bound, [key], now)).toBeUndefined();
  expect(openBinding(context, { ...bound, method: 'GET/', path: 'orders/7%20b/é' }, [key], now)).toBeUndefined();
});

test('whatever else a context holds neither opens nor throws', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.anything()), (context) => {
      expect(openBinding(context, bound, [key], now)).toBeUndefined();
    }),
  );
  expect(openBinding({ ...bind(bound, key), principalId: 'acme', integrationLatency: 7 }, bound, [key], now)).toEqual(
    bound,
  );
});

test('any path, method and target opens again exactly', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(text, text, text, (path, method, to) => {
      const any = { ...bound, path, method, to: to.slice(0, 40).toWellFormed(), strip: 0 };
      expect(openBinding(bind(any, key), any, [key], now)).toEqual(any);
    }),
  );
});
