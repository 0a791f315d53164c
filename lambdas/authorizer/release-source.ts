import { setTimeout as wait } from 'node:timers/promises';
import { openRuntimeReader } from '../../src/aws/read.ts';
import { emptyOverlay } from '../../src/core/decide/overlay.ts';
import { type PinnedKey, parsePinnedKey } from '../../src/core/release/signed.ts';
import type { ReleasePlace } from '../../src/core/settings.ts';
import { type LiveRelease, openLiveRelease } from './live-release.ts';
import { openReleaseFile } from './release-file.ts';
import { openReleaseFolder } from './release-folder.ts';

export interface ReleaseSettings {
  readonly release: ReleasePlace;
  readonly pointerKey: string;
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
    return { registry, overlay: async () => emptyOverlay, settle: async () => {} };
  }
  const publisher = pinnedKeysOf(settings.pointerKey);
  return openLiveRelease({
    ...(place.kind === 'folder' ? openReleaseFolder(place.path) : bucketOf(place, environment)),
    keys: { pointer: publisher, blocks: publisher, revocations: pinnedKeysOf(settings.revocationsKey) },
    front: place.frontId,
    maximumAgeMilliseconds: settings.maximumAgeSeconds * 1000,
    now: Date.now,
    wait: async (milliseconds) => void (await wait(milliseconds, undefined, { ref: false })),
    failed,
  });
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
