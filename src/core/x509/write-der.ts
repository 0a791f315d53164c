/** DER, written. Each function returns one complete TLV; nothing here checks that the whole makes sense. */

/** One TLV with the identifier octet given, so that a caller can write any tag, also a wrong one. */
export function tlv(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents);
  return new Uint8Array(Buffer.concat([Buffer.from([tag]), lengthOctets(content.length), content]));
}

function lengthOctets(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.of(0x80 | octets.length, ...octets);
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return tlv(0x30, ...parts);
}

/** SET OF: DER sorts the elements by their encoding (X.690 §11.6). */
export function setOf(...parts: readonly Uint8Array[]): Uint8Array {
  return tlv(0x31, ...[...parts].sort(Buffer.compare));
}

export function boolean(value: boolean): Uint8Array {
  return tlv(0x01, Uint8Array.of(value ? 0xff : 0));
}

export function nullValue(): Uint8Array {
  return tlv(0x05);
}

/** An INTEGER ≥ 0 from a number or from hex digits. */
export function integer(value: number | string, tag = 0x02): Uint8Array {
  const digits = (typeof value === 'number' ? value.toString(16) : value).replace(/^0+(?=.)/, '');
  const octets = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  const negative = ((octets[0] ?? 0) & 0x80) !== 0;
  return tlv(tag, negative ? Buffer.concat([Uint8Array.of(0), octets]) : octets);
}

/** Arcs of any size: a UUID under 2.25 has 128 bits. */
export function objectIdentifier(dotted: string, tag = 0x06): Uint8Array {
  const [first = 0n, second = 0n, ...arcs] = dotted.split('.').map(BigInt);
  return tlv(tag, Uint8Array.from([first * 40n + second, ...arcs].flatMap(base128)));
}

function base128(arc: bigint): number[] {
  const octets = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) octets.unshift(0x80 | Number(rest & 0x7fn));
  return octets;
}

export function octetString(content: Uint8Array, tag = 0x04): Uint8Array {
  return tlv(tag, content);
}

export function bitString(content: Uint8Array, unusedBits = 0, tag = 0x03): Uint8Array {
  return tlv(tag, Uint8Array.of(unusedBits), content);
}

/** A NamedBitList: trailing zero bits are left out (X.690 §11.2.2). */
export function namedBits(positions: readonly number[]): Uint8Array {
  if (positions.length === 0) return bitString(new Uint8Array());
  const last = Math.max(...positions);
  const octets = new Uint8Array(Math.floor(last / 8) + 1);
  for (const position of positions) {
    const index = Math.floor(position / 8);
    octets[index] = (octets[index] ?? 0) | (0x80 >> (position % 8));
  }
  return bitString(octets, 7 - (last % 8));
}

export const stringTag = { utf8: 0x0c, printable: 0x13, teletex: 0x14, ia5: 0x16, universal: 0x1c, bmp: 0x1e } as const;

/** Any string type by its tag; BMPString and UniversalString are big-endian, everything else is written as UTF-8. */
export function text(tag: number, value: string): Uint8Array {
  if (tag === stringTag.bmp) return tlv(tag, Buffer.from(value, 'utf16le').swap16());
  if (tag === stringTag.universal) {
    const points = [...value].map((character) => character.codePointAt(0) ?? 0);
    return tlv(tag, Uint8Array.from(points.flatMap((point) => [point >>> 24, point >>> 16, point >>> 8, point])));
  }
  return tlv(tag, Buffer.from(value, 'utf8'));
}

/** UTCTime until 2049, GeneralizedTime from 2050 and before 1950 (RFC 5280 §4.1.2.5). Milliseconds since the epoch; parts of a second are cut off. */
export function time(at: number): Uint8Array {
  const digits = new Date(at)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  const year = Number(digits.slice(0, 4));
  const short = year >= 1950 && year < 2050;
  return tlv(short ? 0x17 : 0x18, Buffer.from(short ? digits.slice(2) : digits, 'ascii'));
}
