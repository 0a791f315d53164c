import { connect } from 'node:net';
import { acmeSubject, type HostileFront, openHostileFront } from './hostile-front.ts';
import { ask, dial, type Partner, readAll } from './partner.ts';

let front: HostileFront;
let acme: Partner;
beforeAll(async () => {
  front = await openHostileFront({
    headersMilliseconds: 300,
    requestMilliseconds: 600,
    keepAliveMilliseconds: 500,
    silentMilliseconds: 700,
    checkEveryMilliseconds: 50,
    handshakeMilliseconds: 500,
    connections: 60,
  });
  acme = front.issuedBy('Acme Issuing', { subject: acmeSubject });
});
afterAll(() => front.close());

const head = 'Host: api.example.com\r\n';
const post = `POST /orders HTTP/1.1\r\n${head}`;
const last = `GET /orders/last HTTP/1.1\r\n${head}Connection: close\r\n\r\n`;
const smuggled = `GET /orders/smuggled HTTP/1.1\r\n${head}\r\n`;

/**
 * Sends the bytes as an allowed client; the statuses that came, and the URLs that reached the backend. The front ends the
 * connection, or the last request asks it to: no time is waited for.
 */
async function send(
  bytes: string,
  to: HostileFront = front,
  partner: Partner = acme,
): Promise<{ statuses: readonly string[]; urls: readonly string[] }> {
  const before = to.served.length;
  const socket = await dial(to.dev, partner);
  const reading = readAll(socket);
  socket.write(bytes, 'latin1');
  const text = await reading;
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status ?? '');
  return { statuses, urls: to.served.slice(before).map(({ url }) => url) };
}

describe('a second request hidden in the first', () => {
  test.each<[string, string]>([
    ['Content-Length and Transfer-Encoding', `${post}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['Transfer-Encoding and Content-Length', `${post}Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n`],
    ['Transfer-Encoding twice', `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`],
    ['Transfer-Encoding: xchunked', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['Transfer-Encoding: chunked, gzip', `${post}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`],
    ['a vertical tab in front of chunked', `${post}Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n`],
    ['a space before the colon', `${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
    ['a folded Transfer-Encoding', `${post}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${post}Content-Length: 0\r\nContent-Length: 5\r\n\r\n`],
    ['a list of lengths', `${post}Content-Length: 0, 5\r\n\r\n`],
    ['a hexadecimal length', `${post}Content-Length: 0x5\r\n\r\n`],
    ['a negative length', `${post}Content-Length: -1\r\n\r\n`],
    ['a length over 64 bits', `${post}Content-Length: 18446744073709551616\r\n\r\n`],
    ['a chunk size that is none', `${post}Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n`],
    ['a chunk size with a sign', `${post}Transfer-Encoding: chunked\r\n\r\n+5\r\nabcde\r\n0\r\n\r\n`],
    ['a chunk size over 64 bits', `${post}Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nabcde\r\n0\r\n\r\n`],
    ['a chunk longer than its size', `${post}Transfer-Encoding: chunked\r\n\r\n2\r\nabcde\r\n0\r\n\r\n`],
    ['a bare line feed after a chunk size', `${post}Transfer-Encoding: chunked\r\n\r\n5\nabcde\r\n0\r\n\r\n`],
    ['a bare line feed between headers', `POST /orders HTTP/1.1\nHost: api.example.com\n\n`],
    ['a bare carriage return', `GET /orders/7 HTTP/1.1\r\n${head}X-One: 1\rX-Two: 2\r\n\r\n`],
    ['a NUL in a header', `GET /orders/7 HTTP/1.1\r\n${head}X-One: 1\0\r\n\r\n`],
    ['a line without a colon', `GET /orders/7 HTTP/1.1\r\n${head}X-One\r\n\r\n`],
    ['an empty header name', `GET /orders/7 HTTP/1.1\r\n${head}: x\r\n\r\n`],
    ['a space in the target', `GET /orders/7 /admin HTTP/1.1\r\n${head}\r\n`],
    ['HTTP/2', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`],
    ['HTTP/0.9', 'GET /orders/7\r\n\r\n'],
    ['two Hosts', `GET /orders/7 HTTP/1.1\r\n${head}Host: admin.example.com\r\n\r\n`],
    ['no Host', 'GET /orders/7 HTTP/1.1\r\n\r\n'],
  ])('%s', async (_, bytes) => {
    const { statuses, urls } = await send(`${bytes}${smuggled}`);
    expect(urls).toEqual([]);
    expect(statuses.length).toBeLessThanOrEqual(1);
    for (const status of statuses) expect(status).toMatch(/^(4\d\d|501)$/);
  });

  test('what is behind a whole request is the next request, decided for itself', async () => {
    const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n5;name=value\r\nabcde\r\n0\r\nX-Trailer: 1\r\n\r\n`;
    const { statuses, urls } = await send(`${chunked}GET /admin HTTP/1.1\r\n${head}\r\n${last}`);
    expect(statuses).toEqual(['200', '403', '200']);
    expect(urls).toEqual(['/orders', '/orders/last']);
    const [chunk] = front.served.slice(-2);
    expect(chunk?.body.toString()).toBe('abcde');
    expect(chunk?.rawHeaders.map((name) => name.toLowerCase())).not.toContain('transfer-encoding');
    expect(chunk?.rawHeaders).not.toContain('X-Trailer');
  });

  test('a body that looks like a request stays a body', async () => {
    const { urls } = await send(`${post}Connection: close\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`);
    expect(urls).toEqual(['/orders']);
    expect(front.served.at(-1)?.body.toString()).toBe(smuggled);
  });

  test('the body of a refused request is not read as a request', async () => {
    const { statuses, urls } = await send(
      `DELETE /orders/7 HTTP/1.1\r\n${head}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    );
    expect(statuses).toEqual(['403']);
    expect(urls).toEqual([]);
  });
});

test('bytes that make no sense in the middle of a long answer are answered behind it, and it comes whole', async () => {
  const socket = await dial(front.dev, acme);
  const seen: Buffer[] = [];
  socket.on('error', () => {});
  socket.write(`GET /orders/long HTTP/1.1\r\n${head}\r\n`);
  await new Promise((resolve) => setTimeout(resolve, 200)); // the answer waits in buffers that are too small for it
  socket.write('no sense\r\n\r\n');
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.on('data', (chunk: Buffer) => seen.push(chunk));
  await new Promise((resolve) => socket.on('close', resolve));
  const text = Buffer.concat(seen).toString('latin1');
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  const end = text.indexOf('\r\n\r\n') + 4 + 4_500_000;
  expect(text.slice(end)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(text.slice(0, end)).not.toContain('400 Bad Request');
});

describe('sizes', () => {
  const megabyte = 1024 * 1024;

  test('headers over 20,480 bytes, over what the parser takes, and too many of them', async () => {
    const long = (size: number) => ask(front.dev, acme, '/orders/7', { headers: [['X-Long', 'a'.repeat(size)]] });
    expect((await long(20_000)).status).toBe(200);
    expect((await long(20_480)).status).toBe(431);
    expect((await long(40_000)).status).toBe(431);
    const many = Array.from({ length: 250 }, (_, at) => [`X-${at}`, 'a'] as const);
    expect((await ask(front.dev, acme, '/orders/7', { headers: many })).status).toBe(431);
  });

  test('both ceilings of a body: 10 MB at the edge, 6 MB of Lambda’s event', async () => {
    const sent = (size: number) =>
      ask(front.dev, acme, '/orders', { method: 'POST', body: Buffer.alloc(size, 'a') }).then(
        ({ status }) => status,
        () => 'ended',
      );
    expect(await sent(4 * megabyte)).toBe(200);
    expect(front.served.at(-1)?.body.length).toBe(4 * megabyte);
    const before = front.served.length;
    expect(await sent(5 * megabyte)).toBe(413);
    // The answer may come while the client still writes.
    expect([413, 'ended']).toContain(await sent(10 * megabyte + 1));
    expect(front.served.length).toBe(before);
  });
});

describe('patience', () => {
  /** Resolves when the front ends the connection. */
  async function slowly(first: string, every: string): Promise<string> {
    const socket = await dial(front.dev, acme);
    const reading = readAll(socket);
    socket.write(first);
    const timer = setInterval(() => socket.writable && socket.write(every), 40);
    return reading.finally(() => clearInterval(timer));
  }

  test('fifty slow callers end, and nobody waits for them', async () => {
    const before = front.served.length;
    const slow = Array.from({ length: 50 }, (_, at) =>
      at % 2 === 0
        ? slowly(`GET /orders/slow HTTP/1.1\r\n${head}`, 'X-A: b\r\n')
        : slowly(`${post}Content-Length: 100000\r\n\r\n`, 'a'),
    );
    const meanwhile = await Promise.all([1, 2, 3].map((at) => ask(front.dev, acme, `/orders/${at}`)));
    expect(meanwhile.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const text of await Promise.all(slow)) expect(text).not.toContain('200 OK');
    expect(front.served.length).toBe(before + 3);
    expect((await ask(front.dev, acme, '/orders/after')).status).toBe(200);
  });

  test('a caller that does not read its answer is not waited for', async () => {
    const socket = await dial(front.dev, acme);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => {});
    // More than the kernel's buffers of both ends hold, so that the front itself is left waiting.
    socket.write(`GET /orders/long HTTP/1.1\r\n${head}\r\n`.repeat(5));
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await closed;
    expect(bytes).toBeLessThan(5 * 4_500_000);
  });

  test('a caller that goes away in the middle leaves the front as it was', async () => {
    for (const part of [`${post}Content-Length: 10\r\n\r\nabc`, `GET /orders/7 HTTP/1.1\r\n${head}`, 'G', '']) {
      const socket = await dial(front.dev, acme);
      socket.on('error', () => {});
      socket.write(part);
      socket.destroy();
    }
    expect((await ask(front.dev, acme, '/orders/after')).status).toBe(200);
  });

  test('bytes that are no TLS at all', async () => {
    for (const bytes of [
      'GET / HTTP/1.1\r\n\r\n',
      '\x16\x03\x01\xff\xff',
      '\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00',
    ]) {
      const socket = connect(front.dev.port, '127.0.0.1');
      const closed = new Promise((resolve) =>
        socket
          .resume()
          .on('error', () => {})
          .on('close', resolve),
      );
      socket.end(bytes, 'latin1');
      await closed;
    }
    expect((await ask(front.dev, acme, '/orders/after')).status).toBe(200);
  });
});

/** With the listener's own times: a busy machine may be slower than the short ones above. */
describe('many requests on one connection', () => {
  let patient: HostileFront;
  let partner: Partner;
  beforeAll(async () => {
    patient = await openHostileFront();
    partner = patient.issuedBy('Acme Issuing', { subject: acmeSubject });
  });
  afterAll(() => patient.close());

  test('a caller that pipelines thousands stands before nobody', async () => {
    const before = patient.served.length;
    const socket = await dial(patient.dev, partner);
    const ended = readAll(socket);
    socket.write(`GET /orders/flood HTTP/1.1\r\n${head}\r\n`.repeat(5_000));
    expect((await ask(patient.dev, partner, '/orders/other')).status).toBe(200);
    await ended;
    const flood = patient.served.slice(before).filter(({ url }) => url === '/orders/flood');
    expect(flood.length).toBeLessThan(50);
  });

  test('pipelined requests are answered one after the other, in order', async () => {
    const paths = Array.from({ length: 20 }, (_, at) => `/orders/${at}`);
    const { statuses, urls } = await send(
      `${paths.map((path) => `GET ${path} HTTP/1.1\r\n${head}\r\n`).join('')}${last}`,
      patient,
      partner,
    );
    expect(statuses).toEqual([...paths, 'last'].map(() => '200'));
    expect(urls).toEqual([...paths, '/orders/last']);
  });
});
