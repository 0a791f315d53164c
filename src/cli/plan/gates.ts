import type { Impact } from '../../core/impact/impact.ts';
import { wrongUsage } from '../terminal/failure.ts';
import { printable } from '../terminal/output.ts';
import { count } from '../terminal/words.ts';

export interface GateOptions {
  readonly maxLost?: string;
  readonly maxGained?: string;
}

/** What is beyond a limit that somebody has set, in words; empty: nothing is. */
export function beyondGates(
  { lost, gained }: Pick<Impact, 'lost' | 'gained'>,
  options: GateOptions,
): readonly string[] {
  const beyond = (what: string, found: number, option: string, value: string | undefined): readonly string[] => {
    const limit = numberOf(option, value);
    return limit === undefined || found <= limit
      ? []
      : [`${count(found, 'client')} ${what}, and ${option} is ${limit}`];
  };
  return [
    ...beyond('would be refused', lost.length, '--max-lost', options.maxLost),
    ...beyond('would be let in', gained.length, '--max-gained', options.maxGained),
  ];
}

function numberOf(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^(?:0|[1-9]\d{0,6})$/.test(value)) return Number(value);
  return wrongUsage(`${option} ${printable(value)} is no number`, `${option} 0`);
}
