import type { CutName } from './name-glob.ts';
import { matchesSegment } from './segment.ts';

interface Entry<T> {
  readonly segments: readonly string[];
  readonly value: T;
}

/** Globs of one space whose stars stand in the same segments, the first one behind equally many characters. */
interface Shape<T> {
  readonly starred: ReadonlySet<number>;
  readonly firstStarred: number;
  readonly prefixLength: number;
  readonly entries: Map<string, Entry<T>[]>;
}

/**
 * Globs by everything in them that is written out, up to the first `*`: a look-up costs one hash for each shape in use,
 * however many globs there are, and then a comparison with those that agree so far.
 */
export class GlobIndex<T> {
  readonly #spaces = new Map<string, Map<string, Shape<T>>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add({ space, segments }: CutName, value: T): void {
    this.#size += 1;
    const starred = segments.flatMap((segment, index) => (segment.includes('*') ? [index] : []));
    const [firstStarred = 0] = starred;
    const prefixLength = segments[firstStarred]?.indexOf('*') ?? 0;
    const shapes = this.#spaces.get(space) ?? new Map<string, Shape<T>>();
    this.#spaces.set(space, shapes);
    const name = `${starred.join(',')} ${prefixLength}`;
    const shape = shapes.get(name) ?? { starred: new Set(starred), firstStarred, prefixLength, entries: new Map() };
    shapes.set(name, shape);
    const key = keyOf(shape, segments);
    const entries = shape.entries.get(key);
    if (entries === undefined) shape.entries.set(key, [{ segments, value }]);
    else entries.push({ segments, value });
  }

  /** Values of every glob that matches the name. */
  find({ space, segments }: CutName): readonly T[] {
    const found: T[] = [];
    for (const shape of this.#spaces.get(space)?.values() ?? []) {
      for (const entry of shape.entries.get(keyOf(shape, segments)) ?? []) {
        if (entry.segments.every((segment, index) => matchesSegment(segment, segments[index] ?? ''))) {
          found.push(entry.value);
        }
      }
    }
    return found;
  }
}

/** Literal segments, and of the first starred one as much as stands before its star. */
function keyOf({ starred, firstStarred, prefixLength }: Shape<unknown>, segments: readonly string[]): string {
  const parts = segments.filter((_, index) => !starred.has(index));
  parts.push((segments[firstStarred] ?? '').slice(0, prefixLength));
  return parts.join('\u0000');
}
