import { type DerCursor, tag } from '../der.ts';
import { type Name, readName } from '../name.ts';
import { isPrintableAscii } from '../names/character-string.ts';
import { readOid } from '../oid.ts';

/**
 * A GeneralName as typed bytes (RFC 5280 §4.2.1.6), never as the text of a tool. `other` is an otherName with its type, or
 * an x400Address or ediPartyName, which nobody reads, without; `value` is then the DER of its contents.
 */
export type GeneralName =
  | { readonly kind: 'dns' | 'uri' | 'email'; readonly value: string }
  | { readonly kind: 'ip'; readonly value: Uint8Array; readonly text: string }
  | { readonly kind: 'directory'; readonly name: Name }
  | { readonly kind: 'registered-id'; readonly oid: string }
  | {
      readonly kind: 'other';
      readonly oid?: string;
      readonly form: 'other-name' | 'x400' | 'edi-party';
      readonly value: Uint8Array;
    };

/** GeneralNames: at least one. */
export function readGeneralNames(
  cursor: DerCursor,
  what: string,
  wanted: number = tag.sequence,
): readonly GeneralName[] {
  const outer = cursor.enter(wanted, what);
  if (!cursor.more) cursor.fail(`${what} is empty`);
  const names: GeneralName[] = [];
  while (cursor.more) names.push(readGeneralName(cursor, what));
  cursor.leave(outer);
  return names;
}

/** One GeneralName; as a constraint it is a range: an IP address with its mask, a text that may be empty or start with a dot. */
export function readGeneralName(cursor: DerCursor, what: string, constraint = false): GeneralName {
  switch (cursor.peek()) {
    case 0x81:
      return readText(cursor, 'email', 'an rfc822Name', true);
    case 0x82:
      return readText(cursor, 'dns', 'a dNSName', constraint);
    case 0x86:
      return readText(cursor, 'uri', 'a uniformResourceIdentifier', constraint);
    case 0x87:
      return readAddress(cursor, constraint);
    case 0x88:
      return { kind: 'registered-id', oid: readOid(cursor, 'a registeredID', 0x88) };
    case 0xa4: {
      const outer = cursor.enter(0xa4, 'a directoryName');
      const name = readName(cursor, 'a directoryName');
      cursor.leave(outer);
      return { kind: 'directory', name };
    }
    case 0xa0: {
      const outer = cursor.enter(0xa0, 'an otherName');
      const oid = readOid(cursor, 'the type of an otherName');
      const explicit = cursor.enter(0xa0, 'the value of an otherName');
      const from = cursor.at;
      cursor.skipStrictly();
      const value = cursor.slice(from, cursor.at);
      cursor.leave(explicit);
      cursor.leave(outer);
      return { kind: 'other', oid, form: 'other-name', value };
    }
    case 0xa3:
    case 0xa5: {
      const form = cursor.peek() === 0xa3 ? 'x400' : 'edi-party';
      const from = cursor.at;
      cursor.skipStrictly();
      return { kind: 'other', form, value: cursor.slice(from, cursor.at) };
    }
    default:
      return cursor.fail(`${what} holds something that is no GeneralName`);
  }
}

function readText(cursor: DerCursor, kind: 'dns' | 'uri' | 'email', what: string, mayBeEmpty: boolean): GeneralName {
  cursor.next();
  if (cursor.start === cursor.stop && !mayBeEmpty) cursor.fail(`${what} is empty`);
  // RFC 5280 §4.2.1.6: a dNSName of " " MUST NOT be used; nor is one of several blanks a host, or a domain of any
  if (kind === 'dns' && cursor.start < cursor.stop && isBlank(cursor)) cursor.fail(`${what} is blank`, cursor.start);
  // RFC 5280 §4.2.1.6: IA5String. Control characters have no place in any of the three.
  if (!isPrintableAscii(cursor)) cursor.fail(`${what} with characters that it cannot hold`, cursor.start);
  return { kind, value: cursor.latin1() };
}

function isBlank(cursor: DerCursor): boolean {
  for (let at = cursor.start; at < cursor.stop; at += 1) if (cursor.byteAt(at) !== 0x20) return false;
  return true;
}

function readAddress(cursor: DerCursor, constraint: boolean): GeneralName {
  cursor.next();
  const octets = cursor.stop - cursor.start;
  const value = cursor.slice();
  if (!constraint) {
    if (octets !== 4 && octets !== 16) cursor.fail('an iPAddress of neither 4 nor 16 bytes', cursor.start);
    return { kind: 'ip', value, text: addressText(value) };
  }
  if (octets !== 8 && octets !== 32) cursor.fail('an iPAddress range of neither 8 nor 32 bytes', cursor.start);
  const prefix = prefixLength(value.subarray(octets / 2));
  if (prefix < 0) cursor.fail('an iPAddress range whose mask is not a prefix', cursor.start);
  return { kind: 'ip', value, text: `${addressText(value.subarray(0, octets / 2))}/${prefix}` };
}

function prefixLength(mask: Uint8Array): number {
  let prefix = 0;
  let open = true;
  for (const octet of mask) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      const set = ((octet >> bit) & 1) === 1;
      if (set && !open) return -1;
      if (set) prefix += 1;
      else open = false;
    }
  }
  return prefix;
}

/** IPv4 dotted, IPv6 as RFC 5952 §4 writes it: lower case, the first longest run of zero groups as `::`. */
function addressText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => (octets[2 * index] ?? 0) * 256 + (octets[2 * index + 1] ?? 0));
  let best = { from: -1, length: 1 };
  for (let from = 0; from < 8; from += 1) {
    let length = 0;
    while (groups[from + length] === 0) length += 1;
    if (length > best.length) best = { from, length };
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  return best.from < 0
    ? text(groups)
    : `${text(groups.slice(0, best.from))}::${text(groups.slice(best.from + best.length))}`;
}
