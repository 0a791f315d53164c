import type { Random } from './random.ts';

/** One reader of something from outside. Inputs are bytes, so that a found one can be kept as a file. */
export interface Target {
  readonly name: string;
  /** For what people keep at their own desk and may make large: allowed on top of the limit. */
  readonly millisecondsPerKiB?: number;
  /** The next input. */
  next(random: Random): Uint8Array;
  /** Ends with a value or a typed problem; whatever else it throws is a find. */
  run(input: Uint8Array): void | Promise<void>;
}
