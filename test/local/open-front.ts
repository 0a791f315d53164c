import type { IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { parseCertificate } from '../../src/core/x509/certificate.ts';
import type { LambdaFunction } from '../../src/local/api-gateway/invoke.ts';
import type { RestApi } from '../../src/local/api-gateway/rest-event.ts';
import { type Exchange, type GatewayMeans, openGateway } from '../../src/local/gateway.ts';
import { type Listener, openListener, type Refusal } from '../../src/serve/listener.ts';
import { ca, during, type Issued, keyPair } from '../pki.ts';

export const api: RestApi = {
  accountId: '222222222222',
  region: 'eu-west-1',
  apiId: 'abc123def4',
  stage: 'live',
  domainName: 'api.example.com',
  rootResourceId: 'root000000',
  proxyResourceId: '05c7jb',
};

/** The server's own certificate, and the authority that clients trust for it. */
export const serverRoot = ca({ subject: 'Front Root' });
export const serverLeaf = serverRoot.issue({
  subject: 'api.example.com',
  names: [{ dns: 'api.example.com' }],
  purposes: ['serverAuth'],
  key: keyPair('p256', 'front'),
});

export const acme = ca({ subject: { O: 'Acme', CN: 'Acme Root' } });
export const acmeClient = acme.issue({ subject: { O: 'Acme', CN: 'orders-client' } });
export const stranger = ca({ subject: { O: 'Globex', CN: 'Globex Root' } }).issue({ subject: 'stranger' });

interface RecordedEvent extends Readonly<Record<string, unknown>> {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: Readonly<Record<string, unknown>>;
}

export interface Front {
  readonly port: number;
  readonly listener: Listener;
  readonly exchanges: readonly Exchange[];
  readonly refusals: readonly Refusal[];
  /** Events as the functions got them, in order. */
  readonly authorizerEvents: readonly RecordedEvent[];
  readonly forwarderEvents: readonly RecordedEvent[];
  close(): Promise<void>;
}

const allow = {
  principalId: 'acme',
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: '*' }],
  },
  context: { client: 'acme', attempt: 1, first: true },
};

export async function openFront(means: Partial<GatewayMeans> = {}, limits = {}): Promise<Front> {
  const exchanges: Exchange[] = [];
  const refusals: Refusal[] = [];
  const authorizerEvents: RecordedEvent[] = [];
  const forwarderEvents: RecordedEvent[] = [];
  const recording = (events: RecordedEvent[], handler: LambdaFunction): LambdaFunction => {
    return (event, context) => {
      events.push(event as RecordedEvent);
      return handler(event, context);
    };
  };
  const gateway = openGateway({
    api,
    truststore: () => truststore,
    front: () => ({ support: { email: 'api-team@example.com' } }),
    now: () => during,
    ...means,
    authorizer: recording(authorizerEvents, means.authorizer ?? (async () => allow)),
    forwarder: recording(forwarderEvents, means.forwarder ?? (async () => ({ statusCode: 200, body: '{"ok":true}' }))),
    observe: (exchange) => exchanges.push(exchange),
  });
  const listener = await openListener({
    hostname: '127.0.0.1',
    port: 0,
    certificate: serverLeaf.chainPem,
    key: serverLeaf.keyPem,
    handle: gateway,
    refused: (refusal) => refusals.push(refusal),
    limits,
  });
  const recorded = { exchanges, refusals, authorizerEvents, forwarderEvents };
  return { port: listener.port, listener, ...recorded, close: () => listener.close() };
}

const truststore = [parseCertificate(acme.der)];

export interface Call extends RequestOptions {
  readonly client?: Issued | undefined;
  readonly body?: string | Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly text: string;
}

const tlsOptions = (client: Issued | undefined): ConnectionOptions => ({
  host: '127.0.0.1',
  servername: 'api.example.com',
  ca: serverRoot.pem,
  cert: client?.chainPem,
  key: client?.keyPem,
});

/** One request with a real TLS client; the registered one unless told otherwise. */
export function call(port: number, path: string, { body, ...options }: Call = {}): Promise<Reply> {
  const client = 'client' in options ? options.client : acmeClient;
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        agent: false,
        path,
        port,
        ...tlsOptions(client),
        ...options,
        headers: { Host: 'api.example.com', ...options.headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            rawHeaders: response.rawHeaders,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** A TLS connection whose bytes the test writes itself. */
export function dial(
  port: number,
  options: ConnectionOptions = {},
  client: Issued | undefined = acmeClient,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, ...tlsOptions(client), ...options }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Everything the server sends until it ends the connection, or until `enough`. */
export function readUntil(socket: TLSSocket, enough: (text: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const done = () => resolve(text);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (enough(text)) done();
    });
    socket.on('close', done);
    socket.on('error', done);
  });
}
