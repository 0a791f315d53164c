import { refuse } from '../core/problem.ts';
import type { ProblemCode } from '../core/problem-codes.ts';

/**
 * BER (X.690 §8), for what other people's tools write: PKCS#7 and PKCS#12 come with indefinite lengths and with strings
 * in pieces. Certificates are never read with this; inside such a file they are DER, and core reads them strictly.
 */
const maxDepth = 32;

/** Elements that one input may be taken apart into: work is bounded by this, not by what lengths say. */
const maxElements = 100_000;

interface Shared {
  readonly bytes: Uint8Array;
  readonly code: ProblemCode;
  elements: number;
}

export class BerElement {
  readonly tag: number;
  readonly #shared: Shared;
  readonly #depth: number;
  readonly #from: number;
  readonly #start: number;
  readonly #stop: number;
  /** Behind the element, end-of-contents included. */
  readonly #end: number;
  #children: readonly BerElement[] | undefined;

  constructor(shared: Shared, depth: number, tag: number, from: number, start: number, stop: number, end: number) {
    this.#shared = shared;
    this.#depth = depth;
    this.tag = tag;
    this.#from = from;
    this.#start = start;
    this.#stop = stop;
    this.#end = end;
  }

  get constructed(): boolean {
    return (this.tag & 0x20) !== 0;
  }

  /** Tag, length and contents, as they stand in the input. */
  get whole(): Uint8Array {
    return this.#shared.bytes.subarray(this.#from, this.#end);
  }

  get content(): Uint8Array {
    return this.#shared.bytes.subarray(this.#start, this.#stop);
  }

  fail(message: string): never {
    return refuse({ code: this.#shared.code, message: `${message} (byte ${this.#from})` });
  }

  get children(): readonly BerElement[] {
    if (!this.constructed) this.fail('a primitive element where a structure belongs');
    if (this.#children !== undefined) return this.#children;
    const children: BerElement[] = [];
    for (let at = this.#start; at < this.#stop; ) {
      const child = readElement(this.#shared, at, this.#stop, this.#depth + 1);
      children.push(child);
      at = child.#end;
    }
    this.#children = children;
    return children;
  }

  /** The child at a position, which must have this tag. */
  child(index: number, tag: number, what: string): BerElement {
    const child = this.children[index];
    if (child === undefined || child.tag !== tag) this.fail(`${what} is missing or of another type`);
    return child;
  }

  /** An OCTET STRING in one piece, whichever way it is written; `tag` is that of its primitive form. */
  octets(tag = 0x04): Uint8Array {
    if (this.tag === tag) return this.content;
    if (this.tag !== (tag | 0x20)) this.fail('no octet string');
    return Buffer.concat(this.children.map((child) => child.octets()));
  }

  /** A non-negative INTEGER up to 2^31-1. */
  number(what: string): number {
    const { content } = this;
    const value = content.reduce((sum, octet) => sum * 256 + octet, 0);
    if (this.tag !== 0x02 || content.length === 0 || content.length > 5 || (content[0] ?? 0) >= 0x80) {
      this.fail(`${what} is no number`);
    }
    return value > 0x7fff_ffff ? this.fail(`${what} is out of range`) : value;
  }

  /** Dotted. */
  oid(what: string): string {
    const { content } = this;
    if (this.tag !== 0x06 || content.length === 0 || content.length > 64) this.fail(`${what} is no OBJECT IDENTIFIER`);
    const arcs: bigint[] = [];
    let arc = 0n;
    for (const octet of content) {
      arc = (arc << 7n) | BigInt(octet & 0x7f);
      if (octet >= 0x80) continue;
      if (arcs.length > 0) arcs.push(arc);
      else arcs.push(...(arc < 80n ? [arc / 40n, arc % 40n] : [2n, arc - 80n]));
      arc = 0n;
    }
    return arcs.join('.');
  }
}

function readElement(shared: Shared, from: number, end: number, depth: number): BerElement {
  const { bytes, code } = shared;
  const fail = (message: string): never => refuse({ code, message: `${message} (byte ${from})` });
  shared.elements += 1;
  if (shared.elements > maxElements) fail(`more than ${maxElements} elements`);
  if (depth > maxDepth) fail('nested too deeply');
  if (from + 2 > end) fail('an element is cut off');
  const tag = bytes[from] ?? 0;
  if ((tag & 0x1f) === 0x1f) fail('a tag of more than one byte');
  const first = bytes[from + 1] ?? 0;
  let start = from + 2;
  if (first === 0x80) {
    if ((tag & 0x20) === 0) fail('a primitive element of indefinite length');
    const stop = endOfContents(shared, start, end, depth);
    return new BerElement(shared, depth, tag, from, start, stop, stop + 2);
  }
  let length = first;
  if (first > 0x80) {
    const octets = first & 0x7f;
    if (octets > 4 || start + octets > end) fail('a length beyond the end of the data');
    length = 0;
    for (let index = 0; index < octets; index += 1) length = length * 256 + (bytes[start + index] ?? 0);
    start += octets;
  }
  if (start + length > end) fail('a length beyond the end of the data');
  return new BerElement(shared, depth, tag, from, start, start + length, start + length);
}

/** Where the two zero octets of an indefinite length stand that belong to this element. */
function endOfContents(shared: Shared, start: number, end: number, depth: number): number {
  let at = start;
  while (at + 2 <= end) {
    if (shared.bytes[at] === 0 && shared.bytes[at + 1] === 0) return at;
    at += readElement(shared, at, end, depth + 1).whole.length;
  }
  return refuse({ code: shared.code, message: `an indefinite length without its end (byte ${start})` });
}

/** The one element of `bytes`; ProblemError with `code` on anything else. Zero octets behind it (a padded file) do not matter. */
export function readBer(bytes: Uint8Array, code: ProblemCode): BerElement {
  const element = readElement({ bytes, code, elements: 0 }, 0, bytes.length, 0);
  const after = bytes.subarray(element.whole.length);
  if (after.some((octet) => octet !== 0)) refuse({ code, message: 'data after the end' });
  return element;
}
