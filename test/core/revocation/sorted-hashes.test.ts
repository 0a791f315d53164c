import fc from 'fast-check';
import { SerialHash, seedOf } from '../../../core/revocation/serial-hash.ts';
import { hasHash, isSorted, sortHashes } from '../../../core/revocation/sorted-hashes.ts';
import { nameFromRdns } from '../../../core/x509/name.ts';

const whole = (hashes: Uint32Array) =>
  Array.from(
    { length: hashes.length / 2 },
    (_, index) => (BigInt(hashes[2 * index] ?? 0) << 32n) | BigInt(hashes[2 * index + 1] ?? 0),
  );
const ascending = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);

function sorted(source: Uint32Array): Uint32Array {
  const target = new Uint32Array(source.length);
  sortHashes(source, target);
  return target;
}

describe('sorting', () => {
  const word = fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.constantFrom(0, 1, 0x8000_0000, 0xffff_ffff));

  test('as a general sort does it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word), { maxLength: 600 }), (pairs) => {
        const source = Uint32Array.from(pairs.flat());
        const target = sorted(source);
        expect(whole(target)).toEqual(whole(source).sort(ascending));
        expect(isSorted(target)).toBe(true);
        for (const [high, low] of pairs) expect(hasHash(target, high, low)).toBe(true);
      }),
    );
  });

  test.each([3000, 5000, 20_000])(
    '%d hashes that share their leading bits, as only a malicious CA makes them',
    (count) => {
      const source = Uint32Array.from({ length: 2 * count }, (_, index) =>
        index % 2 === 0 ? 0x1234_5600 + ((index * 7919) % 3) : (index * 2_654_435_761) >>> 0,
      );
      expect(whole(sorted(source))).toEqual(whole(source).sort(ascending));
    },
  );

  test('finds nothing in nothing', () => {
    expect(hasHash(new Uint32Array(), 0, 0)).toBe(false);
    expect(isSorted(Uint32Array.of(1, 2, 1, 1))).toBe(false);
  });
});

describe('the hash of a serial number', () => {
  const seed = seedOf(nameFromRdns([[{ type: 'CN', value: 'Acme Root' }]]));
  const hashOf = (octets: Uint8Array, key = seed) => {
    const hash = new SerialHash(key);
    hash.take(new DataView(octets.buffer, octets.byteOffset, octets.length), 0, octets.length);
    return (BigInt(hash.high >>> 0) << 32n) | BigInt(hash.low >>> 0);
  };
  const counter = (length: number, place: number) => (value: number) => {
    const octets = new Uint8Array(length);
    new DataView(octets.buffer).setUint32(place, value);
    return octets;
  };

  test.each([
    ['counted up', counter(4, 0)],
    ['counted up at the end of 16 octets', counter(16, 12)],
    ['counted up at the beginning of 20 octets', counter(20, 0)],
    ['counted up across words', counter(16, 6)],
    [
      'that differ in the highest bits of their words',
      (value: number) =>
        Uint8Array.from({ length: 20 }, (_, index) =>
          index % 4 === 3 ? ((value >> ((index >> 2) * 4)) & 15) << 4 : 1,
        ),
    ],
  ])('20,000 serial numbers %s have as many hashes, spread evenly', (_, octetsOf) => {
    const hashes = new Set<bigint>();
    const inputs = new Set<string>();
    const buckets = new Uint32Array(256);
    for (let value = 0; value < 20_000; value += 1) {
      const octets = octetsOf(value);
      inputs.add(Buffer.from(octets).toString('hex'));
      const hash = hashOf(octets);
      if (!hashes.has(hash)) buckets[Number(hash >> 56n)] = (buckets[Number(hash >> 56n)] ?? 0) + 1;
      hashes.add(hash);
    }
    expect(hashes.size).toBe(inputs.size);
    const mean = inputs.size / 256;
    // ten standard deviations
    for (const count of buckets) expect(Math.abs(count - mean)).toBeLessThan(10 * Math.sqrt(mean));
  });

  test('one changed bit changes about half of the 64', () => {
    let changed = 0;
    const octets = Uint8Array.from({ length: 19 }, (_, index) => index * 37);
    for (let bit = 0; bit < 152; bit += 1) {
      const other = Uint8Array.from(octets, (octet, index) => (index === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet));
      changed += (hashOf(octets) ^ hashOf(other)).toString(2).replaceAll('0', '').length;
    }
    expect(changed / 152).toBeGreaterThan(28);
    expect(changed / 152).toBeLessThan(36);
  });

  test('is keyed by the issuer, and the length counts', () => {
    const other = seedOf(nameFromRdns([[{ type: 'CN', value: 'Globex Root' }]]));
    expect(hashOf(Uint8Array.of(1, 2), other)).not.toBe(hashOf(Uint8Array.of(1, 2)));
    const zeros = [1, 2, 3, 4, 5, 8, 12].map((length) => hashOf(new Uint8Array(length)));
    expect(new Set(zeros).size).toBe(zeros.length);
  });
});
