import { endedKeyOf, isPublicationKey, publicationsPrefix } from '../core/release/layout.ts';
import type { Store } from '../core/release/store.ts';
import { type Publication, readPublication } from './publication.ts';
import type { Live } from './read-live.ts';

export interface HistoryEntry {
  readonly publication: Publication;
  /** `replaced`: it was live, or never got that far and another one took its place. */
  readonly state: 'live' | 'under-way' | 'given-up' | 'replaced';
}

/** The newest publications, newest first; at most `limit`. */
export async function readHistory(store: Store, live: Live, limit: number): Promise<readonly HistoryEntry[]> {
  const keys = await store.list(publicationsPrefix);
  const ended = new Set(keys);
  const numbers = keys
    .filter(isPublicationKey)
    .map((key) => Number(key.slice(-17, -5)))
    .slice(-limit)
    .reverse();
  const found = await Promise.all(numbers.map((number) => readPublication(store, number)));
  return found.flatMap((publication) => {
    if (publication === undefined) return [];
    const isEnded = ended.has(endedKeyOf(publication.publication));
    return [{ publication, state: stateOf(publication, live, isEnded) }];
  });
}

function stateOf(publication: Publication, { pointer }: Live, isEnded: boolean): HistoryEntry['state'] {
  if (isEnded) return 'given-up';
  if (publication.publication < pointer.publication) return 'replaced';
  return publication.publication === pointer.publication && publication.release === pointer.release
    ? 'live'
    : 'under-way';
}
