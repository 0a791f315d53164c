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
  parameterNames,
  pointerKey,
  registryKeyOf,
} from '../core/release/layout.ts';
import { openRelease } from '../core/release/open.ts';
import { adds, type OverlayDocument, openOverlay, overlayFrom } from '../core/release/overlay-document.ts';
import { type Parameters, requiredFloorIn } from '../core/release/parameters.ts';
import { openPointer, refuseReplay } from '../core/release/pointer.ts';
import type { PinnedKey } from '../core/release/signed.ts';
import { readObject, type Store } from '../core/release/store.ts';
import type { Live } from './live.ts';

export interface LiveReleaseMeans {
  readonly store: Pick<Store, 'get'>;
  readonly parameters: Pick<Parameters, 'get'>;
  /** Keys trusted for each kind of document; an overlay without a key is not read. */
  readonly keys: { readonly pointer: readonly PinnedKey[] } & Readonly<Record<OverlayKind, readonly PinnedKey[]>>;
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

/** One signed document as it was last confirmed: its content counts, its etag spares reading it again. */
interface Seen<T> {
  readonly value: T;
  readonly etag: string;
  readonly sequence: number;
  /** What the signature covers. */
  readonly content: string;
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

  function read(): Read {
    const now = means.now();
    const age = reading === undefined ? -1 : now - reading.sentAt;
    // A read from before a freeze answers with what was true then: it is not waited for, and confirms nothing newer.
    if (reading !== undefined && age >= 0 && age <= awaitMilliseconds.stale) return reading;
    const started: Read = {
      sentAt: now,
      done: readAll(means, good, now).then((next) => {
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

  const atMost = (work: Promise<void>, milliseconds: number) =>
    Promise.race([work.catch(() => {}), means.wait(milliseconds)]);

  /** Without a wait while what was read last is young enough, which is nearly always. */
  function current(): Good | Promise<Good> {
    if (good === undefined) return read().done.then(unexpired);
    const freshness = freshnessOf(good.confirmedAt, means.now(), means.maximumAgeMilliseconds);
    if (freshness === 'stale' || freshness === 'expired')
      return atMost(read().done, awaitMilliseconds.stale).then(unexpired);
    if (freshness === 'due') read();
    return good;
  }

  function unexpired(): Good {
    if (good === undefined) throw new Error('a read that succeeded has set the release');
    if (freshnessOf(good.confirmedAt, means.now(), means.maximumAgeMilliseconds) !== 'expired') return good;
    return refuse({
      code: 'release_expired',
      message: 'the live release could not be confirmed for longer than the last good one may decide',
      allowed: `${means.maximumAgeMilliseconds / 1000} s`,
    });
  }

  return {
    live: current,
    settle: () => (reading === undefined ? undefined : atMost(reading.done, awaitMilliseconds.due)),
  };
}

/** Whether a read that took long has been overtaken by one that was sent later. A confirmation from the future is none. */
function overtaken(good: Good, next: Good, now: number): boolean {
  if (next.pointer.sequence < good.pointer.sequence) return true;
  if ([...good.overlays].some(([kind, { sequence }]) => (next.overlays.get(kind)?.sequence ?? 0) < sequence))
    return true;
  return good.confirmedAt > next.confirmedAt && good.confirmedAt <= now;
}

async function readAll(means: LiveReleaseMeans, good: Good | undefined, sentAt: number): Promise<Good> {
  const kinds = overlayKinds.filter((kind) => means.keys[kind].length > 0);
  const names = [parameterNames.floor, ...kinds.map(overlayFloorOf)];
  const [floors, pointer, ...overlays] = await Promise.all([
    // A warm process knows what it has seen, which is at least the floor of its start.
    good === undefined ? means.parameters.get(names) : undefined,
    means.store.get(pointerKey, { ifNoneMatch: good?.pointer.etag }),
    ...kinds.map((kind) => means.store.get(overlayKeyOf(kind), { ifNoneMatch: good?.overlays.get(kind)?.etag })),
  ]);
  const floorOf = (name: (typeof names)[number]) => (floors === undefined ? 0 : requiredFloorIn(floors, name));

  const nextPointer = await checked('the pointer', pointerKey, pointer, good?.pointer, floorOf(parameterNames.floor), {
    open: (bytes) => {
      const { sequence, ...rest } = openPointer(bytes, means.keys.pointer, means.front);
      return { value: rest.release, sequence, content: canonicalJson(rest) };
    },
    again: () => readObject(means.store, pointerKey),
  });
  if (nextPointer === undefined) return damaged(pointerKey, 'is missing');
  const nextOverlays = await Promise.all(
    kinds.map(async (kind, index) => {
      const key = overlayKeyOf(kind);
      const seen = await checked(
        `the overlay of ${kind}`,
        key,
        overlays[index],
        good?.overlays.get(kind),
        floorOf(overlayFloorOf(kind)),
        {
          open: (bytes) => {
            const value = openOverlay(kind, bytes, means.keys[kind], means.front);
            return { value, sequence: value.entries.length, content: canonicalJson(value) };
          },
          again: () => readObject(means.store, key),
        },
      );
      if (seen === undefined) return [];
      const before = good?.overlays.get(kind)?.value;
      if (before !== undefined && !adds(before, seen.value)) damaged(key, 'lacks an entry that it had');
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

/** The document an answer stands for, or undefined when there has never been one. */
async function checked<T>(
  name: string,
  key: string,
  answer: Awaited<ReturnType<Store['get']>>,
  seen: Seen<T> | undefined,
  floor: number,
  how: {
    open(bytes: Uint8Array): Omit<Seen<T>, 'etag'>;
    again(): Promise<{ readonly body: Uint8Array; readonly etag: string } | undefined>;
  },
): Promise<Seen<T> | undefined> {
  if (answer === 'not-modified') return seen ?? damaged(key, 'is "not modified" although it was never read');
  if (answer === undefined && floor === 0 && seen === undefined) return undefined;
  let found = answer === undefined ? undefined : { ...how.open(answer.body), etag: answer.etag };
  if (found === undefined || found.sequence < floor) {
    // Floor and document were read at once: a publication in between has raised the one and replaced the other.
    const newer = await how.again();
    found = newer === undefined ? undefined : { ...how.open(newer.body), etag: newer.etag };
  }
  if (found === undefined) return damaged(key, 'is missing, and was there before');
  refuseReplay({ name, ...found }, { floor, seen });
  return found;
}

async function readRegistry(store: Pick<Store, 'get'>, release: string): Promise<Registry> {
  const objects = await Promise.all(
    [manifestKeyOf(release), registryKeyOf(release)].map(
      async (key) => [key, (await readObject(store, key))?.body ?? damaged(key, 'is missing')] as const,
    ),
  );
  return openRelease(release, new Map(objects));
}
