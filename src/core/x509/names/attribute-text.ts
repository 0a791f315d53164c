import { asciiJson, asciiOnly } from '../../ascii.ts';
import { refuse } from '../../problem.ts';
import { DerCursor } from '../der.ts';
import { attributeTypeOf } from '../oid.ts';
import { decodeString } from './character-string.ts';

/** What stands between two RDNs. `+` stands between two attributes of one RDN in every dialect. */
export type Separator = ',' | ';' | '/' | '\n';

/** An attribute as `nameFromRdns` takes it. */
interface WrittenAttribute {
  readonly type: string;
  readonly value: string;
  readonly tag?: number;
  /** Written as a dotted OID and hex. */
  readonly hexUnderOid?: boolean;
}

export interface WrittenName {
  /** In the order of the text. */
  readonly rdns: readonly (readonly WrittenAttribute[])[];
  /** Every `=` has a space before and behind it, as OpenSSL's default format until 3.1 writes. */
  readonly spacedEquals: boolean;
}

/**
 * Splits a printed name into its attributes and undoes the escapes of all dialects: `\,` and `\2C` (RFC 4514), `\x2C`
 * (OpenSSL's slash form), `\U263A` and `\W0001F600` (OpenSSL without UTF-8), `"…"` with `\"` or `""` (Java, .NET), `#…`
 * (DER in hex). ProblemError `name_part_lost` for a piece without `=`, which an unescaped separator has cut off;
 * `name_text_malformed` for everything else.
 */
export function splitNameText(text: string, separator: Separator): WrittenName {
  const scanner = new Scanner(text, separator);
  const rdns: WrittenAttribute[][] = [];
  let rdn: WrittenAttribute[] = [];
  for (;;) {
    rdn.push(scanner.attribute());
    const found = scanner.separatorOrEnd();
    if (found === '+') continue;
    rdns.push(rdn);
    rdn = [];
    if (found === undefined) return { rdns, spacedEquals: scanner.spacedEquals };
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

class Scanner {
  readonly #text: string;
  readonly #separator: Separator;
  #at = 0;
  /** Where the attribute before the one being read begins. */
  #previous = 0;
  spacedEquals = true;

  constructor(text: string, separator: Separator) {
    this.#text = text;
    this.#separator = separator;
  }

  attribute(): WrittenAttribute {
    this.#skipSpaces();
    const from = this.#at;
    const { type, dotted } = this.#type();
    this.#skipSpaces();
    const first = this.#text[this.#at];
    let attribute: WrittenAttribute;
    if (first === '"') attribute = { type, value: this.#quoted() };
    else if (first === '#') attribute = { type, ...this.#hex(), hexUnderOid: dotted };
    else attribute = { type, value: this.#plain() };
    if (/[\p{Cc}\u2028\u2029]/u.test(attribute.value)) this.#fail('a control character in a name', attribute.value);
    this.#previous = from;
    return attribute;
  }

  /** Steps over the separator behind an attribute; undefined at the end of the text. */
  separatorOrEnd(): '+' | Separator | undefined {
    this.#skipSpaces();
    const found = this.#text[this.#at];
    if (found === undefined) return undefined;
    if (found !== '+' && found !== this.#separator) this.#fail('text after a closing quotation mark', this.#rest());
    this.#at += 1;
    return found;
  }

  #type(): { readonly type: string; readonly dotted: boolean } {
    const from = this.#at;
    const equals = this.#text.indexOf('=', from);
    const end = this.#endOfPiece(from);
    if (equals < 0 || equals >= end) this.#lost(from, end);
    const written = this.#text.slice(from, equals).trim();
    const type = attributeTypeOf(written);
    if (type === undefined) {
      refuse({
        code: 'name_text_malformed',
        message: 'an attribute type that nobody knows',
        found: show(written),
        allowed: 'CN, O, OU, C, … or a dotted OID',
        remedy:
          from > 0
            ? `if ${show(this.#text.slice(from, end))} belongs to the value before it, write ${asWritten(this.#joined(from, end))}`
            : undefined,
      });
    }
    if (this.#text[equals - 1] !== ' ' || this.#text[equals + 1] !== ' ') this.spacedEquals = false;
    this.#at = equals + 1;
    return { type, dotted: written === type };
  }

  /** An unescaped separator inside a value has cut it in two: the second half has no `=`. */
  #lost(from: number, end: number): never {
    const piece = this.#text.slice(from, end).trim();
    const separator = from === 0 ? '' : (this.#text.slice(0, from).trimEnd().at(-1) ?? '');
    refuse({
      code: 'name_part_lost',
      message:
        from === 0
          ? 'a name without an attribute'
          : `a part of the name without "=": it was cut off by a ${JSON.stringify(separator)} that is not escaped`,
      found: show(piece),
      allowed: 'type=value',
      remedy:
        from === 0 ? 'write for example CN=orders-client,O=Acme,C=NL' : `write ${asWritten(this.#joined(from, end))}`,
    });
  }

  /** The attribute before `from` and the piece behind it as one, the separator between them escaped. */
  #joined(from: number, end: number): string {
    const before = this.#text.slice(this.#previous, from);
    const cut = before.trimEnd();
    return `${cut.slice(0, -1)}\\${cut.at(-1) === '\n' ? '0A' : (cut.at(-1) ?? '')}${before.slice(cut.length)}${this.#text.slice(from, end)}`;
  }

  #endOfPiece(from: number): number {
    let at = from;
    while (at < this.#text.length) {
      if (this.#endsPiece(at)) return at;
      at += this.#text[at] === '\\' ? 2 : 1;
    }
    return this.#text.length;
  }

  /** In the line form only ` + ` joins attributes: Node escapes every other plus sign, OpenSSL's multiline leaves it as it is. */
  #endsPiece(at: number): boolean {
    const character = this.#text[at];
    if (character === this.#separator) return true;
    return (
      character === '+' && (this.#separator !== '\n' || (this.#text[at - 1] === ' ' && this.#text[at + 1] === ' '))
    );
  }

  #quoted(): string {
    const octets: number[] = [];
    this.#at += 1;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) this.#fail('a quotation mark that is not closed', this.#text);
      if (character === '"' && this.#text[this.#at + 1] === '"') {
        octets.push(0x22);
        this.#at += 2;
      } else if (character === '"') {
        this.#at += 1;
        return this.#decode(octets);
      } else this.#character(octets);
    }
  }

  #plain(): string {
    const octets: number[] = [];
    let spaces = 0;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined || this.#endsPiece(this.#at)) break;
      if (character === '"' || (character === ';' && this.#separator === ',')) {
        this.#fail(
          `${JSON.stringify(character)} in a value that is neither quoted nor escaped`,
          this.#rest(),
          `write \\${character}`,
        );
      }
      spaces = character === ' ' || character === '\t' ? spaces + 1 : 0;
      this.#character(octets);
    }
    // Spaces before the separator belong to the layout; an escaped one does not.
    return this.#decode(octets.slice(0, octets.length - spaces));
  }

  #character(octets: number[]): void {
    const text = this.#text;
    const at = this.#at;
    if (text[at] !== '\\') {
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
      octets.push(...Buffer.from(character, 'utf8'));
      this.#at += character.length;
      return;
    }
    const escaped = /^\\(?:x([0-9A-Fa-f]{2})|([0-9A-Fa-f]{2})|U([0-9A-F]{4})|W([0-9A-F]{8})|([^0-9A-Za-z]))/su.exec(
      text.slice(at, at + 10),
    );
    if (escaped === null) this.#fail('a backslash that escapes nothing', this.#rest(), 'write \\\\ for a backslash');
    const [all, short, hex, wide, wider, literal] = escaped;
    const point = wide ?? wider;
    if (point !== undefined) {
      const code = Number.parseInt(point, 16);
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) this.#fail('an escape that is no character', all);
      octets.push(...Buffer.from(String.fromCodePoint(code), 'utf8'));
    } else if (literal !== undefined) octets.push(...Buffer.from(literal, 'utf8'));
    else octets.push(Number.parseInt(short ?? hex ?? '', 16));
    this.#at += all.length;
  }

  #decode(octets: readonly number[]): string {
    try {
      return utf8.decode(Uint8Array.from(octets));
    } catch {
      return this.#fail('escaped bytes that are not UTF-8', this.#text, 'write letters beyond ASCII as they are');
    }
  }

  /** RFC 4514 §2.4: `#` and the DER of the value. */
  #hex(): { value: string; tag: number } {
    const digits = /^#((?:[0-9A-Fa-f]{2})+)/.exec(this.#text.slice(this.#at))?.[1];
    if (digits === undefined)
      this.#fail(
        '"#" in front of something that is not hex',
        this.#rest(),
        'write \\# for a value that begins with it',
      );
    this.#at += 1 + digits.length;
    const cursor = new DerCursor(Uint8Array.from(Buffer.from(digits, 'hex')), 'name_text_malformed');
    const found = cursor.next();
    cursor.finish();
    const value = decodeString(cursor, found);
    if (value !== undefined) return { value, tag: found };
    cursor.at = 0;
    cursor.skipStrictly();
    return { value: `#${digits.toLowerCase()}`, tag: found };
  }

  #skipSpaces(): void {
    while (/[ \t]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #rest(): string {
    return this.#text.slice(this.#at, this.#at + 40);
  }

  #fail(message: string, found: string, remedy?: string): never {
    return refuse({ code: 'name_text_malformed', message, found: show(found), remedy });
  }
}

/** To be typed as it stands: without quotes, and every backslash once. */
function asWritten(text: string): string {
  return asciiOnly(text).slice(0, 200);
}

/** What was written, safe to print: quoted, ASCII, bounded. */
export function show(text: string): string {
  const short = text.length > 120 ? `${text.slice(0, 117)}...` : text;
  return asciiJson(short);
}
