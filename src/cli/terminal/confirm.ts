import { createInterface } from 'node:readline/promises';
import { CliFailure, exitCodes } from './failure.ts';

/** Asks on the terminal; `undefined` when there is none. */
export async function confirm(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim());
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    throw new CliFailure(exitCodes.interrupted, 'interrupted: nothing was written');
  } finally {
    prompt.close();
  }
}
