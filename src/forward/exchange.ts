import type { Readable } from 'node:stream';
import type { Bound } from '../core/binding.ts';
import type { Connection, Outbound } from './connection.ts';
import { ForwardError, forwardErrorOf } from './failure.ts';
import { forwardRecordLine } from './forward-log.ts';
import type { Header } from './headers.ts';

export interface ExchangeMeans {
  connection(name: string): Connection | undefined;
  /** Epoch milliseconds, by the wall clock. */
  now(): number;
  log(line: string): void;
}

/** What was decided about a request, as far as the way out needs it. */
export type Order = Pick<Bound, 'reference' | 'client' | 'rule' | 'connection' | 'strip' | 'to' | 'notice'>;

/** A request as a host received it, its certificate checked. */
export interface Received {
  readonly method: string;
  /** Raw, no query. */
  readonly path: string;
  /** Raw, no `?`. */
  readonly query: string;
  readonly headers: readonly Header[];
  /** DER of the leaf. */
  readonly certificate: Uint8Array;
  readonly address: string;
  /** Asked for once, when the connection is known. @throws ForwardError `request_too_large` */
  body(): Uint8Array | Readable | undefined;
  readonly deadlineMilliseconds: number;
  readonly bodyDeadlineMilliseconds?: number;
}

/** A request that an order sent on, and what its answer needs to be read and reported. */
export interface Exchange<A> {
  readonly order: Order;
  readonly inbound: A;
  /** One word for whatever the answer's body fails with. */
  failureOf(error: unknown): ForwardError;
  /** Writes the log line; once. */
  report(outcome: { status: number; responseBytes: number; failure?: ForwardError }): void;
}

export type Opened<A> =
  | { readonly outcome: 'open'; readonly exchange: Exchange<A> }
  | { readonly outcome: 'failed'; readonly failure: ForwardError };

/** The request sent by `send`, its answer there as far as `send` waits for it. A failure is in the log already. */
export async function openExchange<A>(
  means: ExchangeMeans,
  order: Order,
  received: Received,
  startedAt: number,
  send: (connection: Connection, request: Outbound) => Promise<A>,
): Promise<Opened<A>> {
  const connection = means.connection(order.connection);
  const failureOf = (error: unknown) => forwardErrorOf(error, connection?.label ?? order.connection);
  let requestBytes = 0;
  const report: Exchange<A>['report'] = ({ status, responseBytes, failure }) =>
    means.log(
      forwardRecordLine(startedAt, means.now(), order, {
        reference: order.reference,
        outcome: failure === undefined ? 'answered' : 'failed',
        status,
        code: failure?.code,
        message: failure?.message,
        detail: failure?.detail,
        remedy: failure?.remedy,
        requestBytes,
        responseBytes,
      }),
    );
  try {
    if (connection === undefined) throw new ForwardError('connection_unknown', order.connection);
    const body = received.body();
    requestBytes = body instanceof Uint8Array ? body.length : 0;
    const inbound = await send(connection, {
      method: received.method,
      target: targetOf(received.path, order),
      query: received.query,
      headers: received.headers,
      body,
      client: order.client,
      certificate: received.certificate,
      address: received.address,
      reference: order.reference,
      deadlineMilliseconds: received.deadlineMilliseconds,
      bodyDeadlineMilliseconds: received.bodyDeadlineMilliseconds,
    });
    return { outcome: 'open', exchange: { order, inbound, failureOf, report } };
  } catch (error) {
    const failure = failureOf(error);
    report({ status: failure.status, responseBytes: 0, failure });
    return { outcome: 'failed', failure };
  }
}

/** The path with its first `strip` bytes replaced. */
function targetOf(path: string, { strip, to }: Order): string {
  return strip === 0 ? to + path : to + Buffer.from(path, 'utf8').subarray(strip).toString('utf8');
}
