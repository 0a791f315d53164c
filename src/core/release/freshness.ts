/**
 * How old the knowledge is on which a decision rests, in a process that may be frozen for an hour between two requests.
 * Age is the wall clock's distance to the moment at which the newest read that confirmed the pointer (200 or 304) was
 * *sent*: what the answer says was true then, and time spent frozen while waiting for it counts.
 */
export type Freshness =
  /** Decide. */
  | 'fresh'
  /** Decide, with a read started now and awaited, for at most `awaitMilliseconds.due`, before the answer is returned. */
  | 'due'
  /** Wait for a read, at most `awaitMilliseconds.stale`; if it fails, the last good release decides. */
  | 'stale'
  /** As stale, but if the read fails nothing decides. */
  | 'expired';

const freshMilliseconds = 10_000;
const dueMilliseconds = 15_000;
/** `lists`: beyond the release, in a cold start: an index of megabytes may take longer to come than all the rest. */
export const awaitMilliseconds = { due: 200, stale: 1_000, lists: 3_000 } as const;

/**
 * @param confirmedAt epoch ms; undefined when nothing was ever confirmed
 * @param now epoch ms
 * @param maximumAgeMilliseconds how long the last good release decides without being confirmed; at least `dueMilliseconds`
 */
export function freshnessOf(confirmedAt: number | undefined, now: number, maximumAgeMilliseconds: number): Freshness {
  if (confirmedAt === undefined) return 'expired';
  const age = now - confirmedAt;
  // A clock that went back: the age is unknown, so it is too old.
  if (!(age >= 0)) return 'expired';
  if (age <= freshMilliseconds) return 'fresh';
  if (age <= dueMilliseconds) return 'due';
  return age <= maximumAgeMilliseconds ? 'stale' : 'expired';
}
