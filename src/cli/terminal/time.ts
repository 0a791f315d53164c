import { wrongUsage } from './failure.ts';
import { printable } from './output.ts';

/** `--at`: a day (its first moment, UTC) or an ISO time with its zone → epoch milliseconds. */
export function parseTime(text: string): number {
  const at = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  return Number.isNaN(at) ? wrongUsage(`--at ${printable(text)} is not a time`, '--at 2027-06-30T12:00:00Z') : at;
}
