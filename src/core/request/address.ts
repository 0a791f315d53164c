import { refuse } from '../problem.ts';

/** 4 bytes or 16. `::ffff:a.b.c.d` has become its 4 bytes (RFC 4291 §2.5.5.2): one caller, one address, however a stack prints it. */
export type Address = Uint8Array;

export interface AddressRange {
  /** Canonical: `203.0.113.0/24`, `2001:db8::/32`, a single address with its full length. */
  readonly text: string;
  readonly address: Address;
  /** Leading bits that must agree: 0–32 or 0–128. */
  readonly prefixLength: number;
}

const allowed = 'an IPv4 or IPv6 address, alone or with a prefix length: 203.0.113.7, 203.0.113.0/24, 2001:db8::/32';

/**
 * An IPv4 or IPv6 range in CIDR form, or one address.
 *
 * @throws ProblemError `address_malformed`, or `address_host_bits` with the corrected range as remedy
 */
export function parseAddressRange(text: string): AddressRange {
  const slash = text.indexOf('/');
  const addressText = slash < 0 ? text : text.slice(0, slash);
  const bytes = parseIpv4(addressText) ?? parseIpv6(addressText);
  if (bytes === undefined)
    return refuse({ code: 'address_malformed', message: 'not an address range', found: text, allowed });
  const written = slash < 0 ? bytes.length * 8 : parsePrefixLength(text.slice(slash + 1), bytes.length * 8, text);
  const mapped = bytes.length === 16 && written >= 96 && isMapped(bytes);
  const address = mapped ? bytes.slice(12) : bytes;
  const prefixLength = mapped ? written - 96 : written;
  const network = maskOf(address, prefixLength);
  const canonical = `${formatAddress(network)}/${prefixLength}`;
  if (!agree(network, address, address.length * 8)) {
    refuse({
      code: 'address_host_bits',
      message: `the address has bits set behind its prefix length of ${prefixLength}`,
      found: text,
      allowed: 'a network address, whose bits behind the prefix length are zero',
      remedy: `write ${canonical} for the whole range, or ${formatAddress(address)} for the one address`,
    });
  }
  return { text: canonical, address: network, prefixLength };
}

/** The bytes of one address, or undefined: no leading zeros in IPv4, no zone ids, no ports, no brackets. */
export function parseAddress(text: string): Address | undefined {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== undefined) return ipv4;
  const ipv6 = parseIpv6(text);
  return ipv6 !== undefined && isMapped(ipv6) ? ipv6.slice(12) : ipv6;
}

/** False as well for what is not an address. */
export function contains(range: AddressRange, address: string): boolean {
  const bytes = parseAddress(address);
  return bytes !== undefined && containsAddress(range, bytes);
}

export function containsAddress(range: AddressRange, address: Address): boolean {
  return range.address.length === address.length && agree(range.address, address, range.prefixLength);
}

/** What is in a range of both. Two ranges are apart, or one holds the other: the smaller one is what they share. */
export function sharedRanges(ours: readonly AddressRange[], theirs: readonly AddressRange[]): readonly AddressRange[] {
  const holds = (outer: AddressRange, inner: AddressRange) =>
    outer.prefixLength <= inner.prefixLength && containsAddress(outer, inner.address);
  const kept = ours.filter((a) => theirs.some((b) => holds(b, a)));
  const narrower = theirs.filter((b) => ours.some((a) => holds(a, b)) && !kept.some((a) => holds(a, b)));
  return [...kept, ...narrower];
}

function agree(a: Address, b: Address, bits: number): boolean {
  const whole = bits >> 3;
  for (let index = 0; index < whole; index += 1) if (a[index] !== b[index]) return false;
  const rest = bits & 7;
  return rest === 0 || (((a[whole] ?? 0) ^ (b[whole] ?? 0)) & (0xff << (8 - rest)) & 0xff) === 0;
}

function maskOf(address: Address, bits: number): Address {
  return address.map((byte, index) => byte & (0xff << (8 - Math.min(8, Math.max(0, bits - index * 8)))) & 0xff);
}

function parsePrefixLength(digits: string, maximum: number, text: string): number {
  const length = /^(?:0|[1-9][0-9]{0,2})$/.test(digits) ? Number(digits) : Number.NaN;
  if (length <= maximum) return length;
  return refuse({
    code: 'address_malformed',
    message: 'not a prefix length',
    found: text,
    allowed: `a number from 0 to ${maximum} after the slash, without leading zeros`,
  });
}

/** Four decimal octets. 010 is eight to some readers and ten to others (RFC 6943 §3.1.1): no leading zeros. */
function parseIpv4(text: string): Address | undefined {
  const bytes = new Uint8Array(4);
  let index = 0;
  let digits = 0;
  let value = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at === text.length ? dot : text.charCodeAt(at);
    if (code === dot) {
      if (digits === 0 || index === 4) return undefined;
      bytes[index] = value;
      index += 1;
      digits = 0;
      value = 0;
      continue;
    }
    if (code < zero || code > nine || (digits > 0 && value === 0)) return undefined;
    value = value * 10 + code - zero;
    digits += 1;
    if (value > 255) return undefined;
  }
  return index === 4 ? bytes : undefined;
}

const [dot, zero, nine] = [0x2e, 0x30, 0x39];

function parseIpv6(text: string): Address | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 1 ? [] : parseGroups(halves[1] ?? '', true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  // "::" stands for at least one group (RFC 5952 §4.2.2 wants two, but one is what people write).
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const ipv4 = last && index === groups.length - 1 ? parseIpv4(group) : undefined;
    if (ipv4 === undefined) return undefined;
    bytes.push(...ipv4);
  }
  return bytes;
}

function isMapped(bytes: Address): boolean {
  return bytes.every((byte, index) => index > 11 || byte === (index < 10 ? 0 : 0xff));
}

/** RFC 5952 for IPv6: lower case, no leading zeros, the longest run of zero groups as `::`. */
export function formatAddress(address: Address): string {
  if (address.length === 4) return address.join('.');
  const groups: string[] = [];
  for (let index = 0; index < 16; index += 2)
    groups.push((((address[index] ?? 0) << 8) | (address[index + 1] ?? 0)).toString(16));
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (groups[start + length] === '0') length += 1;
    if (length > best.length) best = { start, length };
  }
  if (best.length === 1) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}
