import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Pool } from 'undici';
import { openDev } from '../src/local/dev/dev.ts';

/**
 * A front in a process of its own: `node dev-fronts.ts dev FOLDER` or `… bare FOLDER BACKEND_PORT`. Tells its parent where
 * it listens, and `dev` with which of its twins to call it. `bare` is the least that proxies mutual TLS in Node: no
 * decision, no headers of its own, the answer streamed through.
 */
export interface Listening {
  readonly port: number;
  readonly client?: { readonly certificate: string; readonly key: string };
}

// When the parent is gone, so are its fronts.
process.on('disconnect', () => process.exit());

const [kind, folder = '', backendPort] = process.argv.slice(2);
const listening = kind === 'dev' ? await openDevFront() : await openBareFront();
process.send?.(listening);

async function openDevFront(): Promise<Listening> {
  const dev = await openDev({
    folder,
    listen: '127.0.0.1',
    port: 0,
    realSecrets: () => async () => '',
    now: Date.now,
    random: randomBytes,
    observe: () => {},
  });
  const [twin] = dev.twins().identities;
  if (twin === undefined) throw new Error('no twin');
  return { port: dev.port, client: { certificate: twin.chainPem, key: twin.keyPem } };
}

async function openBareFront(): Promise<Listening> {
  const read = (name: string) => readFileSync(join(folder, name));
  const pool = new Pool(`http://127.0.0.1:${backendPort}`, { connections: 64 });
  const server = createServer(
    {
      cert: read('server.pem'),
      key: read('server.key'),
      requestCert: true,
      // As at an edge: asked for, and looked at once a handshake.
      rejectUnauthorized: false,
    },
    (request, response) => {
      pool
        .stream({ path: request.url ?? '/', method: 'GET', opaque: response }, ({ statusCode, headers }) => {
          response.writeHead(statusCode, { 'content-type': String(headers['content-type']) });
          return response;
        })
        .catch(() => response.destroy());
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port };
}
