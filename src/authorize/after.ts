/** `next` at once when there is nothing to wait for: even a promise that is settled costs more than most of a decision. */
export function after<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
