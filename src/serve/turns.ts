import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type EndingLimits, endGently, isEnding, readNothing } from './ending.ts';

/** Hardly any client pipelines at all; what is behind these without an answer is not read. */
const maximumWaiting = 32;

/**
 * The requests of one connection, one after the other, each when the answer before it is written. Node would begin all
 * that are pipelined at once, and one caller's thousands would stand before everybody else's one. What ends the connection
 * waits for its turn, too: whatever was begun gets its own answer first, and behind the last answer nothing is begun.
 */
export class Turns {
  readonly #socket: TLSSocket;
  readonly #limits: EndingLimits;
  #answered: Promise<void> = Promise.resolve();
  #waiting = 0;
  #latest:
    | { readonly request: IncomingMessage; readonly response: ServerResponse; readonly turn: Promise<void> }
    | undefined;
  #isOver = false;

  constructor(socket: TLSSocket, limits: EndingLimits) {
    this.#socket = socket;
    this.#limits = limits;
  }

  /** False when the caller has sent more than we keep for it: from then on nothing more is read. */
  take(request: IncomingMessage, response: ServerResponse, work: () => Promise<void>): boolean {
    if (this.#isOver || isEnding(this.#socket)) return true;
    if (this.#waiting === maximumWaiting) {
      this.end();
      return false;
    }
    this.#waiting += 1;
    const written = new Promise<void>((resolve) => response.once('close', resolve));
    const turn = this.#answered;
    this.#latest = { request, response, turn };
    this.#answered = turn
      .then(() => (isEnding(this.#socket) ? undefined : work().then(() => written)))
      .then(() => {
        this.#waiting -= 1;
      });
    return true;
  }

  /** Nothing more is read; when what was begun is answered, `words` are said, if any, and the connection ends. */
  end(words?: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    readNothing(this.#socket);
    this.#socket.pause();
    const latest = this.#latest;
    // The bytes that made no sense were the body of this one: it is never executed, and the words are its answer.
    const isCutOff = latest !== undefined && !latest.request.complete;
    void (isCutOff ? latest.turn : this.#answered).then(() => {
      if (isEnding(this.#socket)) return;
      // Its answer has begun, says that it is the last one, and ends the connection.
      if (isCutOff && latest.response.headersSent && !latest.response.writableFinished) return;
      if (words !== undefined) this.#socket.write(words);
      endGently(this.#socket, this.#limits);
    });
  }
}
