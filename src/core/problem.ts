import type { ProblemCode } from './problem-codes.ts';

/** Where something stands in what a person wrote. Lines and columns count from 1; the file is relative to the front's folder. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/**
 * Something from outside that we refuse, as data: what, where, what was found, what is allowed, and what to do.
 * `code` is stable (snake_case): added to, never renamed.
 */
export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
  readonly place?: Place;
  readonly found?: string;
  readonly allowed?: string;
  /** The line to paste or the command to type next. */
  readonly remedy?: string;
}

/** The one error for bad input. Misuse of an API by our own code is a plain Error instead. */
export class ProblemError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'ProblemError';
    this.problems = problems;
  }
}

export function refuse(problem: Problem): never {
  throw new ProblemError([problem]);
}

/** One problem as a person reads it: `file:line:column: message (found …; allowed …)` and the remedy on a line of its own. */
export function formatProblem(problem: Problem): string {
  const { file, line, column } = problem.place ?? {};
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  const facts = [
    problem.found === undefined ? undefined : `found ${problem.found}`,
    problem.allowed === undefined ? undefined : `allowed: ${problem.allowed}`,
  ].filter((part) => part !== undefined);
  const head = `${place === '' ? '' : `${place}: `}${problem.message}${facts.length === 0 ? '' : ` (${facts.join('; ')})`}`;
  return problem.remedy === undefined ? head : `${head}\n  → ${problem.remedy}`;
}
