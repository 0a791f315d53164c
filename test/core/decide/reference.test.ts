import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { drawReferences, parseReference, referenceOf } from '../../../src/core/decide/reference.ts';

describe('a reference', () => {
  test('is the first 100 bits in Crockford base32', () => {
    expect(referenceOf(new Uint8Array(13))).toBe('00000000000000000000');
    expect(referenceOf(new Uint8Array(13).fill(0xff))).toBe('zzzzzzzzzzzzzzzzzzzz');
    // 0x00 0x44 0x32 0x14 0xc7 = 0,1,2,3,4,5,6,7 in groups of five bits
    expect(referenceOf(Uint8Array.of(0, 0x44, 0x32, 0x14, 0xc7, 0, 0, 0, 0, 0, 0, 0, 0))).toBe('01234567000000000000');
  });

  test('equals what big-integer arithmetic gives, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 13, maxLength: 13 }), (random) => {
        let value = BigInt(`0x${Buffer.from(random).toString('hex')}`) >> 4n;
        let expected = '';
        for (let index = 0; index < 20; index += 1) {
          expected = `${'0123456789abcdefghjkmnpqrstvwxyz'[Number(value & 31n)]}${expected}`;
          value >>= 5n;
        }
        expect(referenceOf(random)).toBe(expected);
        expect(referenceOf(random)).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
      }),
    );
  });

  test('is never made from too few bytes', () => {
    expect(() => referenceOf(new Uint8Array(12))).toThrow('13 random bytes');
  });

  test('drawn for many at once, each is its own', () => {
    const drawn: Uint8Array[] = [];
    const next = drawReferences((bytes) => {
      const random = randomBytes(bytes);
      drawn.push(random);
      return random;
    });
    const references = Array.from({ length: 200 }, next);
    expect(new Set(references).size).toBe(200);
    const bytes = Buffer.concat(drawn);
    references.forEach((reference, index) => {
      expect(reference).toBe(referenceOf(bytes.subarray(index * 13, index * 13 + 13)));
    });
  });

  test('is understood as a person writes it, and nothing else is', () => {
    expect(parseReference('01234567000000000000')).toBe('01234567000000000000');
    expect(parseReference('O1234-567OO-OOOOO-OOOOO')).toBe('01234567000000000000');
    expect(parseReference('zzzzZ ZZzzz iiiii LLLLL')).toBe('zzzzzzzzzz1111111111');
    expect(parseReference('0123456700000000000')).toBeUndefined();
    expect(parseReference('0123456700000000000u')).toBeUndefined();
    expect(parseReference('')).toBeUndefined();
  });
});
