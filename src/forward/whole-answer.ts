import type { Dispatcher } from 'undici';
import type { Deadline } from './deadline.ts';
import { ForwardError } from './failure.ts';
import type { Header } from './headers.ts';
import type { WholeAnswer } from './message.ts';
import { pairsOf, type Sending } from './sending.ts';

/**
 * One request and its whole answer, straight from undici's parser: a stream in between would cost as much again as the
 * request itself.
 * @throws ForwardError `answer_too_large` as soon as the body is, the deadline's, and what undici fails with.
 */
export function readWholeAnswer(
  { line, options, progress, now }: Sending,
  deadline: Deadline,
  maximumBytes: number,
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
      reject(error);
    });
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started;
        // Nobody waits any longer: nothing may be sent.
        if (deadline.expired !== undefined) return started.abort(deadline.expired);
        progress.sent = true;
      },
      onResponseStart(started, statusCode) {
        // RFC 9110 §15.2: interim, the answer is yet to come.
        if (statusCode < 200) return;
        status = statusCode;
        headers = pairsOf(started.rawHeaders);
        deadline.answerHasBegun();
        progress.begun = true;
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
    };
    line.dispatch(options, handler, now);
  });
}
