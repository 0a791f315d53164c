import { rewrites, stops } from './directives.ts';
import type { Directive } from './text/syntax.ts';

/** What stands around a place of the configuration, from `http` inwards; each of them a block's contents. */
export type Levels = readonly (readonly Directive[])[];

/**
 * The directives of these names that count there. nginx merges by level: those of the innermost level that has any, and
 * never some of one and some of another, which is how `allow`, `deny` and `proxy_set_header` of a server get lost.
 */
export function inForce(levels: Levels, ...names: readonly string[]): readonly Directive[] {
  const found = levels.findLast((level) => level.some(({ name }) => names.includes(name))) ?? [];
  return found.filter(({ name }) => names.includes(name));
}

export function valueOfLast(levels: Levels, name: string): string | undefined {
  return inForce(levels, name).at(-1)?.args[0];
}

/** The first directive that asks or does something there that nobody reads here. */
export function stopOf(levels: Levels): Directive | undefined {
  const server = 1; // 0 is http
  const all = levels.flatMap((level, index) =>
    level.filter(({ name }) => !rewrites.has(name) || index <= server || index === levels.length - 1),
  );
  // what is switched off further in counts no more; everything else that is unknown does, whatever stands further in
  return all.find((one) => stops(one) && !inForce(levels, one.name).every((inner) => !stops(inner)));
}
