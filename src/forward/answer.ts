import type { Bound } from '../core/binding.ts';
import { referenceHeader, undisclosed } from '../core/decide/refusal-body.ts';
import { noticeHeaders } from '../core/expiry-notice.ts';
import { ForwardError } from './failure.ts';
import { gatewayHeaders, type Header } from './headers.ts';

/** What a caller gets, on any host: from a backend, or our own. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
}

/** The header fields that go back to the caller, ours last. */
export function answerHeaders(
  headers: readonly Header[],
  { reference, notice }: Pick<Bound, 'reference' | 'notice'>,
  hasBody: boolean,
): readonly Header[] {
  const kept = gatewayHeaders(headers);
  const isTyped = kept.some(([name]) => name.toLowerCase() === 'content-type');
  return [
    ...kept,
    // Or API Gateway would say application/json; RFC 9110 §8.3 lets a recipient assume this.
    ...(isTyped || !hasBody ? [] : [['Content-Type', 'application/octet-stream'] as const]),
    [referenceHeader, reference],
    ...noticeHeaders(notice),
  ];
}

/** The status, if it is one that API Gateway passes on. @throws ForwardError `answer_status` */
export function answerStatus(status: number): number {
  if (status < 200 || status > 599) throw new ForwardError('answer_status', `status ${status}`);
  return status;
}

/** Our own "no": the caller learns nothing but what to quote to the operator. */
export function refusalAnswer(reference: string): Answer {
  return jsonAnswer(403, { message: 'Forbidden', reference, reason: undisclosed }, reference);
}

/** Our own "could not": the code is for the operator to look up, the detail stays in the log. */
export function failureAnswer(error: ForwardError, reference: string): Answer {
  return jsonAnswer(error.status, { message: messages[error.status], reference, code: error.code }, reference);
}

const messages: Readonly<Record<ForwardError['status'], string>> = {
  403: 'Forbidden',
  413: 'Request too large',
  431: 'Request header fields too large',
  502: 'Bad gateway',
  504: 'Gateway timeout',
};

function jsonAnswer(status: number, body: object, reference: string): Answer {
  const headers: Header[] = [
    ['Content-Type', 'application/json'],
    [referenceHeader, reference],
  ];
  return { status, headers, body: Buffer.from(JSON.stringify(body), 'utf8') };
}
