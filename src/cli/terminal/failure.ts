import type { Problem } from '../../core/problem.ts';

/** The exit codes of every command: a contract (scripts depend on them), see `docs/stability.md`. */
export const exitCodes = { done: 0, no: 1, usage: 2, undecided: 3, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A command that ends early, in words for people. `next` is what to type or to do now. */
export class CliFailure extends Error {
  readonly exitCode: ExitCode;
  readonly next: string | undefined;
  readonly problems: readonly Problem[];

  constructor(
    exitCode: ExitCode,
    message: string,
    more: { next?: string; problems?: readonly Problem[]; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'CliFailure';
    this.exitCode = exitCode;
    this.next = more.next;
    this.problems = more.problems ?? [];
  }
}

export function wrongUsage(message: string, next: string): never {
  throw new CliFailure(exitCodes.usage, message, { next });
}

export function cannotDecide(
  message: string,
  next: string,
  more: { problems?: readonly Problem[]; cause?: unknown } = {},
): never {
  throw new CliFailure(exitCodes.undecided, message, { next, ...more });
}

/** The `code` of a Node system error (`ENOENT`, `EADDRINUSE`, …), if it is one. */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
