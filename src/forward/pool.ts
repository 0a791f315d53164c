import type { Backend } from './backend.ts';
import { ForwardError } from './failure.ts';
import { Line, type LineEnds } from './line.ts';
import type { OpenSocket } from './sockets.ts';

const maximumLines = 64;
/** How long a backend that has spoken unasked gets a new socket for every request. */
const distrustMilliseconds = 600_000;

export interface PoolOptions {
  readonly reuse: 'never' | 'kept';
  /** Epoch milliseconds, by the wall clock. */
  now(): number;
}

/** The lines to one backend: as many as there are requests at once, kept between them. */
export class Pool {
  readonly #url: string;
  readonly #openSocket: OpenSocket;
  readonly #options: PoolOptions;
  readonly #lines = new Set<Line>();
  readonly #free: Line[] = [];
  readonly #waiting: ((line: Line | undefined) => void)[] = [];
  readonly #ends: LineEnds;
  #opening = 0;
  #distrustedSince = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(backend: Backend, openSocket: OpenSocket, options: PoolOptions) {
    // TLS is in the socket already: for undici it is a plain one.
    this.#url = backend.origin.replace(/^https:/, 'http:');
    this.#openSocket = openSocket;
    this.#options = options;
    this.#ends = {
      free: (line) => this.giveBack(line),
      closed: (line) => {
        this.#lines.delete(line);
        this.#waiting.shift()?.(undefined);
      },
      unasked: () => this.#distrust(),
    };
  }

  /** Whether the backend has lately said something that nobody had asked for. */
  get distrusts(): boolean {
    const since = this.#options.now() - this.#distrustedSince;
    return since >= 0 && since < distrustMilliseconds;
  }

  /** A line for one request; `fresh`: one that no answer has come over. @throws what the transport and TLS fail with. */
  async take(fresh: boolean): Promise<Line> {
    let offered = fresh || this.#waiting.length > 0 ? undefined : this.#free.pop();
    for (;;) {
      if (this.#isClosed) throw new ForwardError('closed', 'this connection was closed by the front');
      if (offered !== undefined) {
        // Two turns: one whole look at all sockets, so that what the kernel has by now is read before we write.
        if (offered.wasUsed) await turns();
        if (offered.isUsable(this.#options.now())) return offered;
        offered.destroy();
      }
      offered = fresh ? undefined : this.#free.pop();
      if (offered !== undefined) continue;
      if (this.#lines.size + this.#opening < maximumLines) return this.#open();
      // Makes room for a fresh one.
      this.#free.pop()?.destroy();
      offered = await new Promise<Line | undefined>((resolve) => this.#waiting.push(resolve));
      if (fresh && offered?.wasUsed === true) {
        offered.destroy();
        offered = undefined;
      }
    }
  }

  /** A line that was taken and not used, or whose answer has ended. */
  giveBack(line: Line): void {
    if (this.#isClosed || (line.wasUsed && (this.#options.reuse === 'never' || this.distrusts))) {
      line.destroy();
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(line);
    else next(line);
  }

  close(): void {
    this.#isClosed = true;
    for (const line of this.#lines) line.destroy();
    for (const wake of this.#waiting.splice(0)) wake(undefined);
  }

  async #open(): Promise<Line> {
    this.#opening += 1;
    try {
      const line = new Line(this.#url, await this.#openSocket(), this.#ends);
      this.#lines.add(line);
      if (this.#isClosed) line.destroy();
      return line;
    } catch (error) {
      this.#waiting.shift()?.(undefined);
      throw error;
    } finally {
      this.#opening -= 1;
    }
  }

  #distrust(): void {
    this.#distrustedSince = this.#options.now();
    for (const line of this.#free.splice(0)) line.destroy();
  }
}

/** setImmediate runs before the next look at the sockets; the second one runs after it. */
function turns(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
