import { isRecord } from '../../core/unknown.ts';

/** What goes back to the caller. Header names as they are written; a name may stand more than once. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

type Fields = Readonly<Record<string, unknown>>;

const members = new Set(['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']);
/** API Gateway owns these; what the Lambda says under them comes back under another name. */
const remapped = new Set(['connection', 'content-length', 'date', 'server', 'www-authenticate']);
const dropped = new Set(['transfer-encoding']);

/**
 * The answer that a Lambda proxy integration's result becomes, or undefined when API Gateway would call it malformed and
 * answer 502. Assumes that `binaryMediaTypes` is every type, which is how we
 * deploy: a base64 body is then always decoded.
 */
export function parseProxyResult(result: unknown): Answer | undefined {
  if (!isRecord(result) || Object.keys(result).some((name) => !members.has(name))) return undefined;
  const status = statusOf(result.statusCode);
  const headers = headersOf(result);
  const body = bodyOf(result);
  return status === undefined || headers === undefined || body === undefined ? undefined : { status, headers, body };
}

function statusOf(value: unknown): number | undefined {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599 ? status : undefined;
}

function bodyOf(result: Fields): Uint8Array | undefined {
  const body = result.body ?? '';
  const encoded = result.isBase64Encoded ?? false;
  if (typeof body !== 'string' || typeof encoded !== 'boolean') return undefined;
  if (encoded && !/^[A-Za-z0-9+/]*={0,2}$/.test(body)) return undefined;
  return Buffer.from(body, encoded ? 'base64' : 'utf8');
}

/** Both maps together; where both have a name, in any case, the multi-value one wins. */
function headersOf(result: Fields): readonly (readonly [string, string])[] | undefined {
  const single = result.headers ?? {};
  const multiple = result.multiValueHeaders ?? {};
  if (!isRecord(single) || !isRecord(multiple)) return undefined;
  const taken = new Set(Object.keys(multiple).map((name) => name.toLowerCase()));
  const given: [string, unknown][] = Object.entries(single).filter(([name]) => !taken.has(name.toLowerCase()));
  for (const [name, values] of Object.entries(multiple)) {
    if (!Array.isArray(values)) return undefined;
    for (const value of values) given.push([name, value]);
  }
  const headers: [string, string][] = [];
  for (const [name, value] of given) {
    const text = typeof value === 'boolean' ? String(value) : value;
    if (typeof text !== 'string' || !isHeader(name, text)) return undefined;
    const lower = name.toLowerCase();
    if (!dropped.has(lower)) headers.push([remapped.has(lower) ? `x-amzn-Remapped-${name}` : name, text]);
  }
  if (!headers.some(([name]) => name.toLowerCase() === 'content-type')) {
    headers.push(['Content-Type', 'application/json']);
  }
  return headers;
}

/** RFC 9110 §5.5 and §5.6.2; anything beyond Latin-1 cannot be sent. */
function isHeader(name: string, value: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}

/** API Gateway's own errors, each by the name it carries in `x-amzn-ErrorType`. */
const gatewayErrors = {
  badRequest: [400, 'BadRequestException', 'Bad Request'],
  unauthorized: [401, 'UnauthorizedException', 'Unauthorized'],
  forbidden: [403, 'ForbiddenException', 'Forbidden'],
  unknownPath: [403, 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
  tooLarge: [413, 'RequestTooLongException', 'Request Too Long'],
  uriTooLong: [414, 'UriTooLongException', 'Request URI Too Long'],
  headTooLarge: [431, 'RequestHeaderFieldsTooLargeException', 'Request Header Fields Too Large'],
  authorizerFailed: [500, 'AuthorizerConfigurationException', null],
  integrationFailed: [502, 'InternalServerErrorException', 'Internal server error'],
  integrationTimedOut: [504, 'IntegrationTimeoutException', 'Endpoint request timed out'],
} as const satisfies Record<string, readonly [number, string, string | null]>;

export type GatewayError = keyof typeof gatewayErrors;

export function errorAnswer(error: GatewayError): Answer {
  const [status, type, message] = gatewayErrors[error];
  return jsonAnswer(status, type, JSON.stringify({ message }));
}

export function jsonAnswer(status: number, errorType: string, body: string): Answer {
  return {
    status,
    headers: [
      ['Content-Type', 'application/json'],
      ['x-amzn-ErrorType', errorType],
    ],
    body: Buffer.from(body, 'utf8'),
  };
}
