import { refuse } from '../problem.ts';
import { formatName, type Name, nameFromRdns } from './name.ts';
import { type Separator, show, splitNameText, type WrittenName } from './names/attribute-text.ts';
import { trimAscii } from './names/character-string.ts';
import { nameTextIn } from './names/printed-structure.ts';
import { attributeTypeOf, oid } from './oid.ts';

/**
 * How a text is read. `rfc4514`: separated by commas, last RDN first (RFC 4514, OpenSSL's RFC2253, Java, .NET, Python).
 * `forward`: by commas, first RDN first (OpenSSL's default and oneline, API Gateway). `slash`: OpenSSL's compat form.
 * `lines`: one RDN a line (Node, OpenSSL's multiline). `go`: what Go prints when it knows not all types; it has changed the order.
 */
type NameDialect = 'rfc4514' | 'forward' | 'slash' | 'lines' | 'go';

export interface NameReading {
  readonly dialect: NameDialect;
  readonly name: Name;
}

export const maxCharacters = 16_384;
const ambiguous = 'name_text_ambiguous';

/**
 * The Name that a printed subject or issuer means, whichever tool printed it. One rule where a text could be read from
 * both ends: the country, else the domain components, stand at the root's end; where neither decides, ` = ` with spaces is
 * OpenSSL and first RDN first; everything else is RFC 4514, last RDN first. `rfc4514:` or `forward:` in front says it instead.
 * ProblemError `name_part_lost`, `name_text_malformed`; `name_text_ambiguous` when the text mixes two dialects or is
 * Go's, which loses the order.
 */
export function parseNameText(text: string): Name {
  const [first] = readingsOf(text);
  if (first === undefined) throw new Error('a text without a reading');
  if (first.dialect === 'go') {
    refuse({
      code: ambiguous,
      message: 'Go prints the types that it does not know last, so the order of this name is lost',
      found: show(text),
      remedy: 'print it with: openssl x509 -noout -subject -nameopt RFC2253 -in FILE',
    });
  }
  return first.name;
}

/**
 * The text to write into a file: RFC 4514, marked as such where `parseNameText` would read it from the other end. Escapes
 * can make it longer than what `parseNameText` takes; never throws.
 */
export function nameTextOf(name: Name): string {
  const text = formatName(name);
  if (text.length + 'rfc4514:'.length > maxCharacters) return `rfc4514:${text}`;
  const [first] = name.rdns.length === 0 ? [] : readingsOf(text);
  return first === undefined || (first.dialect !== 'go' && first.name.key === name.key) ? text : `rfc4514:${text}`;
}

/** Every way to read a printed name, the one that `parseNameText` takes first. Two readings never have the same key. */
export function readingsOf(text: string): readonly NameReading[] {
  if (text.length > maxCharacters) {
    refuse({ code: 'name_text_malformed', message: `a name of more than ${maxCharacters} characters` });
  }
  if (!text.isWellFormed()) refuse({ code: 'name_text_malformed', message: 'half a character in a name' });
  const marked = /^\s*(rfc4514|forward):/.exec(text);
  const order = marked?.[1] ?? orderOf(text);
  const bare = withoutMargin(marked === null ? text : text.slice(marked[0].length));
  if (bare === '') {
    refuse({
      code: 'name_text_malformed',
      message: 'an empty name',
      allowed: 'type=value, for example CN=orders-client',
    });
  }
  const inside = marked === null ? nameTextIn(bare) : undefined;
  if (inside !== undefined) return readingsOf(inside);
  if (marked === null && bare.startsWith('/')) {
    return [forward('slash', splitNameText(bare.slice(1), unmixed(bare, '/')))];
  }
  if (marked === null && /[\r\n]/.test(bare)) {
    return [forward('lines', splitNameText(bare.replace(/\r\n?/g, '\n'), unmixed(bare, '\n')))];
  }
  const written = splitNameText(bare, separatorOf(bare));
  const rootFirst = forward('forward', written);
  const rootLast = backward(isFromGo(written) && order === undefined ? 'go' : 'rfc4514', written);
  if (order !== undefined) return [order === 'forward' ? rootFirst : rootLast];
  const readings = isRootFirst(written) ? [rootFirst, rootLast] : [rootLast, rootFirst];
  return rootFirst.name.key === rootLast.name.key ? readings.slice(0, 1) : readings;
}

/** RFC 2253 §4 and .NET know a semicolon, too; in a text with a comma that is none of a value it is part of a value. */
function separatorOf(text: string): ',' | ';' {
  const unquoted = text.replace(/\\.|"(?:[^"\\]|\\.)*"/gs, '');
  return !unquoted.includes(',') && /;\s*[A-Za-z0-9.]+\s*=/.test(unquoted) ? ';' : ',';
}

/** Who has printed it, where that is beyond doubt: keytool's `Owner:`, OpenSSL's `subject=C = NL, …`. */
function orderOf(text: string): 'rfc4514' | 'forward' | undefined {
  if (/^\s*owner:/i.test(text)) return 'rfc4514';
  return /^\s*(?:subject|issuer) ?=\s*[A-Za-z0-9.]+ = /.test(text) ? 'forward' : undefined;
}

/** Without white space around, and without what `openssl x509 -subject`, `-text` and `keytool -printcert` write in front. */
function withoutMargin(text: string): string {
  // of what `keytool -printcert` prints, the line that is about the certificate itself
  const trimmed = trimAscii(/^\s*Owner:([^\r\n]*)\r?\n\s*Issuer:/i.exec(text)?.[1] ?? text);
  const bare = trimAscii(
    trimmed.replace(/^(?:subject|issuer)[ ]?=\s*(?=\/|[^=,+/]+=)|^(?:subject|issuer|owner):\s*/i, ''),
  );
  // A space that is escaped belongs to the value.
  return /[ \t\r\n]$/.test(text) && isEscaped(bare, bare.length) ? `${bare} ` : bare;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

function forward(dialect: NameDialect, written: WrittenName): NameReading {
  return { dialect, name: nameFromRdns(written.rdns) };
}

function backward(dialect: NameDialect, written: WrittenName): NameReading {
  return { dialect, name: nameFromRdns(written.rdns.toReversed()) };
}

/**
 * In the slash and line forms a comma is a letter, in the line form so is a plus sign without spaces around it. One that
 * would begin an attribute in another dialect is refused: nobody can say which of the two was meant.
 */
function unmixed(text: string, separator: Separator): Separator {
  for (const match of text.matchAll(/(?:,[ \t]*|(?<! )\+)([A-Za-z0-9.]+)[ \t]*=/g)) {
    if (isEscaped(text, match.index) || attributeTypeOf(match[1] ?? '') === undefined) continue;
    if (match[0].startsWith('+') && separator === '/') continue;
    refuse({
      code: ambiguous,
      message: 'the text mixes two ways to write a name',
      found: show(match[0]),
      allowed: separator === '/' ? '/type=value/type=value' : 'one type=value a line',
      remedy: `write \\${match[0].slice(0, 1)} if it belongs to the value; else write the whole name with commas`,
    });
  }
  return separator;
}

function isRootFirst(written: WrittenName): boolean {
  return rootFirstBy(written, oid.country) ?? rootFirstBy(written, oid.domainComponent) ?? written.spacedEquals;
}

/** Undefined when RDNs of this type stand at neither end, or at both. */
function rootFirstBy({ rdns }: WrittenName, type: string): boolean | undefined {
  const at = (index: number) => rdns.at(index)?.some((attribute) => attribute.type === type) === true;
  return at(0) === at(-1) ? undefined : at(0);
}

/** Go's pkix.Name.String puts the types that it knows in an order of its own, then the others as dotted OID and hex. */
function isFromGo({ rdns }: WrittenName): boolean {
  const unnamed = rdns.map((rdn) => rdn.every((attribute) => attribute.hexUnderOid));
  const from = unnamed.indexOf(true);
  return from > 0 && unnamed.slice(from).every(Boolean);
}
