import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { ConnectionConfig } from '../../src/core/registry/connection.ts';
import { type Connection, type ConnectionMeans, type Outbound, openConnection } from '../../src/forward/connection.ts';

/** What a test opens and `closeAll` closes. */
const open: (() => Promise<unknown>)[] = [];

export async function closeAll(): Promise<void> {
  for (const close of open.splice(0).reverse()) await close();
}

export async function listen(server: NetServer): Promise<number> {
  const sockets = new Set<Socket>();
  for (const event of ['connection', 'secureConnection']) {
    server.on(event, (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => sockets.delete(socket));
    });
  }
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

export async function httpServer(listener: RequestListener): Promise<{ port: number; server: Server }> {
  const server = createServer({ maxHeaderSize: 65_536 }, listener);
  return { port: await listen(server), server };
}

/** Counts the requests that reached the handler: in a refused handshake none may. */
export async function httpsServer(tls: TlsOptions, listener: RequestListener = answerOk) {
  const seen: IncomingMessage[] = [];
  const server = createTlsServer(tls, (request, response) => {
    seen.push(request);
    listener(request, response);
  });
  return { port: await listen(server), seen, server };
}

export const answerOk: RequestListener = (_, response) => {
  response.end('ok');
};

/** Answers with what arrived, as it arrived. */
export const answerWithRequest: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url, rawHeaders } = request;
    response.end(JSON.stringify({ method, url, rawHeaders, body: Buffer.concat(chunks).toString('base64') }));
  });
};

export function config(values: Partial<ConnectionConfig> & { url: string }): ConnectionConfig {
  return {
    name: 'erp',
    transport: { kind: 'direct' },
    allowPlaintext: values.url.startsWith('http:'),
    credential: { kind: 'none' },
    ...values,
  };
}

export function connection(values: ConnectionConfig, means: Partial<ConnectionMeans> = {}): Connection {
  const opened = openConnection(values, {
    secret: async (name) => `secret of ${name}`,
    now: () => Date.now(),
    ...means,
  });
  open.push(() => opened.close());
  return opened;
}

export function outbound(values: Partial<Outbound> = {}): Outbound {
  return {
    method: 'GET',
    target: '/orders',
    query: '',
    headers: [],
    client: 'acme',
    certificate: new Uint8Array([0x30, 0x03, 0x02, 0x01, 0x07]),
    address: '198.51.100.9',
    reference: '0123456789abcdefghjk',
    deadlineMilliseconds: 10_000,
    ...values,
  };
}

export async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** The request as `answerWithRequest` saw it. */
export async function echo(through: Connection, request: Partial<Outbound> = {}) {
  const { body } = await through.forward(outbound(request));
  const seen = JSON.parse(await textOf(body)) as { method: string; url: string; rawHeaders: string[]; body: string };
  const headers = seen.rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, seen.rawHeaders[index + 1] ?? ''] as const] : [],
  );
  return { ...seen, headers };
}
