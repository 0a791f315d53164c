import { lookup } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** One HTTPS request of a partner, told step by step. */
export interface RequestSpec {
  readonly host: string;
  readonly port: number;
  /** The name asked for (SNI) and checked in the server's certificate. */
  readonly serverName: string;
  /** PEM of the CAs that may have signed the server; absent: the runtime's public roots. */
  readonly authorities?: string;
  /** PEM: leaf first, then what else is to be sent. */
  readonly certificate?: string;
  readonly key?: string;
  readonly method: string;
  /** Path and query, sent byte for byte. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
  readonly localAddress?: string;
  readonly timeoutMilliseconds: number;
}

export type StepName = 'resolve' | 'connect' | 'tls' | 'request';

export interface Exchange {
  readonly milliseconds: Readonly<Partial<Record<StepName, number>>>;
  readonly address?: string;
  readonly tls?: { readonly protocol: string; readonly cipher: string; readonly server: Buffer | undefined };
  readonly answer?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer;
  };
  /** Where it ended without an answer. */
  readonly failure?: { readonly step: StepName; readonly code: string; readonly message: string };
}

const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** Never throws for what the network does; a plain Error only for a certificate, key or header that Node refuses. */
export async function sendRequest(spec: RequestSpec): Promise<Exchange> {
  const milliseconds: Partial<Record<StepName, number>> = {};
  const seen: { address?: string; tls?: Exchange['tls'] } = {};
  let step: StepName = 'resolve';
  let socket: Socket | undefined;
  const timed = async <T>(name: StepName, work: () => Promise<T>): Promise<T> => {
    step = name;
    const start = performance.now();
    try {
      return await work();
    } finally {
      milliseconds[name] = performance.now() - start;
    }
  };
  try {
    const address = await timed('resolve', async () =>
      isIP(spec.host) === 0 ? (await lookup(spec.host)).address : spec.host,
    );
    seen.address = address;
    const tcp = await timed('connect', () => openTcp(address, spec));
    socket = tcp;
    const tls = await timed('tls', () => openTls(tcp, spec));
    socket = tls;
    seen.tls = {
      protocol: tls.getProtocol() ?? 'unknown',
      cipher: tls.getCipher().standardName,
      server: tls.getPeerX509Certificate()?.raw,
    };
    const answer = await timed('request', () => exchange(tls, spec));
    return { milliseconds, ...seen, answer };
  } catch (error) {
    if (error instanceof TypeError) throw error; // Node refused what we were given: not an answer of the network
    const failure = error as NodeJS.ErrnoException;
    return { milliseconds, ...seen, failure: { step, code: failure.code ?? 'ERROR', message: failure.message } };
  } finally {
    socket?.destroy();
  }
}

function openTcp(address: string, spec: RequestSpec): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: address, port: spec.port, localAddress: spec.localAddress });
    socket.setTimeout(spec.timeoutMilliseconds, () => socket.destroy(timeout(spec)));
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

function openTls(tcp: Socket, spec: RequestSpec): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      socket: tcp,
      servername: isIP(spec.serverName) === 0 ? spec.serverName : undefined,
      host: spec.serverName,
      ca: spec.authorities,
      cert: spec.certificate,
      key: spec.key,
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
    });
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', reject);
    socket.once('close', () => reject(closed()));
  });
}

function exchange(socket: TLSSocket, spec: RequestSpec): Promise<NonNullable<Exchange['answer']>> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      createConnection: () => socket,
      method: spec.method,
      path: spec.target,
      setHost: false,
      setDefaultHeaders: false,
    });
    request.setTimeout(spec.timeoutMilliseconds, () => request.destroy(timeout(spec)));
    const named = new Set(spec.headers.map(([name]) => name.toLowerCase()));
    if (!named.has('host')) request.setHeader('Host', spec.serverName);
    if (!named.has('user-agent')) request.setHeader('User-Agent', 'sallyport');
    if (!named.has('accept')) request.setHeader('Accept', '*/*');
    if (spec.body !== undefined && !named.has('content-length')) request.setHeader('Content-Length', spec.body.length);
    request.setHeader('Connection', 'close');
    for (const [name, value] of spec.headers) request.appendHeader(name, value);
    request.once('error', reject);
    request.once('close', () => reject(closed()));
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) request.destroy(new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`));
        else chunks.push(chunk);
      });
      response.once('error', reject);
      response.once('end', () => {
        const headers = Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
        );
        resolve({ status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks) });
      });
    });
    request.end(spec.body);
  });
}

function closed(): Error {
  return Object.assign(new Error('the connection was closed without an answer'), { code: 'CLOSED' });
}

function timeout(spec: RequestSpec): Error {
  return Object.assign(new Error(`nothing came for ${spec.timeoutMilliseconds / 1000} s`), { code: 'TIMEOUT' });
}
