import type { SerialHashes } from './entries.ts';

/** More than this in one bucket is no accident of a good hash: then a sort that nobody can make slow takes over. */
const maxInsertion = 48;

/**
 * Sorts 64-bit hashes into `target`, which has their length. Hashes are spread evenly, so one pass that deals them into
 * about as many buckets as there are, by their highest bits, leaves next to nothing for the insertion sort after it. That
 * is several times faster than a general sort; a CA that picks serial numbers for their hashes only gets the general one.
 */
export function sortHashes({ high, low }: SerialHashes, target: SerialHashes): void {
  const count = high.length;
  const bits = Math.max(1, Math.min(20, Math.floor(Math.log2(count + 1)) - 2));
  const shift = 32 - bits;
  const ends = new Uint32Array((1 << bits) + 1);
  for (let index = 0; index < count; index += 1) {
    const bucket = (at(high, index) >>> shift) + 1;
    ends[bucket] = at(ends, bucket) + 1;
  }
  for (let bucket = 1; bucket < ends.length; bucket += 1) ends[bucket] = at(ends, bucket) + at(ends, bucket - 1);
  for (let index = 0; index < count; index += 1) {
    const upper = at(high, index);
    const bucket = upper >>> shift;
    const place = at(ends, bucket);
    ends[bucket] = place + 1;
    target.high[place] = upper;
    target.low[place] = at(low, index);
  }
  // now ends[b] is where bucket b ends
  let start = 0;
  for (let bucket = 0; bucket < 1 << bits; bucket += 1) {
    const end = at(ends, bucket);
    if (end - start > maxInsertion) sortRange(target, start, end);
    else insertionSort(target, start, end);
    start = end;
  }
}

function insertionSort({ high, low }: SerialHashes, start: number, end: number): void {
  for (let index = start + 1; index < end; index += 1) {
    const upper = at(high, index);
    const lower = at(low, index);
    let place = index;
    for (; place > start; place -= 1) {
      const before = at(high, place - 1);
      if (before < upper || (before === upper && at(low, place - 1) <= lower)) break;
      high[place] = before;
      low[place] = at(low, place - 1);
    }
    high[place] = upper;
    low[place] = lower;
  }
}

function sortRange({ high, low }: SerialHashes, start: number, end: number): void {
  const whole = new BigUint64Array(end - start);
  for (let index = start; index < end; index += 1) {
    whole[index - start] = (BigInt(at(high, index)) << 32n) | BigInt(at(low, index));
  }
  whole.sort();
  for (const [index, value] of whole.entries()) {
    high[start + index] = Number(value >> 32n);
    low[start + index] = Number(value & 0xffff_ffffn);
  }
}

/** Whether a hash, as two unsigned 32-bit numbers, is among sorted ones. */
export function hasHash({ high, low }: SerialHashes, upper: number, lower: number): boolean {
  let from = 0;
  let to = high.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const found = at(high, middle);
    if (found < upper || (found === upper && at(low, middle) < lower)) from = middle + 1;
    else to = middle;
  }
  return from < high.length && high[from] === upper && low[from] === lower;
}

export function isSorted({ high, low }: SerialHashes): boolean {
  for (let index = 1; index < high.length; index += 1) {
    const before = at(high, index - 1);
    const here = at(high, index);
    if (before > here || (before === here && at(low, index - 1) > at(low, index))) return false;
  }
  return true;
}

/** An element that is known to be inside. */
function at(values: Uint32Array, index: number): number {
  return values[index] ?? 0;
}
