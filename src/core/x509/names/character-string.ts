import { type DerCursor, tag } from '../der.ts';

/** The types that hold one agreed text; TeletexString is a character string too, but nobody agrees on its letters. */
export const stringTags = new Set<number>([
  tag.printableString,
  tag.ia5String,
  tag.visibleString,
  tag.numericString,
  tag.utf8String,
  tag.bmpString,
  tag.universalString,
]);

/** Bits of what an octet may stand for, by string type. */
const inPrintable = 1;
const inAscii = 2;
const inLatin1 = 4;
const inNumeric = 8;
const ampersand = 16;
const alphabet = new Uint8Array(256);
for (let octet = 0; octet < 256; octet += 1) {
  const character = String.fromCharCode(octet);
  // X.680 §41.4, plus `*`, which wildcard certificates in use carry (Go, too, accepts it). `@` and `_` are refused, `&` told.
  if (/[A-Za-z0-9 '()+,\-./:=?*]/.test(character)) alphabet[octet] = inPrintable;
  if (character === '&') alphabet[octet] = ampersand;
  if (/[0-9 ]/.test(character)) alphabet[octet] = (alphabet[octet] ?? 0) | inNumeric;
  if (octet >= 0x20 && octet < 0x7f) alphabet[octet] = (alphabet[octet] ?? 0) | inAscii | inLatin1;
  if (octet >= 0xa0) alphabet[octet] = inLatin1;
}

function within(cursor: DerCursor, allowed: number, start = cursor.start, stop = cursor.stop): boolean {
  for (let at = start; at < stop; at += 1) if (((alphabet[cursor.byteAt(at)] ?? 0) & allowed) === 0) return false;
  return true;
}

/** True when the contents read last are printable ASCII, space included. */
export function isPrintableAscii(cursor: DerCursor): boolean {
  return within(cursor, inAscii);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes the character string read last. NUL and every other control character are refused in every type, for the
 * strings end up in logs, headers and comparisons. Undefined for a type that is no character string.
 */
export function decodeString(cursor: DerCursor, found: number): string | undefined {
  switch (found) {
    case tag.printableString:
      if (within(cursor, inPrintable)) return cursor.latin1();
      if (!within(cursor, inPrintable | ampersand)) refuseString(cursor, 'a PrintableString');
      cursor.deviate('printable_string_ampersand');
      return cursor.latin1();
    case tag.ia5String:
    case tag.visibleString:
      return within(cursor, inAscii) ? cursor.latin1() : refuseString(cursor, 'an IA5String');
    case tag.numericString:
      return within(cursor, inNumeric) ? cursor.latin1() : refuseString(cursor, 'a NumericString');
    case tag.teletexString:
      // What the octets over 127 mean depends on whom you ask; like everybody we show Latin-1, and `key` does not rely on it.
      return within(cursor, inLatin1) ? cursor.latin1() : refuseString(cursor, 'a TeletexString');
    case tag.utf8String:
      if (within(cursor, inAscii)) return cursor.latin1();
      return withoutControls(cursor, decodeUtf8(cursor), 'a UTF8String');
    case tag.bmpString:
      return withoutControls(cursor, decodeWide(cursor, 2), 'a BMPString');
    case tag.universalString:
      return withoutControls(cursor, decodeWide(cursor, 4), 'a UniversalString');
    default:
      return undefined;
  }
}

function refuseString(cursor: DerCursor, what: string): never {
  return cursor.fail(`${what} with characters that it cannot hold`, cursor.start);
}

function decodeUtf8(cursor: DerCursor): string {
  try {
    return utf8.decode(cursor.slice());
  } catch {
    return refuseString(cursor, 'a UTF8String');
  }
}

function decodeWide(cursor: DerCursor, width: 2 | 4): string {
  const { start, stop } = cursor;
  if ((stop - start) % width !== 0) refuseString(cursor, 'a wide string');
  let decoded = '';
  for (let at = start; at < stop; at += width) {
    let point = 0;
    for (let index = 0; index < width; index += 1) point = point * 256 + cursor.byteAt(at + index);
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) refuseString(cursor, 'a wide string');
    decoded += String.fromCodePoint(point);
  }
  return decoded;
}

function withoutControls(cursor: DerCursor, decoded: string, what: string): string {
  // Cc, and the two separators that many readers take for the end of a line.
  return /[\p{Cc}\u2028\u2029]/u.test(decoded) ? refuseString(cursor, what) : decoded;
}

/** Without ASCII white space at the ends; other white space is a letter like any other. */
export function trimAscii(text: string): string {
  let start = 0;
  let stop = text.length;
  while (start < stop && isBlank(text.charCodeAt(start))) start += 1;
  while (stop > start && isBlank(text.charCodeAt(stop - 1))) stop -= 1;
  return stop - start === text.length ? text : text.slice(start, stop);
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;
}
