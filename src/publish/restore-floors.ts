import { ProblemError, refuse } from '../core/problem.ts';
import {
  floorNames,
  overlayFloorOf,
  overlayKeyOf,
  overlayKinds,
  type ParameterName,
  parameterNames,
  pointerKey,
  revocationsKey,
} from '../core/release/layout.ts';
import { openOverlay } from '../core/release/overlay-document.ts';
import { floorIn } from '../core/release/parameters.ts';
import { openPointer } from '../core/release/pointer.ts';
import { openRevocationsDocument } from '../core/release/revocations-document.ts';
import type { PinnedKey } from '../core/release/signed.ts';
import { type ObjectVersion, readObject } from '../core/release/store.ts';
import type { ReadingMeans } from './read-live.ts';

export interface FloorMeans extends ReadingMeans {
  /** Keys that may have signed blocks and lifts. */
  readonly blockKeys: readonly PinnedKey[];
  /** Keys that may have signed the document of revocations. */
  readonly revocationKeys: readonly PinnedKey[];
}

/** A floor that is not there, and the highest sequence among the versions of its document. */
export interface MissingFloor {
  readonly name: ParameterName;
  /** The object's key. */
  readonly key: string;
  /** 0: there has never been such a document. */
  readonly sequence: number;
  /** The version with that sequence; absent without any. */
  readonly version?: ObjectVersion;
  /** Sequence of the document in its place now; absent when it cannot be read. */
  readonly inPlace?: number;
  /** Versions that count for nothing: not signed with our key, or damaged. */
  readonly unreadable: number;
}

const readsAtOnce = 8;

/**
 * The floors that are not there, each with what it must be. Nothing is believed that the front's key has not signed, and
 * nothing is written.
 *
 * @throws ProblemError `floor_unknown` when there are versions and none can be read
 */
export async function readMissingFloors(means: FloorMeans): Promise<readonly MissingFloor[]> {
  const values = await means.parameters.get(floorNames);
  const missing: MissingFloor[] = [];
  for (const [name, key, sequenceOf] of documentsOf(means)) {
    if (floorIn(values, name) === undefined) missing.push(await highestOf(means, name, key, sequenceOf));
  }
  return missing;
}

/** Writes them where there is still none: a floor that somebody has made meanwhile stays. Gives the names of those written. */
export async function restoreFloors(
  means: FloorMeans,
  missing: readonly MissingFloor[],
): Promise<readonly ParameterName[]> {
  const written: ParameterName[] = [];
  for (const { name, sequence } of missing) {
    if (await means.parameters.create(name, String(sequence))) written.push(name);
  }
  return written;
}

type Row = readonly [name: ParameterName, key: string, sequenceOf: (bytes: Uint8Array) => number];

function documentsOf({ keys, blockKeys, revocationKeys, front }: FloorMeans): readonly Row[] {
  return [
    [parameterNames.floor, pointerKey, (bytes) => openPointer(bytes, keys, front).sequence],
    ...overlayKinds.map(
      (kind): Row => [
        overlayFloorOf(kind),
        overlayKeyOf(kind),
        (bytes) => openOverlay(kind, bytes, blockKeys, front).entries.length,
      ],
    ),
    [
      parameterNames.floorRevocations,
      revocationsKey,
      (bytes) => openRevocationsDocument(bytes, revocationKeys, front).sequence,
    ],
  ];
}

async function highestOf(means: FloorMeans, ...[name, key, sequenceOf]: Row): Promise<MissingFloor> {
  const { store } = means;
  const versions = await store.versions(key);
  const read = async (version?: string): Promise<number | undefined> => {
    const object = await readObject(store, key, version);
    try {
      return object === undefined ? undefined : sequenceOf(object.body);
    } catch (error) {
      if (error instanceof ProblemError) return undefined;
      throw error;
    }
  };
  const sequences: (number | undefined)[] = [];
  for (let at = 0; at < versions.length; at += readsAtOnce) {
    sequences.push(...(await Promise.all(versions.slice(at, at + readsAtOnce).map(({ version }) => read(version)))));
  }
  const sequence = Math.max(0, ...sequences.map((each) => each ?? 0));
  if (sequence === 0 && (versions.length > 0 || key === pointerKey)) return unknownFloor(name, key, versions.length);
  return {
    name,
    key,
    sequence,
    version: versions[sequences.indexOf(sequence)],
    inPlace: await read(),
    unreadable: sequences.filter((each) => each === undefined).length,
  };
}

function unknownFloor(name: ParameterName, key: string, versions: number): never {
  return refuse({
    code: 'floor_unknown',
    message: `nothing says what the parameter ${name} was: no version of ${key} can be read and is signed with the key of the front`,
    found: versions === 1 ? 'one version' : `${versions} versions`,
    allowed: 'at least one',
    remedy:
      versions === 0
        ? 'is it the right front, account and Region (or folder)? Nothing was ever published here'
        : 'is it the right front, and the key that it was published with?',
  });
}
