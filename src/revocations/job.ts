import { refuse } from '../core/problem.ts';
import type { RegistryDocument } from '../core/registry/document.ts';
import { damaged } from '../core/release/fields.ts';
import { parameterNames, revocationIndexKeyOf, revocationsKey } from '../core/release/layout.ts';
import { currentFormat } from '../core/release/manifest.ts';
import { requiredFloorIn } from '../core/release/parameters.ts';
import { refuseReplay } from '../core/release/pointer.ts';
import {
  checkIndex,
  indexDigestOf,
  openRevocationsDocument,
  type RevocationsDocument,
  writeRevocations,
} from '../core/release/revocations-document.ts';
import { pinnedKeyOf, type Signer } from '../core/release/signed.ts';
import { readObject } from '../core/release/store.ts';
import { openRevocations, type RevocationIndex } from '../core/revocation/index.ts';
import { raiseFloor } from '../publish/floors.ts';
import { type ReadingMeans, readLive } from '../publish/read-live.ts';
import { compileLists, type GivenList, type ListNote } from './compile-lists.ts';
import { wantedOf } from './wanted.ts';

export interface JobMeans extends ReadingMeans {
  /** Of the key for revocations. */
  readonly revocations: Signer;
  /** Epoch ms. */
  now(): number;
}

export interface JobRequest {
  /** What was fetched or handed over; what is held stays where there is nothing newer. */
  readonly lists: readonly GivenList[];
  /** The registry that is about to be published, beside the live one. */
  readonly desired?: RegistryDocument;
  /** Held lists to drop: ids of lists (16 hex digits or more), or names of authorities. */
  readonly forget?: readonly string[];
  /** Which part of a list may vanish with the list after it; see `vanished.ts`. */
  readonly share?: number;
  readonly by: string;
  readonly reason: string | null;
}

export interface JobOutcome {
  readonly outcome: 'written' | 'unchanged';
  readonly document: RevocationsDocument;
  readonly index: RevocationIndex;
  /** What was not believed, not used, or kept as it was; empty when all is well. */
  readonly notes: readonly ListNote[];
}

/** Others who write at the same moment; each takes seconds. */
const attempts = 5;

/**
 * Believes lists, compiles them with those that are held, compares, signs, writes under a condition, and raises the floor.
 * An authority whose revoked certificates would vanish keeps what it has; all others get what is new.
 *
 * @throws ProblemError also when what is held cannot be read: without it, an older list would pass for the newest
 */
export async function runRevocations(means: JobMeans, request: JobRequest): Promise<JobOutcome> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const live = await readLive(means);
    const documents = [live?.document, request.desired].filter((document) => document !== undefined);
    if (documents.length === 0) return nothingPublished();
    const before = await readHeld(means);
    const { bytes, index, notes, authorities } = compileLists(wantedOf(documents), before?.index, request, means.now());
    const digest = indexDigestOf(bytes);
    if (before !== undefined && before.document.index.sha256 === digest.sha256) {
      await settleFloor(means);
      return { outcome: 'unchanged', document: before.document, index, notes };
    }
    const document: RevocationsDocument = {
      format: currentFormat,
      front: means.front,
      sequence: (before?.document.sequence ?? 0) + 1,
      issuedAt: new Date(means.now()).toISOString(),
      by: request.by,
      reason: request.reason,
      index: digest,
      authorities,
    };
    // The index first: the document must never name what is not there. Its name is its content, so a second one is the same.
    await means.store.put(revocationIndexKeyOf(digest.sha256), bytes, { ifNoneMatch: '*' });
    const body = await writeRevocations(document, means.revocations);
    // What a function would refuse is never put.
    openRevocationsDocument(body, [pinnedKeyOf(means.revocations)], means.front);
    const condition = before === undefined ? ({ ifNoneMatch: '*' } as const) : { ifMatch: before.etag };
    if ((await means.store.put(revocationsKey, body, condition)) === 'lost') continue;
    await settleFloor(means);
    return { outcome: 'written', document, index, notes };
  }
  throw new Error(`others write ${revocationsKey} all the time: nothing was written`);
}

export interface Held {
  readonly document: RevocationsDocument;
  readonly index: RevocationIndex;
  readonly etag: string;
}

/** The index that counts now, checked from the signature to the last digest; undefined before the first one. */
export async function readHeld(
  means: Pick<JobMeans, 'store' | 'parameters' | 'front' | 'revocations'>,
): Promise<Held | undefined> {
  // The floor first: it is raised after the document, so a job in between can only make the document newer.
  const name = parameterNames.floorRevocations;
  const floor = requiredFloorIn(await means.parameters.get([name]), name);
  const object = await readObject(means.store, revocationsKey);
  if (object === undefined)
    return floor === 0 ? undefined : damaged(revocationsKey, 'is missing, and was there before');
  const document = openRevocationsDocument(object.body, [pinnedKeyOf(means.revocations)], means.front);
  const { sequence } = document;
  refuseReplay({ name: 'the document of revocations', sequence, content: '' }, { floor });
  const key = revocationIndexKeyOf(document.index.sha256);
  const bytes = (await readObject(means.store, key))?.body ?? damaged(key, 'is missing');
  checkIndex(bytes, document);
  return { document, index: openRevocations(bytes), etag: object.etag };
}

function settleFloor({ store, parameters, front, revocations }: JobMeans): Promise<void> {
  return raiseFloor(parameters, parameterNames.floorRevocations, async () => {
    const object = (await readObject(store, revocationsKey)) ?? damaged(revocationsKey, 'was there a moment ago');
    return openRevocationsDocument(object.body, [pinnedKeyOf(revocations)], front).sequence;
  });
}

function nothingPublished(): never {
  return refuse({
    code: 'nothing_published',
    message: 'nothing is published yet, so there is no authority whose lists count',
    remedy: 'sallyport publish, or npx cdk deploy --all',
  });
}
