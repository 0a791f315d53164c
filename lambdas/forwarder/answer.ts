import { isUtf8 } from 'node:buffer';
import type { Bound } from '../../src/core/binding.ts';
import { referenceHeader, undisclosed } from '../../src/core/decide/refusal-body.ts';
import { noticeHeaders } from '../../src/core/expiry-notice.ts';
import { ForwardError } from '../../src/forward/failure.ts';
import { gatewayHeaders, type Header } from '../../src/forward/headers.ts';
import type { EventKind } from './events.ts';

/** What a Lambda proxy integration may return. Payload 2.0 has no `multiValueHeaders` and gives cookies apart. */
export interface ProxyResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly cookies?: readonly string[];
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** An answer before it is put into a result: from a backend, or our own. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
}

/** Lambda takes 6 MB of JSON, header fields included. */
const maximumResultBytes = 6 * 1024 * 1024;
const roomForHeaders = 65_536;
/** What a body may take of it, as it is written there. */
export const maximumBytes = maximumResultBytes - roomForHeaders;
const textual =
  /^(?:text\/|application\/(?:[a-z0-9.+-]+\+)?(?:json|xml)\b|application\/(?:javascript|x-www-form-urlencoded)\b)/i;

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

/** Text goes as text, everything else as base64, which makes it a third larger. @throws ForwardError `answer_too_large` */
export function resultOf(kind: EventKind, answer: Answer): ProxyResult {
  const isText = isTextual(answer.headers) && isUtf8(answer.body);
  const bytes = Buffer.from(answer.body.buffer, answer.body.byteOffset, answer.body.length);
  const body = bytes.toString(isText ? 'utf8' : 'base64');
  // Escaping makes a byte six characters at most: only a large text is worth measuring.
  const size = isText && bytes.length * 6 > maximumBytes ? Buffer.byteLength(JSON.stringify(body)) : body.length;
  if (size > maximumBytes) {
    throw new ForwardError('answer_too_large', `${bytes.length} bytes, ${size} as Lambda counts them`);
  }
  const encoding = { body, isBase64Encoded: !isText };
  if (kind !== 'http-2.0') {
    return { statusCode: answer.status, multiValueHeaders: listsOf(answer.headers), ...encoding };
  }
  const lists = Object.entries(listsOf(answer.headers));
  const cookies = lists.filter(([name]) => name.toLowerCase() === 'set-cookie').flatMap(([, values]) => values);
  const others = lists.filter(([name]) => name.toLowerCase() !== 'set-cookie');
  const headers = Object.fromEntries(others.map(([name, values]) => [name, values.join(', ')]));
  return { statusCode: answer.status, headers, cookies, ...encoding };
}

/** Values by name, under the spelling that came first. */
export function listsOf(headers: readonly Header[]): Record<string, string[]> {
  const lists = new Map<string, [name: string, values: string[]]>();
  for (const [name, value] of headers) {
    const list = lists.get(name.toLowerCase());
    if (list === undefined) lists.set(name.toLowerCase(), [name, [value]]);
    else list[1].push(value);
  }
  return Object.fromEntries(lists.values());
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

/** A coded body is binary, whatever it decodes to. */
function isTextual(headers: readonly Header[]): boolean {
  const fieldOf = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? '';
  const encoding = fieldOf('content-encoding');
  return textual.test(fieldOf('content-type')) && (encoding === '' || encoding.toLowerCase() === 'identity');
}
