import { refuse } from '../core/problem.ts';
import { damaged } from '../core/release/fields.ts';
import { manifestKeyOf, parameterNames, pointerKey, registryKeyOf } from '../core/release/layout.ts';
import { type ReleaseContent, readRelease } from '../core/release/open.ts';
import { floorIn, type Parameters, requiredFloorIn } from '../core/release/parameters.ts';
import { openPointer, type Pointer, refuseReplay } from '../core/release/pointer.ts';
import type { PinnedKey } from '../core/release/signed.ts';
import { readObject, type Store } from '../core/release/store.ts';

export interface ReadingMeans {
  readonly store: Store;
  readonly parameters: Parameters;
  /** Keys that may have signed the pointer. */
  readonly keys: readonly PinnedKey[];
  /** The front's id. */
  readonly front: string;
}

/** What is live, with the etag that the next pointer is conditioned on. */
export interface Live extends ReleaseContent {
  readonly pointer: Pointer;
  readonly etag: string;
}

/**
 * The live release, checked from the signature to the last digest; undefined before the first publication.
 *
 * @throws ProblemError when anything of it is not what it must be
 */
export async function readLive(means: ReadingMeans): Promise<Live | undefined> {
  // The floor first: it is raised after the pointer, so a publication in between can only make the pointer newer.
  const values = await means.parameters.get([parameterNames.floor]);
  const object = await readObject(means.store, pointerKey);
  if (object === undefined) {
    const floor = floorIn(values, parameterNames.floor) ?? 0;
    return floor === 0 ? undefined : refuseLostPointer(means.store, `a floor of ${floor}`);
  }
  const floor = requiredFloorIn(values, parameterNames.floor);
  const pointer = openPointer(object.body, means.keys, means.front);
  refuseReplay({ name: 'the pointer', sequence: pointer.sequence, content: '' }, { floor });
  return { pointer, etag: object.etag, ...(await readContent(means.store, pointer.release)) };
}

export function refuseLostPointer(store: Store, found: string): never {
  return refuse({
    code: 'pointer_missing',
    message: `there is no ${pointerKey}, but releases were published before`,
    found,
    remedy: `restore the newest version of ${store.uriOf(pointerKey)} (docs/floors.md); to begin anew, delete the parameters of the front as well, and begin with an empty bucket`,
  });
}

/** Manifest and registry of a release in the store. */
export async function readContent(store: Store, release: string): Promise<ReleaseContent> {
  const keys = [manifestKeyOf(release), registryKeyOf(release)];
  const bodies = await Promise.all(
    keys.map(async (key) => [key, (await readObject(store, key))?.body ?? damaged(key, 'is missing')] as const),
  );
  return readRelease(release, new Map(bodies));
}
