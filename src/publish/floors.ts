import { refuse } from '../core/problem.ts';
import { floorNames, type ParameterName, parameterNames, pointerKey } from '../core/release/layout.ts';
import { type Parameters, requiredFloorIn } from '../core/release/parameters.ts';
import { openPointer } from '../core/release/pointer.ts';
import { readObject } from '../core/release/store.ts';
import type { ReadingMeans } from './read-live.ts';

/** Each turn is one publication of somebody else in between; they take seconds. */
const attempts = 10;

/** Before the first document: from here on a floor that is not there was deleted. One that is there stays as it is. */
export async function makeFloors(parameters: Parameters): Promise<void> {
  for (const name of floorNames) await parameters.create(name, '0');
}

/** Raises the floor of the pointer to the pointer that is in the store. Done only when both were read and agree. */
export function raisePointerFloor(means: ReadingMeans): Promise<void> {
  return raiseFloor(means.parameters, parameterNames.floor, async () => {
    const { body } = (await readObject(means.store, pointerKey)) ?? pointerGone();
    return openPointer(body, means.keys, means.front).sequence;
  });
}

/**
 * Raises the floor of a document to the document that stands in the store now, not to the one that was written: of two
 * writers the slower one would put its lower number over the higher one. Whoever puts reads both again afterwards, so
 * whoever was last to put leaves the floor at the document.
 *
 * @throws ProblemError `floor_missing`, `floor_unsettled`
 */
export async function raiseFloor(
  parameters: Parameters,
  name: ParameterName,
  sequenceOf: () => Promise<number>,
): Promise<void> {
  let floor = 0;
  let sequence = 0;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    floor = requiredFloorIn(await parameters.get([name]), name);
    sequence = await sequenceOf();
    if (floor === sequence) return;
    // Above: a publication between the two reads has raised it, and its document is read with the next turn.
    if (floor < sequence) await parameters.put(name, String(sequence));
  }
  refuse({
    code: 'floor_unsettled',
    message: `the parameter ${name} and its document do not agree, however often both are read`,
    found: `floor ${floor}, document ${sequence}`,
    allowed: 'the same number',
    remedy:
      floor > sequence
        ? 'an older document was put back: restore its newest version (docs/floors.md)'
        : 'somebody else writes the parameter: find out who, then the same command again',
  });
}

function pointerGone(): never {
  return refuse({
    code: 'pointer_missing',
    message: `${pointerKey} was there a moment ago and is not`,
    remedy: 'restore its newest version (docs/floors.md)',
  });
}
