import { type Problem, ProblemError } from '../../../src/core/problem.ts';

/** The problems that a call refuses with; fails the test on a value and on any other throw. */
export function problemsOf(call: () => unknown): readonly Problem[] {
  try {
    call();
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
  throw new Error('expected a refusal, got a value');
}

/** Runs a call that may refuse; fails the test only on a throw that is no ProblemError. */
export function valueOrProblem<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
