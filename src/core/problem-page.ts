import { problemCodes } from './problem-codes.ts';

/** docs/problems.md, from the table. */
export function problemsPage(): string {
  return [
    '<!-- generated from src/core/problem-codes.ts by `npx node bin/docs.ts`; edit that table -->',
    '# What is refused before anything is decided: the codes of problems',
    '',
    'Every command prints problems as `file:line:column: message (found …; allowed …)` with what to do next; with `--json` each is an',
    'object with its `code`. Codes are stable: they are added to, never renamed. Why a *request* is refused is on [reasons.md](reasons.md),',
    'what went wrong behind the front on [failures.md](failures.md), what `lint` finds on [lint.md](lint.md).',
    '',
    '| code | says |',
    '|---|---|',
    ...Object.entries(problemCodes).map(([code, says]) => `| \`${code}\` | ${says} |`),
    '',
  ].join('\n');
}
