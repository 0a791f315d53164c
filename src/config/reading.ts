import type { Problem } from '../core/problem.ts';
import type { Tree } from './tree.ts';

export interface Reading {
  readonly report: (problem: Problem) => void;
  /** The key whose value is read, for remedies. */
  readonly key: string;
  /** Somebody asks whether a value would do: no remedies, and nobody sees what is reported. */
  readonly isTrial?: true;
}

/** What reads the value of a key. */
export interface Reader {
  read(tree: Tree, reading: Reading): unknown;
}
