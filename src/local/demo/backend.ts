import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { awsLimits } from '../../core/aws-limits.ts';

/** What a connection must bring besides its address, as the header that the backend compares. */
export interface ExpectedCredential {
  readonly header: string;
  readonly value: string;
}

export interface DemoBackendOptions {
  /** PEM: what the backend shows as its own certificate and key. */
  readonly certificate: string;
  readonly key: string;
  /** The IP allowlist: the front's egress addresses, nothing else. */
  readonly allowedAddresses: readonly string[];
  /** TLS server name → the credential its connection brings; a name that is not in here is refused, `undefined` asks for none. */
  credentialOf(serverName: string): { credential: ExpectedCredential | undefined } | undefined;
}

export interface DemoBackend {
  readonly port: number;
  /** Requests that passed the allowlist and the credential. */
  readonly served: () => number;
  close(): Promise<void>;
}

/** Headers the answer shows, so that a caller can see what the front added, kept and removed. */
const SHOWN =
  /^(?:x-sallyport-.*|client-cert.*|x-forwarded-.*|x-real-ip|forwarded|x-http-method.*|x-original-url|content-type|accept|user-agent|host)$/;
const MAX_BODY_BYTES = 12 * 1024 * 1024;

/**
 * A backend as its owner would run it: it accepts only the front's address AND a password, and knows nothing of
 * certificates. It listens on loopback; the address check looks at the connection itself (`remoteAddress`), never at a header.
 */
export async function openDemoBackend(options: DemoBackendOptions): Promise<DemoBackend> {
  const sockets = new Set<Duplex>();
  let served = 0;
  const server = createServer(
    {
      cert: options.certificate,
      key: options.key,
      minVersion: 'TLSv1.2',
      // Node's own limit is below what API Gateway lets through.
      maxHeaderSize: 4 * awsLimits.requestHeaderBytes,
    },
    (request, response) => {
      const refusal = refusalOf(request, options);
      if (refusal !== undefined) {
        answer(response, refusal.status, { message: refusal.message });
        request.resume();
        return;
      }
      served += 1;
      echo(request, response);
    },
  );
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    served: () => served,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function refusalOf(
  request: IncomingMessage,
  options: DemoBackendOptions,
): { status: number; message: string } | undefined {
  const address = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  if (!options.allowedAddresses.includes(address)) {
    return {
      status: 403,
      message: `refused by the backend: ${address} is not on its IP allowlist (${options.allowedAddresses.join(', ')}); only the front's egress address may connect`,
    };
  }
  const known = options.credentialOf(String((request.socket as TLSSocket).servername || ''));
  if (known === undefined) return { status: 421, message: 'refused by the backend: no such server name here' };
  if (known.credential !== undefined && !sameText(request.headers[known.credential.header], known.credential.value)) {
    return { status: 401, message: 'refused by the backend: the address is right, the credential is not' };
  }
  return undefined;
}

function sameText(found: string | string[] | undefined, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return typeof found === 'string' && timingSafeEqual(digest(found), digest(wanted));
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  const digest = createHash('sha256');
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    digest.update(chunk);
    if (bytes > MAX_BODY_BYTES) request.destroy();
  });
  request.on('end', () => {
    const [path, query] = splitOnce(request.url ?? '', '?');
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => SHOWN.test(name)));
    answer(response, 200, {
      message: 'hello from the demo backend',
      method: request.method,
      path,
      query: query ?? '',
      headers,
      body: bytes === 0 ? undefined : { bytes, sha256: digest.digest('hex') },
      connectedFrom: request.socket.remoteAddress,
    });
  });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body, null, 2)}\n`);
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
