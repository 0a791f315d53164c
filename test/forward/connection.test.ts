import { createServer, type Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { ForwardError, forwardErrorOf } from '../../src/forward/failure.ts';
import {
  answerOk,
  answerWithRequest,
  closeAll,
  config,
  connection,
  echo,
  httpServer,
  listen,
  outbound,
  textOf,
} from './loopback.ts';

afterEach(closeAll);

const failureOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ForwardError ? error.code : error;
};

test('method, path, query and body arrive byte for byte, with our header fields once', async () => {
  const { port } = await httpServer(answerWithRequest);
  const through = connection(config({ url: `http://127.0.0.1:${port}` }));
  const seen = await echo(through, {
    method: 'PATCH',
    target: '/orders/a%2Fb/%C3%A9;v=1/',
    query: 'a=%2B&b',
    headers: [
      ['Host', 'globex.example'],
      ['host', 'initech.example'],
      ['X_Sallyport_Client', 'globex'],
      ['Content-Type', 'application/octet-stream'],
      ['Content-Length', '7'],
      ['Transfer-Encoding', 'chunked'],
      ['Expect', '100-continue'],
    ],
    body: new Uint8Array([0, 255, 128, 10]),
  });
  expect(seen).toMatchObject({ method: 'PATCH', url: '/orders/a%2Fb/%C3%A9;v=1/?a=%2B&b', body: 'AP+ACg==' });
  const fields = seen.headers.map(([name, value]) => `${name.toLowerCase()}: ${value}`).sort();
  expect(fields).toEqual([
    'client-cert: :MAMCAQc=:',
    'connection: keep-alive',
    'content-length: 4',
    'content-type: application/octet-stream',
    `host: 127.0.0.1:${port}`,
    'x-forwarded-for: 198.51.100.9',
    'x-sallyport-client: acme',
    'x-sallyport-reference: 0123456789abcdefghjk',
  ]);
});

test('any path and query of our grammar goes onto the wire as it is', async () => {
  const { port } = await httpServer(answerWithRequest);
  const through = connection(config({ url: `http://127.0.0.1:${port}` }));
  const segment = fc.string({
    unit: fc.constantFrom(..."abzAZ09-._~!$'()*+,:@&=", '%20', '%2F', '%C3%A9', '%e2%82%ac'),
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(segment, { maxLength: 4 }), segment, async (segments, query) => {
      const target = `/${segments.join('/')}`;
      const { url } = await echo(through, { target, query });
      expect(url).toBe(query === '' ? target : `${target}?${query}`);
    }),
    { numRuns: 60 },
  );
});

test('status, several Set-Cookie and bytes come back; a redirect is not followed', async () => {
  const { port } = await httpServer((_, response) => {
    response.writeHead(
      302,
      [
        ['Location', 'http://127.0.0.1:1/'],
        ['Set-Cookie', 'a=b'],
        ['Set-Cookie', 'c=d'],
        ['Connection', 'X-Hop'],
        ['X-Hop', '1'],
      ].flat(),
    );
    response.end(Buffer.from([0, 159, 255]));
  });
  const inbound = await connection(config({ url: `http://127.0.0.1:${port}` })).forward(outbound());
  expect(inbound.status).toBe(302);
  expect(inbound.headers.filter(([name]) => name !== 'Date')).toEqual([
    ['Location', 'http://127.0.0.1:1/'],
    ['Set-Cookie', 'a=b'],
    ['Set-Cookie', 'c=d'],
  ]);
  const chunks = await inbound.body.toArray();
  expect(Buffer.concat(chunks)).toEqual(Buffer.from([0, 159, 255]));
});

test.each([
  [
    { kind: 'basic', user: 'front', passwordFrom: 'erp' } as const,
    'Authorization',
    `Basic ${btoa('front:secret of erp')}`,
  ],
  [{ kind: 'bearer', tokenFrom: 'erp' } as const, 'Authorization', 'Bearer secret of erp'],
  [{ kind: 'header', name: 'X-Api-Key', valueFrom: 'erp' } as const, 'X-Api-Key', 'secret of erp'],
])('%j is sent in place of what the caller sent', async (credential, name, value) => {
  const { port } = await httpServer(answerWithRequest);
  const through = connection(config({ url: `http://127.0.0.1:${port}`, credential }));
  const headers = [
    [name, 'forged'],
    [name.toUpperCase(), 'forged'],
    [name.replaceAll('-', '_'), 'forged'],
    ['Connection', name],
  ] as const;
  const seen = await echo(through, { headers });
  expect(seen.headers.filter(([key]) => key.toLowerCase().replaceAll('_', '-') === name.toLowerCase())).toEqual([
    [name, value],
  ]);
});

test('a missing or unwritable secret is a failure that does not show it', async () => {
  const { port } = await httpServer(answerOk);
  const credential = { kind: 'bearer', tokenFrom: 'erp' } as const;
  for (const [secret, code] of [
    [async () => Promise.reject(new Error('the token is hunter2')), 'secret_unavailable'],
    [async () => 'hunter2\r\nX-Sallyport-Client: globex', 'secret_malformed'],
    [async () => '', 'secret_unavailable'],
  ] as const) {
    const through = connection(config({ url: `http://127.0.0.1:${port}`, credential }), { secret });
    const error = await through.forward(outbound()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, detail: expect.stringContaining('secret:erp') });
    expect(JSON.stringify([error, String(error), error instanceof ForwardError ? error.cause : ''])).not.toContain(
      'hunter2',
    );
  }
});

test('plain http needs to be allowed in writing, and a url is an origin', () => {
  expect(() => connection({ ...config({ url: 'http://127.0.0.1:1' }), allowPlaintext: false })).toThrow(
    'not encrypted',
  );
  for (const url of [
    '',
    'erp',
    'ftp://a.example',
    'https://a.example/path',
    'https://u:p@a.example',
    'https://a.example/?q',
    'https://',
  ]) {
    expect(() => connection(config({ url }))).toThrow('not an origin');
  }
  try {
    connection(config({ url: 'https://user:hunter2@a.example' }));
  } catch (error) {
    expect(String(error)).not.toContain('hunter2');
  }
});

test('one connection is kept and used again, until it was idle for a minute by the wall clock', async () => {
  const sockets = new Set<Socket>();
  const { port } = await httpServer((request, response) => {
    sockets.add(request.socket);
    response.setHeader('Keep-Alive', 'timeout=600');
    answerWithRequest(request, response);
  });
  let now = 1_000_000;
  const through = connection(config({ url: `http://127.0.0.1:${port}` }), { now: () => now });
  await echo(through);
  // The socket goes back to the pool in the turn after the body's end.
  await pause(1);
  await echo(through);
  await pause(1);
  now += 59_000;
  await echo(through);
  expect(sockets.size).toBe(1);
  now += 61_000;
  // Also for what must not be sent twice: the flow behind a NAT is gone, and nobody tells.
  expect((await echo(through, { method: 'POST', body: Buffer.from('a') })).body).toBe('YQ==');
  expect(sockets.size).toBe(2);
  now -= 10_000;
  await echo(through);
  expect(sockets.size).toBe(3);
});

/** Answers the first request of each connection and resets the connection at the second. */
async function forgetfulServer(): Promise<{ port: number; requests: () => number }> {
  let requests = 0;
  const server = createServer((socket) => {
    let first = true;
    socket.on('data', () => {
      requests += 1;
      if (!first) socket.resetAndDestroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      first = false;
    });
  });
  return { port: await listen(server), requests: () => requests };
}

test('a dead pooled connection costs an idempotent request one more try, and no other request', async () => {
  const { port, requests } = await forgetfulServer();
  const through = connection(config({ url: `http://127.0.0.1:${port}` }));
  const get = async () => {
    const text = await textOf((await through.forward(outbound())).body);
    await pause(1);
    return text;
  };
  expect(await get()).toBe('ok');
  expect(await get()).toBe('ok');
  expect(requests()).toBe(3);
  expect(await failureOf(through.forward(outbound({ method: 'POST', body: Buffer.from('a') })))).toBe('closed');
  expect(requests()).toBe(4);
});

test('a backend that closes each connection is not asked twice on the first', async () => {
  let requests = 0;
  const server = createServer((socket) =>
    socket.on('data', () => {
      requests += 1;
      socket.destroy();
    }),
  );
  const port = await listen(server);
  expect(await failureOf(connection(config({ url: `http://127.0.0.1:${port}` })).forward(outbound()))).toBe('closed');
  expect(requests).toBe(1);
});

test('a backend that is slow with its answer fails at the deadline of the request or of the connection', async () => {
  const { port } = await httpServer(() => {});
  const url = `http://127.0.0.1:${port}`;
  const slow = connection(config({ url }));
  const error = await slow.forward(outbound({ deadlineMilliseconds: 60 })).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'headers_timeout', status: 504, detail: `127.0.0.1:${port}: nothing for 60 ms` });
  const limited = connection(config({ url, timeoutSeconds: 1 }));
  expect(await failureOf(limited.forward(outbound()))).toBe('headers_timeout');
});

test('a backend that stops in the middle fails the body, never ends it', async () => {
  const { port } = await httpServer((_, response) => void response.write('half'));
  const through = connection(config({ url: `http://127.0.0.1:${port}` }));
  const inbound = await through.forward(outbound({ deadlineMilliseconds: 80 }));
  const error = await textOf(inbound.body).catch((reason: unknown) => forwardErrorOf(reason, 'erp'));
  expect(error).toMatchObject({ code: 'body_timeout', status: 504 });
});

test('a secret that never comes fails at the deadline too', async () => {
  const credential = { kind: 'bearer', tokenFrom: 'erp' } as const;
  const through = connection(config({ url: 'http://127.0.0.1:1', credential }), {
    secret: () => new Promise(() => {}),
  });
  expect(await failureOf(through.forward(outbound({ deadlineMilliseconds: 50 })))).toBe('headers_timeout');
});

test.each([
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab', 'closed'],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab', 'closed'],
])('a truncated body %j is a failure', async (answer, code) => {
  const port = await listen(createServer((socket) => void socket.once('data', () => socket.end(answer))));
  const inbound = await connection(config({ url: `http://127.0.0.1:${port}` })).forward(outbound());
  const error = await textOf(inbound.body).catch((reason: unknown) => forwardErrorOf(reason, 'erp'));
  expect(error).toMatchObject({ code });
});

test.each([
  ['SSH-2.0-OpenSSH_9.2\r\n', 'answer_malformed'],
  [`HTTP/1.1 200 OK\r\nX-Y: ${'a'.repeat(70_000)}\r\n\r\n`, 'answer_headers_too_large'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef', 'answer_malformed'],
])('an answer that is not HTTP, or too much of it, has a name', async (answer, code) => {
  const port = await listen(createServer((socket) => void socket.once('data', () => socket.end(answer))));
  expect(await failureOf(connection(config({ url: `http://127.0.0.1:${port}` })).forward(outbound()))).toBe(code);
});

test('nobody listens, and a name that does not resolve', async () => {
  expect(await failureOf(connection(config({ url: 'http://127.0.0.1:1' })).forward(outbound()))).toBe('refused');
  expect(await failureOf(connection(config({ url: 'http://backend.invalid' })).forward(outbound()))).toBe(
    'name_unknown',
  );
});

test('what cannot be written as a request is a failure of its own', async () => {
  const { port } = await httpServer(answerOk);
  const through = connection(config({ url: `http://127.0.0.1:${port}` }));
  for (const wrong of [
    { method: 'G ET' },
    { method: 'CONNECT' },
    { target: 'orders' },
    { target: '/a b' },
    { target: '/€' },
  ]) {
    expect(await failureOf(through.forward(outbound(wrong)))).toBe('request_unsendable');
  }
});

test('the egress address is the one asked for', async () => {
  if (process.platform !== 'linux') return console.log('skipped: only Linux binds all of 127.0.0.0/8');
  const { port } = await httpServer((request, response) => void response.end(request.socket.remoteAddress));
  const through = connection(config({ url: `http://127.0.0.1:${port}` }), { localAddress: '127.0.0.2' });
  expect(await textOf((await through.forward(outbound())).body)).toBe('127.0.0.2');
});

function* chunks(count: number): Generator<Buffer> {
  for (let index = 0; index < count; index += 1) yield Buffer.alloc(65_536, index);
}

test('100 MB that nobody reads yet are not held: the backend waits', async () => {
  let sent = 0;
  const { port } = await httpServer((_, response) => {
    const source = Readable.from(chunks(1600), { objectMode: false });
    source.on('data', (data: Buffer) => {
      sent += data.length;
    });
    source.pipe(response);
  });
  const through = connection(config({ url: `http://127.0.0.1:${port}` }));
  const { body } = await through.forward(outbound({ deadlineMilliseconds: 60_000 }));
  for (let before = -1; before !== sent; await pause(100)) before = sent;
  // What the kernel's socket buffers take.
  expect(sent).toBeLessThan(40_000_000);
  let bytes = 0;
  for await (const data of body) bytes += data.length;
  expect(bytes).toBe(1600 * 65_536);
});

test('a body of the request may be a stream', async () => {
  const { port } = await httpServer((request, response) => {
    let received = 0;
    request.on('data', (data: Buffer) => {
      received += data.length;
    });
    request.on('end', () => response.end(String(received)));
  });
  const body = Readable.from(chunks(320), { objectMode: false }).pipe(new PassThrough());
  const through = connection(config({ url: `http://127.0.0.1:${port}` }));
  const inbound = await through.forward(outbound({ method: 'POST', body, deadlineMilliseconds: 60_000 }));
  expect(await textOf(inbound.body)).toBe(String(320 * 65_536));
});

test('a request that fails destroys the stream that it should have sent', async () => {
  const body = new PassThrough();
  const through = connection(config({ url: 'http://127.0.0.1:1' }));
  expect(await failureOf(through.forward(outbound({ method: 'POST', body })))).toBe('refused');
  expect(body.destroyed).toBe(true);
});
