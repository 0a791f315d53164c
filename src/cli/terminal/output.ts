import { styleText } from 'node:util';

type Paint = (text: string) => string;

/** Where a command prints: answers on `out` (stdout), prose about the work on `err` (stderr). */
export interface Output {
  /** One line of the answer. */
  out(line?: string): void;
  /** One line of prose, warnings, progress. */
  err(line?: string): void;
  /** One JSON document on one line of stdout; `format` comes first. */
  json(document: Record<string, unknown>): void;
  readonly good: Paint;
  readonly bad: Paint;
  readonly faint: Paint;
  readonly strong: Paint;
}

/** Colour only on a terminal (and never with NO_COLOR): `styleText` looks at the stream. */
export function openOutput(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Output {
  const paint =
    (style: Parameters<typeof styleText>[0]): Paint =>
    (text) =>
      styleText(style, text, { stream: stdout, validateStream: true });
  return {
    out: (line = '') => stdout.write(`${line}\n`),
    err: (line = '') => stderr.write(`${line}\n`),
    json: (document) => stdout.write(`${JSON.stringify({ format: 1, ...document })}\n`),
    good: paint('green'),
    bad: paint('red'),
    faint: paint('dim'),
    strong: paint('bold'),
  };
}

/** Text from outside, made safe for a terminal: controls (also C1 and bidi overrides) as \xNN or \u{…}; new lines stay if asked. */
export function printable(text: string, keepNewLines = false): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    if (keepNewLines && (character === '\n' || character === '\t')) return character;
    const code = character.codePointAt(0) ?? 0;
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
