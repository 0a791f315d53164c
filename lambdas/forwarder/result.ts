import { isUtf8 } from 'node:buffer';
import { awsLimits } from '../../src/core/aws-limits.ts';
import type { Answer } from '../../src/forward/answer.ts';
import { ForwardError } from '../../src/forward/failure.ts';
import type { Header } from '../../src/forward/headers.ts';
import type { EventKind } from './events.ts';

/** What a Lambda proxy integration may return. Payload 2.0 has no `multiValueHeaders` and gives cookies apart. */
export interface ProxyResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, string[]>>;
  readonly cookies?: string[];
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Lambda takes 6 MB of JSON, header fields included. */
const roomForHeaders = 65_536;
/** What a body may take of it, as it is written there. */
export const maximumBytes = awsLimits.lambdaPayloadBytes - roomForHeaders;
const textual =
  /^(?:text\/|application\/(?:[a-z0-9.+-]+\+)?(?:json|xml)\b|application\/(?:javascript|x-www-form-urlencoded)\b)/i;

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

/** A coded body is binary, whatever it decodes to. */
function isTextual(headers: readonly Header[]): boolean {
  const fieldOf = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? '';
  const encoding = fieldOf('content-encoding');
  return textual.test(fieldOf('content-type')) && (encoding === '' || encoding.toLowerCase() === 'identity');
}
