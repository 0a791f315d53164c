import type { ExitCode } from './failure.ts';
import type { Output } from './output.ts';

/** What every command gets: where to print, and how to end with another code than 0. */
export interface CommandContext {
  readonly output: Output;
  end(code: ExitCode): void;
}

/** Options that stand on every command. */
export interface CommonOptions {
  readonly front: string;
  readonly json?: boolean;
  readonly debug?: boolean;
}

/** Help ends with these. */
export const EXIT_CODES = `
Exit codes: 0 done · 1 the answer is no · 2 wrong usage · 3 could not decide · 130 interrupted`;

/** Help begins with what to type. */
export function examples(lines: readonly (readonly [command: string, what: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return `Examples:\n${lines.map(([command, what]) => `  $ ${command.padEnd(width)}   # ${what}`).join('\n')}\n`;
}
