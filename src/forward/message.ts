import type { Readable } from 'node:stream';
import type { Header } from './headers.ts';

/** A request on its way out. */
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

export interface WholeAnswer {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
}
