/**
 * One segment of a name (a DNS label, a path segment, the value of one attribute) in which `*` stands for one or more
 * characters. What separates segments never gets here, so that a `*` cannot reach across a border.
 */

/** In time linear in both lengths times the number of stars; no backtracking. */
export function matchesSegment(glob: string, text: string): boolean {
  const parts = glob.split('*');
  const [first = ''] = parts;
  if (parts.length === 1) return glob === text;
  const last = parts.at(-1) ?? '';
  // each star is one character at least
  if (text.length < glob.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at + 1);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at + 1 <= text.length - last.length;
}

/** A text that both match, the shortest there is; undefined when there is none. */
export function commonSegment(a: string, b: string): string | undefined {
  if (!b.includes('*')) return matchesSegment(a, b) ? b : undefined;
  if (!a.includes('*')) return matchesSegment(b, a) ? a : undefined;
  const [left, right] = [stepsOf(a), stepsOf(b)];
  const seen = new Set(['0 0']);
  let states: readonly State[] = [{ i: 0, j: 0, text: '' }];
  while (states.length > 0) {
    const next: State[] = [];
    for (const { i, j, text } of states) {
      if (ends(left, i) && ends(right, j)) return text;
      for (const [ni, nj, character] of moves(left, right, i, j)) {
        const key = `${ni} ${nj}`;
        if (seen.has(key)) continue;
        seen.add(key);
        next.push({ i: ni, j: nj, text: text + character });
      }
    }
    states = next;
  }
  return undefined;
}

interface State {
  readonly i: number;
  readonly j: number;
  readonly text: string;
}

/** One step takes one character: that one, any, or (`repeats`) any as often as wanted. */
interface Step {
  readonly character?: string;
  readonly repeats?: true;
}

function stepsOf(glob: string): readonly Step[] {
  return Array.from(glob).flatMap((character): Step[] =>
    character === '*' ? [{}, { repeats: true }] : [{ character }],
  );
}

function ends(steps: readonly Step[], at: number): boolean {
  return steps.slice(at).every(({ repeats }) => repeats === true);
}

/** Where one more character can lead, in both at once. */
function moves(
  left: readonly Step[],
  right: readonly Step[],
  i: number,
  j: number,
): readonly [number, number, string][] {
  const found: [number, number, string][] = [];
  for (const [ni, a] of takes(left, i)) {
    for (const [nj, b] of takes(right, j)) {
      if (a === undefined || b === undefined || a === b) found.push([ni, nj, a ?? b ?? 'x']);
    }
  }
  return found;
}

/** Every state after one character, and which character if not any. Repeating steps may be left out. */
function takes(steps: readonly Step[], from: number): readonly [number, string | undefined][] {
  const found: [number, string | undefined][] = [];
  for (let at = from; at < steps.length; at += 1) {
    const step = steps[at];
    if (step === undefined) break;
    found.push([step.repeats === true ? at : at + 1, step.character]);
    if (step.repeats !== true) break;
  }
  return found;
}
