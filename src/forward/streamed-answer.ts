import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Deadline } from './deadline.ts';
import { ForwardError } from './failure.ts';
import type { Inbound } from './message.ts';
import { pairsOf, type Sending } from './sending.ts';

/**
 * One request and the beginning of its answer; the body follows as it is read, and no faster than it is.
 * @throws ForwardError the deadline's, and what undici fails with until the header fields are there.
 */
export function readStreamedAnswer({ line, options, progress, now }: Sending, deadline: Deadline): Promise<Inbound> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let body: Readable | undefined;
    let ended = false;
    deadline.onExpiry((error) => {
      controller?.abort(error);
      reject(error);
    });
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started;
        if (deadline.expired !== undefined) return started.abort(deadline.expired);
        progress.sent = true;
      },
      onResponseStart(started, status) {
        if (status < 200) return;
        progress.begun = true;
        body = new Readable({
          read: () => started.resume(),
          destroy(error, done) {
            if (!ended) started.abort(error ?? new ForwardError('closed', 'nobody reads the answer'));
            done(error);
          },
        });
        resolve({ status, headers: pairsOf(started.rawHeaders), body });
      },
      onResponseData(started, chunk) {
        if (body?.push(chunk) === false) started.pause();
      },
      onResponseEnd() {
        ended = true;
        body?.push(null);
      },
      onResponseError(_, error) {
        ended = true;
        if (body === undefined) reject(error);
        else body.destroy(error);
      },
    };
    line.dispatch(options, handler, now);
  });
}
