import { hash } from 'node:crypto';
import type { Name } from '../x509/name.ts';

/** Two 32-bit lanes, from the issuer's name: the same serial of two issuers has two hashes. */
export interface Seed {
  readonly high: number;
  readonly low: number;
}

/** By name alone, so that both keys of a CA that changes its key share it. */
export function seedOf(issuer: Name): Seed {
  const digest = hash('sha256', issuer.key, 'buffer');
  return { high: digest.readInt32LE(0), low: digest.readInt32LE(4) };
}

/**
 * A 64-bit hash of the octets of a serial number: two lanes of MurmurHash3 with constants of their own, side by side
 * because a processor then computes them at the same time, mixed at the end. Not cryptographic, and it need not be: who
 * chooses the serial numbers is the CA whose list it is, and a collision revokes one certificate too many, never one too
 * few. By chance that is n / 2⁶⁴, 5 × 10⁻¹⁴ for a list of a million.
 *
 * One object, reused, holds the result, because a list has millions of serials.
 */
export class SerialHash {
  readonly #high: number;
  readonly #low: number;
  /** Signed 32-bit integers. */
  high = 0;
  low = 0;

  constructor(seed: Seed) {
    this.#high = seed.high;
    this.#low = seed.low;
  }

  /** `view` and the offsets into it: the contents of an INTEGER. */
  take(view: DataView, start: number, stop: number): void {
    let high = this.#high;
    let low = this.#low;
    let at = start;
    for (; at + 4 <= stop; at += 4) {
      const word = view.getUint32(at, true);
      high =
        (Math.imul(rotated(high ^ Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593), 13), 5) +
          0xe6546b64) |
        0;
      low =
        (Math.imul(rotated(low ^ Math.imul(rotated(Math.imul(word, 0x38b34ae5), 17), 0xa1e38b93), 19), 5) +
          0x561ccd1b) |
        0;
    }
    let tail = stop - start;
    for (; at < stop; at += 1) tail = Math.imul(tail, 257) + view.getUint8(at);
    high ^= Math.imul(tail, 0xcc9e2d51);
    low ^= Math.imul(tail, 0x38b34ae5) ^ (stop - start);
    high = (high + low) | 0;
    low = (low + high) | 0;
    high = finished(high);
    low = finished(low);
    high = (high + low) | 0;
    this.high = high;
    this.low = (low + high) | 0;
  }
}

function rotated(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function finished(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
