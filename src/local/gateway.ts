import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { awsLimits, methods } from '../core/aws-limits.ts';
import { admits, type EdgeVerdict } from '../core/edge/admits.ts';
import type { FrontDocument } from '../core/registry/document.ts';
import type { Certificate } from '../core/x509/certificate.ts';
import { announcesBody } from '../serve/framing.ts';
import { addressOf } from '../serve/peer-address.ts';
import { type Answer, errorAnswer, parseProxyResult } from './api-gateway/answer.ts';
import { authorizationOf } from './api-gateway/authorization.ts';
import { clientCertOf } from './api-gateway/client-cert.ts';
import { type Invocation, invoke, type LambdaFunction } from './api-gateway/invoke.ts';
import { headerSizeOf, headersOf, hostOf, readBody } from './api-gateway/received.ts';
import { originFormOf, parseQuery, parseRequestTarget } from './api-gateway/request-target.ts';
import { type Arrival, authorizerEventOf, methodArnOf, proxyEventOf, type RestApi } from './api-gateway/rest-event.ts';

export interface GatewayMeans {
  readonly api: RestApi;
  /** Other names under which callers may reach the domain, such as `localhost`. Events show the domain's name all the same. */
  readonly aliases?: readonly string[];
  readonly authorizer: LambdaFunction;
  readonly forwarder: LambdaFunction;
  truststore(): readonly Certificate[];
  front(): Pick<FrontDocument, 'support'>;
  /** Epoch milliseconds. */
  now(): number;
  /** Told of every exchange, when its answer is known. */
  observe?(exchange: Exchange): void;
  /** Shorter times, for tests. */
  readonly times?: { readonly authorizerMilliseconds?: number; readonly integrationMilliseconds?: number };
}

/** One request and what became of it, for the operator of this machine. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly address: string;
  readonly status: number;
  readonly milliseconds: number;
  readonly requestId: string;
  /** Only when the edge refused. */
  readonly edge?: Extract<EdgeVerdict, { admitted: false }>;
  /** The decision's reference, when the authorizer refused. */
  readonly reference?: string;
  /** What a function threw, or that it took too long. */
  readonly failure?: string;
}

interface Outcome extends Pick<Exchange, 'edge' | 'reference' | 'failure'> {
  readonly answer: Answer | 'connection-closed';
}

interface Ids {
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly traceId: string;
}

export type Gateway = (
  request: IncomingMessage,
  response: ServerResponse,
  presented: readonly Uint8Array[],
) => Promise<void>;

/** A REST API behind a regional custom domain with mutual TLS. What is emulated and what is not: docs/fidelity.md. */
export function openGateway(means: GatewayMeans): Gateway {
  const judge = edgeOf(means);
  return async (request, response, presented) => {
    const at = means.now();
    const started = performance.now();
    const ids = idsAt(at);
    const outcome = await answerOf(means, judge, request, presented, at, ids).catch(cannotDecide);
    const { answer, ...known } = outcome;
    if (answer === 'connection-closed') request.socket.destroy();
    else writeAnswer(request, response, answer, ids);
    means.observe?.({
      method: request.method ?? '',
      path: (request.url ?? '').split('?', 1)[0] ?? '',
      address: addressOf(request),
      status: answer === 'connection-closed' ? 0 : answer.status,
      milliseconds: performance.now() - started,
      requestId: ids.requestId,
      ...known,
    });
  };
}

/** A defect of ours closes as an authorizer that failed does. */
function cannotDecide(error: unknown): Outcome {
  return { answer: errorAnswer('authorizerFailed'), failure: error instanceof Error ? error.message : 'unknown' };
}

type Judge = (presented: readonly Uint8Array[], at: number) => EdgeVerdict;

/** A connection's requests are judged anew once a second: certificates are dated to the second. */
function edgeOf(means: GatewayMeans): Judge {
  const judged = new WeakMap<readonly Uint8Array[], { second: number; by: unknown; verdict: EdgeVerdict }>();
  return (presented, at) => {
    const second = Math.floor(at / 1000);
    const by = means.truststore();
    const known = judged.get(presented);
    if (known !== undefined && known.second === second && known.by === by) return known.verdict;
    const verdict = admits(by, presented, at);
    judged.set(presented, { second, by, verdict });
    return verdict;
  };
}

async function answerOf(
  means: GatewayMeans,
  judge: Judge,
  request: IncomingMessage,
  presented: readonly Uint8Array[],
  at: number,
  ids: Ids,
): Promise<Outcome> {
  const edge = judge(presented, at);
  if (!edge.admitted) {
    return { answer: edge.status === 403 ? errorAnswer('forbidden') : 'connection-closed', edge };
  }
  const arrival = arrivalOf(means, request, presented, at, ids);
  if ('answer' in arrival) return arrival;

  const authorizing = await invoke(means.authorizer, authorizerEventOf(means.api, arrival), {
    functionName: 'authorizer',
    requestId: ids.requestId,
    milliseconds: means.times?.authorizerMilliseconds ?? awsLimits.authorizerMilliseconds,
  });
  const integrationLatency = Math.round(means.now() - at);
  const authorization = authorizationOf(authorizing, methodArnOf(means.api, arrival), arrival.sourceIp, means.front());
  if (!authorization.admitted) {
    return { answer: authorization.answer, reference: authorization.reference, failure: failureOf(authorizing) };
  }

  const body = await readBody(request, awsLimits.bodyBytes);
  if (body === 'aborted') return { answer: 'connection-closed' };
  if (body === 'too-large') return { answer: errorAnswer('tooLarge') };
  const event = proxyEventOf(means.api, arrival, { ...authorization.context, integrationLatency }, body);
  const forwarding = await invoke(means.forwarder, event, {
    functionName: 'forwarder',
    requestId: ids.requestId,
    milliseconds: means.times?.integrationMilliseconds ?? awsLimits.integrationMilliseconds,
  });
  return { answer: integrationAnswer(forwarding), failure: failureOf(forwarding) };
}

/** What API Gateway answers by itself, before any function is called; else the request, its parts checked. */
function arrivalOf(
  means: GatewayMeans,
  request: IncomingMessage,
  presented: readonly Uint8Array[],
  at: number,
  ids: Ids,
): Arrival | Outcome {
  const { method = '', url = '' } = request;
  if (headerSizeOf(request) > awsLimits.requestHeaderBytes) return { answer: errorAnswer('headTooLarge') };
  if (url.length > awsLimits.urlBytes) return { answer: errorAnswer('uriTooLong') };
  const target = parseRequestTarget(originFormOf(url, request.headers.host ?? ''));
  const query = target === undefined ? undefined : parseQuery(target.query);
  if (target === undefined || query === undefined) return { answer: errorAnswer('badRequest') };
  const host = hostOf(request);
  if (host !== means.api.domainName && !(means.aliases ?? []).includes(host)) {
    return { answer: errorAnswer('forbidden') };
  }
  if (target.path === '/ping' || target.path === '/sping') return { answer: healthy };
  if (!served.has(method)) return { answer: errorAnswer('unknownPath') };
  if (Buffer.byteLength(methodArnOf(means.api, { method, path: target.path })) > awsLimits.methodArnBytes) {
    return { answer: errorAnswer('uriTooLong') };
  }
  if (Number(request.headers['content-length'] ?? 0) > awsLimits.bodyBytes) return { answer: errorAnswer('tooLarge') };
  const [leaf] = presented;
  const clientCert = leaf === undefined ? undefined : clientCertOf(leaf);
  if (clientCert === undefined) return { answer: errorAnswer('forbidden') };
  const { path } = target;
  return { method, path, query, headers: headersOf(request), sourceIp: addressOf(request), clientCert, at, ...ids };
}

const served: ReadonlySet<string> = new Set(methods);

/** API Gateway keeps these two paths of a custom domain for its own health checks. */
const healthy: Answer = { status: 200, headers: [['Content-Type', 'text/plain']], body: Buffer.from('healthy') };

function integrationAnswer(invocation: Invocation): Answer {
  if (invocation.outcome === 'timed-out') return errorAnswer('integrationTimedOut');
  if (invocation.outcome === 'too-large') return errorAnswer('tooLarge');
  const answer = invocation.outcome === 'returned' ? parseProxyResult(invocation.result) : undefined;
  return answer ?? errorAnswer('integrationFailed');
}

function failureOf(invocation: Invocation): string | undefined {
  if (invocation.outcome === 'timed-out') return 'timed out';
  if (invocation.outcome !== 'threw') return undefined;
  return invocation.error instanceof Error ? invocation.error.message : 'threw something that is no Error';
}

function idsAt(at: number): Ids {
  const seconds = Math.floor(at / 1000)
    .toString(16)
    .padStart(8, '0');
  return {
    requestId: randomUUID(),
    // Eleven bytes are sixteen characters, the last of them "=".
    extendedRequestId: randomBytes(11).toString('base64'),
    traceId: `Root=1-${seconds}-${randomBytes(12).toString('hex')}`,
  };
}

function writeAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer, ids: Ids): void {
  const headers = answer.headers.flat();
  headers.push(
    'x-amzn-RequestId',
    ids.requestId,
    'x-amz-apigw-id',
    ids.extendedRequestId,
    'X-Amzn-Trace-Id',
    ids.traceId,
  );
  const bodiless = answer.status === 204 || answer.status === 304;
  if (!bodiless && !(request.method === 'HEAD' && answer.body.length === 0)) {
    headers.push('Content-Length', String(answer.body.length));
  }
  // What we have not read of a body is never read: what stands behind it is not served.
  if (!request.complete || (announcesBody(request) && !request.readableEnded)) headers.push('Connection', 'close');
  response.writeHead(answer.status, headers);
  response.end(bodiless ? undefined : answer.body);
}
