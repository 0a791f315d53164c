/**
 * 64-bit hashes of serial numbers, two words each, the high one first. Interleaved, so that one hash is in one line of a
 * processor's cache.
 */
export type SerialHashes = Uint32Array;

/** Hashes in buckets by their leading bits. Hashes are spread evenly, so that there are 32 to 64 in each. */
export interface HashTable {
  readonly hashes: SerialHashes;
  /** Where each bucket ends. */
  readonly ends: Uint32Array;
  readonly bits: number;
}

/** More than this in a bucket is no accident: a CA has picked serial numbers for their hashes. Such a bucket is sorted, so that a look-up stays short. */
const maxBucket = 256;

function bitsFor(count: number): number {
  return Math.max(0, Math.min(16, Math.floor(Math.log2(Math.max(count, 1))) - 5));
}

/**
 * Writes `source` bucket by bucket into `target`, which has its length; within a bucket the order stays. One pass to count
 * and one to place: a table of a million costs a seventh of sorting it, and is no slower to search.
 */
export function dealHashes(source: SerialHashes, target: SerialHashes): void {
  const bits = bitsFor(source.length / 2);
  const ends = new Uint32Array((1 << bits) + 1);
  const count = source.length / 2;
  for (let index = 0; index < count; index += 1) {
    const bucket = bucketOf(at(source, 2 * index), bits) + 1;
    ends[bucket] = at(ends, bucket) + 1;
  }
  for (let bucket = 1; bucket <= 1 << bits; bucket += 1) ends[bucket] = at(ends, bucket) + at(ends, bucket - 1);
  // what is counted as the end of the bucket before is where the next one begins, and grows to its own end
  for (let index = 0; index < count; index += 1) {
    const high = at(source, 2 * index);
    const bucket = bucketOf(high, bits);
    const place = at(ends, bucket);
    ends[bucket] = place + 1;
    target[2 * place] = high;
    target[2 * place + 1] = at(source, 2 * index + 1);
  }
  for (let bucket = 0; bucket < 1 << bits; bucket += 1) {
    const start = bucket === 0 ? 0 : at(ends, bucket - 1);
    if (at(ends, bucket) - start > maxBucket) sortRange(target, start, at(ends, bucket));
  }
}

/** The buckets of what `dealHashes` wrote; undefined when it did not. */
export function openTable(hashes: SerialHashes): HashTable | undefined {
  const count = hashes.length / 2;
  const bits = bitsFor(count);
  const ends = new Uint32Array(1 << bits);
  let last = 0;
  for (let index = 0; index < count; index += 1) {
    const bucket = bucketOf(at(hashes, 2 * index), bits);
    if (bucket < last) return undefined;
    for (; last < bucket; last += 1) ends[last] = index;
  }
  ends.fill(count, last);
  const table = { hashes, ends, bits };
  return largeBucketsAreSorted(table) ? table : undefined;
}

function largeBucketsAreSorted({ hashes, ends }: HashTable): boolean {
  let start = 0;
  for (const end of ends) {
    if (end - start > maxBucket) {
      for (let index = start + 1; index < end; index += 1) {
        if (isAfter(hashes, index - 1, at(hashes, 2 * index), at(hashes, 2 * index + 1))) return false;
      }
    }
    start = end;
  }
  return true;
}

/** Whether a hash, as two unsigned 32-bit numbers, is in the table. */
export function hasHash({ hashes, ends, bits }: HashTable, high: number, low: number): boolean {
  const bucket = bucketOf(high, bits);
  const start = bucket === 0 ? 0 : at(ends, bucket - 1);
  const end = at(ends, bucket);
  if (end - start > maxBucket) return hasSorted(hashes, start, end, high, low);
  for (let place = 2 * start; place < 2 * end; place += 2) {
    if (hashes[place] === high && hashes[place + 1] === low) return true;
  }
  return false;
}

function hasSorted(hashes: SerialHashes, start: number, end: number, high: number, low: number): boolean {
  let from = start;
  let to = end;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (isAfter(hashes, middle, high, low)) to = middle;
    else from = middle + 1;
  }
  return from > start && hashes[2 * from - 2] === high && hashes[2 * from - 1] === low;
}

function sortRange(hashes: SerialHashes, start: number, end: number): void {
  const whole = new BigUint64Array(end - start);
  for (let index = start; index < end; index += 1) {
    whole[index - start] = (BigInt(at(hashes, 2 * index)) << 32n) | BigInt(at(hashes, 2 * index + 1));
  }
  whole.sort();
  for (const [index, value] of whole.entries()) {
    hashes[2 * (start + index)] = Number(value >> 32n);
    hashes[2 * (start + index) + 1] = Number(value & 0xffff_ffffn);
  }
}

function isAfter(hashes: SerialHashes, index: number, high: number, low: number): boolean {
  const found = at(hashes, 2 * index);
  return found > high || (found === high && at(hashes, 2 * index + 1) > low);
}

/** Shifting by 32 would shift by nothing: without bits there is one bucket. */
function bucketOf(high: number, bits: number): number {
  return bits === 0 ? 0 : high >>> (32 - bits);
}

/** An element that is known to be inside. */
function at(values: Uint32Array, index: number): number {
  return values[index] ?? 0;
}
