import { Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Answer, answerHeaders, answerStatus, failureAnswer, refusalAnswer } from '../../src/forward/answer.ts';
import type { Inbound } from '../../src/forward/connection.ts';
import type { Exchange } from '../../src/forward/exchange.ts';
import { type ForwarderMeans, type InvocationContext, openEvent } from './exchange.ts';
import { listsOf } from './result.ts';

/** The longest that API Gateway streams, and that a Lambda runs. */
const maximumStreamMilliseconds = 900_000;

/** The runtime's global `awslambda`, as far as it is used here. */
export interface LambdaStreaming {
  /** What it gives answers through the stream, and so with nothing. */
  streamifyResponse(handler: StreamHandler): (event: unknown) => Promise<undefined>;
  readonly HttpResponseStream: {
    /** A stream that writes `prelude` before its first byte. */
    from(stream: Writable, prelude: Prelude): Writable;
  };
}

export type StreamHandler = (event: unknown, stream: Writable, context?: InvocationContext) => Promise<void>;

export interface Prelude {
  readonly statusCode: number;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>;
}

/**
 * The forwarder, streaming: for REST APIs with `responseTransferMode: STREAM`. Until the prelude is written every failure has
 * its answer; after it none can, so the stream is destroyed: an answer that ended cleanly would look complete.
 */
export function createStreamingForwarder(
  means: ForwarderMeans,
  http: LambdaStreaming['HttpResponseStream'],
): StreamHandler {
  const begin = (stream: Writable, { status, headers }: Omit<Answer, 'body'>): Writable => {
    const begun = http.from(stream, { statusCode: status, multiValueHeaders: listsOf(headers) });
    // The runtime writes the prelude with the first write, and an empty body has none.
    begun.write('');
    return begun;
  };
  const send = (stream: Writable, answer: Answer): void => {
    begin(stream, answer).end(answer.body);
  };

  const pass = async ({ order, inbound, failureOf, report }: Exchange<Inbound>, stream: Writable): Promise<void> => {
    let status: number;
    try {
      status = answerStatus(inbound.status);
    } catch (error) {
      inbound.body.on('error', () => {}).destroy();
      const failure = failureOf(error);
      report({ status: failure.status, responseBytes: 0, failure });
      return send(stream, failureAnswer(failure, order.reference));
    }
    let responseBytes = 0;
    const counter = new Transform({
      transform(chunk: Buffer, _, done) {
        responseBytes += chunk.length;
        done(null, chunk);
      },
    });
    try {
      const headers = answerHeaders(inbound.headers, order, mayHaveBody(status));
      await pipeline(inbound.body, counter, begin(stream, { status, headers }));
      report({ status, responseBytes });
    } catch (error) {
      stream.destroy();
      report({ status, responseBytes, failure: failureOf(error) });
      // The runtime marks the invocation as failed.
      throw new Error('The answer broke off.');
    }
  };

  return async (event, stream, context) => {
    const opened = await openEvent(means, event, context, (connection, request, remainingMilliseconds) =>
      connection.forward({
        ...request,
        bodyDeadlineMilliseconds: Math.max(0, Math.min(maximumStreamMilliseconds, remainingMilliseconds)),
      }),
    );
    if (opened.outcome === 'open') return pass(opened.exchange, stream);
    const { reference } = opened;
    send(stream, opened.outcome === 'refused' ? refusalAnswer(reference) : failureAnswer(opened.failure, reference));
  };
}

/** RFC 9110 §15.3.5, §15.4.5. */
function mayHaveBody(status: number): boolean {
  return status !== 204 && status !== 304;
}
