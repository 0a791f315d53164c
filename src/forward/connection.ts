import type { Readable } from 'node:stream';
import type { ConnectionConfig } from '../core/registry/connection.ts';
import { backendOf } from './backend.ts';
import { credentialOf } from './credential.ts';
import { startDeadline } from './deadline.ts';
import { type ForwardError, forwardErrorOf } from './failure.ts';
import { type Header, inboundHeaders, outboundHeaders } from './headers.ts';
import { openPool } from './pool.ts';
import { cachedSecrets, type ReadSecret } from './secret.ts';
import { transportOf } from './transport.ts';
import type { TransportMeans } from './transports/transport.ts';
import { pairsOf, type WholeAnswer } from './whole-answer.ts';

export interface Outbound {
  readonly method: string;
  /** The raw path, as it goes onto the wire. */
  readonly target: string;
  /** Raw, no `?`; empty for none. */
  readonly query: string;
  readonly headers: readonly Header[];
  readonly body?: Uint8Array | Readable;
  readonly client: string;
  /** DER of the leaf. */
  readonly certificate: Uint8Array;
  /** The caller's address, as the edge saw it. */
  readonly address: string;
  readonly reference: string;
  /** From now until the header fields of the answer are there, and its body too unless `bodyDeadlineMilliseconds` is given. */
  readonly deadlineMilliseconds: number;
  readonly bodyDeadlineMilliseconds?: number;
}

export interface Inbound {
  readonly status: number;
  readonly headers: readonly Header[];
  /** Must be read to its end or destroyed. What it fails with is put into words by `forwardErrorOf`. */
  readonly body: Readable;
}

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
  const credential = credentialOf(config.credential, cachedSecrets(means.secret, means.now));
  const pool = openPool(config, backend, transport, means.now);
  const limitMilliseconds = (config.timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000;

  /** Once, because a backend may close an idle connection at the moment we write to it. */
  const mayRepeat = (request: Outbound, mayBeStale: boolean, error: unknown): boolean =>
    mayBeStale &&
    idempotent.has(request.method) &&
    (request.body === undefined || isBytes(request.body)) &&
    forwardErrorOf(error, backend.label).code === 'closed';

  const optionsOf = (request: Outbound, injected: readonly Header[]) => {
    const { client, certificate, address, reference } = request;
    const headers = outboundHeaders(request.headers, {
      client,
      certificate,
      address,
      reference,
      host: backend.authority,
      injects: credential.injects,
      credential: injected,
    });
    return {
      method: request.method,
      path: request.query === '' ? request.target : `${request.target}?${request.query}`,
      headers: headers.flat(),
      body: request.body ?? null,
    };
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
      const mayBeStale = pool.mayBeStale;
      try {
        const injected = credential.injects.length === 0 ? none : await deadline.race(credential.headers());
        const controller = new AbortController();
        deadline.onExpiry((error) => controller.abort(error));
        const { signal } = controller;
        const options = { ...optionsOf(request, injected), signal, responseHeaders: 'raw' } as const;
        // undici does not look at the signal while it connects or waits for a free connection.
        const response = await deadline.race(pool.request(options)).catch((error: unknown) => {
          if (signal.aborted || !mayRepeat(request, mayBeStale, error)) throw error;
          return deadline.race(pool.request(options));
        });
        deadline.answerHasBegun(request.bodyDeadlineMilliseconds);
        response.body.once('close', deadline.clear);
        return { status: response.statusCode, headers: inboundHeaders(pairsOf(response.headers)), body: response.body };
      } catch (error) {
        deadline.clear();
        throw failureOf(error, request);
      }
    },
    async forwardWhole(request, maximumBytes) {
      const deadline = deadlineOf(request);
      const mayBeStale = pool.mayBeStale;
      let hasBegun = false;
      const begun = () => {
        hasBegun = true;
      };
      const limits = { maximumBytes, deadline, begun };
      try {
        const injected = credential.injects.length === 0 ? none : await deadline.race(credential.headers());
        const options = optionsOf(request, injected);
        const answer = await pool.requestWhole(options, limits).catch((error: unknown) => {
          if (hasBegun || deadline.expired !== undefined || !mayRepeat(request, mayBeStale, error)) throw error;
          return pool.requestWhole(options, limits);
        });
        return { status: answer.status, headers: inboundHeaders(answer.headers), body: answer.body };
      } catch (error) {
        throw failureOf(error, request);
      } finally {
        deadline.clear();
      }
    },
    async close() {
      await pool.close();
      await transport.close();
    },
  };
}

function isBytes(body: Uint8Array | Readable): body is Uint8Array {
  return body instanceof Uint8Array;
}
