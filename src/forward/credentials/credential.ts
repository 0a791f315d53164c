import type { Outbound } from '../message.ts';

/** How the front authenticates itself to a backend. */
export interface Credential {
  /** Names of the header fields that `headers()` sets: whatever the caller sent under them is removed. */
  readonly injects: readonly string[];
  /** For this request: a signature or an assertion is about what is sent. */
  headers(request: Outbound): Promise<readonly (readonly [string, string])[]>;
  /** What is shown in the TLS handshake; asked for before each new socket, and a new value counts from then on. */
  tls?(): Promise<TlsMaterial>;
}

/** PEM: the leaf first, then its intermediates; the key without a password. */
export interface TlsMaterial {
  readonly certificate: string;
  readonly key: string;
}
