import type { Problem } from '../../core/problem.ts';

/** The exit codes of every command: a contract (scripts depend on them), see `docs/stability.md`. */
export const exitCodes = { done: 0, no: 1, usage: 2, undecided: 3, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Codes of problems with which the answer is no, rather than unknown: in whichever command they are met. */
const noes = new Set([
  'publication_under_way',
  'history_diverged',
  'block_readmitted',
  'plan_differs',
  'plan_too_old',
  'connection_not_deployed',
  'tier_not_deployed',
  'sample_certificate',
  'release_empty',
  'truststore_too_large',
  'truststore_incomplete',
  'revocation_not_fetched',
]);

/** One code for one mistake: 1 when every problem is a no, 3 otherwise. */
export function exitCodeOf(problems: readonly Problem[]): ExitCode {
  return problems.every(({ code }) => noes.has(code)) ? exitCodes.no : exitCodes.undecided;
}

/** The AWS profile that a command line or the environment names. */
export function profileIn(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word) => word === '--profile' || word.startsWith('--profile='));
  const named = at === -1 ? undefined : argv[at] === '--profile' ? argv[at + 1] : argv[at]?.slice('--profile='.length);
  return named || process.env.AWS_PROFILE || undefined;
}

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
