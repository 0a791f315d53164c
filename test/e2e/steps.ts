/** What cannot be done on this machine, in words; the run, or a part of it, is then skipped. */
export class NotPossible extends Error {}

/** One line a step, with its time; a step that fails ends the run. */
export interface Steps {
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** A fact worth a line of its own: what the emulator does not show. */
  note(line: string): void;
  readonly count: number;
  readonly seconds: number;
}

export function openSteps(write: (line: string) => void): Steps {
  const begun = performance.now();
  const since = (from: number): string => `${((performance.now() - from) / 1000).toFixed(1).padStart(6)} s`;
  let count = 0;
  return {
    async step(title, work) {
      const from = performance.now();
      try {
        const value = await work();
        count += 1;
        write(`ok  ${since(from)}  ${title}`);
        return value;
      } catch (error) {
        write(`${error instanceof NotPossible ? 'no ' : 'BAD'} ${since(from)}  ${title}`);
        throw error;
      }
    },
    note: (line) => write(`              ${line}`),
    get count() {
      return count;
    },
    get seconds() {
      return (performance.now() - begun) / 1000;
    },
  };
}

/** An assertion that says what was expected and what was found. */
export function expect(condition: boolean, what: string, found?: unknown): asserts condition {
  if (condition) return;
  const text = typeof found === 'string' ? found : JSON.stringify(found);
  throw new Error(`expected: ${what}${found === undefined ? '' : `\n   found: ${text?.slice(0, 3000)}`}`);
}

export function expectEqual(found: unknown, wanted: unknown, what: string): void {
  expect(JSON.stringify(found) === JSON.stringify(wanted), `${what}: ${JSON.stringify(wanted)}`, found);
}
