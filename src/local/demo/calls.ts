import type { DecisionRecord } from '../../authorize/decision-log.ts';
import type { Exchange as GatewayExchange } from '../gateway.ts';
import { type Exchange, sendRequest } from '../tls-request.ts';
import type { DemoCall } from './demo-call.ts';

/** What came of one call of the demonstration. */
export interface DemoOutcome {
  readonly call: DemoCall;
  /** As the caller saw it. */
  readonly status: number | 'closed' | 'failed';
  /** Every reason, as the operator sees them; empty when it was allowed. */
  readonly reasons: readonly string[];
  readonly reference?: string;
  readonly milliseconds: number;
  readonly asExpected: boolean;
  /** Why not, when it was not. */
  readonly surprise?: string;
}

/** The running front as the demonstration needs it. */
export interface DemoTarget {
  readonly domain: string;
  readonly address: string;
  readonly port: number;
  readonly serverAuthorityPem: string;
  readonly backend: { readonly address: string; readonly port: number; readonly serverName: string };
  /** What the gateway reported since the last call of this; a connection without certificate is `no-certificate`. */
  takeExchanges(): readonly (GatewayExchange | 'no-certificate')[];
  decisionOf(reference: string): DecisionRecord | undefined;
  /** Blocks a client until the returned function is called. */
  block(client: string): () => void;
  /** Ends the demonstration after the call that is being made. */
  readonly signal?: AbortSignal;
}

/** Makes the calls one after the other and tells of each as soon as it is known. */
export async function runDemoCalls(
  calls: readonly DemoCall[],
  target: DemoTarget,
  tell: (outcome: DemoOutcome) => void,
): Promise<readonly DemoOutcome[]> {
  const outcomes: DemoOutcome[] = [];
  for (const call of calls) {
    if (target.signal?.aborted === true) break;
    const unblock = call.blocked === undefined ? undefined : target.block(call.blocked);
    try {
      const outcome = await makeCall(call, target);
      outcomes.push(outcome);
      tell(outcome);
    } finally {
      unblock?.();
    }
  }
  return outcomes;
}

async function makeCall(call: DemoCall, target: DemoTarget): Promise<DemoOutcome> {
  target.takeExchanges();
  const started = performance.now();
  const exchange = await sendRequest({
    host: call.direct === true ? target.backend.address : target.address,
    port: call.direct === true ? target.backend.port : target.port,
    serverName: call.direct === true ? target.backend.serverName : target.domain,
    authorities: target.serverAuthorityPem,
    ...(call.credentials === undefined
      ? {}
      : { certificate: call.credentials.certificatePem, key: call.credentials.keyPem }),
    method: call.method,
    target: call.path,
    headers: call.headers ?? [],
    ...(call.from === undefined ? {} : { localAddress: call.from }),
    timeoutMilliseconds: 10_000,
  });
  const milliseconds = performance.now() - started;
  await settled(); // the gateway tells of an exchange after its answer has left
  const status = statusOf(exchange);
  const { reasons, reference } = seenBy(target, call, exchange, status);
  const surprise = surpriseOf(call, status, reasons, exchange);
  return {
    call,
    status,
    reasons,
    ...(reference === undefined ? {} : { reference }),
    milliseconds,
    asExpected: surprise === undefined,
    ...(surprise === undefined ? {} : { surprise }),
  };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function statusOf({ answer, failure }: Exchange): DemoOutcome['status'] {
  if (answer !== undefined) return answer.status;
  return failure?.step === 'request' && failure.code !== 'TIMEOUT' ? 'closed' : 'failed';
}

/** The operator's side: what the gateway reported, and the decision that its reference leads to. */
function seenBy(
  target: DemoTarget,
  call: DemoCall,
  exchange: Exchange,
  status: DemoOutcome['status'],
): Pick<DemoOutcome, 'reasons' | 'reference'> {
  if (call.direct === true) return { reasons: status === 403 ? ['backend_allowlist'] : [] };
  const seen = target.takeExchanges();
  if (seen.includes('no-certificate')) return { reasons: ['no_certificate'] };
  const edge = seen.find((one) => one !== 'no-certificate' && one.edge !== undefined);
  if (edge !== undefined && edge !== 'no-certificate') return { reasons: [edge.edge?.code ?? ''] };
  const reference = exchange.answer?.headers['x-sallyport-reference'];
  const decision = reference === undefined ? undefined : target.decisionOf(reference);
  return {
    reasons: decision?.reasons?.map(({ code }) => code) ?? [],
    ...(reference === undefined ? {} : { reference }),
  };
}

function surpriseOf(
  call: DemoCall,
  status: DemoOutcome['status'],
  reasons: readonly string[],
  exchange: Exchange,
): string | undefined {
  const { expected } = call;
  if (status !== expected.status) {
    const told = exchange.failure === undefined ? '' : ` (${exchange.failure.step}: ${exchange.failure.code})`;
    return `expected ${expected.status}, got ${status}${told}`;
  }
  if (expected.reason !== undefined && !reasons.includes(expected.reason)) {
    return `expected ${expected.reason}, got ${reasons.join(', ') || 'no reason'}`;
  }
  return call.forged === true ? forgedSurprise(call, exchange) : undefined;
}

/** The backend answers with the headers it got: the client must be the real one, and no forged value may be left. */
function forgedSurprise(call: DemoCall, exchange: Exchange): string | undefined {
  const text = exchange.answer?.body.toString('utf8') ?? '';
  let headers: Record<string, unknown> = {};
  try {
    headers = (JSON.parse(text) as { headers?: Record<string, unknown> }).headers ?? {};
  } catch {
    return 'the answer is not that of the demo backend';
  }
  const shown = headers['x-sallyport-client'];
  if (shown !== call.who) return `the backend saw X-Sallyport-Client ${JSON.stringify(shown)}`;
  const left = (call.headers ?? []).find(([, value]) =>
    JSON.stringify(headers).includes(JSON.stringify(value).slice(1, -1)),
  );
  return left === undefined ? undefined : `the forged ${left[0]} reached the backend`;
}
