import { answerHeaders, answerStatus, failureAnswer, refusalAnswer } from '../../src/forward/answer.ts';
import type { Exchange } from '../../src/forward/exchange.ts';
import type { WholeAnswer } from '../../src/forward/message.ts';
import type { EventKind } from './events.ts';
import { type ForwarderMeans, type InvocationContext, openEvent } from './exchange.ts';
import { maximumBytes, type ProxyResult, resultOf } from './result.ts';

export type { ForwarderMeans } from './exchange.ts';

/**
 * The forwarder, buffered: one answer of 6 MB at most. It answers in every case that it can name: 403 for an event that no
 * decision is bound to, 413, 431, 502 and 504 with a code for what went wrong on the way.
 */
export function createForwarder(
  means: ForwarderMeans,
): (event: unknown, context?: InvocationContext) => Promise<ProxyResult> {
  return async (event, context) => {
    const opened = await openEvent(means, event, context, (connection, request) =>
      connection.forwardWhole(request, maximumBytes),
    );
    const { kind, reference } = opened;
    if (opened.outcome === 'open') return answer(kind, opened.exchange);
    return resultOf(
      kind,
      opened.outcome === 'refused' ? refusalAnswer(reference) : failureAnswer(opened.failure, reference),
    );
  };
}

function answer(kind: EventKind, { order, inbound, failureOf, report }: Exchange<WholeAnswer>): ProxyResult {
  const { body } = inbound;
  try {
    const status = answerStatus(inbound.status);
    const headers = answerHeaders(inbound.headers, order, body.length > 0);
    const result = resultOf(kind, { status, headers, body });
    report({ status, responseBytes: body.length });
    return result;
  } catch (error) {
    const failure = failureOf(error);
    report({ status: failure.status, responseBytes: 0, failure });
    return resultOf(kind, failureAnswer(failure, order.reference));
  }
}
