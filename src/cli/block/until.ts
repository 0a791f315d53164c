import { dayMilliseconds } from '../../core/day.ts';
import { wrongUsage } from '../terminal/failure.ts';

/** A day (all of it, UTC) or a moment with its zone → UTC with milliseconds. */
export function untilOf(text: string | undefined, now: number): string | undefined {
  if (text === undefined) return undefined;
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const at = isDay || /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    return wrongUsage(`--until ${text} is no moment`, '--until 2027-06-30, or --until 2027-06-30T12:00:00Z');
  const end = isDay ? at + dayMilliseconds : at;
  if (end <= now)
    return wrongUsage(`--until ${text} has passed: it would block nobody`, 'a moment to come, or leave --until out');
  return new Date(end).toISOString();
}
