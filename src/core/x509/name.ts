import { DerCursor, tag } from './der.ts';
import { canonicalText } from './names/canonical-text.ts';
import { decodeString, stringTags } from './names/character-string.ts';
import { attributeNameOf, attributeTypeOf, oid, readOid } from './oid.ts';
import { objectIdentifier, sequence, setOf, text, tlv } from './write-der.ts';

/** `value` is the decoded text; for a value that is no character string, `#` and its DER in hex, as RFC 4514 §2.4 writes it. */
interface Attribute {
  /** Dotted OID. */
  readonly type: string;
  /** DER tag of the value. */
  readonly tag: number;
  readonly value: string;
}

/** A SET: a multi-valued RDN stays together and never equals two RDNs. In the order of the encoding. */
export type RelativeDistinguishedName = readonly Attribute[];

export interface Name {
  readonly der: Uint8Array;
  readonly rdns: readonly RelativeDistinguishedName[];
  /** Canonical form: equal keys ⇔ equal names (RFC 5280 §7.1). Printable, but for comparing only. */
  readonly key: string;
}

/** More than this is no directory's name; upper bounds of single attributes (RFC 5280 appendix A.1) are broken all the time. */
const maxAttributes = 256;
const maxValueOctets = 8192;

class ParsedName implements Name {
  readonly rdns: readonly RelativeDistinguishedName[];
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #stop: number;
  #key: string | undefined;

  constructor(rdns: readonly RelativeDistinguishedName[], bytes: Uint8Array, start: number, stop: number) {
    this.rdns = rdns;
    this.#bytes = bytes;
    this.#start = start;
    this.#stop = stop;
  }

  get der(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#stop);
  }

  get key(): string {
    this.#key ??= this.rdns.map(rdnKey).join(',');
    return this.#key;
  }
}

function rdnKey(rdn: RelativeDistinguishedName): string {
  const [only] = rdn;
  return rdn.length === 1 && only !== undefined ? attributeKey(only) : rdn.map(attributeKey).sort().join('+');
}

function attributeKey(attribute: Attribute): string {
  return isText(attribute)
    ? `${attribute.type}=${canonicalText(attribute.value)}`
    : `${attribute.type}=${hexForm(attribute)}`;
}

/**
 * Compared (and written) as text: every character string, but not a TeletexString beyond ASCII, where two readers see
 * different letters. That one equals only the same octets in the same type.
 */
function isText({ tag: found, value }: Attribute): boolean {
  if (found === tag.teletexString) return !/[^ -~]/.test(value);
  return stringTags.has(found);
}

function hexForm({ tag: found, value }: Attribute): string {
  if (found !== tag.teletexString) return value;
  return `#${Buffer.from(tlv(found, Buffer.from(value, 'latin1'))).toString('hex')}`;
}

/** Reads one Name at the cursor. Accepts the empty Name. */
export function readName(cursor: DerCursor, what: string): Name {
  const from = cursor.at;
  const outer = cursor.enter(tag.sequence, what);
  const rdns: RelativeDistinguishedName[] = [];
  let count = 0;
  while (cursor.more) {
    const rdn = readRdn(cursor, what);
    rdns.push(rdn);
    count += rdn.length;
    if (count > maxAttributes) cursor.fail(`${what} has more than ${maxAttributes} attributes`);
  }
  cursor.leave(outer);
  return new ParsedName(rdns, cursor.bytes, from, cursor.at);
}

/** Reads the SET of attributes of one RDN; under another tag for nameRelativeToCRLIssuer. */
export function readRdn(cursor: DerCursor, what: string, wanted: number = tag.set): RelativeDistinguishedName {
  const outer = cursor.enter(wanted, 'the set of attributes of an RDN');
  if (!cursor.more) cursor.fail(`${what} has an RDN without an attribute`);
  const rdn: Attribute[] = [];
  let previous = -1;
  while (cursor.more) {
    const from = cursor.at;
    rdn.push(readAttribute(cursor, what));
    // names are compared as sets, so the order is nobody's business but DER's
    if (previous >= 0 && !cursor.isSetOrder(previous, from, cursor.at)) cursor.deviate('rdn_not_in_order');
    previous = from;
  }
  cursor.leave(outer);
  return rdn;
}

function readAttribute(cursor: DerCursor, what: string): Attribute {
  const outer = cursor.enter(tag.sequence, 'an attribute of a name');
  const type = readOid(cursor, 'the type of an attribute');
  const from = cursor.at;
  if (!cursor.more) cursor.fail(`${what} has an attribute without a value`);
  const found = cursor.next();
  if (cursor.stop - cursor.start > maxValueOctets)
    cursor.fail(`${what} has a value of more than ${maxValueOctets} bytes`);
  let value = decodeString(cursor, found);
  if (value === undefined) {
    cursor.at = from;
    cursor.skipStrictly();
    value = `#${cursor.hex(from, cursor.at)}`;
  }
  cursor.leave(outer);
  return { type, tag: found, value };
}

/** A Name from its DER; ProblemError `name_malformed` on anything that is not strictly one. */
export function parseName(der: Uint8Array): Name {
  const cursor = new DerCursor(der, 'name_malformed');
  const name = readName(cursor, 'the name');
  cursor.finish();
  return name;
}

/** Types whose values RFC 5280 appendix A.1 pins to one string type; everything else is written as UTF8String. */
const pinnedTags: Readonly<Record<string, number>> = {
  [oid.country]: tag.printableString,
  [oid.jurisdictionCountry]: tag.printableString,
  [oid.serialNumber]: tag.printableString,
  [oid.dnQualifier]: tag.printableString,
  [oid.domainComponent]: tag.ia5String,
  [oid.emailAddress]: tag.ia5String,
};

/**
 * A Name in our own encoding, first RDN first as in DER. `type` is a dotted OID or any name of one; a value under a tag
 * that is no character string is `#` and hex of its DER. ProblemError `name_malformed` for what no Name can hold.
 */
export function nameFromRdns(
  rdns: readonly (readonly { readonly type: string; readonly value: string; readonly tag?: number }[])[],
): Name {
  return parseName(
    sequence(
      ...rdns.map((rdn) =>
        setOf(
          ...rdn.map((attribute) => {
            const type = attributeTypeOf(attribute.type);
            if (type === undefined) throw new Error(`unknown attribute type ${attribute.type}`);
            return sequence(objectIdentifier(type), encodedValue(type, attribute));
          }),
        ),
      ),
    ),
  );
}

function encodedValue(
  type: string,
  { value, tag: wanted }: { readonly value: string; readonly tag?: number },
): Uint8Array {
  if (wanted !== undefined && !stringTags.has(wanted) && wanted !== tag.teletexString) {
    return Uint8Array.from(Buffer.from(value.slice(1), 'hex'));
  }
  if (wanted === tag.teletexString) return tlv(wanted, Buffer.from(value, 'latin1'));
  const pinned = wanted ?? pinnedTags[type];
  if (pinned === undefined) return text(tag.utf8String, value);
  const fits = pinned === tag.printableString ? /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value) : /^[ -~]*$/.test(value);
  return text(fits || wanted !== undefined ? pinned : tag.utf8String, value);
}

/**
 * RFC 4514, ASCII only: last RDN first, everything beyond ASCII as `\XX` of its UTF-8 octets, so that no two names and no
 * terminal can confuse a reader. What is no agreed text is written as `#` and hex; parseNameText reads all of it back.
 */
export function formatName(name: Name): string {
  return name.rdns
    .toReversed()
    .map((rdn) => rdn.map(formatAttribute).join('+'))
    .join(',');
}

function formatAttribute(attribute: Attribute): string {
  const type = attributeNameOf(attribute.type);
  if (!isText(attribute)) return `${type ?? attribute.type}=${hexForm(attribute)}`;
  if (type === undefined) {
    const wide = Buffer.from(text(tag.utf8String, attribute.value)).toString('hex');
    return `${attribute.type}=#${wide}`;
  }
  return `${type}=${escapeValue(attribute.value)}`;
}

/** Nothing in it to escape, which is nearly every value. */
const plainValue = /^[A-Za-z0-9](?:[A-Za-z0-9 ._@'()/:?*&-]*[A-Za-z0-9])?$/;

/** RFC 4514 §2.4. */
function escapeValue(value: string): string {
  if (plainValue.test(value)) return value;
  return value
    .replace(/[\\"+,;<>=]/g, '\\$&')
    .replace(/^#/, '\\#')
    .replace(/^ | $/g, '\\20')
    .replace(/[^ -~]+/gu, (characters) =>
      Buffer.from(characters, 'utf8').toString('hex').toUpperCase().replace(/../g, '\\$&'),
    );
}
