import { awsLimits } from '../../src/core/aws-limits.ts';
import { refuse } from '../../src/core/problem.ts';
import { isAbsent, isRecord } from '../../src/core/unknown.ts';
import { ForwardError } from '../../src/forward/failure.ts';
import type { Header } from '../../src/forward/headers.ts';
import { rebuildQuery } from '../../src/forward/query.ts';

export type EventKind = 'rest' | 'http-1.0' | 'http-2.0';

/** What a proxy event says, whichever of API Gateway's three shapes it came in. Nothing else of an event is used. */
export interface ProxyEvent {
  readonly kind: EventKind;
  readonly method: string;
  /** Spelled as the authorizer's event spells it. */
  readonly path: string;
  /** Raw, no `?`. */
  readonly query: string;
  readonly headers: readonly Header[];
  readonly address: string;
  readonly stage: string;
  /** The leaf. Absent when the call came through a door without mutual TLS. */
  readonly certificatePem?: string;
  readonly extendedRequestId?: string;
  /** What the authorizer said, or somebody who would like to be it. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly body?: EncodedBody;
}

export interface EncodedBody {
  readonly text: string;
  readonly isBase64Encoded: boolean;
}

/** The bytes that the caller sent. @throws ForwardError `request_too_large` */
export function bytesOf(body: EncodedBody): Uint8Array {
  if (body.text.length > awsLimits.lambdaPayloadBytes) {
    throw new ForwardError('request_too_large', `${body.text.length} characters in the event`);
  }
  return Buffer.from(body.text, body.isBase64Encoded ? 'base64' : 'utf8');
}

type Fields = Readonly<Record<string, unknown>>;

/** A Lambda is invoked with 6 MB at most, and base64 is part of that. */
const maximumTextCharacters = 131_072;

/**
 * Reads the event of a Lambda proxy integration: REST, HTTP API payload 1.0, HTTP API payload 2.0.
 * @throws ProblemError `event_malformed`, `query_malformed`
 */
export function readProxyEvent(event: unknown): ProxyEvent {
  const fields = fieldsOf(event, 'event');
  const context = fieldsOf(fields.requestContext, 'requestContext');
  const { version } = fields;
  if (version === '2.0') return readHttp2(fields, context);
  if (version !== undefined && version !== '1.0') malformed('version');
  const identity = fieldsOf(context.identity, 'requestContext.identity');
  return {
    kind: version === undefined ? 'rest' : 'http-1.0',
    method: textOf(fields.httpMethod, 'httpMethod'),
    path: textOf(fields.path, 'path'),
    query: rebuildQuery(listsOf(fields.multiValueQueryStringParameters, 'multiValueQueryStringParameters')),
    headers: multiValueHeadersOf(fields.multiValueHeaders),
    address: textOf(identity.sourceIp, 'requestContext.identity.sourceIp'),
    stage: textOf(context.stage, 'requestContext.stage'),
    certificatePem: certificateOf(identity.clientCert, 'requestContext.identity.clientCert'),
    extendedRequestId: optionalTextOf(context.extendedRequestId, 'requestContext.extendedRequestId'),
    context: isAbsent(context.authorizer) ? {} : fieldsOf(context.authorizer, 'requestContext.authorizer'),
    body: bodyOf(fields),
  };
}

function readHttp2(fields: Fields, context: Fields): ProxyEvent {
  const http = fieldsOf(context.http, 'requestContext.http');
  const authentication = optionalFieldsOf(context.authentication, 'requestContext.authentication');
  const authorizer = optionalFieldsOf(context.authorizer, 'requestContext.authorizer');
  return {
    kind: 'http-2.0',
    method: textOf(http.method, 'requestContext.http.method'),
    path: textOf(fields.rawPath, 'rawPath'),
    query: isAbsent(fields.rawQueryString) || fields.rawQueryString === '' ? '' : rawQueryOf(fields.rawQueryString),
    headers: joinedHeadersOf(fields),
    address: textOf(http.sourceIp, 'requestContext.http.sourceIp'),
    stage: textOf(context.stage, 'requestContext.stage'),
    certificatePem: certificateOf(authentication.clientCert, 'requestContext.authentication.clientCert'),
    extendedRequestId: optionalTextOf(context.extendedRequestId, 'requestContext.extendedRequestId'),
    context: optionalFieldsOf(authorizer.lambda, 'requestContext.authorizer.lambda'),
    body: bodyOf(fields),
  };
}

/** Payload 2.0 is the one that gives the query as it was sent. */
function rawQueryOf(value: unknown): string {
  const query = textOf(value, 'rawQueryString');
  // RFC 3986 §3.4 and what browsers leave as it is; a space or a control would end the request line.
  return /^[\x21\x22\x24-\x7e]*$/.test(query) ? query : malformed('rawQueryString');
}

function multiValueHeadersOf(value: unknown): readonly Header[] {
  const lists = listsOf(value, 'multiValueHeaders');
  const headers: Header[] = [];
  for (const name of Object.keys(lists)) for (const value of lists[name] ?? []) headers.push([name, value]);
  return headers;
}

/** Payload 2.0 joins doubled fields by commas, and gives cookies apart. */
function joinedHeadersOf(fields: Fields): readonly Header[] {
  const headers = Object.entries(optionalFieldsOf(fields.headers, 'headers')).map(
    ([name, value]) => [name, typeof value === 'string' ? value : malformed('headers')] as const,
  );
  const cookies = isAbsent(fields.cookies) ? [] : stringsOf(fields.cookies, 'cookies');
  return cookies.length === 0 ? headers : [...headers, ['cookie', cookies.join('; ')]];
}

function bodyOf(fields: Fields): EncodedBody | undefined {
  const { body } = fields;
  if (isAbsent(body) || body === '') return undefined;
  return typeof body === 'string'
    ? { text: body, isBase64Encoded: fields.isBase64Encoded === true }
    : malformed('body');
}

function certificateOf(value: unknown, name: string): string | undefined {
  return isAbsent(value) ? undefined : textOf(fieldsOf(value, name).clientCertPem, `${name}.clientCertPem`);
}

function listsOf(value: unknown, name: string): Readonly<Record<string, readonly string[]>> {
  const lists = optionalFieldsOf(value, name);
  for (const list of Object.values(lists)) stringsOf(list, name);
  return lists as Readonly<Record<string, readonly string[]>>;
}

function stringsOf(value: unknown, name: string): readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : malformed(name);
}

function fieldsOf(value: unknown, name: string): Fields {
  return isRecord(value) ? value : malformed(name);
}

function optionalFieldsOf(value: unknown, name: string): Fields {
  return isAbsent(value) ? {} : fieldsOf(value, name);
}

function textOf(value: unknown, name: string): string {
  const fits = typeof value === 'string' && value !== '' && value.length <= maximumTextCharacters;
  return fits ? value : malformed(name);
}

function optionalTextOf(value: unknown, name: string): string | undefined {
  return isAbsent(value) ? undefined : textOf(value, name);
}

/** The member's name only: a value may be a certificate, a header or a body. */
function malformed(name: string): never {
  return refuse({ code: 'event_malformed', message: `The forwarder's event has no usable ${name}` });
}
