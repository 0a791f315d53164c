import { setTimeout as wait } from 'node:timers/promises';
import { after } from '../../src/authorize/after.ts';
import { type LiveRelease, openLiveRelease } from '../../src/authorize/live-release.ts';
import { openReleaseFile } from '../../src/authorize/release-file.ts';
import { openRuntimeReader } from '../../src/aws/read.ts';
import { emptyOverlay } from '../../src/core/decide/overlay.ts';
import type { Registry } from '../../src/core/registry/registry.ts';
import type { Parameters } from '../../src/core/release/parameters.ts';
import { type PinnedKey, parsePinnedKey } from '../../src/core/release/signed.ts';
import type { Store } from '../../src/core/release/store.ts';
import { unreadableRevocations } from '../../src/core/revocation/index.ts';
import type { ReleasePlace } from '../../src/core/settings.ts';

export interface ReleaseSettings {
  readonly release: ReleasePlace;
  readonly pointerKey: string;
  readonly blocksKey: string;
  readonly revocationsKey: string;
  readonly maximumAgeSeconds: number;
}

/** The live release of the place that the settings name. Nothing is read before the first call. */
export function openReleaseSource(
  settings: ReleaseSettings,
  environment: Readonly<Record<string, string | undefined>>,
  failed: (error: unknown) => void,
): LiveRelease {
  const place = settings.release;
  if (place.kind === 'file') {
    const registry = openReleaseFile(place.path, async (path) => (await import('node:fs/promises')).readFile(path));
    const revocations = unreadableRevocations('beside a release that is a file no index is read');
    const live = (read: Registry) => ({ registry: read, overlay: emptyOverlay, revocations });
    return { live: () => after(registry(), live), settle: () => {} };
  }
  const people = pinnedKeysOf(settings.blocksKey);
  return openLiveRelease({
    ...(place.kind === 'folder' ? folderOf(place.path) : bucketOf(place, environment)),
    keys: {
      pointer: pinnedKeysOf(settings.pointerKey),
      blocks: people,
      lifts: people,
      revocations: pinnedKeysOf(settings.revocationsKey),
    },
    front: place.frontId,
    maximumAgeMilliseconds: settings.maximumAgeSeconds * 1000,
    now: Date.now,
    wait: async (milliseconds) => void (await wait(milliseconds, undefined, { ref: false })),
    failed,
  });
}

/** The same release without AWS. Loaded by the first read: a function on AWS need not have it. */
function folderOf(path: string): { readonly store: Pick<Store, 'get'>; readonly parameters: Pick<Parameters, 'get'> } {
  const folder = async () => (await import('../../src/folder/release-folder.ts')).openReleaseFolder(path);
  return {
    store: { get: async (...asked) => (await folder()).store.get(...asked) },
    parameters: { get: async (names) => (await folder()).parameters.get(names) },
  };
}

function bucketOf(
  place: Extract<ReleasePlace, { kind: 's3' }>,
  environment: Readonly<Record<string, string | undefined>>,
) {
  const reader = openRuntimeReader(environment);
  return { store: reader.store(place.bucket), parameters: reader.parameters(place.frontId) };
}

function pinnedKeysOf(text: string): readonly PinnedKey[] {
  return text === 'none' ? [] : text.split(',').map(parsePinnedKey);
}
