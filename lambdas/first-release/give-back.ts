import {
  floorNames,
  type ParameterName,
  parameterNames,
  pointerKey,
  publicationsPrefix,
  releasesPrefix,
} from '../../src/core/release/layout.ts';
import { openPointer } from '../../src/core/release/pointer.ts';
import { readObject } from '../../src/core/release/store.ts';
import { publicationsAfter } from '../../src/publish/publication.ts';
import type { ReadingMeans } from '../../src/publish/read-live.ts';

export interface GiveBackMeans {
  /** `ROLLBACK_IN_PROGRESS`, `DELETE_IN_PROGRESS`, …: CloudFormation's word for what it is doing with the stack. */
  stackStatus(stackId: string): Promise<string>;
  /** Deletes every version of every object of the bucket. */
  emptyBucket(bucket: string): Promise<void>;
  /** Deletes those parameters of the front that exist. */
  deleteParameters(front: string, names: readonly ParameterName[]): Promise<void>;
}

/** What the first publication makes; `deployed` is the template's. */
const madeHere = [...floorNames, parameterNames.truststoreUri, parameterNames.truststoreVersion];

/** Who the record of a first release says has published it. */
export const publisherOf = (stackId: string): string => `CloudFormation ${stackId}`.slice(0, 300);

/**
 * Gives back what a first deployment that failed has made: nobody was let in by it, and a bucket with a release in it and floors would be in
 * the way of the next one. Only while CloudFormation rolls the creation back, and only a store that this very stack has begun and nobody
 * has used: a front that was in use keeps its record, also when its stack goes. The bucket's policy, which denies deletions to everybody,
 * is made after the custom resource and is gone before it in a rollback; in every other case it stands against this, too.
 */
export async function giveBack(
  means: GiveBackMeans,
  opened: ReadingMeans,
  { stackId, bucket }: { readonly stackId: string; readonly bucket: string },
): Promise<'given-back' | 'kept'> {
  if (!/ROLLBACK/.test(await means.stackStatus(stackId))) return 'kept';
  if (!(await isUnused(opened, stackId))) return 'kept';
  // The bucket first: a run that ends in between is asked again, and finds floors without a pointer, which nobody can use.
  await means.emptyBucket(bucket);
  await means.deleteParameters(opened.front, madeHere);
  return 'given-back';
}

/** Nothing but at most one first release of this stack: no second publication, no block, no lift, no revocations. */
async function isUnused(opened: ReadingMeans, stackId: string): Promise<boolean> {
  const keys = await opened.store.list('');
  const own = [pointerKey, releasesPrefix, publicationsPrefix, 'truststore/'];
  if (!keys.every((key) => own.some((start) => key.startsWith(start)))) return false;
  const pointer = await readObject(opened.store, pointerKey);
  if (pointer !== undefined && openPointer(pointer.body, opened.keys, opened.front).sequence !== 1) return false;
  // A run that crashed leaves a record behind, and the next one takes the next number.
  const { open } = await publicationsAfter(opened.store, 0);
  return open.every(({ by, parent }) => by === publisherOf(stackId) && parent === null);
}
