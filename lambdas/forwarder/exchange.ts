import { createHash } from 'node:crypto';
import { type Bound, openBinding } from '../../core/binding.ts';
import { ADMISSIONS, parseRequestPath } from '../../core/decide/request-path.ts';
import { ProblemError } from '../../core/problem.ts';
import { derFromPem } from '../../core/x509/pem.ts';
import type { Connection, Inbound } from '../../forward/connection.ts';
import { ForwardError, forwardErrorOf } from '../../forward/failure.ts';
import { bytesOf, type ProxyEvent, readProxyEvent } from './events.ts';
import { type ForwardRecord, forwardLineOf } from './forward-log.ts';

export interface ForwarderMeans {
  connection(name: string): Connection | undefined;
  /** Of the binding: current and, while rotating, previous. */
  /** The keys of the MAC: current, previous. */
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
export interface Exchange {
  readonly event: ProxyEvent;
  readonly bound: Bound;
  readonly inbound: Inbound;
  /** One word for whatever the answer's body fails with. */
  failureOf(error: unknown): ForwardError;
  /** Writes the log line; once. */
  report(outcome: { status: number; responseBytes: number; failure?: ForwardError }): void;
}

export type Opened =
  | { readonly outcome: 'open'; readonly exchange: Exchange }
  | { readonly outcome: 'refused'; readonly event?: ProxyEvent; readonly reference: string }
  | {
      readonly outcome: 'failed';
      readonly event?: ProxyEvent;
      readonly reference: string;
      readonly failure: ForwardError;
    };

/** API Gateway gives an integration 29 seconds. Ours ends first, so that the caller gets an answer with a reference. */
const maximumMilliseconds = 27_000;
/** The longest that API Gateway streams, and that a Lambda runs. */
const maximumStreamMilliseconds = 900_000;
/** To write our own answer before Lambda ends the invocation. */
const reserveMilliseconds = 500;

/**
 * The binding checked, the request sent, the header fields of the answer there. Whatever is wrong with an event refuses it:
 * an event that nobody can read carries no decision either. `streams`: the body may take as long as the invocation.
 */
export async function openExchange(
  means: ForwarderMeans,
  event: unknown,
  context: InvocationContext | undefined,
  streams: boolean,
): Promise<Opened> {
  const write = writerOf(means);
  const checked = await check(means, event);
  if ('refused' in checked) {
    const { refused, event: read, reference } = checked;
    write({ reference, outcome: 'refused', status: 403, code: refused });
    return { outcome: 'refused', event: read, reference };
  }

  const { event: read, bound, certificate } = checked;
  const { reference, client, rule, connection: name } = bound;
  const about = { reference, client, rule, connection: name };
  let requestBytes = 0;
  const report: Exchange['report'] = ({ status, responseBytes, failure }) => {
    const { code, message, detail, remedy } = failure ?? {};
    const outcome = failure === undefined ? 'answered' : 'failed';
    write({ ...about, outcome, status, code, message, detail, remedy, requestBytes, responseBytes });
  };

  const connection = means.connection(name);
  const failureOf = (error: unknown) => forwardErrorOf(error, connection?.label ?? name);
  const remaining = (context?.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY) - reserveMilliseconds;
  try {
    if (connection === undefined) throw new ForwardError('connection_unknown', name);
    const body = read.body === undefined ? undefined : bytesOf(read.body);
    requestBytes = body?.length ?? 0;
    const inbound = await connection.forward({
      method: read.method,
      target: bound.to + Buffer.from(read.path, 'utf8').subarray(bound.strip).toString('utf8'),
      query: read.query,
      headers: read.headers,
      body,
      client,
      certificate,
      address: read.address,
      reference,
      deadlineMilliseconds: Math.max(0, Math.min(maximumMilliseconds, remaining)),
      bodyDeadlineMilliseconds: streams ? Math.max(0, Math.min(maximumStreamMilliseconds, remaining)) : undefined,
    });
    return { outcome: 'open', exchange: { event: read, bound, inbound, failureOf, report } };
  } catch (error) {
    const failure = failureOf(error);
    report({ status: failure.status, responseBytes: 0, failure });
    return { outcome: 'failed', event: read, reference, failure };
  }
}

interface Admitted {
  readonly event: ProxyEvent;
  readonly bound: Bound;
  readonly certificate: Uint8Array;
}

/** Why there is no binding: for the operator, the caller is told nothing of it. */
interface Refused {
  readonly refused: string;
  readonly event?: ProxyEvent;
  readonly reference: string;
}

async function check(means: ForwarderMeans, unread: unknown): Promise<Admitted | Refused> {
  let event: ProxyEvent | undefined;
  const refuse = (refused: string): Refused => {
    const reference = event?.extendedRequestId ?? '';
    return { refused, event, reference: /^[A-Za-z0-9+/=_-]{1,64}$/.test(reference) ? reference : 'none' };
  };
  try {
    event = readProxyEvent(unread);
    const { method, path, stage, certificatePem, extendedRequestId } = event;
    if (stage === 'test-invoke-stage' || stage !== means.stage) return refuse('stage_unknown');
    if (certificatePem === undefined) return refuse('certificate_missing');
    const { certificate, certificateSha256 } = certificateOf(certificatePem);
    // A second look with the same grammar. What a route admits is the decision's, and the decision is under the MAC.
    parseRequestPath(path, ADMISSIONS);
    const seen = { method, path, stage, certificateSha256, extendedRequestId };
    const bound = openBinding(event.context, seen, await means.macKeys(), means.now());
    return bound === undefined ? refuse('binding_invalid') : { event, bound, certificate };
  } catch (error) {
    if (error instanceof ProblemError) return refuse(error.problems[0]?.code ?? 'event_malformed');
    throw error;
  }
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

function writerOf(means: ForwarderMeans) {
  const startedAt = means.now();
  return (record: Omit<ForwardRecord, 'format' | 'type' | 'time' | 'durationMilliseconds'>): void => {
    const time = new Date(startedAt).toISOString();
    const durationMilliseconds = means.now() - startedAt;
    means.log(forwardLineOf({ format: 1, type: 'forward', time, ...record, durationMilliseconds }));
  };
}
