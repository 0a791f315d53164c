import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { openListener, type Refusal } from '../../src/serve/listener.ts';
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
function opensslClient(port: number, options: readonly string[] = []): Promise<string | undefined> {
  return new Promise((resolve) => {
    const to = ['-connect', `127.0.0.1:${port}`, '-servername', 'api.example.com'];
    const client = spawn('openssl', ['s_client', ...to, ...options]);
    let text = '';
    for (const stream of [client.stdout, client.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
    }
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
    'disconnects who sends no certificate (%s), before any request, behind a whole handshake',
    async (version) => {
      const before = front.exchanges.length;
      const socket = await dial(front.port, {
        minVersion: version,
        maxVersion: version,
        cert: undefined,
        key: undefined,
      });
      const errors: Error[] = [];
      const ended = new Promise<void>((resolve) => socket.on('end', resolve).on('close', () => resolve()));
      socket.on('error', (error) => errors.push(error));
      const reading = readUntil(socket);
      socket.write(`GET /orders HTTP/1.1\r\n${head}\r\n`);
      await ended;
      expect(await reading).toBe('');
      // close_notify, not a reset.
      expect(errors).toEqual([]);
      expect(front.exchanges.length).toBe(before);
    },
  );

  test('OpenSSL, without a certificate in TLS 1.2: the handshake is through, and its end is said', async () => {
    const text = await opensslClient(front.port, ['-tls1_2', '-ign_eof']);
    if (text === undefined) return console.log('skipped: openssl is not on this machine');
    expect(text).toMatch(/New, TLSv1\.2, Cipher is ECDHE/);
    expect(text).toMatch(/^closed$/m);
    expect(text).not.toMatch(/unexpected eof|errno/);
    return undefined;
  });

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
    ['CONNECT is none', 'CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com\r\n\r\n', ['400']],
    ['an expectation that nobody meets', `GET /orders HTTP/1.1\r\n${head}Expect: tea\r\n\r\n`, ['417']],
  ])('%s', async (_, bytes, statuses) => {
    expect(await raw(bytes)).toEqual(statuses);
  });

  test('one connection serves request after request, also after a refusal', async () => {
    const statuses = await raw(`GET /a|b HTTP/1.1\r\n${head}\r\nGET /orders HTTP/1.1\r\n${head}\r\n`);
    expect(statuses).toEqual(['400', '200']);
  });
});

describe('what is refused below HTTP is told', () => {
  test.each<[string, string, Partial<Refusal>]>([
    ['what is no HTTP', 'no sense\r\n\r\n', { kind: 'unparsed', detail: 'HPE_INVALID_METHOD' }],
    ['a head with two meanings', `GET / HTTP/1.1\r\n${head}${head}\r\n`, { kind: 'head', detail: '2 Host fields' }],
    [
      'a coding that we do not know',
      `POST / HTTP/1.1\r\n${head}Transfer-Encoding: gzip, chunked\r\n\r\n`,
      { kind: 'head' },
    ],
    ['CONNECT', `CONNECT api.example.com:443 HTTP/1.1\r\n${head}\r\n`, { kind: 'head', detail: 'CONNECT' }],
    ['more requests than anybody waits for', `GET / HTTP/1.1\r\n${head}\r\n`.repeat(100), { kind: 'pipelined' }],
  ])('%s', async (_, bytes, refusal) => {
    const front = await openFront();
    const socket = await dial(front.port);
    const reading = readUntil(socket);
    socket.write(bytes);
    await reading;
    await front.close();
    expect(front.refusals).toEqual([expect.objectContaining({ address: '127.0.0.1', ...refusal })]);
  });

  test('no certificate, and bytes that are no TLS', async () => {
    const front = await openFront();
    await readUntil(await dial(front.port, { cert: undefined, key: undefined }));
    const plain = connect(front.port, '127.0.0.1')
      .resume()
      .on('error', () => {});
    plain.write('GET / HTTP/1.1\r\n\r\n');
    await new Promise((resolve) => plain.on('close', resolve));
    await front.close();
    expect(front.refusals.map(({ kind, address }) => [kind, address])).toEqual([
      ['no-certificate', '127.0.0.1'],
      ['handshake', '127.0.0.1'],
    ]);
  });
});

test('who has said all it wants to say still gets its answer', async () => {
  const front = await openFront({
    forwarder: async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { statusCode: 200, body: '{"ok":true}' };
    },
  });
  const socket = await dial(front.port, { allowHalfOpen: true } as object);
  const reading = readUntil(socket);
  socket.end(`POST /orders HTTP/1.1\r\n${head}Content-Length: 2\r\n\r\nok`);
  expect(await reading).toContain('{"ok":true}');
  await front.close();
});

test('a refused large body: its answer is read, although the caller writes on', async () => {
  const front = await openFront();
  const socket = await dial(front.port);
  const reading = readUntil(socket);
  socket.write(`POST /orders HTTP/1.1\r\n${head}Content-Length: 20000000\r\n\r\n`);
  socket.end(Buffer.alloc(20_000_000, 'a'));
  expect(await reading).toMatch(/^HTTP\/1\.1 413 /);
  await front.close();
});

test('a caller that never stops is dropped at a bound', async () => {
  const front = await openFront({}, { lingerBytes: 100_000, lingerMilliseconds: 60_000 });
  const socket = await dial(front.port);
  const reading = readUntil(socket);
  socket.write(`POST /orders HTTP/1.1\r\n${head}Content-Length: 20000000\r\n\r\n`);
  const timer = setInterval(() => socket.write(Buffer.alloc(50_000, 'a')), 5);
  await new Promise((resolve) => socket.on('close', resolve));
  clearInterval(timer);
  await reading;
  await front.close();
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
