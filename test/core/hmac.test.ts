import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { openHmac } from '../../src/core/hmac.ts';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const hexOf = (base64url: string) => Buffer.from(base64url, 'base64url').toString('hex');

/** RFC 4231 §4, those whose data is text: key, data, HMAC-SHA-256. Case 5 is about a truncated output. */
test.each([
  [1, '0b'.repeat(20), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [2, '4a656665', 'what do ya want for nothing?', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
  [
    6,
    'aa'.repeat(131),
    'Test Using Larger Than Block-Size Key - Hash Key First',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  [
    7,
    'aa'.repeat(131),
    'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
])('RFC 4231, test case %i', (_, key, data, expected) => {
  expect(hexOf(openHmac(bytes(key))(data))).toBe(expected);
});

test('any key, any texts one after the other: what createHmac gives', () => {
  const key = fc.uint8Array({ maxLength: 200 });
  const long = fc.integer({ min: 2_600, max: 9_000 }).map((length) => 'é'.repeat(length));
  const texts = fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), long), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(key, texts, (own, messages) => {
      const hmac = openHmac(own);
      for (const message of messages) {
        expect(hmac(message)).toBe(createHmac('sha256', own).update(message, 'utf8').digest('base64url'));
      }
    }),
  );
});
