import { canonicalJson } from '../core/canonical-json.ts';
import { damaged } from '../core/release/fields.ts';
import { freshnessOf } from '../core/release/freshness.ts';
import { type ParameterName, parameterNames, revocationIndexKeyOf, revocationsKey } from '../core/release/layout.ts';
import { type Parameters, requiredFloorIn } from '../core/release/parameters.ts';
import { checkIndex, openRevocationsDocument, type RevocationsDocument } from '../core/release/revocations-document.ts';
import type { PinnedKey } from '../core/release/signed.ts';
import { readObject, type Store } from '../core/release/store.ts';
import { openRevocations, type RevocationIndex, unreadableRevocations } from '../core/revocation/index.ts';
import { confirmed, type Seen } from './read-signed.ts';

export interface LiveRevocationsMeans {
  readonly store: Pick<Store, 'get'>;
  readonly parameters: Pick<Parameters, 'get'>;
  /** Keys trusted for revocations and nothing else; without one nothing is read. */
  readonly keys: readonly PinnedKey[];
  readonly front: string;
  readonly maximumAgeMilliseconds: number;
  /** A read that failed: until one succeeds, what was read last decides to its age. */
  failed(error: unknown): void;
}

export interface LiveRevocations {
  /**
   * Reads what counts now. Never throws: the pointer and the blocks are confirmed whatever becomes of it.
   *
   * @param sentAt epoch ms
   * @param floors of a cold start, read in one request with the others
   */
  read(sentAt: number, floors?: Promise<ReadonlyMap<ParameterName, string>>): Promise<void>;
  /** What counts at this moment, epoch ms: the index, or what stands for one that nobody can vouch for. */
  at(now: number): RevocationIndex;
}

interface Good {
  /** Undefined: there has never been one. */
  readonly document: Seen<RevocationsDocument> | undefined;
  readonly index: RevocationIndex;
  readonly confirmedAt: number;
}

const noKey = unreadableRevocations('this front has no key for revocations');
const neverRead = unreadableRevocations('no index has been read yet');
const neverWritten = unreadableRevocations('no index was ever made');
const expired = unreadableRevocations('the index could not be confirmed for longer than it may decide');

/** The index of revocations beside the live release, with its own confirmation, age and floor. */
export function openLiveRevocations(means: LiveRevocationsMeans): LiveRevocations {
  let good: Good | undefined;
  if (means.keys.length === 0) return { read: async () => {}, at: () => noKey };
  return {
    async read(sentAt, floors) {
      try {
        const next = await readIndex(means, good, sentAt, floors);
        if (good === undefined || !isOvertaken(good, next)) good = next;
      } catch (error) {
        means.failed(error);
      }
    },
    at(now) {
      if (good === undefined) return neverRead;
      return freshnessOf(good.confirmedAt, now, means.maximumAgeMilliseconds) === 'expired' ? expired : good.index;
    },
  };
}

/** Whether a read that took long has been overtaken by one that was sent later. */
function isOvertaken(good: Good, next: Good): boolean {
  const [before, after] = [good, next].map(({ document }) => document?.sequence ?? 0);
  return (after ?? 0) < (before ?? 0) || (after === before && next.confirmedAt < good.confirmedAt);
}

async function readIndex(
  means: LiveRevocationsMeans,
  good: Good | undefined,
  sentAt: number,
  given: Promise<ReadonlyMap<ParameterName, string>> | undefined,
): Promise<Good> {
  const { store, front, keys } = means;
  const seen = good?.document;
  const name = parameterNames.floorRevocations;
  const [floors, answer] = await Promise.all([
    // A warm process knows what it has seen, which is at least the floor of its start.
    seen === undefined ? (given ?? means.parameters.get([name])) : undefined,
    store.get(revocationsKey, { ifNoneMatch: seen?.etag }),
  ]);
  const floor = floors === undefined ? 0 : requiredFloorIn(floors, name);
  const document = await confirmed(
    {
      name: 'the document of revocations',
      key: revocationsKey,
      open: (bytes) => {
        const value = openRevocationsDocument(bytes, keys, front);
        return { value, sequence: value.sequence, content: canonicalJson(value) };
      },
    },
    answer,
    { floor, seen, store },
  );
  if (document === undefined) return { document, index: neverWritten, confirmedAt: sentAt };
  const { index } = document.value;
  if (good !== undefined && seen?.value.index.sha256 === index.sha256)
    return { document, index: good.index, confirmedAt: sentAt };
  const key = revocationIndexKeyOf(index.sha256);
  const bytes = (await readObject(store, key))?.body ?? damaged(key, 'is missing');
  checkIndex(bytes, document.value);
  return { document, index: openRevocations(bytes), confirmedAt: sentAt };
}
