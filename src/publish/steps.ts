import type { RegistryDocument } from '../core/registry/document.ts';
import type { Release } from '../core/release/compile.ts';
import { compileRelease } from '../core/release/compile.ts';
import { damaged } from '../core/release/fields.ts';
import { pointerKey, truststoreKeyOf } from '../core/release/layout.ts';
import { checkDigest } from '../core/release/manifest.ts';
import { type Pointer, writePointer } from '../core/release/pointer.ts';
import { reduced } from '../core/release/reduce.ts';
import type { Signer } from '../core/release/signed.ts';
import { readObject, type Store } from '../core/release/store.ts';
import { type Certificate, parseCertificate } from '../core/x509/certificate.ts';
import { readPemBlocks } from '../core/x509/pem.ts';
import type { Edge, Waiting } from './edge.ts';
import { raisePointerFloor } from './floors.ts';
import { publicationsAfter } from './publication.ts';
import type { Live, ReadingMeans } from './read-live.ts';

/** Everything that publishing needs from outside. */
export interface PublishMeans extends ReadingMeans, Waiting {
  readonly edge: Edge;
  readonly signer: Signer;
  /** Epoch ms. */
  now(): number;
}

/** Somebody else moved the pointer first, or has begun a later publication. Nothing was written. */
export class OvertakenError extends Error {
  constructor() {
    super('another publisher was first');
    this.name = 'OvertakenError';
  }
}

/**
 * Moves the pointer from `live` to `release`, then raises the floor to it.
 *
 * @param publication the number of the publication of which this is a step
 * @throws OvertakenError without having written anything
 */
export async function movePointer(
  means: PublishMeans,
  live: Live,
  publication: number,
  next: { readonly release: string; readonly truststore: Pointer['truststore'] },
): Promise<{ readonly pointer: Pointer; readonly etag: string }> {
  if ((await publicationsAfter(means.store, publication)).open.length > 0) throw new OvertakenError();
  const pointer: Pointer = {
    format: live.pointer.format,
    front: means.front,
    sequence: live.pointer.sequence + 1,
    release: next.release,
    truststore: next.truststore,
    issuedAt: new Date(means.now()).toISOString(),
    parent: live.pointer.release,
    publication,
  };
  const written = await means.store.put(pointerKey, await writePointer(pointer, means.signer), { ifMatch: live.etag });
  if (written === 'lost') throw new OvertakenError();
  await raisePointerFloor(means);
  return { pointer, etag: written.etag };
}

/** The release of step (a): what both registries allow, with the truststore that the edge has. */
export async function reducedRelease(means: PublishMeans, live: Live, desired: RegistryDocument): Promise<Release> {
  return compileRelease(
    { document: reduced(live.document, desired), truststore: await truststoreOfLive(means, live) },
    // Whatever is in it is live already.
    { allowEmpty: true, allowSample: true },
  );
}

async function truststoreOfLive(means: PublishMeans, live: Live): Promise<readonly Certificate[]> {
  const { key, version } = live.pointer.truststore;
  const object = (await readObject(means.store, key, version)) ?? damaged(means.store.uriOf(key), 'is missing');
  checkDigest(object.body, live.manifest.truststore, means.store.uriOf(key));
  return readPemBlocks(new TextDecoder().decode(object.body)).map((block) => parseCertificate(block.der));
}

/**
 * Puts a release's objects where they are not yet, and gives the version of its truststore. Keys name content, so an
 * object that is there already must be the same, byte for byte.
 *
 * @throws ProblemError `document_damaged` when another content stands under one of the keys
 */
export async function uploadRelease(
  store: Store,
  release: Release,
): Promise<{ readonly key: string; readonly version: string }> {
  const versions = new Map<string, string>();
  for (const [key, body] of release.objects) versions.set(key, await uploadObject(store, key, body));
  const key = truststoreKeyOf(release.id);
  return { key, version: versions.get(key) ?? damaged(key, 'is not part of its release') };
}

async function uploadObject(store: Store, key: string, body: Uint8Array): Promise<string> {
  const written = await store.put(key, body, { ifNoneMatch: '*' });
  if (written !== 'lost') return written.version;
  const found = await readObject(store, key);
  if (found === undefined || Buffer.compare(found.body, body) !== 0)
    return damaged(store.uriOf(key), 'exists with another content than the one it is named after');
  return found.version;
}
