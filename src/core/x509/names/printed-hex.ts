import { refuse } from '../../problem.ts';
import { show } from './attribute-text.ts';

/** One way to read digits that a tool has printed. */
interface SerialReading {
  /** The radix that the text was read in. */
  readonly radix: 'hex' | 'decimal';
  /** As we write serials: lower-case hex without separators or leading zeros, `-` in front of a negative one. */
  readonly serial: string;
}

export interface PrintedSerial {
  /** The likelier first; two when the digits alone do not say. */
  readonly readings: readonly SerialReading[];
  /** What is odd about it; empty for a sound serial number. */
  readonly warnings: readonly string[];
}

export interface PrintedThumbprint {
  readonly hash: 'sha1' | 'sha256';
  /** Lower-case hex. */
  readonly hex: string;
  readonly warnings: readonly string[];
}

const maxCharacters = 1000;

/**
 * A serial number as any tool prints it: OpenSSL and Node in upper-case hex, Java in lower-case, Python with `0x`, API
 * Gateway and Consul with colons, Go in decimal, `openssl -text` in both. Decimal digits alone are read both ways,
 * unless a leading zero says hex. ProblemError `serial_text_malformed`.
 */
export function parseSerialText(text: string): PrintedSerial {
  const { visible, warnings } = withoutInvisible(text);
  const bare = visible.trim().replace(/^serial(?:[ _]?number)?\s*[=:]\s*/i, '');
  const both = /^(-?[0-9]+)\s*\((-?)0x([0-9a-f]+)\)$/i.exec(bare);
  if (both !== null) {
    const [, decimal = '', sign = '', hex = ''] = both;
    const value = sign === '-' ? -BigInt(`0x${hex}`) : BigInt(`0x${hex}`);
    if (BigInt(decimal) !== value) malformed(text, 'the two numbers differ');
    return { readings: [{ radix: 'hex', serial: value.toString(16) }], warnings: [...warnings, ...oddities(value)] };
  }
  const [, sign = '', prefix = '', digits = ''] = /^(-?)(0x)?([0-9a-f][0-9a-f: -]*)$/i.exec(bare) ?? [];
  const hex = digits.replace(/[: -]/g, '');
  if (hex === '' || text.length > maxCharacters) malformed(text, 'this is no serial number');
  const read = (number: string) => (sign === '-' ? -BigInt(number) : BigInt(number));
  const asHex = read(`0x${hex}`);
  const readings: SerialReading[] = [{ radix: 'hex', serial: asHex.toString(16) }];
  const onlyDecimal = prefix === '' && /^[1-9][0-9]*$/.test(digits);
  if (onlyDecimal && read(digits) !== asHex) readings.push({ radix: 'decimal', serial: read(digits).toString(16) });
  return { readings, warnings: [...warnings, ...oddities(asHex)] };
}

/** RFC 5280 §4.1.2.2. */
function oddities(serial: bigint): readonly string[] {
  if (serial <= 0n) return ['RFC 5280 §4.1.2.2 wants a positive number'];
  // The first bit is the sign, so 20 octets hold 159 bits.
  return serial >= 1n << 159n ? ['longer than the 20 octets that RFC 5280 §4.1.2.2 allows'] : [];
}

/**
 * A thumbprint as Windows and Azure show it: SHA-1 or SHA-256 of the certificate in hex, with or without colons and
 * spaces, often with an invisible character that was copied along. Undefined for any other number of digits.
 */
export function parseThumbprint(text: string): PrintedThumbprint | undefined {
  if (text.length > maxCharacters) return undefined;
  const { visible, warnings } = withoutInvisible(text);
  const bare = visible.trim().replace(/^(?:sha-?(?:1|256) )?(?:thumbprint|fingerprint)\s*[=:]\s*/i, '');
  const hex = bare.replace(/[: -]/g, '').toLowerCase();
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(hex)) return undefined;
  return { hash: hex.length === 40 ? 'sha1' : 'sha256', hex, warnings };
}

/** Characters that nobody sees (format, control, no-break space) are named and left out. */
function withoutInvisible(text: string): { readonly visible: string; readonly warnings: readonly string[] } {
  const invisible = /[\p{Cf}\p{Cc}\p{Zl}\p{Zp}\u00a0\u2007\u202f]/gu;
  const found = new Set((text.trim().match(invisible) ?? []).map(codePoint));
  return {
    visible: text.replace(invisible, ' ').replace(/^ +| +$/g, ''),
    warnings: found.size === 0 ? [] : [`characters that cannot be seen were left out: ${[...found].join(', ')}`],
  };
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function malformed(text: string, message: string): never {
  return refuse({
    code: 'serial_text_malformed',
    message,
    found: show(text),
    allowed: 'hex, with or without 0x and colons, or decimal',
    remedy: 'print it with: openssl x509 -noout -serial -in FILE',
  });
}
