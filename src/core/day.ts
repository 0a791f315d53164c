export const dayMilliseconds = 86_400_000;

/** The day in UTC, `2027-06-30`. @param at epoch milliseconds */
export function isoDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** The second in UTC, `2027-06-30T23:59:59Z`. @param at epoch milliseconds */
export function isoTime(at: number): string {
  return new Date(at).toISOString().replace(/\.000Z$/, 'Z');
}
