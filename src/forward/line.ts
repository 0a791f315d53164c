import type { Duplex } from 'node:stream';
import { Client, type Dispatcher } from 'undici';
import { ForwardError } from './failure.ts';
import { type InterimReader, readsInterim } from './interim.ts';

/** API Gateway ends a stream that is silent for five minutes. */
const silentMilliseconds = 285_000;
const maximumHeaderBytes = 65_536;
/** NAT gateways and NLBs forget an idle flow after 350 s without a word, and timers stand still in a frozen Lambda. */
const idleMilliseconds = 60_000;

export interface LineEnds {
  /** The answer came to its end: the line may be used again, if it is still usable then. */
  free(line: Line): void;
  /** The socket is gone. */
  closed(line: Line): void;
  /** The backend said something that nobody had asked for. */
  unasked(line: Line): void;
}

/**
 * One socket to a backend and undici's parser on it, for one request at a time. A socket that has spoken unasked is
 * destroyed: what it says next would be taken for the answer to somebody else's request.
 */
export class Line {
  readonly #client: Client;
  readonly #socket: Duplex;
  readonly #ends: LineEnds;
  readonly #interim: InterimReader;
  #awaits = false;
  #answers = 0;
  #freeSince = 0;

  constructor(url: string, socket: Duplex, ends: LineEnds) {
    this.#socket = socket;
    this.#ends = ends;
    this.#interim = readsInterim(socket);
    // Before undici's own listener, which would read.
    socket.on('readable', () => this.#listen());
    socket.on('error', (error) => {
      if (!this.#awaits && isAboutUnasked(error)) ends.unasked(this);
    });
    socket.once('close', () => ends.closed(this));
    let connected = false;
    this.#client = new Client(url, {
      // Once: another socket is another line.
      connect: (_, callback) => {
        const gone = connected || socket.destroyed;
        connected = true;
        process.nextTick(() =>
          gone
            ? callback(new ForwardError('closed', 'before anything was sent'), null)
            : callback(null, socket as never),
        );
      },
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: maximumHeaderBytes,
      // Each request brings its own deadline; undici's coarse timers only back it up.
      headersTimeout: silentMilliseconds,
      bodyTimeout: silentMilliseconds,
      keepAliveTimeout: idleMilliseconds,
      keepAliveMaxTimeout: idleMilliseconds,
    });
  }

  /** Whether it has answered before: then it may have died while it waited. */
  get wasUsed(): boolean {
    return this.#answers > 0;
  }

  /** `now`: epoch milliseconds. A clock that went back says nothing about the socket either. */
  isUsable(now: number): boolean {
    const idle = now - this.#freeSince;
    return (
      !this.#socket.destroyed && this.#socket.readable && (!this.wasUsed || (idle >= 0 && idle <= idleMilliseconds))
    );
  }

  /** `handler` is told of the start only when the request is about to be written: until then nothing was sent. */
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler, now: () => number): void {
    this.#client.dispatch(options, {
      onRequestStart: (controller, context) => {
        this.#awaits = true;
        this.#interim.expectAnswer();
        handler.onRequestStart?.(controller, context);
      },
      onResponseStart: (controller, status, headers) => handler.onResponseStart?.(controller, status, headers),
      onResponseData: (controller, chunk) => handler.onResponseData?.(controller, chunk),
      onResponseEnd: (controller, trailers) => {
        this.#awaits = false;
        this.#answers += 1;
        this.#freeSince = now();
        handler.onResponseEnd?.(controller, trailers);
        this.#ends.free(this);
      },
      onResponseError: (controller, error) => {
        this.#awaits = false;
        this.destroy();
        handler.onResponseError?.(controller, error);
      },
    });
  }

  destroy(): void {
    this.#socket.destroy();
    void this.#client.destroy();
  }

  #listen(): void {
    if (this.#awaits) return;
    // Reading nothing is how a stream comes to its end.
    const said: unknown = this.#socket.read();
    if (said === null) return;
    // RFC 9110 §15.5.9: what some servers say before they close an idle connection.
    const isFarewell = Buffer.isBuffer(said) && /^HTTP\/1\.[01] 408 /.test(said.toString('latin1', 0, 13));
    if (!isFarewell) this.#ends.unasked(this);
    this.destroy();
  }
}

/** What undici's parser says of bytes that belong to no request, in the same read as the end of an answer. */
function isAboutUnasked(error: Error): boolean {
  return error.message === 'bad response' || error.name === 'HTTPParserError';
}
