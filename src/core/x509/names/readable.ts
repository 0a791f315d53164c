import { formatName, type Name } from '../name.ts';

/** What no reader sees, or sees as something else: controls, bidirectional and other format characters, odd spaces, the unassigned. */
const unseen = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

/**
 * A name for people: RFC 4514, last RDN first, its letters as they are (RFC 4514 §2.4 lets UTF-8 stand). What cannot be seen
 * stays escaped, as `\XX` of its octets. `parseNameText` reads it back to the same name; for files, logs and comparing there is
 * `formatName`, which is ASCII.
 */
export function readableName(name: Name): string {
  return name.rdns.length === 0 ? '(empty subject)' : readable(formatName(name));
}

/** The same for a text that holds names as `formatName` writes them. */
export function readable(text: string): string {
  return text.replace(/\\\\|(?:\\[89A-F][0-9A-F])+/g, (escaped) => {
    if (escaped === '\\\\') return escaped;
    const octets = Buffer.from(escaped.replaceAll('\\', ''), 'hex');
    const letters = octets.toString('utf8');
    // octets that are no UTF-8 are nobody's letters
    if (!Buffer.from(letters, 'utf8').equals(octets)) return escaped;
    return Array.from(letters, (letter) => (unseen.test(letter) ? escapedOctets(letter) : letter)).join('');
  });
}

function escapedOctets(letter: string): string {
  return Buffer.from(letter, 'utf8').toString('hex').toUpperCase().replace(/../g, '\\$&');
}
