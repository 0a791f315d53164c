import type { WholeAnswer } from '../../src/forward/whole-answer.ts';
import {
  answerHeaders,
  answerStatus,
  failureAnswer,
  maximumBytes,
  type ProxyResult,
  refusalAnswer,
  resultOf,
} from './answer.ts';
import { type Exchange, type ForwarderMeans, type InvocationContext, openExchange } from './exchange.ts';

export type { ForwarderMeans } from './exchange.ts';

/**
 * The forwarder, buffered: one answer of 6 MB at most. It answers in every case that it can name: 403 for an event that no
 * decision is bound to, 413, 431, 502 and 504 with a code for what went wrong on the way.
 */
export function createForwarder(
  means: ForwarderMeans,
): (event: unknown, context?: InvocationContext) => Promise<ProxyResult> {
  return async (event, context) => {
    const opened = await openExchange(means, event, context, (connection, request) =>
      connection.forwardWhole(request, maximumBytes),
    );
    if (opened.outcome === 'open') return answer(opened.exchange);
    const { reference } = opened;
    const own = opened.outcome === 'refused' ? refusalAnswer(reference) : failureAnswer(opened.failure, reference);
    return resultOf(opened.event?.kind ?? 'rest', own);
  };
}

function answer({ event, bound, inbound, failureOf, report }: Exchange<WholeAnswer>): ProxyResult {
  const { reference } = bound;
  const { body } = inbound;
  try {
    const status = answerStatus(inbound.status);
    const headers = answerHeaders(inbound.headers, bound, body.length > 0);
    const result = resultOf(event.kind, { status, headers, body });
    report({ status, responseBytes: body.length });
    return result;
  } catch (error) {
    const failure = failureOf(error);
    report({ status: failure.status, responseBytes: 0, failure });
    return resultOf(event.kind, failureAnswer(failure, reference));
  }
}
