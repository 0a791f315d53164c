import { createServer } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { createServer as createTlsServer } from 'node:tls';
import { backendOf } from '../../src/forward/backend.ts';
import type { TlsMaterial } from '../../src/forward/credentials/credential.ts';
import { Pool } from '../../src/forward/pool.ts';
import { socketsOf } from '../../src/forward/sockets.ts';
import { directTransport } from '../../src/forward/transports/direct.ts';
import type { Transport } from '../../src/forward/transports/transport.ts';
import { ca } from '../pki.ts';
import { closeAll, config, listen } from './loopback.ts';

afterEach(closeAll);

const root = ca({ subject: 'Backend Root' });
const served = root.issue({ purposes: ['serverAuth'], names: [{ dns: 'erp.example' }] });
const clients = ca({ subject: 'Client Root' });
const materialOf = (name: string): TlsMaterial => {
  const { chainPem, keyPem } = clients.issue({ subject: name });
  return { certificate: chainPem, key: keyPem };
};

/** A server that asks for a client certificate and answers with the name in it, and with whether the session was resumed. */
async function asking(): Promise<number> {
  const server = createTlsServer(
    { cert: served.chainPem, key: served.keyPem, ca: clients.pem, requestCert: true, rejectUnauthorized: true },
    (socket) => socket.end(`${socket.getPeerCertificate().subject.CN}`),
  );
  return listen(server);
}

const read = async (socket: Duplex) => {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
};

test('what a credential shows in the handshake is asked for before each socket, and a new value counts at once', async () => {
  const port = await asking();
  const settings = config({ url: `https://127.0.0.1:${port}`, serverName: 'erp.example', authorities: root.pem });
  let material = materialOf('first');
  const open = socketsOf(settings, backendOf(settings), directTransport({}), async () => material);
  expect([await read(await open()), await read(await open())]).toEqual(['first', 'first']);
  material = materialOf('second');
  // A session of the first certificate would still say "first".
  expect([await read(await open()), await read(await open())]).toEqual(['second', 'second']);
});

test('two connections to one host never share a session', async () => {
  const port = await asking();
  const settings = config({ url: `https://127.0.0.1:${port}`, serverName: 'erp.example', authorities: root.pem });
  const opens = ['one', 'two'].map((name) => {
    const material = materialOf(name);
    return socketsOf(settings, backendOf(settings), directTransport({}), async () => material);
  });
  const names: string[] = [];
  for (let round = 0; round < 3; round += 1) for (const open of opens) names.push(await read(await open()));
  expect(names).toEqual(['one', 'two', 'one', 'two', 'one', 'two']);
});

/** A transport that is no socket: as a channel of SSH or a relay would be. */
function piped(port: number): Transport {
  return {
    async connect() {
      const [near, far] = duplexPair();
      const socket = await directTransport({}).connect({ host: '127.0.0.1', port, timeoutMilliseconds: 1_000 });
      far.pipe(socket).pipe(far);
      far.on('error', () => socket.destroy());
      return near;
    },
    close: async () => {},
  };
}

test.each(['http', 'https'])('any stream carries a request: %s', async (protocol) => {
  const answer = (socket: Duplex) =>
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
  const server =
    protocol === 'http'
      ? createServer(answer)
      : createTlsServer({ cert: served.chainPem, key: served.keyPem }, (socket: TLSSocket) => answer(socket));
  const port = await listen(server);
  const tls = protocol === 'http' ? {} : { serverName: 'erp.example', authorities: root.pem };
  const settings = config({ url: `${protocol}://127.0.0.1:${port}`, ...tls });
  const backend = backendOf(settings);
  const pool = new Pool(backend, socketsOf(settings, backend, piped(port)), { reuse: 'kept', now: Date.now });
  for (let round = 0; round < 3; round += 1) {
    const line = await pool.take(false);
    expect(line.wasUsed).toBe(round > 0);
    const status = await new Promise((resolve, reject) =>
      line.dispatch(
        { method: 'GET', path: '/', headers: ['Host', 'erp.example'], body: null },
        {
          onRequestStart: () => {},
          onResponseStart: (_, code) => resolve(code),
          onResponseData: () => {},
          onResponseEnd: () => {},
          onResponseError: (_, error) => reject(error),
        },
        Date.now,
      ),
    );
    expect(status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  pool.close();
});
