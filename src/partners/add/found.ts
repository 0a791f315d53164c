import type { Warning } from './gap.ts';
import type { FoundIn } from './material.ts';

/** Where it stands: `mail.txt, line 12`. */
export function whereOf({ file, line }: FoundIn): string {
  return line === undefined ? file : `${file}, line ${line}`;
}

/** What `inspect` says of it, on one line. */
export function noteOf({ file, line, finding: { code, message, remedy } }: FoundIn): Warning {
  return { code, text: `${file}${line === undefined ? '' : `:${line}`}: ${message}${remedy ? `: ${remedy}` : ''}` };
}
