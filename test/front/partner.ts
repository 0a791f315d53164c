import type { IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { Dev } from '../../src/local/dev/dev.ts';

/** Who calls: leaf and whatever else is sent, and the key. */
export interface Partner {
  readonly chainPem: string;
  readonly keyPem: string;
}

export interface PartnerCall {
  readonly method?: string;
  /** In order, as sent; one Host is added unless this has one. */
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: Uint8Array | string;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function tlsOptions(dev: Dev, partner: Partner | undefined): ConnectionOptions {
  return {
    host: '127.0.0.1',
    port: dev.port,
    servername: dev.domain(),
    ca: dev.serverAuthority.pem,
    cert: partner?.chainPem,
    key: partner?.keyPem,
    // Some of our partners have keys and signatures that their own TLS library would not use.
    ciphers: 'DEFAULT@SECLEVEL=0',
  };
}

/** One request over TLS on a connection of its own; the target goes out byte for byte. */
export function ask(dev: Dev, partner: Partner | undefined, target: string, call: PartnerCall = {}): Promise<Reply> {
  const headers = [...(call.headers ?? [])];
  if (!headers.some(([name]) => name.toLowerCase() === 'host')) headers.unshift(['Host', dev.domain()]);
  if (call.body !== undefined) headers.push(['Content-Length', String(Buffer.byteLength(call.body))]);
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      { ...tlsOptions(dev, partner), agent: false, path: target, method: call.method, headers: headers.flat() },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      },
    );
    request.on('error', reject);
    request.end(call.body);
  });
}

/** A TLS connection whose bytes the test writes itself. */
export function dial(dev: Dev, partner: Partner | undefined, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...tlsOptions(dev, partner), ...options }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Everything that comes until the connection ends. */
export function readAll(socket: TLSSocket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}
