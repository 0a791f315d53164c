import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import { ca } from '../../pki.ts';

export interface Received {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Backend {
  readonly port: number;
  /** PEM of the CA that signed its certificate. */
  readonly authority: string;
  readonly name: string;
  /** Requests with the right credential, newest last. */
  readonly received: readonly Received[];
  /** What CloudFormation would have been told: answers of a custom resource that was called by hand. */
  readonly answers: readonly string[];
  close(): Promise<void>;
}

/** The API behind the front: HTTPS with a private CA, on loopback, and 401 for whoever has not the credential. */
export async function openBackend(user: string, password: string): Promise<Backend> {
  const name = 'erp.internal.example';
  const root = ca({ subject: 'Backend Root' });
  const own = root.issue({ subject: name, names: [{ dns: name }], purposes: ['serverAuth'] });
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const received: Received[] = [];
  const answers: string[] = [];
  const server = createServer({ key: own.keyPem, cert: own.pem }, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      if (request.url === '/answers') answers.push(body);
      else if (request.headers.authorization !== expected) {
        response.writeHead(401).end();
        return;
      } else received.push({ method: request.method ?? '', target: request.url ?? '', headers: request.headers, body });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ target: request.url }));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the backend has no port');
  return {
    port: address.port,
    authority: root.pem,
    name,
    received,
    answers,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
