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
 * A 64-bit hash of the octets of a serial number: two lanes that multiply and fold each word in their own ways (side by
 * side, because a processor then computes them at the same time), mixed and finished as MurmurHash3 does at the end. Not
 * cryptographic, and it need not be: who chooses the serial numbers is the CA whose list it is, and a collision revokes
 * one certificate too many, never one too few. By chance that is n / 2⁶⁴, 5 × 10⁻¹⁴ for a list of a million.
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
      const word = view.getInt32(at, true);
      high = Math.imul(high ^ word, 0xcc9e2d51);
      high ^= high >>> 15;
      low = Math.imul(low ^ word, 0x9e3779b1);
      low ^= low >>> 13;
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

function finished(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
