import { canonicalText } from '../x509/names/canonical-text.ts';

/** How far two texts are apart, when that is near enough to be a slip or a new edition. */
export interface Nearness {
  readonly edits: number;
  /** For people: what the distance is. */
  readonly how: string;
}

/** One character in so many may differ. */
const charactersAnEdit = 4;

/**
 * Undefined above the threshold: more than one edit (a character more, less, or another) in four characters of the longer
 * one, unless one is the other with something behind a separator (`orders` and `orders-2027`). Case and spaces as names are
 * compared (RFC 5280 §7.1).
 */
export function nearness(registered: string, presented: string): Nearness | undefined {
  const [a, b] = [canonicalText(registered), canonicalText(presented)];
  if (a === b) return { edits: 0, how: 'the same' };
  const [shorter, longer] = a.length < b.length ? [a, b] : [b, a];
  const edits = editDistance(a, b);
  if (edits <= Math.floor(longer.length / charactersAnEdit)) {
    return { edits, how: `${edits} ${edits === 1 ? 'character' : 'characters'} of ${longer.length} apart` };
  }
  const rest = longer.slice(shorter.length);
  if (shorter.length >= charactersAnEdit && longer.startsWith(shorter) && /^[^\p{L}\p{N}]/u.test(rest)) {
    return { edits: 1, how: `the same with ${JSON.stringify(rest)} behind it` };
  }
  return undefined;
}

/** A value that a registered one with `*` nearly takes: it begins and ends so. */
export function globNearness(registered: string, presented: string): Nearness | undefined {
  const parts = canonicalText(registered).split('*');
  const text = canonicalText(presented);
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  const isNear = first.length + last.length > charactersAnEdit - 1 && text.startsWith(first) && text.endsWith(last);
  if (parts.length < 2 || !isNear || text.length < first.length + last.length) return undefined;
  return { edits: 1, how: 'begins and ends so; `*` is one or more characters of one label or value' };
}

/** Levenshtein, in a row of numbers. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
