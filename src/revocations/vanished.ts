import type { IndexedList, RevocationIndex } from '../core/revocation/index.ts';

/** CAs take certificates that have run out off their lists; so many at once have not run out. */
export const vanishingBounds = { share: 0.5, entries: 10 } as const;

/**
 * Why the new index must not take the place of the old one for an authority: revoked certificates that no list names any
 * more. Undefined: nothing is wrong. What was dropped on purpose, and lists of signers that do not stand, are `excused`.
 */
export function vanishedFrom(
  held: RevocationIndex,
  next: RevocationIndex,
  name: string,
  excused: (list: IndexedList) => boolean,
  share: number,
): string | undefined {
  const before = (held.authorities.get(name)?.lists ?? []).filter((list) => !excused(list));
  const after = next.authorities.get(name)?.lists ?? [];
  for (const list of before) {
    const beside = after.filter(({ issuers }) => issuers.some((id) => list.issuers.includes(id)));
    if (beside.some(({ signatures }) => signatures === list.signatures)) continue;
    const gone = goneFrom(list, beside);
    if (gone === 0) continue;
    const [one, all] = [`${gone} of ${list.count} revoked certificates`, 'are on no list any more'];
    if (!beside.some((newer) => newer.thisUpdate >= list.thisUpdate))
      return `${one} ${all}, and there is no newer list`;
    if (gone > Math.max(vanishingBounds.entries, list.count * share)) return `${one} ${all} with the newer list`;
  }
  return undefined;
}

function goneFrom({ hashes }: IndexedList, lists: readonly IndexedList[]): number {
  const present = new Set<number>();
  const keyOf = (words: ArrayLike<number>, at: number) => (words[at] ?? 0) * 2 ** 21 + ((words[at + 1] ?? 0) >>> 11);
  // 53 of the 64 bits: enough to count with, exact in a number
  for (const list of lists) for (let at = 0; at < list.hashes.length; at += 2) present.add(keyOf(list.hashes, at));
  let gone = 0;
  for (let at = 0; at < hashes.length; at += 2) if (!present.has(keyOf(hashes, at))) gone += 1;
  return gone;
}
