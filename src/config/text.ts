import type { Problem } from '../core/problem.ts';

export const maximumFileBytes = 1024 * 1024;

/** Text from a file as it may stand in a message: ASCII, one line, at most 80 characters. */
export function printable(text: string, quote = '"'): string {
  const cut = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  const escaped = [...cut].map((character) => {
    const code = character.codePointAt(0) ?? 0;
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    return code >= 0x20 && code < 0x7f ? character : `\\u{${code.toString(16)}}`;
  });
  return `${quote}${escaped.join('')}${quote}`;
}

/**
 * UTF-8 bytes → text without its byte order mark. Refused: other encodings, control characters, characters that
 * reorder what a reviewer sees (CVE-2021-42574), and a carriage return that ends no line.
 */
export function checkText(file: string, bytes: Uint8Array, report: (problem: Problem) => void): string | undefined {
  if (bytes.length > maximumFileBytes) {
    report({
      code: 'file_too_large',
      message: 'the file is too large',
      place: { file },
      found: `${bytes.length} bytes`,
      allowed: `at most ${maximumFileBytes} bytes`,
    });
    return undefined;
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const { line, column } = positionOfBadUtf8(bytes);
    report({
      code: 'not_utf8',
      message: 'the file is not UTF-8',
      place: { file, line, column },
      allowed: 'UTF-8, with or without a byte order mark',
      remedy: 'save the file as UTF-8 in your editor',
    });
    return undefined;
  }
  const bad = forbidden.exec(text);
  if (bad === null) return text;
  const before = text.slice(0, bad.index).split('\n');
  const code = bad[0].codePointAt(0) ?? 0;
  const hard = hardSpaces.get(code);
  report({
    code: 'character_refused',
    message:
      hard === undefined
        ? 'the file has a character that cannot be seen'
        : `the file has a ${hard} where a space seems to be`,
    place: { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 },
    found: `U+${code.toString(16).toUpperCase().padStart(4, '0')}${hard === undefined ? '' : ` (${hard})`}`,
    allowed: 'visible characters, spaces, line ends',
    remedy:
      hard === undefined
        ? 'remove the character'
        : 'type an ordinary space in its place; inside a name write its escape, as `sallyport name` prints it',
  });
  return undefined;
}

const forbidden = /[^\P{Cc}\t\n\r]|[\u00a0\u1680\u2000-\u200b\u2028-\u202f\u205f\u2066-\u2069\u3000\ufeff]|\r(?!\n)/u;

/** What word processors and web pages write for a space, and YAML does not take for one. */
const hardSpaces: ReadonlyMap<number, string> = new Map([
  [0xa0, 'no-break space'],
  [0x1680, 'ogham space mark'],
  ...Array.from({ length: 11 }, (_, index): [number, string] => [0x2000 + index, 'typographic space']),
  [0x200b, 'zero width space'],
  [0x202f, 'narrow no-break space'],
  [0x205f, 'mathematical space'],
  [0x3000, 'ideographic space'],
]);

function positionOfBadUtf8(bytes: Uint8Array): { line: number; column: number } {
  const lossy = new TextDecoder('utf-8').decode(bytes);
  const before = lossy.slice(0, Math.max(lossy.indexOf('\ufffd'), 0)).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
