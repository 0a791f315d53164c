import { ForwardError } from './failure.ts';

export type ReadSecret = (name: string) => Promise<string>;

/** The secrets of one connection, kept. */
export interface Secrets {
  readonly read: ReadSecret;
  /** Grows whenever a value that was read again was another one. */
  readonly changes: number;
  /**
   * The backend did not believe what it was shown: every value in use is read again, each at most once a minute. Nobody
   * waits for it.
   */
  doubt(): void;
}

const freshMilliseconds = 300_000;
const doubtMilliseconds = 60_000;
const timeoutMilliseconds = 3_000;

interface Kept {
  readonly value: string;
  readonly readAt: number;
}

/**
 * `read`, asked only when a value is needed, at most once at a time and every five minutes for each name, and for at most
 * three seconds. A value that was good stays good while it cannot be read again: the backend is the judge of it.
 * What `read` throws is never shown, because it may quote what it read.
 */
export function keepSecrets(read: ReadSecret, now: () => number): Secrets {
  const kept = new Map<string, Kept>();
  const reading = new Map<string, Promise<string>>();
  const doubtedAt = new Map<string, number>();
  let changes = 0;

  const refresh = async (name: string): Promise<string> => {
    try {
      const value = await within(read(name), name);
      if (typeof value !== 'string' || value === '')
        throw new ForwardError('secret_unavailable', `secret:${name} is empty`);
      const old = kept.get(name);
      if (old !== undefined && old.value !== value) changes += 1;
      kept.set(name, { value, readAt: now() });
      return value;
    } catch (error) {
      const old = kept.get(name);
      if (old !== undefined) return old.value;
      throw error instanceof ForwardError ? error : new ForwardError('secret_unavailable', `secret:${name}`);
    } finally {
      reading.delete(name);
    }
  };
  const readAgain = (name: string): Promise<string> => {
    const pending = reading.get(name) ?? refresh(name);
    reading.set(name, pending);
    return pending;
  };

  return {
    get changes() {
      return changes;
    },
    async read(name) {
      const known = kept.get(name);
      // A clock that went back counts as stale.
      return known !== undefined && isWithin(now() - known.readAt, freshMilliseconds) ? known.value : readAgain(name);
    },
    doubt() {
      for (const name of kept.keys()) {
        const last = doubtedAt.get(name);
        if (last !== undefined && isWithin(now() - last, doubtMilliseconds)) continue;
        doubtedAt.set(name, now());
        // It falls back to the old value, so it does not fail.
        void readAgain(name);
      }
    },
  };
}

function isWithin(age: number, milliseconds: number): boolean {
  return age >= 0 && age < milliseconds;
}

function within(value: Promise<string>, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new ForwardError('secret_unavailable', `secret:${name} took longer than ${timeoutMilliseconds} ms`)),
      timeoutMilliseconds,
    );
    value.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** A secret that stands in a header field as it is: printable ASCII, so that no line end can start another field. */
export function fieldValueOf(name: string, value: string): string {
  if (!/^[\x21-\x7e](?:[\x20-\x7e]{0,8190}[\x21-\x7e])?$/.test(value)) {
    throw new ForwardError('secret_malformed', `secret:${name}`);
  }
  return value;
}
