import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Dev, type DevEvent, openDev } from '../../../src/local/dev/dev.ts';
import { blocksOf } from './blocks.ts';

jest.setTimeout(30_000);
const root = resolve(import.meta.dirname, '../../..');
let folder = '';
let dev: Dev;
const events: DevEvent[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-dev-'));
  for (const name of ['sallyport.yaml', 'truststore'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  events.length = 0;
  dev = await openDev({
    folder,
    listen: '127.0.0.1',
    port: 0,
    now: Date.now,
    random: randomBytes,
    observe: (event) => void events.push(event),
  });
});
afterEach(async () => {
  await dev.close();
  rmSync(folder, { recursive: true, force: true });
});

function agentOf(client: string): Agent {
  const identity = dev.twins().identities.find((one) => one.client === client);
  return new Agent({
    keepAlive: true,
    maxSockets: 1,
    ca: dev.serverAuthority.pem,
    cert: identity?.chainPem,
    key: identity?.keyPem,
    servername: dev.domain(),
  });
}

interface Seen {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly localPort: number | undefined;
}

function get(agent: Agent, path: string, headers: Record<string, string> = {}): Promise<Seen> {
  return new Promise((done, failed) => {
    const sent = request(
      { host: '127.0.0.1', port: dev.port, path, agent, headers: { host: dev.domain(), ...headers } },
      (response) => {
        const localPort = response.socket.localPort;
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', failed);
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()), localPort }),
        );
      },
    );
    sent.on('error', failed);
    sent.end();
  });
}

/** Waits for an event that comes after now. */
async function next(kind: DevEvent['kind'], change: () => void): Promise<DevEvent> {
  const seen = events.length;
  change();
  for (;;) {
    const event = events.slice(seen).find((one) => one.kind === kind);
    if (event !== undefined) return event;
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

/** Until the agent knows that its idle connections have been ended by the other side. */
async function closed(agent: Agent): Promise<void> {
  while (Object.keys(agent.freeSockets).length > 0) await new Promise((wake) => setTimeout(wake, 5));
}

const edit = (file: string, from: string, to: string) => {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(path, text.replace(from, to));
};

describe('dev', () => {
  test('an allowed request reaches the backend rewritten, as the client that it is, from the egress address', async () => {
    const agent = agentOf('acme');
    const { status, body } = await get(agent, '/orders/7?a=1', {
      'x-sallyport-client': 'root',
      'x-forwarded-for': '203.0.113.9',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      path: '/Orders/rest/v1/7',
      query: 'a=1',
      headers: { 'x-sallyport-client': 'acme', 'x-forwarded-for': '127.0.0.1' },
    });
    expect(body.connectedFrom).toBe(dev.backends.egressAddress ?? '127.0.0.1');
    agent.destroy();
  });

  test('a refused client reads its own mistake, and the operator every reason by the reference', async () => {
    const agent = agentOf('globex');
    const { status, body } = await get(agent, '/orders/7');
    expect(status).toBe(403);
    expect(body).toMatchObject({ message: 'Forbidden', reason: 'address_not_allowed', yourAddress: '127.0.0.1' });
    expect(dev.decisionOf(String(body.reference))?.reasons?.[0]).toMatchObject({
      code: 'address_not_allowed',
      remedy: expect.any(String),
    });
    agent.destroy();
  });

  test('a good edit is live, a bad one keeps the last good registry and names the line', async () => {
    const agent = agentOf('acme');
    expect((await get(agent, '/stock/1')).status).toBe(403);
    await next('reloaded', () =>
      edit('truststore/clients/acme.yaml', '"POST /orders"]', '"POST /orders", "GET /stock/**"]'),
    );
    expect((await get(agent, '/stock/1')).status).toBe(200);
    const kept = await next('kept', () => edit('truststore/clients/acme.yaml', 'allow:', 'alow:'));
    expect(kept).toMatchObject({
      problems: expect.arrayContaining([
        expect.objectContaining({ place: expect.objectContaining({ file: 'truststore/clients/acme.yaml', line: 7 }) }),
      ]),
    });
    expect((await get(agent, '/stock/1')).status).toBe(200);
    const overlay = blocksOf({ client: 'acme' });
    await next('reloaded', () => writeFileSync(join(folder, '.sallyport/blocks.json'), overlay));
    await closed(agent); // the block ends the open connection, and the next request needs one of its own
    expect((await get(agent, '/stock/1')).status).toBe(403); // blocked, although the files are bad
    expect(await next('reloaded', () => edit('truststore/clients/acme.yaml', 'alow:', 'allow:'))).toMatchObject({
      what: 'front', // says that the files are good again, although they say what is live
    });
    agent.destroy();
  });

  test('a blocked client loses its open connection, and only that one', async () => {
    const [acme, warehouse] = [agentOf('acme'), agentOf('acme-warehouse')];
    const first = await get(acme, '/orders/1');
    const other = await get(warehouse, '/stock/1');
    const overlay = blocksOf({ client: 'acme' });
    const event = await next('reloaded', () => writeFileSync(join(folder, '.sallyport/blocks.json'), overlay));
    expect(event).toMatchObject({ what: 'blocks', ended: 1 });
    await closed(acme);
    const after = await get(acme, '/orders/1');
    expect(after.status).toBe(403);
    expect(after.localPort).not.toBe(first.localPort);
    expect((await get(warehouse, '/stock/1')).localPort).toBe(other.localPort);
    acme.destroy();
    warehouse.destroy();
  });

  test('a removed CA cuts an open keep-alive connection, and its clients are refused at the edge', async () => {
    const globex = agentOf('globex-archive');
    expect((await get(globex, '/orders/1/invoice')).status).toBe(200);
    const event = await next('reloaded', () => {
      for (const name of ['globex', 'globex-archive', 'globex-trial'])
        rmSync(join(folder, `truststore/clients/${name}.yaml`));
      for (const name of ['globex-ca.yaml', 'globex-ca.pem']) rmSync(join(folder, `truststore/authorities/${name}`));
    });
    expect(event).toMatchObject({ what: 'front', ended: 1 });
    await closed(globex);
    expect(await get(globex, '/orders/1/invoice')).toMatchObject({ status: 403, body: { message: 'Forbidden' } });
    globex.destroy();
  });
});
