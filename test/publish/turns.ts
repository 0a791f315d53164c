/**
 * Processes that take turns, one operation at a time, in an order that is given: the first that still runs goes on, until
 * at one of the `changes` (numbers of steps) it is put behind all others. Few changes find what a fair order hardly ever
 * does: one that stands still between two operations while another goes all the way.
 */
export class Turns {
  readonly #order: string[];
  readonly #changes: ReadonlySet<number>;
  readonly #waiting = new Map<string, () => void>();
  #steps = 0;

  constructor(order: readonly string[], changes: readonly number[]) {
    this.#order = [...order];
    this.#changes = new Set(changes);
  }

  /** To be awaited before an operation. */
  turn(who: string): Promise<void> {
    return new Promise((go) => {
      this.#waiting.set(who, go);
      this.#next();
    });
  }

  /** All of them, to their ends. */
  async run(work: (who: string) => Promise<void>): Promise<void> {
    await Promise.all(
      [...this.#order].map((who) =>
        work(who).finally(() => {
          this.#order.splice(this.#order.indexOf(who), 1);
          this.#next();
        }),
      ),
    );
  }

  #next(): void {
    if (this.#order.length === 0 || this.#waiting.size < this.#order.length) return;
    this.#steps += 1;
    const [first = ''] = this.#order;
    if (this.#changes.has(this.#steps)) this.#order.push(...this.#order.splice(0, 1));
    const next = this.#order[0] ?? first;
    const go = this.#waiting.get(next);
    this.#waiting.delete(next);
    go?.();
  }
}
