import { type FailureCode, ForwardError } from './failure.ts';

/** One timer for everything that one request to one backend waits for. */
export interface Deadline {
  /** What it failed with, once it has expired. */
  readonly expired: ForwardError | undefined;
  /** Called at most once, and not at all after `clear`. */
  onExpiry(callback: (error: ForwardError) => void): void;
  /** The same deadline goes on for the body, unless it has one of its own. */
  answerHasBegun(bodyMilliseconds?: number): void;
  /** `work`, but no longer than the deadline. */
  race<T>(work: Promise<T>): Promise<T>;
  clear(): void;
}

/** Begins now. `backend` is `host:port`, for the log. */
export function startDeadline(backend: string, milliseconds: number): Deadline {
  let code: FailureCode = 'headers_timeout';
  let expired: ForwardError | undefined;
  const callbacks: ((error: ForwardError) => void)[] = [];
  const expire = (after: number): void => {
    expired = new ForwardError(code, `${backend}: nothing for ${after} ms`);
    for (const callback of callbacks) callback(expired);
  };
  let timer = setTimeout(expire, milliseconds, milliseconds);
  return {
    get expired() {
      return expired;
    },
    onExpiry(callback) {
      callbacks.push(callback);
    },
    answerHasBegun(bodyMilliseconds) {
      code = 'body_timeout';
      if (bodyMilliseconds === undefined) return;
      clearTimeout(timer);
      timer = setTimeout(expire, bodyMilliseconds, bodyMilliseconds);
    },
    race(work) {
      return new Promise((resolve, reject) => {
        callbacks.push(reject);
        work.then(resolve, reject);
      });
    },
    clear() {
      clearTimeout(timer);
    },
  };
}
