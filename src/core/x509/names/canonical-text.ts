/**
 * Singletons that Unicode equates with an ASCII character: the Greek question mark, varia, the Kelvin sign. To a
 * reader they are look-alikes, so they are kept apart while everything around them is normalised.
 */
const asciiSingletons = /([\u037e\u1fef\u212a])/u;

/**
 * The string preparation of RFC 5280 §7.1 (RFC 4518 §2), as far as it is safe for an identity: case is folded, runs of
 * spaces become one, spaces at the ends go, canonically equal sequences (NFC) are one. Three steps of RFC 4518 are
 * left out on purpose: compatibility forms (full-width `ａ` is not `a`), characters mapped to nothing (zero-width
 * joiner, soft hyphen), and other white space. A certificate that differs from the registered one in those is a
 * look-alike: two names that are told apart refuse, two that are wrongly equal admit.
 * `,`, `+`, `\` and a leading `#` are escaped, so that the text can stand in a key.
 */
export function canonicalText(value: string): string {
  let text = /[^ -~]/.test(value) ? foldUnicode(value) : value.toLowerCase();
  if (text.startsWith(' ') || text.endsWith(' ') || text.includes('  ')) {
    text = text.replace(/ {2,}/g, ' ').replace(/^ | $/g, '');
  }
  if (/[\\,+]/.test(text)) text = text.replace(/[\\,+]/g, '\\$&');
  return text.startsWith('#') ? `\\${text}` : text;
}

function foldUnicode(value: string): string {
  return value
    .split(asciiSingletons)
    .map((part) => (asciiSingletons.test(part) ? part : Array.from(part.normalize('NFC'), foldCase).join('')))
    .join('');
}

/** Simple folding, one code point at a time; what is not ASCII never becomes ASCII (İ, ſ and the Kelvin sign stay). */
function foldCase(character: string): string {
  const folded = character.toLowerCase();
  return character > '\u007f' && /[\0-\u007f]/.test(folded) ? character : folded;
}
