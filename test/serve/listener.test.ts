import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { openListener } from '../../src/serve/listener.ts';
import {
  acme,
  acmeClient,
  call,
  dial,
  type Front,
  openFront,
  readUntil,
  serverLeaf,
  serverRoot,
  stranger,
} from '../local/open-front.ts';

const head = 'Host: api.example.com\r\n';

/** What `openssl s_client` prints about the handshake; undefined where there is no openssl. */
function opensslClient(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const client = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'api.example.com']);
    let text = '';
    client.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    client.on('error', () => resolve(undefined));
    client.on('close', () => resolve(text));
    client.stdin.on('error', () => {});
    client.stdin.end();
  });
}

describe('the TLS listener', () => {
  let front: Front;
  beforeAll(async () => {
    front = await openFront();
  });
  afterAll(() => front.close());

  /** Sends bytes and returns the status of each answer. */
  async function raw(bytes: string): Promise<readonly string[]> {
    const socket = await dial(front.port);
    const reading = readUntil(socket);
    socket.write(bytes, 'latin1');
    setTimeout(() => socket.end(), 200);
    return [...(await reading).matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status ?? '');
  }

  test('a registered client gets through', async () => {
    expect(await call(front.port, '/orders')).toMatchObject({ status: 200, text: '{"ok":true}' });
  });

  test('names no CA in its request, so that every client sends what it has', async () => {
    const stdout = await opensslClient(front.port);
    if (stdout === undefined) return console.log('skipped: openssl is not on this machine');
    expect(stdout).toContain('No client certificate CA names sent');
    return undefined;
  });

  test('takes an unknown certificate through the handshake and refuses it in HTTP', async () => {
    const reply = await call(front.port, '/orders', { client: stranger });
    expect(reply).toMatchObject({ status: 403, text: '{"message":"Forbidden"}' });
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'disconnects who sends no certificate (%s), before any request',
    async (version) => {
      const before = front.exchanges.length;
      const none = { minVersion: version, maxVersion: version, cert: undefined, key: undefined };
      // In TLS 1.2 the client may see the end before its own handshake is through.
      const socket = await dial(front.port, none).catch(() => undefined);
      if (socket !== undefined) {
        const reading = readUntil(socket);
        socket.write(`GET /orders HTTP/1.1\r\n${head}\r\n`);
        expect(await reading).toBe('');
      }
      expect(front.exchanges.length).toBe(before);
    },
  );

  test('does not speak TLS 1.1', async () => {
    const dialing = dial(front.port, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' });
    await expect(dialing).rejects.toThrow(/protocol version|alert|unsupported protocol/);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('allows no renegotiation (%s)', async (version) => {
    const socket = await dial(front.port, { minVersion: version, maxVersion: version });
    const renegotiated = await new Promise((resolve) => {
      socket.on('error', () => resolve(false));
      socket.on('close', () => resolve(false));
      if (socket.renegotiate({}, (error) => resolve(error === null)) === false) resolve(false);
    });
    expect(renegotiated).toBe(false);
    socket.destroy();
  });

  test.each([
    ['two Hosts', `GET /orders HTTP/1.1\r\n${head}${head}\r\n`],
    ['two Hosts in other spellings', `GET /orders HTTP/1.1\r\n${head}HOST: other.example\r\n\r\n`],
    ['a second Host behind many headers', `GET /orders HTTP/1.1\r\n${head}${'a: b\r\n'.repeat(1500)}${head}\r\n`],
    ['a version that this is not', `GET /orders HTTP/2.0\r\n${head}\r\n`],
    ['no Host', 'GET /orders HTTP/1.1\r\n\r\n'],
    [
      'Transfer-Encoding and Content-Length',
      `POST /orders HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
    ],
    ['Content-Length twice', `POST /orders HTTP/1.1\r\n${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`],
    ['a length with a sign', `POST /orders HTTP/1.1\r\n${head}Content-Length: +5\r\n\r\nabcde`],
    [
      'chunked that is not last',
      `POST /orders HTTP/1.1\r\n${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    ],
    ['a space before the colon', `GET /orders HTTP/1.1\r\n${head}X-One : 1\r\n\r\n`],
    ['a folded header', `GET /orders HTTP/1.1\r\n${head}X-One: 1\r\n folded\r\n\r\n`],
    ['a NUL in a header', `GET /orders HTTP/1.1\r\n${head}X-One: 1\0\r\n\r\n`],
    ['a bare line feed', `GET /orders HTTP/1.1\n${head}\n`],
    ['another protocol', 'SSH-2.0-client\r\n\r\n'],
  ])('refuses %s', async (_, bytes) => {
    const before = front.authorizerEvents.length;
    // What is smuggled behind the first request must not be read as a second one.
    expect(await raw(`${bytes}GET /smuggled HTTP/1.1\r\n${head}\r\n`)).toEqual([expect.stringMatching(/^4\d\d$/)]);
    expect(front.authorizerEvents.length).toBe(before);
  });

  test.each([
    [
      'an upgrade is a request like any other',
      `GET /orders HTTP/1.1\r\n${head}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      ['200'],
    ],
    ['CONNECT is none', 'CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com\r\n\r\n', []],
    ['an expectation that nobody meets', `GET /orders HTTP/1.1\r\n${head}Expect: tea\r\n\r\n`, ['417']],
  ])('%s', async (_, bytes, statuses) => {
    expect(await raw(bytes)).toEqual(statuses);
  });

  test('one connection serves request after request, also after a refusal', async () => {
    const statuses = await raw(`GET /a|b HTTP/1.1\r\n${head}\r\nGET /orders HTTP/1.1\r\n${head}\r\n`);
    expect(statuses).toEqual(['400', '200']);
  });
});

test('what the handler throws ends the connection and is told', async () => {
  const failures: unknown[] = [];
  const listener = await openListener({
    hostname: '127.0.0.1',
    port: 0,
    certificate: serverLeaf.chainPem,
    key: serverLeaf.keyPem,
    handle: () => Promise.reject(new Error('defect')),
    failed: (error) => failures.push(error),
  });
  await expect(call(listener.port, '/orders')).rejects.toThrow();
  expect(failures).toEqual([new Error('defect')]);
  await listener.close();
});

describe('time and room', () => {
  test('a head that does not come to its end is answered 408', async () => {
    const front = await openFront(
      {},
      { headersMilliseconds: 150, requestMilliseconds: 300, checkEveryMilliseconds: 50 },
    );
    const socket = await dial(front.port);
    const reading = readUntil(socket);
    socket.write('GET /orders HTTP/1.1\r\nHost: api');
    expect(await reading).toContain('408 Request Timeout');
    expect(front.authorizerEvents).toEqual([]);
    await front.close();
  });

  test('a body that does not come to its end neither', async () => {
    const front = await openFront(
      {},
      { headersMilliseconds: 100, requestMilliseconds: 200, checkEveryMilliseconds: 50 },
    );
    const socket = await dial(front.port);
    const reading = readUntil(socket);
    socket.write(`POST /orders HTTP/1.1\r\n${head}Content-Length: 10\r\n\r\nabc`);
    expect(await reading).not.toContain('200 OK');
    expect(front.forwarderEvents).toEqual([]);
    await front.close();
  });

  test('a handshake that does not begin ends', async () => {
    const front = await openFront({}, { handshakeMilliseconds: 100 });
    const socket = connect(front.port, '127.0.0.1');
    await new Promise((resolve) => socket.on('error', resolve).on('close', resolve));
    await front.close();
  });

  test('connections above the limit are not taken', async () => {
    const front = await openFront({}, { connections: 1 });
    const first = await dial(front.port);
    await expect(dial(front.port)).rejects.toThrow();
    first.destroy();
    await front.close();
  });
});

describe('hot reload', () => {
  const other = serverRoot.issue({
    subject: 'api.example.com',
    names: [{ dns: 'api.example.com' }],
    purposes: ['serverAuth'],
  });

  /** The session that a client may resume, and whether one was resumed. */
  async function handshake(port: number, version: 'TLSv1.2' | 'TLSv1.3', session?: Buffer) {
    const socket = await dial(port, { minVersion: version, maxVersion: version, session });
    const ticket =
      version === 'TLSv1.2'
        ? Promise.resolve(socket.getSession())
        : new Promise<Buffer>((resolve) => socket.once('session', resolve));
    const reading = readUntil(socket, (text) => text.includes('"ok":true'));
    socket.write(`GET /orders HTTP/1.1\r\n${head}\r\n`);
    await reading;
    const resumed = socket.isSessionReused();
    const seen = {
      resumed,
      serial: socket.getPeerCertificate().serialNumber,
      session: resumed ? undefined : await ticket,
    };
    socket.destroy();
    return seen;
  }

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a resumed session still carries its certificate; a recheck ends it (%s)',
    async (version) => {
      const front = await openFront();
      const first = await handshake(front.port, version);
      expect(first.resumed).toBe(false);
      expect((await handshake(front.port, version, first.session)).resumed).toBe(true);
      expect(front.authorizerEvents.length).toBe(2);

      front.listener.recheck(() => true);
      expect((await handshake(front.port, version, first.session)).resumed).toBe(false);
      await front.close();
    },
  );

  test('a recheck ends the open connections that are no longer kept, and no others', async () => {
    const front = await openFront();
    const open: TLSSocket[] = [await dial(front.port), await dial(front.port, {}, stranger)];
    const closed = open.map(
      (socket) => new Promise<string>((resolve) => socket.on('error', () => {}).on('close', () => resolve('closed'))),
    );
    const ended = front.listener.recheck(([leaf]) => Buffer.compare(leaf ?? Buffer.alloc(0), acmeClient.der) !== 0);
    expect(ended).toBe(1);
    expect(await closed[0]).toBe('closed');
    expect(open[1]?.destroyed).toBe(false);
    open[1]?.destroy();
    await front.close();
  });

  test('new handshakes see the new certificate; a pair that does not fit changes nothing', async () => {
    const front = await openFront();
    const before = await handshake(front.port, 'TLSv1.3');
    expect(() => front.listener.reload({ certificate: other.chainPem, key: acme.keyPem })).toThrow();
    expect((await handshake(front.port, 'TLSv1.3')).serial).toBe(before.serial);
    front.listener.reload({ certificate: other.chainPem, key: other.keyPem });
    const after = await handshake(front.port, 'TLSv1.3', before.session);
    expect(after.serial).not.toBe(before.serial);
    expect(after.resumed).toBe(false);
    expect(await call(front.port, '/orders', { client: stranger })).toMatchObject({ status: 403 });
    await front.close();
  });
});
