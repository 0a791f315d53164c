import { PresentedCertificates } from '../../src/authorize/presented.ts';
import { backendSeconds } from '../../src/core/aws-limits.ts';
import { type Bound, mayHaveOtherKey, openBinding, type Seen } from '../../src/core/binding.ts';
import { ProblemError } from '../../src/core/problem.ts';
import { ADMISSIONS, parseRequestPath } from '../../src/core/request/path.ts';
import { derFromPem } from '../../src/core/x509/pem.ts';
import type { Connection, Outbound } from '../../src/forward/connection.ts';
import { type Exchange, type ExchangeMeans, openExchange } from '../../src/forward/exchange.ts';
import type { ForwardError } from '../../src/forward/failure.ts';
import { forwardRecordLine } from '../../src/forward/forward-log.ts';
import { bytesOf, type EventKind, type ProxyEvent, readProxyEvent } from './events.ts';

export interface ForwarderMeans extends ExchangeMeans {
  /** The keys of the MAC: current and, while rotating, previous. */
  macKeys(): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** Newer ones, for a MAC that none of `used` has made; absent: there are never any. */
  newerMacKeys?(used: readonly Uint8Array[]): Promise<readonly Uint8Array[] | undefined>;
  /** The stage that requests come through; anything else is a second door. */
  readonly stage: string;
}

/** What Lambda hands over beside the event. */
export interface InvocationContext {
  getRemainingTimeInMillis?(): number;
}

export type Opened<A> = { readonly kind: EventKind; readonly reference: string } & (
  | { readonly outcome: 'open'; readonly exchange: Exchange<A> }
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'failed'; readonly failure: ForwardError }
);

/** API Gateway gives an integration 29 seconds. Ours ends first, so that the caller gets an answer with a reference. */
const maximumMilliseconds = backendSeconds * 1000;
/** To write our own answer before Lambda ends the invocation. */
const reserveMilliseconds = 500;

/**
 * Is this event bound to a decision? Then it is sent as that says. Whatever is wrong with an event refuses it: an event
 * that nobody can read carries no decision either.
 */
export async function openEvent<A>(
  means: ForwarderMeans,
  event: unknown,
  context: InvocationContext | undefined,
  send: (connection: Connection, request: Outbound, remainingMilliseconds: number) => Promise<A>,
): Promise<Opened<A>> {
  const startedAt = means.now();
  const checked = check(means, event);
  const kind = checked.event?.kind ?? 'rest';
  const bound = 'refused' in checked ? undefined : await boundOf(means, checked);
  if ('refused' in checked || bound === undefined) {
    const code = 'refused' in checked ? checked.refused : 'binding_invalid';
    const reference = refusalReferenceOf(checked.event);
    const told = { reference, outcome: 'refused', status: 403, code } as const;
    means.log(forwardRecordLine(startedAt, means.now(), undefined, told));
    return { outcome: 'refused', kind, reference };
  }
  const remaining = (context?.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY) - reserveMilliseconds;
  const received = receivedOf(checked, Math.max(0, Math.min(maximumMilliseconds, remaining)));
  const opened = await openExchange(means, bound, received, startedAt, (connection, request) =>
    send(connection, request, remaining),
  );
  return { ...opened, kind, reference: bound.reference };
}

async function boundOf(means: ForwarderMeans, { event: { context }, seen }: Bindable): Promise<Bound | undefined> {
  const keys = await means.macKeys();
  const bound = openBinding(context, seen, keys, means.now());
  if (bound !== undefined || !mayHaveOtherKey(context, seen, means.now())) return bound;
  // The authorizer may know a newer key than we do.
  const newer = await means.newerMacKeys?.(keys);
  return newer === undefined ? undefined : openBinding(context, seen, newer, means.now());
}

function receivedOf({ event, certificate }: Bindable, deadlineMilliseconds: number) {
  return {
    method: event.method,
    path: event.path,
    query: event.query,
    headers: event.headers,
    certificate,
    address: event.address,
    body: () => (event.body === undefined ? undefined : bytesOf(event.body)),
    deadlineMilliseconds,
  };
}

/** What of an event can be bound to a decision. */
interface Bindable {
  readonly event: ProxyEvent;
  readonly seen: Seen;
  readonly certificate: Uint8Array;
}

/** Why nothing can: for the operator, the caller is told nothing of it. */
interface Refused {
  readonly refused: string;
  readonly event: ProxyEvent | undefined;
}

/** By the PEM: a partner's requests all carry the same one. */
const presented = new PresentedCertificates();

function check(means: ForwarderMeans, unread: unknown): Bindable | Refused {
  let event: ProxyEvent | undefined;
  try {
    event = readProxyEvent(unread);
    const { method, path, stage, certificatePem, extendedRequestId } = event;
    if (stage === 'test-invoke-stage' || stage !== means.stage) return { refused: 'stage_unknown', event };
    if (certificatePem === undefined) return { refused: 'certificate_missing', event };
    const { der, sha256 } = presented.of(certificatePem);
    // Read again for its problem's code.
    if (der.length === 0) derFromPem(certificatePem);
    // A second look with the same grammar. What a route admits is the decision's, and the decision is under the MAC.
    parseRequestPath(path, ADMISSIONS);
    return { event, seen: { method, path, stage, certificateSha256: sha256, extendedRequestId }, certificate: der };
  } catch (error) {
    if (error instanceof ProblemError) return { refused: error.problems[0]?.code ?? 'event_malformed', event };
    throw error;
  }
}

/** A refusal has no decision's reference: what API Gateway calls the request, if that can stand in a log. */
function refusalReferenceOf(event: ProxyEvent | undefined): string {
  const reference = event?.extendedRequestId ?? '';
  return /^[A-Za-z0-9+/=_-]{1,64}$/.test(reference) ? reference : 'none';
}
