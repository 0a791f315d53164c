import type { Readable } from 'node:stream';
import type { ConnectionConfig } from '../core/registry/connection.ts';
import { backendOf } from './backend.ts';
import { credentialOf } from './credential.ts';
import { type FailureCode, ForwardError, forwardErrorOf } from './failure.ts';
import { type Header, inboundHeaders, outboundHeaders } from './headers.ts';
import { openPool } from './pool.ts';
import { cachedSecrets, type ReadSecret } from './secret.ts';
import { type TransportMeans, transportOf } from './transport.ts';

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
  close(): Promise<void>;
}

export interface ConnectionMeans extends TransportMeans {
  secret: ReadSecret;
  /** Epoch milliseconds, by the wall clock. */
  now(): number;
}

/** RFC 9110 §9.2.2: what may be sent again when nobody knows whether it arrived. */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Nothing is connected and no secret is read before the first request. @throws ProblemError for a config that cannot be. */
export function openConnection(config: ConnectionConfig, means: ConnectionMeans): Connection {
  const backend = backendOf(config);
  const transport = transportOf(config, means);
  const credential = credentialOf(config.credential, cachedSecrets(means.secret, means.now));
  const pool = openPool(config, backend, transport, means.now);
  const limitMilliseconds = (config.timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000;

  const send = async (request: Outbound, headers: string[], deadline: Deadline) => {
    const { signal } = deadline;
    // undici does not look at the signal while it connects or waits for a free connection.
    const attempt = () =>
      deadline.race(
        pool.request({
          method: request.method,
          path: request.query === '' ? request.target : `${request.target}?${request.query}`,
          headers,
          body: request.body ?? null,
          signal,
          responseHeaders: 'raw',
        }),
      );
    const mayRepeat = idempotent.has(request.method) && (request.body === undefined || isBytes(request.body));
    const mayBeStale = pool.mayBeStale;
    try {
      return await attempt();
    } catch (error) {
      const failure = forwardErrorOf(error, backend.label);
      // Once, because a backend may close an idle connection at the moment we write to it.
      if (!mayRepeat || !mayBeStale || failure.code !== 'closed' || signal.aborted) throw failure;
      return attempt();
    }
  };

  return {
    label: backend.label,
    async forward(request) {
      const deadline = deadlineOf(backend.label);
      const milliseconds = Math.min(request.deadlineMilliseconds, limitMilliseconds);
      try {
        deadline.start(milliseconds);
        const injected = credential.injects.length === 0 ? [] : await deadline.race(credential.headers());
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
        const response = await send(request, headers.flat(), deadline);
        deadline.answerHasBegun(request.bodyDeadlineMilliseconds);
        response.body.once('close', deadline.clear);
        return { status: response.statusCode, headers: inboundHeaders(pairsOf(response.headers)), body: response.body };
      } catch (error) {
        deadline.clear();
        if (request.body !== undefined && !isBytes(request.body)) request.body.destroy();
        throw forwardErrorOf(error, backend.label);
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

type Deadline = ReturnType<typeof deadlineOf>;

function deadlineOf(backend: string) {
  const controller = new AbortController();
  let code: FailureCode = 'headers_timeout';
  let timer: NodeJS.Timeout | undefined;
  const start = (milliseconds: number): void => {
    const expire = () => controller.abort(new ForwardError(code, `${backend}: nothing for ${milliseconds} ms`));
    timer = setTimeout(expire, milliseconds);
  };
  const clear = (): void => clearTimeout(timer);
  return {
    signal: controller.signal,
    start,
    clear,
    /** The same deadline goes on for the body, unless it has one of its own. */
    answerHasBegun(bodyMilliseconds: number | undefined): void {
      code = 'body_timeout';
      if (bodyMilliseconds === undefined) return;
      clear();
      start(bodyMilliseconds);
    },
    /** `work`, but no longer than the deadline. */
    race<T>(work: Promise<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
        work.then(resolve, reject);
      });
    },
  };
}

/** `responseHeaders: 'raw'` makes a flat list of names and values, which undici's types do not say. */
function pairsOf(raw: unknown): Header[] {
  if (!Array.isArray(raw)) throw new Error('undici did not give raw headers.');
  const pairs: Header[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) pairs.push([String(raw[index]), String(raw[index + 1])]);
  return pairs;
}
