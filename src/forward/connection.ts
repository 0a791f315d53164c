import type { Readable } from 'node:stream';
import type { ConnectionConfig } from '../core/registry/connection.ts';
import { backendOf } from './backend.ts';
import { credentialOf } from './credential.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { type ForwardError, forwardErrorOf } from './failure.ts';
import { headerNamesOf } from './header-names.ts';
import { type Header, inboundHeaders, outboundHeaders } from './headers.ts';
import type { Line } from './line.ts';
import type { Inbound, Outbound, WholeAnswer } from './message.ts';
import { Pool } from './pool.ts';
import { keepSecrets, type ReadSecret } from './secret.ts';
import type { Sending } from './sending.ts';
import { socketsOf } from './sockets.ts';
import { readStreamedAnswer } from './streamed-answer.ts';
import { transportOf } from './transport.ts';
import type { TransportMeans } from './transports/transport.ts';
import { readWholeAnswer } from './whole-answer.ts';

export type { Inbound, Outbound, WholeAnswer } from './message.ts';

export interface Connection {
  /** `host:port`, for the log. */
  readonly label: string;
  /** @throws ForwardError, and nothing else, until the header fields of the answer are there. */
  forward(request: Outbound): Promise<Inbound>;
  /** The answer with its body, which is quicker than a stream. @throws ForwardError, and nothing else. */
  forwardWhole(request: Outbound, maximumBytes: number): Promise<WholeAnswer>;
  close(): Promise<void>;
}

export interface ConnectionMeans extends TransportMeans {
  secret: ReadSecret;
  /** Epoch milliseconds, by the wall clock. */
  now(): number;
}

const none: readonly Header[] = [];

/** RFC 9110 §9.2.2: what may be sent again when nobody knows whether it arrived. */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Nothing is connected and no secret is read before the first request. @throws ProblemError for a config that cannot be. */
export function openConnection(config: ConnectionConfig, means: ConnectionMeans): Connection {
  const backend = backendOf(config);
  const transport = transportOf(config, means);
  const secrets = keepSecrets(means.secret, means.now);
  const credential = credentialOf(config.credential, secrets.read);
  const sockets = socketsOf(config, backend, transport, credential.tls?.bind(credential));
  const pool = new Pool(backend, sockets, { reuse: config.reuse ?? 'kept', now: means.now });
  const limitMilliseconds = (config.timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000;
  const strip = config.strip && headerNamesOf(config.strip);
  const pass = config.pass && headerNamesOf(config.pass);

  const optionsOf = (request: Outbound, injected: readonly Header[]): Sending['options'] => {
    const { client, certificate, address, reference } = request;
    const { injects } = credential;
    const host = backend.authority;
    const front = { client, certificate, address, reference, host, injects, credential: injected, strip, pass };
    return {
      method: request.method,
      path: request.query === '' ? request.target : `${request.target}?${request.query}`,
      headers: outboundHeaders(request.headers, front).flat(),
      body: request.body ?? null,
    };
  };

  /** Over a line that may have died while it waited, and then, if that can have had no effect twice, over a fresh one. */
  const send = async <A>(
    request: Outbound,
    options: Sending['options'],
    deadline: Deadline,
    read: (sending: Sending) => Promise<A>,
  ): Promise<A> => {
    const first = await taken(pool, deadline, false);
    const { wasUsed } = first;
    const progress = { sent: false, begun: false };
    try {
      return await read({ line: first, options, progress, now: means.now });
    } catch (error) {
      const harmless = !progress.sent || (wasUsed && !progress.begun && idempotent.has(request.method));
      const over = deadline.expired !== undefined || !hasItsBody(request);
      if (!harmless || over || forwardErrorOf(error, backend.label).code !== 'closed') throw error;
    }
    const line = await taken(pool, deadline, true);
    return read({ line, options, progress: { sent: false, begun: false }, now: means.now });
  };

  /** With what the connection injects. A 401 has the secrets read again behind our back; what another request found out counts at once. */
  const exchange = async <A extends { readonly status: number }>(
    request: Outbound,
    deadline: Deadline,
    read: (sending: Sending) => Promise<A>,
    drop: (answer: A) => void,
  ): Promise<A> => {
    if (credential.injects.length === 0) return send(request, optionsOf(request, none), deadline, read);
    const attempt = async () => {
      const known = secrets.changes;
      const injected = await deadline.race(credential.headers(request));
      return { answer: await send(request, optionsOf(request, injected), deadline, read), known };
    };
    const { answer, known } = await attempt();
    if (answer.status !== 401) return answer;
    if (secrets.changes === known || !idempotent.has(request.method) || !hasItsBody(request)) {
      secrets.doubt();
      return answer;
    }
    drop(answer);
    const again = (await attempt()).answer;
    if (again.status === 401) secrets.doubt();
    return again;
  };

  const deadlineOf = (request: Outbound) =>
    startDeadline(backend.label, Math.min(request.deadlineMilliseconds, limitMilliseconds));
  const failureOf = (error: unknown, request: Outbound): ForwardError => {
    if (request.body !== undefined && !isBytes(request.body)) request.body.destroy();
    return forwardErrorOf(error, backend.label);
  };

  return {
    label: backend.label,
    async forward(request) {
      const deadline = deadlineOf(request);
      const drop = ({ body }: Inbound) => void body.on('error', () => {}).destroy();
      try {
        const answer = await exchange(request, deadline, (sending) => readStreamedAnswer(sending, deadline), drop);
        deadline.answerHasBegun(request.bodyDeadlineMilliseconds);
        answer.body.once('close', deadline.clear);
        return { ...answer, headers: inboundHeaders(answer.headers) };
      } catch (error) {
        deadline.clear();
        throw failureOf(error, request);
      }
    },
    async forwardWhole(request, maximumBytes) {
      const deadline = deadlineOf(request);
      const read = (sending: Sending) => readWholeAnswer(sending, deadline, maximumBytes);
      try {
        const { status, headers, body } = await exchange(request, deadline, read, () => {});
        return { status, headers: inboundHeaders(headers), body };
      } catch (error) {
        throw failureOf(error, request);
      } finally {
        deadline.clear();
      }
    },
    async close() {
      pool.close();
      await transport.close();
    },
  };
}

/** A line that is there only after the deadline is for somebody else. */
async function taken(pool: Pool, deadline: Deadline, fresh: boolean): Promise<Line> {
  const taking = pool.take(fresh);
  try {
    const line = await deadline.race(taking);
    return line;
  } catch (error) {
    void taking.then(
      (line) => pool.giveBack(line),
      () => {},
    );
    throw error;
  }
}

function hasItsBody({ body }: Outbound): boolean {
  return body === undefined || isBytes(body);
}

function isBytes(body: Uint8Array | Readable): body is Uint8Array {
  return body instanceof Uint8Array;
}
