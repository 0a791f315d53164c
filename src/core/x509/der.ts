import { ProblemError, refuse } from '../problem.ts';
import type { ProblemCode } from '../problem-codes.ts';
import type { Deviation } from './deviation.ts';

/** Identifier octets, X.690 §8.1.2. X.509 needs nothing beyond one octet; a multi-octet tag is refused. */
export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Deeper nesting than this is nobody's certificate. It bounds the recursion over values that we do not know. */
const maxDepth = 32;

const maxDecodedWhole = 65_536;

/**
 * A strict DER cursor over one byte array. It moves by offsets and allocates nothing per element, because it reads every
 * certificate that anybody sends. Definite minimal lengths only, every level consumed exactly. Anything else is a
 * ProblemError with the code that the cursor was made with; no length field is trusted before it is compared with what is there.
 */
export class DerCursor {
  readonly bytes: Uint8Array;
  readonly #buffer: Buffer;
  #text: string | undefined;
  readonly #code: ProblemCode;
  #depth = 0;
  /** Offset of the next element, and the end of the level being read. */
  at: number;
  end: number;
  /** Offsets of the contents of the element read last. */
  start = 0;
  stop = 0;
  /** What was let through so far; absent: nothing. */
  deviations: Set<Deviation> | undefined;

  constructor(bytes: Uint8Array, code: ProblemCode, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.#buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#code = code;
    this.at = at;
    this.end = end;
  }

  fail(message: string, at: number = this.at): never {
    return refuse({ code: this.#code, message: `${message} (byte ${at})` });
  }

  deviate(deviation: Deviation): void {
    this.deviations ??= new Set();
    this.deviations.add(deviation);
  }

  /** Reads what may be unreadable: on a problem says what it was, and stands behind the element, whose offsets are given. */
  attempt(start: number, stop: number, read: () => void): string | undefined {
    const { end, at } = this;
    const depth = this.#depth;
    this.start = start;
    this.stop = stop;
    try {
      const outer = this.enterLast();
      read();
      this.leave(outer);
      this.at = at;
      return undefined;
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.#depth = depth;
      this.end = end;
      this.at = at;
      return error.problems[0]?.message ?? '';
    }
  }

  /** The octet at an offset that is known to be inside; 0 outside. */
  byteAt(at: number): number {
    return this.bytes[at] ?? 0;
  }

  get more(): boolean {
    return this.at < this.end;
  }

  /** The next element's tag, or -1 at the end of the level. */
  peek(): number {
    return this.at < this.end ? (this.bytes[this.at] ?? -1) : -1;
  }

  /** Steps over one element of any tag; start and stop delimit its contents. Returns the tag. */
  next(): number {
    const { end } = this;
    let at = this.at;
    if (at + 2 > end) this.fail('an element is cut off');
    const found = this.byteAt(at);
    if ((found & 0x1f) === 0x1f) this.fail('a tag of more than one byte');
    let length = this.byteAt(at + 1);
    at += 2;
    if (length >= 0x80) {
      // X.690 §10.1: definite, and in the fewest octets. Four octets hold more than any input that we accept.
      const octets = length & 0x7f;
      if (octets === 0) this.fail('an indefinite length');
      if (octets > 4 || at + octets > end) this.fail('a length beyond the end of the data');
      length = 0;
      for (let index = 0; index < octets; index += 1) length = length * 256 + this.byteAt(at + index);
      if (length < 0x80 || length < 2 ** (8 * (octets - 1))) this.fail('a length that is not minimal');
      at += octets;
    }
    if (at + length > end) this.fail('a length beyond the end of the data');
    this.start = at;
    this.stop = at + length;
    this.at = this.stop;
    return found;
  }

  /** Steps over one element that must have this tag. */
  expect(wanted: number, what: string): void {
    if (this.peek() !== wanted) this.fail(`${what} is missing or of another type`);
    this.next();
  }

  /** Goes into a constructed element; returns what `leave` needs to come out again. */
  enter(wanted: number, what: string): number {
    this.expect(wanted, what);
    return this.enterLast();
  }

  /** Goes into the element read last. */
  enterLast(): number {
    this.#depth += 1;
    if (this.#depth > maxDepth) this.fail('nested too deeply');
    const outer = this.end;
    this.at = this.start;
    this.end = this.stop;
    return outer;
  }

  leave(outer: number): void {
    if (this.at !== this.end) this.fail('data after the last element of a structure');
    this.end = outer;
    this.#depth -= 1;
  }

  finish(): void {
    if (this.at !== this.end) this.fail('data after the end');
  }

  /** BOOLEAN: one octet, 00 or FF (X.690 §11.1). */
  boolean(what: string): boolean {
    this.expect(tag.boolean, what);
    const value = this.bytes[this.start];
    if (this.stop - this.start !== 1 || (value !== 0 && value !== 0xff))
      this.fail(`${what} is not a DER BOOLEAN`, this.start);
    return value === 0xff;
  }

  /** The contents read last must be an INTEGER in the fewest octets (X.690 §8.3.2). */
  checkInteger(what: string): void {
    const { start, stop } = this;
    if (stop === start) this.fail(`${what} is an empty INTEGER`, start);
    if (stop - start > 1) {
      const first = this.byteAt(start);
      const signBit = this.byteAt(start + 1) & 0x80;
      if ((first === 0 && signBit === 0) || (first === 0xff && signBit !== 0))
        this.fail(`${what} is not a minimal INTEGER`, start);
    }
  }

  /** A non-negative INTEGER of at most `max`, under this tag (an IMPLICIT one may differ from INTEGER). */
  smallInteger(what: string, max: number, wanted: number = tag.integer): number {
    this.expect(wanted, what);
    this.checkInteger(what);
    const { start, stop } = this;
    let value = 0;
    if ((this.byteAt(start) & 0x80) !== 0 || stop - start > 5) this.fail(`${what} is out of range`, start);
    for (let index = start; index < stop; index += 1) value = value * 256 + this.byteAt(index);
    if (value > max) this.fail(`${what} is out of range`, start);
    return value;
  }

  /** BIT STRING: start moves behind the count of unused bits, which are zero (X.690 §11.2.1). Returns that count. */
  bitString(what: string, wanted: number = tag.bitString): number {
    this.expect(wanted, what);
    const { bytes, start, stop } = this;
    const unused = bytes[start] ?? 8;
    if (stop === start || unused > 7 || (unused > 0 && stop - start === 1))
      this.fail(`${what} is not a DER BIT STRING`, start);
    if (unused > 0 && (this.byteAt(stop - 1) & ((1 << unused) - 1)) !== 0)
      this.fail(`${what} has unused bits that are set`, stop - 1);
    this.start = start + 1;
    return unused;
  }

  /**
   * A named bit list as a number, bit 0 of the list being bit 0 of the result. Trailing zero bits (X.690 §11.2.2) are
   * refused, or let through as the deviation that is given.
   */
  namedBits(what: string, wanted: number = tag.bitString, trailing?: Deviation): number {
    const unused = this.bitString(what, wanted);
    const { start, stop } = this;
    if (stop - start > 2) this.fail(`${what} has unknown bits`, start);
    if (stop > start && (this.byteAt(stop - 1) & (1 << unused)) === 0) {
      if (trailing === undefined) this.fail(`${what} ends in zero bits`, stop - 1);
      this.deviate(trailing);
    }
    let bits = 0;
    for (let bit = 0; bit < (stop - start) * 8; bit += 1) {
      if ((this.byteAt(start + (bit >> 3)) & (0x80 >> (bit & 7))) !== 0) bits |= 1 << bit;
    }
    return bits;
  }

  /** Whether SET OF elements stand in ascending order of their encodings (X.690 §11.6): the offsets of two neighbours. */
  isSetOrder(previous: number, current: number, currentEnd: number): boolean {
    const shorter = Math.min(current - previous, currentEnd - current);
    for (let index = 0; index < shorter; index += 1) {
      const difference = this.byteAt(current + index) - this.byteAt(previous + index);
      if (difference !== 0) return difference > 0;
    }
    // One encoding cannot be a prefix of another, so equal so far means equal: two identical values keep the order.
    return true;
  }

  /** The whole element under the cursor, known or not, must be DER down to its leaves. */
  skipStrictly(): number {
    const found = this.next();
    if ((found & 0x20) !== 0) {
      const outer = this.enterLast();
      while (this.more) this.skipStrictly();
      this.leave(outer);
    }
    return found;
  }

  latin1(start: number = this.start, stop: number = this.stop): string {
    // One decoding of the whole and slices of it cost a tenth of a decoding each; not for a revocation list of megabytes.
    if (this.bytes.length > maxDecodedWhole) return this.#buffer.toString('latin1', start, stop);
    this.#text ??= this.#buffer.toString('latin1');
    return this.#text.slice(start, stop);
  }

  hex(start: number = this.start, stop: number = this.stop): string {
    return this.#buffer.toString('hex', start, stop);
  }

  slice(start: number = this.start, stop: number = this.stop): Uint8Array {
    return this.bytes.subarray(start, stop);
  }
}
