import { constants, randomBytes } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer, type Server } from 'node:https';
import { createSecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { awsLimits } from '../core/aws-limits.ts';
import { type EndingLimits, endGently, isEnding } from './ending.ts';
import { type HeadRefusal, headRefusalOf } from './framing.ts';
import { addressOf } from './peer-address.ts';
import { presentedBy } from './presented.ts';
import { Turns } from './turns.ts';

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
  /** How long, and how much of, what a caller sends behind its last answer is read and dropped, so that it can read that answer. */
  lingerMilliseconds: 2_000,
  lingerBytes: 32 * 1024 * 1024,
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
  /** Told of each caller that was refused before there was a request. */
  refused?(refusal: Refusal): void;
  /** Told of what `handle` threw; that connection is ended. */
  failed?(error: unknown): void;
  readonly limits?: Partial<Record<keyof typeof listenerLimits, number>>;
}

/** What was refused below HTTP, where no function and no decision hears of it. */
export interface Refusal {
  readonly address: string;
  readonly kind: 'no-certificate' | 'handshake' | 'unparsed' | 'head' | 'pipelined';
  /** Our own words, or the code of OpenSSL's or the parser's error; nothing that the caller has written. */
  readonly detail?: string;
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
      allowHalfOpen: true,
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
    (request, response) => {
      const taken = turnsOf(request.socket as TLSSocket).take(request, response, () =>
        serve(options, request, response),
      );
      if (!taken) options.refused?.({ address: addressOf(request), kind: 'pipelined' });
    },
  );
  // Who has said all it wants to say may still listen. Not in Node's documentation; test/serve would see it gone.
  Object.assign(server, { httpAllowHalfOpen: true });
  // Node would silently leave out the headers above a count, and with them a second Host; the size is bounded anyway.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connections;
  server.timeout = limits.silentMilliseconds;

  const turns = new WeakMap<TLSSocket, Turns>();
  const turnsOf = (socket: TLSSocket): Turns => {
    const known = turns.get(socket) ?? new Turns(socket, limits);
    turns.set(socket, known);
    return known;
  };
  const { peers, strangers } = trackPeers(server, limits, options.refused);
  server.on('clientError', (error: Error & { code?: string }, duplex) => {
    const socket = duplex as TLSSocket;
    const { code = 'unknown' } = error;
    const isPeer = peers.has(socket);
    // Behind the last answer nothing is answered; who goes away is not refused.
    if ((isPeer && isEnding(socket)) || strangers.has(socket)) return;
    if (code !== 'ECONNRESET' && code !== 'EPIPE') {
      options.refused?.({ address: addressOf({ socket }), kind: isPeer ? 'unparsed' : 'handshake', detail: code });
    }
    // Before the handshake is through there is nobody to answer.
    if (!isPeer || !socket.writable || code === 'ECONNRESET') socket.destroy();
    else turnsOf(socket).end(unparsedAnswer(code));
  });
  // Node would cut the connection, and with it the answers that are still to come.
  server.on('connect', (request, socket) => {
    options.refused?.({ address: addressOf(request), kind: 'head', detail: 'CONNECT' });
    turnsOf(socket as TLSSocket).end(unparsedAnswer('CONNECT'));
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
function trackPeers(
  server: Server,
  limits: EndingLimits,
  refused: ListenerOptions['refused'],
): { peers: Map<TLSSocket, readonly Uint8Array[]>; strangers: WeakSet<TLSSocket> } {
  const peers = new Map<TLSSocket, readonly Uint8Array[]>();
  const strangers = new WeakSet<TLSSocket>();
  server.prependListener('secureConnection', (socket) => {
    // Node's way to end a connection behind its last answer; its own closes over bytes that were not read.
    socket.destroySoon = () => endGently(socket, limits);
    const presented = presentedBy(socket);
    if (presented.length === 0) {
      refused?.({ address: addressOf({ socket }), kind: 'no-certificate' });
      strangers.add(socket);
      // In TLS 1.2 we are still inside the handshake here: our Finished must go out before our close_notify.
      setImmediate(() => endGently(socket, limits));
      return;
    }
    peers.set(socket, presented);
    socket.once('close', () => peers.delete(socket));
  });
  return { peers, strangers };
}

async function serve(options: ListenerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const presented = presentedBy(request.socket as TLSSocket);
  try {
    const refusal = headRefusalOf(request);
    // Its connection is about to end.
    if (presented.length === 0) return;
    if (refusal !== undefined) {
      options.refused?.({ address: addressOf(request), kind: 'head', detail: refusal.why });
      refuseHead(refusal, response);
    } else await options.handle(request, response, presented);
  } catch (error) {
    options.failed?.(error);
    // A half-written answer must not look complete.
    request.socket.destroy();
  }
}

function refuseHead({ status }: HeadRefusal, response: ServerResponse): void {
  const body = JSON.stringify({ message: STATUS_CODES[status] });
  const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length, Connection: 'close' };
  response.writeHead(status, headers);
  response.end(body);
}

const statusByCode = new Map([
  ['HPE_HEADER_OVERFLOW', 431],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
]);

/** The answer to what the parser did not take: it never became a request. */
function unparsedAnswer(code: string): string {
  const status = statusByCode.get(code) ?? 400;
  const body = JSON.stringify({ message: STATUS_CODES[status] });
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
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
