import type { ClientCert } from './client-cert.ts';

/** The API that the emulation pretends to be. */
export interface RestApi {
  readonly accountId: string;
  readonly region: string;
  readonly apiId: string;
  readonly stage: string;
  /** The custom domain. `Host` and `domainName` of every event. */
  readonly domainName: string;
  /** API Gateway's ids of the resources `/` and `/{proxy+}`. */
  readonly rootResourceId: string;
  readonly proxyResourceId: string;
}

/** A request as it arrived, its parts checked. */
export interface Arrival {
  readonly method: string;
  /** Raw. */
  readonly path: string;
  readonly query: ReadonlyMap<string, readonly string[]>;
  /** In order, names as sent, values as Latin-1 text. */
  readonly headers: readonly (readonly [string, string])[];
  readonly sourceIp: string;
  readonly clientCert: ClientCert;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly traceId: string;
}

/** The ARN that an authorizer's policy is held against. */
export function methodArnOf(api: RestApi, arrival: Pick<Arrival, 'method' | 'path'>): string {
  return `arn:aws:execute-api:${api.region}:${api.accountId}:${api.apiId}/${api.stage}/${arrival.method}/${arrival.path.slice(1)}`;
}

/** The REQUEST authorizer's event. It has no body, and empty maps stay maps. */
export function authorizerEventOf(api: RestApi, arrival: Arrival): Record<string, unknown> {
  const headers = headersOf(api, arrival);
  return {
    type: 'REQUEST',
    methodArn: methodArnOf(api, arrival),
    resource: resourceOf(arrival),
    path: arrival.path,
    httpMethod: arrival.method,
    headers: lastValues(headers),
    multiValueHeaders: Object.fromEntries(headers),
    queryStringParameters: lastValues(arrival.query),
    multiValueQueryStringParameters: Object.fromEntries(arrival.query),
    pathParameters: pathParametersOf(arrival) ?? {},
    stageVariables: {},
    requestContext: requestContextOf(api, arrival),
  };
}

/** The Lambda proxy integration's event. Empty maps and an empty body are null. `binaryMediaTypes` is every type, so any body is base64. */
export function proxyEventOf(
  api: RestApi,
  arrival: Arrival,
  authorizer: Readonly<Record<string, string | number>>,
  body: Uint8Array,
): Record<string, unknown> {
  const headers = headersOf(api, arrival);
  return {
    resource: resourceOf(arrival),
    path: arrival.path,
    httpMethod: arrival.method,
    headers: lastValues(headers),
    multiValueHeaders: Object.fromEntries(headers),
    queryStringParameters: arrival.query.size === 0 ? null : lastValues(arrival.query),
    multiValueQueryStringParameters: arrival.query.size === 0 ? null : Object.fromEntries(arrival.query),
    pathParameters: pathParametersOf(arrival) ?? null,
    stageVariables: null,
    requestContext: requestContextOf(api, arrival, authorizer),
    body: body.length === 0 ? null : Buffer.from(body.buffer, body.byteOffset, body.length).toString('base64'),
    isBase64Encoded: body.length > 0,
  };
}

function requestContextOf(
  api: RestApi,
  arrival: Arrival,
  authorizer?: Readonly<Record<string, string | number>>,
): Record<string, unknown> {
  return {
    accountId: api.accountId,
    apiId: api.apiId,
    ...(authorizer === undefined ? {} : { authorizer }),
    domainName: api.domainName,
    domainPrefix: api.domainName.split('.')[0],
    extendedRequestId: arrival.extendedRequestId,
    httpMethod: arrival.method,
    identity: {
      accessKey: null,
      accountId: null,
      caller: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: arrival.sourceIp,
      user: null,
      userAgent: arrival.headers.findLast(([name]) => name.toLowerCase() === 'user-agent')?.[1] ?? null,
      userArn: null,
      clientCert: arrival.clientCert,
    },
    path: arrival.path,
    protocol: 'HTTP/1.1',
    requestId: arrival.requestId,
    requestTime: requestTimeOf(arrival.at),
    requestTimeEpoch: arrival.at,
    resourceId: arrival.path === '/' ? api.rootResourceId : api.proxyResourceId,
    resourcePath: resourceOf(arrival),
    stage: api.stage,
  };
}

function resourceOf(arrival: Pick<Arrival, 'path'>): string {
  return arrival.path === '/' ? '/' : '/{proxy+}';
}

function pathParametersOf(arrival: Pick<Arrival, 'path'>): Record<string, string> | undefined {
  return arrival.path === '/' ? undefined : { proxy: arrival.path.slice(1) };
}

/** Never seen by a Lambda behind a REST API. `host` and the `x-…` names are written by API Gateway itself. */
const dropped = new Set([
  'connection',
  'content-length',
  'expect',
  'proxy-authenticate',
  'referer',
  'te',
  'transfer-encoding',
]);
const overwritten = new Set(['host', 'x-amzn-trace-id', 'x-forwarded-for', 'x-forwarded-port', 'x-forwarded-proto']);
const titleCased = new Map([
  ['authorization', 'Authorization'],
  ['user-agent', 'User-Agent'],
]);

/** Header values by name, names sorted without regard to case, spelled as first sent. */
function headersOf(api: RestApi, arrival: Arrival): readonly (readonly [string, readonly string[]])[] {
  const byName = new Map<string, [string, string[]]>();
  const forwardedFor: string[] = [];
  for (const [name, value] of arrival.headers) {
    const lower = name.toLowerCase();
    if (lower === 'x-forwarded-for') forwardedFor.push(value);
    if (dropped.has(lower) || overwritten.has(lower)) continue;
    const known = byName.get(lower);
    if (known === undefined) byName.set(lower, [titleCased.get(lower) ?? name, [value]]);
    else known[1].push(value);
  }
  const own: readonly (readonly [string, string])[] = [
    ['Host', api.domainName],
    ['X-Amzn-Trace-Id', arrival.traceId],
    ['X-Forwarded-For', [...forwardedFor, arrival.sourceIp].join(', ')],
    ['X-Forwarded-Port', '443'],
    ['X-Forwarded-Proto', 'https'],
  ];
  for (const [name, value] of own) byName.set(name.toLowerCase(), [name, [value]]);
  return [...byName.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

/** `headers` and `queryStringParameters` keep the last value. */
function lastValues(entries: Iterable<readonly [string, readonly string[]]>): Record<string, string> {
  return Object.fromEntries([...entries].map(([name, values]) => [name, values.at(-1) ?? '']));
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `22/Nov/2026:03:34:00 +0000` */
export function requestTimeOf(at: number): string {
  const iso = new Date(at).toISOString();
  return `${iso.slice(8, 10)}/${months[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
