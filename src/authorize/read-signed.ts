import { damaged } from '../core/release/fields.ts';
import { refuseReplay } from '../core/release/pointer.ts';
import { readObject, type Store } from '../core/release/store.ts';

/** One signed document as it was last confirmed: its content counts, its etag spares reading it again. */
export interface Seen<T> {
  readonly value: T;
  readonly etag: string;
  readonly sequence: number;
  /** What the signature covers. */
  readonly content: string;
}

/**
 * What the store's answer about a document stands for, or undefined when there has never been one. Neither older than the
 * floor (a cold reader) nor than what was seen (a warm one).
 *
 * @throws ProblemError also for one that is gone and was there before
 */
export async function confirmed<T>(
  document: { readonly name: string; readonly key: string; open(bytes: Uint8Array): Omit<Seen<T>, 'etag'> },
  answer: Awaited<ReturnType<Store['get']>>,
  { floor, seen, store }: { floor: number; seen: Seen<T> | undefined; store: Pick<Store, 'get'> },
): Promise<Seen<T> | undefined> {
  const { name, key, open } = document;
  if (answer === 'not-modified') return seen ?? damaged(key, 'is "not modified" although it was never read');
  if (answer === undefined && floor === 0 && seen === undefined) return undefined;
  let found = answer === undefined ? undefined : { ...open(answer.body), etag: answer.etag };
  if (found === undefined || found.sequence < floor) {
    // Floor and document were read at once: a publication in between has raised the one and replaced the other.
    const newer = await readObject(store, key);
    found = newer === undefined ? undefined : { ...open(newer.body), etag: newer.etag };
  }
  if (found === undefined) return damaged(key, 'is missing, and was there before');
  refuseReplay({ name, ...found }, { floor, seen });
  return found;
}
