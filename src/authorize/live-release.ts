import { canonicalJson } from '../core/canonical-json.ts';
import type { Overlay } from '../core/decide/overlay.ts';
import { refuse } from '../core/problem.ts';
import type { Registry } from '../core/registry/registry.ts';
import { damaged } from '../core/release/fields.ts';
import { awaitMilliseconds, freshnessOf } from '../core/release/freshness.ts';
import {
  manifestKeyOf,
  type OverlayKind,
  overlayFloorOf,
  overlayKeyOf,
  overlayKinds,
  type ParameterName,
  parameterNames,
  pointerKey,
  registryKeyOf,
} from '../core/release/layout.ts';
import { openRelease } from '../core/release/open.ts';
import { adds, type OverlayDocument, openOverlay, overlayFrom } from '../core/release/overlay-document.ts';
import { type Parameters, requiredFloorIn } from '../core/release/parameters.ts';
import { openPointer } from '../core/release/pointer.ts';
import type { PinnedKey } from '../core/release/signed.ts';
import { readObject, type Store } from '../core/release/store.ts';
import type { Live } from './live.ts';
import { openLiveRevocations } from './live-revocations.ts';
import { confirmed, type Seen } from './read-signed.ts';

export interface LiveReleaseMeans {
  readonly store: Pick<Store, 'get'>;
  readonly parameters: Pick<Parameters, 'get'>;
  /** Keys trusted for each kind of document; an overlay without a key is not read. */
  readonly keys: { readonly pointer: readonly PinnedKey[]; readonly revocations: readonly PinnedKey[] } & Readonly<
    Record<OverlayKind, readonly PinnedKey[]>
  >;
  /** The front's id. */
  readonly front: string;
  readonly maximumAgeMilliseconds: number;
  /** Epoch ms. */
  now(): number;
  wait(milliseconds: number): Promise<void>;
  /** A read that failed while an older release goes on deciding. */
  failed(error: unknown): void;
}

export interface LiveRelease {
  live(): Live | Promise<Live>;
  /** To be awaited before an answer is returned: gives a read that was started meanwhile its 200 ms. Never throws. */
  settle(): void | Promise<void>;
}

interface Good extends Live {
  readonly pointer: Seen<string /* release id */>;
  readonly overlays: ReadonlyMap<OverlayKind, Seen<OverlayDocument>>;
  readonly confirmedAt: number;
}

interface Read {
  readonly sentAt: number;
  readonly done: Promise<void>;
}

/**
 * The live release in a process that may be frozen between two calls; src/core/release/freshness.ts says when it is read
 * again. A cold start reads pointer, overlays and floors in one round, then the release's objects in a second one.
 */
export function openLiveRelease(means: LiveReleaseMeans): LiveRelease {
  let good: Good | undefined;
  let reading: Read | undefined;
  let readingLists: Read | undefined;
  const lists = openLiveRevocations({ ...means, keys: means.keys.revocations });

  function read(): Read {
    const now = means.now();
    const age = reading === undefined ? -1 : now - reading.sentAt;
    // A read from before a freeze answers with what was true then: it is not waited for, and confirms nothing newer.
    if (reading !== undefined && age >= 0 && age <= awaitMilliseconds.stale) return reading;
    // A warm process knows what it has seen, which is at least the floor of its start.
    const floors = good === undefined ? means.parameters.get(floorsReadWith(means)) : undefined;
    const asked: Read = {
      sentAt: now,
      done: lists.read(now, floors).then(() => {
        if (readingLists === asked) readingLists = undefined;
      }),
    };
    if (means.keys.revocations.length > 0) readingLists = asked;
    const started: Read = {
      sentAt: now,
      done: readAll(means, good, now, floors).then((next) => {
        if (good === undefined || !overtaken(good, next, means.now())) good = next;
      }),
    };
    reading = started;
    started.done
      .catch((error: unknown) => {
        if (good !== undefined) means.failed(error);
      })
      .finally(() => {
        if (reading === started) reading = undefined;
      });
    return started;
  }

  const atMost = (work: Promise<unknown>, milliseconds: number) =>
    Promise.race([work.catch(() => {}), means.wait(milliseconds)]);

  /** What decides now, with the lists as far as they are there: without them those who have some are closed, alone. */
  function complete(live: Good): Live {
    const { registry, overlay } = live;
    return { registry, overlay, revocations: lists.at(means.now()) };
  }

  /** The last read of the lists while it is young enough to be waited for. */
  function listsUnderway(): Promise<void> | undefined {
    if (readingLists === undefined) return undefined;
    const age = means.now() - readingLists.sentAt;
    return age >= 0 && age <= awaitMilliseconds.stale ? readingLists.done : undefined;
  }

  async function cold(): Promise<void> {
    await read().done;
    const underway = listsUnderway();
    if (underway !== undefined) await atMost(underway, awaitMilliseconds.lists);
  }

  /** Without a wait while what was read last is young enough, which is nearly always. */
  function current(): Live | Promise<Live> {
    if (good === undefined) return cold().then(unexpired);
    const freshness = freshnessOf(good.confirmedAt, means.now(), means.maximumAgeMilliseconds);
    if (freshness === 'stale' || freshness === 'expired') {
      const { done } = read();
      return atMost(Promise.all([done, listsUnderway()]), awaitMilliseconds.stale).then(unexpired);
    }
    if (freshness === 'due') read();
    return complete(good);
  }

  function unexpired(): Live {
    if (good === undefined) throw new Error('a read that succeeded has set the release');
    if (freshnessOf(good.confirmedAt, means.now(), means.maximumAgeMilliseconds) !== 'expired') return complete(good);
    return refuse({
      code: 'release_expired',
      message: 'the live release could not be confirmed for longer than the last good one may decide',
      allowed: `${means.maximumAgeMilliseconds / 1000} s`,
    });
  }

  function settle(): void | Promise<void> {
    const underway = listsUnderway();
    if (reading === undefined && underway === undefined) return;
    return atMost(Promise.all([reading?.done, underway]), awaitMilliseconds.due).then(() => {});
  }

  return { live: current, settle };
}

/** Whether a read that took long has been overtaken by one that was sent later. A confirmation from the future is none. */
function overtaken(good: Good, next: Good, now: number): boolean {
  if (next.pointer.sequence < good.pointer.sequence) return true;
  if ([...good.overlays].some(([kind, { sequence }]) => (next.overlays.get(kind)?.sequence ?? 0) < sequence))
    return true;
  return good.confirmedAt > next.confirmedAt && good.confirmedAt <= now;
}

type Floors = ReadonlyMap<ParameterName, string>;

const kindsOf = ({ keys }: LiveReleaseMeans) => overlayKinds.filter((kind) => keys[kind].length > 0);

/** In one request: cold starts share what SSM answers in a second. */
const floorsReadWith = (means: LiveReleaseMeans): readonly ParameterName[] => [
  parameterNames.floor,
  ...kindsOf(means).map(overlayFloorOf),
  ...(means.keys.revocations.length > 0 ? [parameterNames.floorRevocations] : []),
];

async function readAll(
  means: LiveReleaseMeans,
  good: Good | undefined,
  sentAt: number,
  asked: Promise<Floors> | undefined,
): Promise<Good> {
  const { store } = means;
  const kinds = kindsOf(means);
  const [floors, pointer, ...overlays] = await Promise.all([
    asked,
    means.store.get(pointerKey, { ifNoneMatch: good?.pointer.etag }),
    ...kinds.map((kind) => means.store.get(overlayKeyOf(kind), { ifNoneMatch: good?.overlays.get(kind)?.etag })),
  ]);
  const floorOf = (name: ParameterName) => (floors === undefined ? 0 : requiredFloorIn(floors, name));

  const nextPointer = await confirmed(
    {
      name: 'the pointer',
      key: pointerKey,
      open: (bytes) => {
        const { sequence, ...rest } = openPointer(bytes, means.keys.pointer, means.front);
        return { value: rest.release, sequence, content: canonicalJson(rest) };
      },
    },
    pointer,
    { floor: floorOf(parameterNames.floor), seen: good?.pointer, store },
  );
  if (nextPointer === undefined) return damaged(pointerKey, 'is missing');
  const nextOverlays = await Promise.all(
    kinds.map(async (kind, index) => {
      const key = overlayKeyOf(kind);
      const before = good?.overlays.get(kind);
      const seen = await confirmed(
        {
          name: `the overlay of ${kind}`,
          key,
          open: (bytes) => {
            const value = openOverlay(kind, bytes, means.keys[kind], means.front);
            return { value, sequence: value.entries.length, content: canonicalJson(value) };
          },
        },
        overlays[index],
        { floor: floorOf(overlayFloorOf(kind)), seen: before, store },
      );
      if (seen === undefined) return [];
      if (before !== undefined && !adds(before.value, seen.value)) damaged(key, 'lacks an entry that it had');
      return [[kind, seen] as const];
    }),
  );
  const overlayMap = new Map(nextOverlays.flat());
  const release = nextPointer.value;
  return {
    pointer: nextPointer,
    overlays: overlayMap,
    registry: good?.pointer.value === release ? good.registry : await readRegistry(means.store, release),
    overlay: overlayOfBoth(overlayMap, good),
    confirmedAt: sentAt,
  };
}

/** The one there is while neither document has changed: it is what remembered identities were made under. */
function overlayOfBoth(documents: Good['overlays'], good: Good | undefined): Overlay {
  const unchanged = overlayKinds.every((kind) => documents.get(kind)?.etag === good?.overlays.get(kind)?.etag);
  if (good !== undefined && unchanged) return good.overlay;
  const [blocks, lifts] = overlayKinds.map((kind) => documents.get(kind)?.value);
  return overlayFrom(blocks as OverlayDocument<'blocks'> | undefined, lifts as OverlayDocument<'lifts'> | undefined);
}

async function readRegistry(store: Pick<Store, 'get'>, release: string): Promise<Registry> {
  const objects = await Promise.all(
    [manifestKeyOf(release), registryKeyOf(release)].map(
      async (key) => [key, (await readObject(store, key))?.body ?? damaged(key, 'is missing')] as const,
    ),
  );
  return openRelease(release, new Map(objects));
}
