import type { Dispatcher } from 'undici';
import type { Deadline } from './deadline.ts';
import { ForwardError } from './failure.ts';
import type { Header } from './headers.ts';

export interface WholeAnswer {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
}

/**
 * One request and its whole answer, straight from undici's parser: a stream in between would cost as much again as the
 * request itself. `begun` is told when the header fields are there.
 * @throws ForwardError `answer_too_large` as soon as the body is, the deadline's, and what undici fails with.
 */
export function readWholeAnswer(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  { maximumBytes, deadline, begun }: { maximumBytes: number; deadline: Deadline; begun(): void },
): Promise<WholeAnswer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let status = 0;
    let headers: readonly Header[] = [];
    let first: Uint8Array | undefined;
    let more: Uint8Array[] | undefined;
    let bytes = 0;
    deadline.onExpiry((error) => {
      controller?.abort(error);
      // undici does not look at it while it connects or waits for a free connection.
      reject(error);
    });
    dispatcher.dispatch(options, {
      onRequestStart(started) {
        controller = started;
        // Nobody waits any longer: nothing may be sent.
        if (deadline.expired !== undefined) started.abort(deadline.expired);
      },
      onResponseStart(started, statusCode) {
        // RFC 9110 §15.2: interim, the answer is yet to come.
        if (statusCode < 200) return;
        status = statusCode;
        headers = pairsOf(started.rawHeaders);
        deadline.answerHasBegun();
        begun();
      },
      onResponseData(_, chunk) {
        bytes += chunk.length;
        if (bytes > maximumBytes) throw new ForwardError('answer_too_large', `more than ${maximumBytes} bytes`);
        if (first === undefined) first = chunk;
        else if (more === undefined) more = [first, chunk];
        else more.push(chunk);
      },
      onResponseEnd() {
        const body = more === undefined ? (first ?? new Uint8Array(0)) : Buffer.concat(more, bytes);
        resolve({ status, headers, body });
      },
      onResponseError(_, error) {
        reject(error);
      },
    });
  });
}

/** undici's flat list of names and values, as bytes or as texts. RFC 9110 §5.5: one byte a character. */
export function pairsOf(raw: unknown): Header[] {
  if (!Array.isArray(raw)) throw new Error('undici did not give raw headers.');
  const pairs: Header[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) pairs.push([textOf(raw[index]), textOf(raw[index + 1])]);
  return pairs;
}

function textOf(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString('latin1') : String(value);
}
