import { ForwardError } from './failure.ts';

export type ReadSecret = (name: string) => Promise<string>;

const freshMilliseconds = 300_000;
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
export function cachedSecrets(read: ReadSecret, now: () => number): ReadSecret {
  const kept = new Map<string, Kept>();
  const reading = new Map<string, Promise<string>>();

  const refresh = async (name: string): Promise<string> => {
    try {
      const value = await within(read(name), name);
      if (typeof value !== 'string' || value === '')
        throw new ForwardError('secret_unavailable', `secret:${name} is empty`);
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

  return async (name) => {
    const known = kept.get(name);
    const age = known === undefined ? Number.POSITIVE_INFINITY : now() - known.readAt;
    // A clock that went back counts as stale.
    if (known !== undefined && age >= 0 && age < freshMilliseconds) return known.value;
    const pending = reading.get(name) ?? refresh(name);
    reading.set(name, pending);
    return pending;
  };
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
