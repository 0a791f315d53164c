import { formatProblem, type Problem } from '../../core/problem.ts';
import { confirm } from '../terminal/confirm.ts';
import type { Output } from '../terminal/output.ts';
import { printable } from '../terminal/output.ts';
import type { FileChange } from '../terminal/text-diff.ts';
import { writeChanges } from './changes.ts';

interface Asked {
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly front: string;
}

/** Writes what was shown, if somebody agrees: `--yes`, or an answer at the terminal. */
export async function agreeAndWrite(changes: readonly FileChange[], asked: Asked, output: Output): Promise<boolean> {
  const count = changes.length === 1 ? 'one file' : `${changes.length} files`;
  const agreed = asked.yes === true || (asked.json === true ? undefined : await confirm(`change ${count}?`));
  if (agreed !== true) {
    output.err(`nothing was written${agreed === undefined ? '; --yes writes without asking' : ''}`);
    return false;
  }
  writeChanges(asked.front, changes);
  output.err(`${count} changed; \`sallyport publish\` makes it live`);
  return true;
}

/** Why the front with the changes would not be one. */
export function printProblems(problems: readonly Problem[], output: Output): void {
  output.out(output.bad('with these changes the front would not compile:'));
  for (const problem of problems) output.out(`  ${printable(formatProblem(problem), true).replaceAll('\n', '\n  ')}`);
}
