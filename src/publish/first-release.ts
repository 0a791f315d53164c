import { type CompileOptions, compileRelease, type ReleaseSource } from '../core/release/compile.ts';
import { pointerKey } from '../core/release/layout.ts';
import { currentFormat } from '../core/release/manifest.ts';
import { writeTruststoreParameters } from '../core/release/parameters.ts';
import { type Pointer, writePointer } from '../core/release/pointer.ts';
import type { Signer } from '../core/release/signed.ts';
import type { PublicationNote } from './claim.ts';
import { makeFloors, raisePointerFloor } from './floors.ts';
import { claimPublication, publicationsAfter } from './publication.ts';
import { type ReadingMeans, readLive, refuseLostPointer } from './read-live.ts';
import { uploadRelease } from './steps.ts';

export interface FirstReleaseMeans extends ReadingMeans {
  readonly signer: Signer;
  /** Epoch ms. */
  now(): number;
}

/**
 * Publishes the first release of a front, if nothing is published yet; otherwise what is live stays, whatever the
 * files of the deployment say. Either way the parameters end up naming the live truststore, so a run that crashed is
 * mended by the next one.
 */
export async function publishFirst(
  means: FirstReleaseMeans,
  source: ReleaseSource,
  note: PublicationNote,
  options?: CompileOptions,
): Promise<{ readonly outcome: 'published' | 'unchanged'; readonly pointer: Pointer }> {
  const live = await readLive(means);
  if (live !== undefined) {
    await settle(means, live.pointer);
    return { outcome: 'unchanged', pointer: live.pointer };
  }
  const release = compileRelease(source, options);
  // A pointer that was deleted leaves its versions, also where somebody has deleted the floors with it.
  if ((await means.store.versions(pointerKey)).length > 0) return refuseLostPointer(means.store, 'versions of it');
  await makeFloors(means.parameters);
  const truststore = await uploadRelease(means.store, release);
  const at = new Date(means.now()).toISOString();
  // A run that crashed before its pointer has left a record behind: this one takes the next number.
  const publication = (await publicationsAfter(means.store, 0)).highest + 1;
  await claimPublication(means.store, {
    format: currentFormat,
    publication,
    release: release.id,
    parent: null,
    ...note,
    at,
  });
  const pointer: Pointer = {
    format: currentFormat,
    front: means.front,
    sequence: 1,
    release: release.id,
    truststore,
    issuedAt: at,
    parent: null,
    publication,
  };
  const written = await means.store.put(pointerKey, await writePointer(pointer, means.signer), { ifNoneMatch: '*' });
  if (written === 'lost') return publishFirst(means, source, note, options);
  await settle(means, pointer);
  return { outcome: 'published', pointer };
}

async function settle(means: FirstReleaseMeans, pointer: Pointer): Promise<void> {
  await raisePointerFloor(means);
  const { key, version } = pointer.truststore;
  await writeTruststoreParameters(means.parameters, { uri: means.store.uriOf(key), version });
}
