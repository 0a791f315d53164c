import { createHash } from 'node:crypto';
import { type Bound, openBinding, type Seen } from '../../src/core/binding.ts';
import { ProblemError } from '../../src/core/problem.ts';
import { ADMISSIONS, parseRequestPath } from '../../src/core/request/path.ts';
import { derFromPem } from '../../src/core/x509/pem.ts';
import type { Connection, Outbound } from '../../src/forward/connection.ts';
import { ForwardError, forwardErrorOf } from '../../src/forward/failure.ts';
import { type ForwardRecord, forwardLineOf } from '../../src/forward/forward-log.ts';
import { bytesOf, type ProxyEvent, readProxyEvent } from './events.ts';

export interface ForwarderMeans {
  connection(name: string): Connection | undefined;
  /** The keys of the MAC: current and, while rotating, previous. */
  macKeys(): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** The stage that requests come through; anything else is a second door. */
  readonly stage: string;
  /** Epoch milliseconds, by the wall clock. */
  now(): number;
  log(line: string): void;
}

/** What Lambda hands over beside the event. */
export interface InvocationContext {
  getRemainingTimeInMillis?(): number;
}

/** A request that is bound to a decision, and what its answer needs to be read and reported. */
export interface Exchange<A> {
  readonly event: ProxyEvent;
  readonly bound: Bound;
  readonly inbound: A;
  /** One word for whatever the answer's body fails with. */
  failureOf(error: unknown): ForwardError;
  /** Writes the log line; once. */
  report(outcome: { status: number; responseBytes: number; failure?: ForwardError }): void;
}

export type Opened<A> =
  | { readonly outcome: 'open'; readonly exchange: Exchange<A> }
  | { readonly outcome: 'refused'; readonly event?: ProxyEvent; readonly reference: string }
  | {
      readonly outcome: 'failed';
      readonly event?: ProxyEvent;
      readonly reference: string;
      readonly failure: ForwardError;
    };

/** API Gateway gives an integration 29 seconds. Ours ends first, so that the caller gets an answer with a reference. */
const maximumMilliseconds = 27_000;
/** To write our own answer before Lambda ends the invocation. */
const reserveMilliseconds = 500;

/**
 * The binding checked, the request sent by `send`, its answer there as far as `send` waits for it. Whatever is wrong with
 * an event refuses it: an event that nobody can read carries no decision either.
 */
export async function openExchange<A>(
  means: ForwarderMeans,
  event: unknown,
  context: InvocationContext | undefined,
  send: (connection: Connection, request: Outbound, remainingMilliseconds: number) => Promise<A>,
): Promise<Opened<A>> {
  const startedAt = means.now();
  const checked = check(means, event);
  const bound =
    'refused' in checked
      ? undefined
      : openBinding(checked.event.context, checked.seen, await means.macKeys(), means.now());
  if ('refused' in checked || bound === undefined) {
    const refused = 'refused' in checked ? checked.refused : 'binding_invalid';
    const reference = refusalReferenceOf(checked.event);
    writeLine(means, startedAt, undefined, { reference, outcome: 'refused', status: 403, code: refused });
    return { outcome: 'refused', event: checked.event, reference };
  }

  const { event: read, certificate } = checked;
  const { reference, client, connection: name } = bound;
  let requestBytes = 0;
  const report: Exchange<A>['report'] = ({ status, responseBytes, failure }) =>
    writeLine(means, startedAt, bound, {
      reference,
      outcome: failure === undefined ? 'answered' : 'failed',
      status,
      code: failure?.code,
      message: failure?.message,
      detail: failure?.detail,
      remedy: failure?.remedy,
      requestBytes,
      responseBytes,
    });

  const connection = means.connection(name);
  const failureOf = (error: unknown) => forwardErrorOf(error, connection?.label ?? name);
  const remaining = (context?.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY) - reserveMilliseconds;
  try {
    if (connection === undefined) throw new ForwardError('connection_unknown', name);
    const body = read.body === undefined ? undefined : bytesOf(read.body);
    requestBytes = body?.length ?? 0;
    const request: Outbound = {
      method: read.method,
      target: targetOf(read.path, bound),
      query: read.query,
      headers: read.headers,
      body,
      client,
      certificate,
      address: read.address,
      reference,
      deadlineMilliseconds: Math.max(0, Math.min(maximumMilliseconds, remaining)),
    };
    const inbound = await send(connection, request, remaining);
    return { outcome: 'open', exchange: { event: read, bound, inbound, failureOf, report } };
  } catch (error) {
    const failure = failureOf(error);
    report({ status: failure.status, responseBytes: 0, failure });
    return { outcome: 'failed', event: read, reference, failure };
  }
}

/** The path with its first `strip` bytes replaced. */
function targetOf(path: string, { strip, to }: Bound): string {
  return strip === 0 ? to + path : to + Buffer.from(path, 'utf8').subarray(strip).toString('utf8');
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

function check(means: ForwarderMeans, unread: unknown): Bindable | Refused {
  let event: ProxyEvent | undefined;
  try {
    event = readProxyEvent(unread);
    const { method, path, stage, certificatePem, extendedRequestId } = event;
    if (stage === 'test-invoke-stage' || stage !== means.stage) return { refused: 'stage_unknown', event };
    if (certificatePem === undefined) return { refused: 'certificate_missing', event };
    const { certificate, certificateSha256 } = certificateOf(certificatePem);
    // A second look with the same grammar. What a route admits is the decision's, and the decision is under the MAC.
    parseRequestPath(path, ADMISSIONS);
    return { event, seen: { method, path, stage, certificateSha256, extendedRequestId }, certificate };
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

interface KnownCertificate {
  readonly certificate: Uint8Array;
  readonly certificateSha256: string;
}

/** By the PEM: a partner's requests all carry the same one. Emptied when full. */
const knownCertificates = new Map<string, KnownCertificate>();
const maximumKnownCertificates = 200;

function certificateOf(pem: string): KnownCertificate {
  const known = knownCertificates.get(pem);
  if (known !== undefined) return known;
  const certificate = derFromPem(pem);
  const made = { certificate, certificateSha256: createHash('sha256').update(certificate).digest('hex') };
  if (knownCertificates.size >= maximumKnownCertificates) knownCertificates.clear();
  knownCertificates.set(pem, made);
  return made;
}

/** Every member by name, in the order of the line: this runs for every request. */
function writeLine(
  means: ForwarderMeans,
  startedAt: number,
  bound: Bound | undefined,
  told: Omit<ForwardRecord, 'format' | 'type' | 'time' | 'client' | 'rule' | 'connection' | 'durationMilliseconds'>,
): void {
  const record: ForwardRecord = {
    format: 1,
    type: 'forward',
    time: new Date(startedAt).toISOString(),
    reference: told.reference,
    client: bound?.client,
    rule: bound?.rule,
    connection: bound?.connection,
    outcome: told.outcome,
    status: told.status,
    code: told.code,
    message: told.message,
    detail: told.detail,
    remedy: told.remedy,
    requestBytes: told.requestBytes,
    responseBytes: told.responseBytes,
    durationMilliseconds: means.now() - startedAt,
  };
  means.log(forwardLineOf(record));
}
