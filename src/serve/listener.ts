import { constants, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import { createSecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { awsLimits } from '../core/aws-limits.ts';
import { addressOf } from './peer-address.ts';
import { presentedBy } from './presented.ts';

/** What the listener bears, so that one slow or greedy peer cannot hold it. Our own choice; API Gateway does not publish its. */
const listenerLimits = {
  handshakeMilliseconds: 10_000,
  /** From the first byte of a request to the end of its head. */
  headersMilliseconds: 10_000,
  /** From the first byte of a request to the end of its body. */
  requestMilliseconds: 60_000,
  keepAliveMilliseconds: 60_000,
  /** Without a byte in either direction, an answer that nobody reads too; longer than any backend may take. */
  silentMilliseconds: 60_000,
  /** How often Node looks for requests that take too long. */
  checkEveryMilliseconds: 1_000,
  connections: 1_000,
  /** What the parser takes, request line and headers; above what API Gateway takes, so that the gateway's own answer is the usual one. */
  parserHeadBytes: awsLimits.urlBytes + awsLimits.requestHeaderBytes + 4_096,
} as const;

interface ServerKeys {
  /** PEM, leaf first. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

export interface ListenerOptions extends ServerKeys {
  readonly hostname: string;
  /** 0: any free one. */
  readonly port: number;
  /** `presented` is what the client sent (DER, leaf first), not verified; never empty. */
  handle(request: IncomingMessage, response: ServerResponse, presented: readonly Uint8Array[]): void | Promise<void>;
  /** Told of each caller that was disconnected because it sent no certificate. */
  refused?(address: string): void;
  /** Told of what `handle` threw; that connection is ended. */
  failed?(error: unknown): void;
  readonly limits?: Partial<Record<keyof typeof listenerLimits, number>>;
}

export interface Listener {
  readonly port: number;
  /** Takes a new certificate for new handshakes; a pair that does not fit throws and changes nothing. */
  reload(keys: ServerKeys): void;
  /** Ends the connections whose certificates are no longer kept, and makes every TLS ticket worthless. Returns how many ended. */
  recheck(keeps: (presented: readonly Uint8Array[]) => boolean): number;
  close(): Promise<void>;
}

/**
 * A TLS listener that asks for a client certificate and judges none: Node's own check is not API Gateway's, and a
 * handshake that fails cannot say why. Who sends no certificate is disconnected after the handshake.
 */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const limits = { ...listenerLimits, ...options.limits };
  const server = createServer(
    {
      ...secureOptionsOf(options),
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: limits.handshakeMilliseconds,
      headersTimeout: limits.headersMilliseconds,
      requestTimeout: limits.requestMilliseconds,
      keepAliveTimeout: limits.keepAliveMilliseconds,
      connectionsCheckingInterval: limits.checkEveryMilliseconds,
      maxHeaderSize: limits.parserHeadBytes,
      // Said rather than left to NODE_OPTIONS: what two servers read differently is how requests are smuggled.
      insecureHTTPParser: false,
      // Counted below: Node answers for none, takes the first of two, and goes on with what was pipelined behind.
      requireHostHeader: false,
    },
    (request, response) => void inTurn(request, response, () => serve(options, request, response)),
  );
  // Node would silently leave out the headers above a count, and with them a second Host; the size is bounded anyway.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connections;
  server.timeout = limits.silentMilliseconds;

  const peers = trackPeers(server, options.refused);
  server.on('clientError', (error: Error & { code?: string }, socket) => {
    // Its last answer is on the way and ends the connection.
    if (refusedSockets.has(socket)) return;
    // Before the handshake is through there is nobody to answer; an answer that has begun cannot become another one.
    const deaf = !peers.has(socket as TLSSocket) || !socket.writable || error.code === 'ECONNRESET';
    if (deaf || isAnswered(socket)) socket.destroy();
    else refuseUnparsed(error, socket);
  });
  await listening(server, options);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The listener has no port.');

  return {
    port: address.port,
    reload: (keys) => {
      const context = secureOptionsOf(keys);
      // Throws here, before the running context is touched, when key and certificate do not fit.
      createSecureContext(context);
      server.setSecureContext(context);
    },
    recheck: (keeps) => {
      // A resumed session proves only what an earlier handshake proved.
      server.setTicketKeys(randomBytes(48));
      let ended = 0;
      for (const [socket, presented] of peers) {
        if (keeps(presented)) continue;
        socket.destroy();
        ended += 1;
      }
      return ended;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of peers.keys()) socket.destroy();
        server.closeAllConnections();
      }),
  };
}

function secureOptionsOf(keys: ServerKeys): SecureContextOptions {
  return {
    cert: keys.certificate,
    key: keys.key,
    // Empty rather than absent: no system roots are loaded, and the request lists no CA names. A client that chooses by
    // that list then sends what it has, and can be told why it is refused.
    ca: [],
    minVersion: 'TLSv1.2',
    // A renegotiation could change the certificate below an open connection.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_CIPHER_SERVER_PREFERENCE,
  };
}

/** What each open connection presented, read once: it cannot change. */
function trackPeers(server: Server, refused: ListenerOptions['refused']): Map<TLSSocket, readonly Uint8Array[]> {
  const peers = new Map<TLSSocket, readonly Uint8Array[]>();
  server.prependListener('secureConnection', (socket) => {
    const presented = presentedBy(socket);
    if (presented.length === 0) {
      refused?.(addressOf({ socket }));
      socket.destroy();
      return;
    }
    peers.set(socket, presented);
    socket.once('close', () => peers.delete(socket));
  });
  return peers;
}

/** Requests of a connection that are not answered yet, and when they will be. */
const waiting = new WeakMap<Duplex, { answered: Promise<void>; count: number }>();
/** Hardly any client pipelines at all; one that sends more than these without an answer is disconnected. */
const maximumWaiting = 32;

/**
 * One request of a connection after the other, each when the answer before it is written. Node would begin all that are
 * pipelined at once, and one caller's thousands would stand before everybody else's one.
 */
async function inTurn(request: IncomingMessage, response: ServerResponse, work: () => Promise<void>): Promise<void> {
  const { socket } = request;
  if (socket.destroyed) return;
  const line = waiting.get(socket) ?? { answered: Promise.resolve(), count: 0 };
  waiting.set(socket, line);
  if (line.count === maximumWaiting) {
    socket.destroy();
    return;
  }
  line.count += 1;
  const written = new Promise<void>((resolve) => response.once('close', resolve));
  line.answered = line.answered.then(() => (socket.destroyed ? undefined : work())).then(() => written);
  await line.answered;
  line.count -= 1;
}

async function serve(options: ListenerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const presented = presentedBy(request.socket as TLSSocket);
  answers.set(request.socket, response);
  try {
    if (presented.length === 0) request.socket.destroy();
    else if (refusedSockets.has(request.socket)) return;
    else if (hostCount(request) !== 1 || !isVersionOne(request)) refuseHead(request, response);
    else await options.handle(request, response, presented);
  } catch (error) {
    options.failed?.(error);
    // A half-written answer must not look complete.
    request.socket.destroy();
  }
}

/** Connections whose last answer is on its way: what is pipelined behind a refused head is not served. */
const refusedSockets = new WeakSet<Duplex>();

/** The latest answer of each connection. */
const answers = new WeakMap<Duplex, ServerResponse>();

/** Whether an answer has begun and not ended. */
function isAnswered(socket: Duplex): boolean {
  const answer = answers.get(socket);
  return answer?.headersSent === true && !answer.writableFinished;
}

/** RFC 9112 §3.2: anything but one Host is 400. */
function hostCount(request: IncomingMessage): number {
  return request.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
}

/** Node's parser also takes 0.9 and 2.0 on a request line, and would serve them as 1.1. */
function isVersionOne({ httpVersion }: IncomingMessage): boolean {
  return httpVersion === '1.1' || httpVersion === '1.0';
}

function refuseHead(request: IncomingMessage, response: ServerResponse): void {
  refusedSockets.add(request.socket);
  response.writeHead(400, { 'Content-Type': 'application/json', Connection: 'close' });
  response.end('{"message":"Bad Request"}');
}

const statusByCode = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
]);

/** What the parser did not take, answered without ever becoming a request. */
function refuseUnparsed(error: { code?: string }, socket: Duplex): void {
  const status = statusByCode.get(error.code ?? '') ?? '400 Bad Request';
  const body = JSON.stringify({ message: status.slice(4) });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

function listening(server: Server, at: Pick<ListenerOptions, 'hostname' | 'port'>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.hostname, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
