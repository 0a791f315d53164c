import fc from 'fast-check';
import { dealHashes, hasHash, openTable } from '../../../src/core/revocation/hash-table.ts';
import { SerialHash, seedOf } from '../../../src/core/revocation/serial-hash.ts';
import { nameFromRdns } from '../../../src/core/x509/name.ts';

const whole = (hashes: Uint32Array) =>
  Array.from(
    { length: hashes.length / 2 },
    (_, index) => (BigInt(hashes[2 * index] ?? 0) << 32n) | BigInt(hashes[2 * index + 1] ?? 0),
  );

function dealt(source: Uint32Array): Uint32Array {
  const target = new Uint32Array(source.length);
  dealHashes(source, target);
  return target;
}

function tableOf(source: Uint32Array) {
  const table = openTable(dealt(source));
  if (table === undefined) throw new Error('the table does not open');
  return table;
}

describe('the table', () => {
  const word = fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.constantFrom(0, 1, 0x8000_0000, 0xffff_ffff));
  const pairs = (maxLength: number) => fc.array(fc.tuple(word, word), { maxLength, size: 'max' });

  test('has what was put in, as often, and nothing else', () => {
    fc.assert(
      fc.property(pairs(1500), pairs(20), (inside, others) => {
        const source = Uint32Array.from(inside.flat());
        const table = tableOf(source);
        const known = whole(source);
        expect(whole(table.hashes).map(String).sort()).toEqual(known.map(String).sort());
        for (const [high, low] of inside) expect(hasHash(table, high, low)).toBe(true);
        for (const [high, low] of others) {
          expect(hasHash(table, high, low)).toBe(known.includes((BigInt(high) << 32n) | BigInt(low)));
        }
      }),
      { numRuns: 50 },
    );
  });

  test.each([257, 3000, 20_000])(
    '%d hashes that share their leading bits, as only a malicious CA makes them',
    (count) => {
      const source = Uint32Array.from({ length: 2 * count }, (_, index) =>
        index % 2 === 0 ? 0x1234_5600 + ((index * 7919) % 3) : Math.imul(index, 0x9e37_79b1) >>> 0,
      );
      const table = tableOf(source);
      for (let index = 0; index < count; index += 17) {
        const [high = 0, low = 0] = source.subarray(2 * index, 2 * index + 2);
        expect(hasHash(table, high, low)).toBe(true);
        expect(hasHash(table, high + 7, low)).toBe(false);
        expect(hasHash(table, high - 7, low)).toBe(false);
      }
      const swapped = Uint32Array.from(table.hashes);
      swapped.set(table.hashes.subarray(0, 2), 2 * count - 2);
      swapped.set(table.hashes.subarray(2 * count - 2), 0);
      expect(openTable(swapped)).toBeUndefined();
    },
  );

  test('of what is not in buckets does not open; of nothing it does', () => {
    const source = Uint32Array.from({ length: 4000 }, (_, index) => Math.imul(index + 1, 0x9e37_79b1) >>> 0);
    expect(openTable(dealt(source))).toBeDefined();
    expect(openTable(dealt(source).reverse())).toBeUndefined();
    expect(hasHash(tableOf(new Uint32Array()), 0, 0)).toBe(false);
    expect(dealt(dealt(source))).toEqual(dealt(source));
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
