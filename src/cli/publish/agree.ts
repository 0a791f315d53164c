import { createInterface } from 'node:readline/promises';
import type { Impact } from '../../core/impact/impact.ts';
import { beyondGates, type GateOptions } from '../plan/gates.ts';
import { confirm } from '../terminal/confirm.ts';
import { CliFailure, exitCodes } from '../terminal/failure.ts';
import { count } from '../terminal/words.ts';

export interface AgreeOptions extends GateOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
}

/**
 * Ends the command unless somebody agrees to it. Whoever is locked out is typed as a number; a pipeline says beforehand how
 * many may be. Where nobody is locked out and nobody can be asked, it goes on.
 */
export async function agreeToPlan(impact: Impact, command: string, options: AgreeOptions): Promise<void> {
  const beyond = beyondGates(impact, options);
  const lost = impact.lost.length;
  if (beyond.length > 0) {
    throw new CliFailure(exitCodes.no, `nothing was published: ${beyond.join('; ')}`, {
      next: 'sallyport plan shows each by name',
    });
  }
  if (options.yes === true || options.maxLost !== undefined) return;
  const asks = process.stdin.isTTY && options.json !== true;
  if (lost === 0) {
    if (asks && (await confirm('publish this?')) !== true) nothing();
    return;
  }
  if (!asks) {
    throw new CliFailure(
      exitCodes.no,
      `nothing was published: ${count(lost, 'client')} would be refused that ${lost === 1 ? 'is' : 'are'} let in today: ${impact.lost
        .map(({ client }) => client)
        .slice(0, 20)
        .join(', ')}`,
      { next: `${command} --max-lost ${lost}   (or --yes), if that is what you want` },
    );
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const typed = await prompt.question(`type how many clients it locks out, to publish it (${lost}): `);
    if (typed.trim() !== String(lost)) nothing();
  } finally {
    prompt.close();
  }
}

function nothing(): never {
  throw new CliFailure(exitCodes.no, 'nothing was published', { next: 'sallyport plan shows it again' });
}
