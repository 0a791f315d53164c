import type { Duplex } from 'node:stream';

export interface SocketRequest {
  readonly host: string;
  readonly port: number;
  /** A connected stream must be there by then; after it, the attempt is given up and its stream destroyed. */
  readonly timeoutMilliseconds: number;
}

/** "Give me a stream to host:port": all that TLS, HTTP and credentials need to know of how a backend is reached. */
export interface Transport {
  connect(request: SocketRequest): Promise<Duplex>;
  close(): Promise<void>;
}

export interface TransportMeans {
  /** The source address, where the machine has more than one. */
  readonly localAddress?: string;
}
