/** The word a person most likely meant: at most two edits, or a third of its length, away; a swap of neighbours is one edit. */
export function nearest(written: string, words: readonly string[]): string | undefined {
  if (written.length > 64) return undefined;
  let best: { word: string; distance: number } | undefined;
  for (const word of words) {
    const distance = editDistance(written.toLowerCase(), word.toLowerCase());
    const limit = Math.max(1, Math.min(2, Math.floor(word.length / 3)));
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { word, distance };
  }
  return best?.word;
}

/** The line with the name that was most likely meant. Of names that are not near one is as good as another: none is told. */
export function lineMeant(key: string, written: string, names: Iterable<string>): string | undefined {
  const near = nearest(written, [...names]);
  return near === undefined ? undefined : `${key}: ${near}`;
}

function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substituted = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(substituted, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforePrevious[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length] ?? Number.POSITIVE_INFINITY;
}
