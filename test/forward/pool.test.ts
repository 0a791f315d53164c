import { once } from 'node:events';
import { stat } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Connection } from '../../src/forward/connection.ts';
import { closeAll, config, connection, listen, outbound } from './loopback.ts';

afterEach(closeAll);

const ok = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** A backend that counts its sockets, and answers with the socket's number and the request's. */
async function counting(more: (socket: Socket, request: number) => void = () => {}) {
  const seen = { sockets: 0, requests: 0 };
  const port = await listen(
    createServer((socket) => {
      seen.sockets += 1;
      const name = seen.sockets;
      socket.on('error', () => {});
      socket.on('data', () => {
        seen.requests += 1;
        socket.write(ok(`${name}/${seen.requests}`));
        more(socket, seen.requests);
      });
    }),
  );
  return { port, seen };
}

const get = async (through: Connection, method = 'GET') =>
  Buffer.from((await through.forwardWhole(outbound({ method }), 1_000)).body).toString();
const reach = (port: number, more: Parameters<typeof connection>[1] = {}, values = {}) =>
  connection(config({ url: `http://127.0.0.1:${port}`, ...values }), more);

test('a socket is used again, unless the connection says never', async () => {
  const kept = await counting();
  const through = reach(kept.port);
  for (let index = 0; index < 4; index += 1) await get(through);
  expect(kept.seen).toEqual({ sockets: 1, requests: 4 });

  const never = await counting();
  const once = reach(never.port, {}, { reuse: 'never' });
  expect(await Promise.all([get(once), get(once), get(once, 'POST')])).toHaveLength(3);
  await get(once);
  expect(never.seen).toEqual({ sockets: 4, requests: 4 });
});

test('a socket that has spoken unasked is not used again, and its backend is not trusted for ten minutes', async () => {
  let now = 1_000_000;
  const { port, seen } = await counting((socket, request) => {
    if (request === 1) setTimeout(() => socket.write(ok('stray')), 5);
  });
  const through = reach(port, { now: () => now });
  expect(await get(through)).toBe('1/1');
  await pause(20);
  expect(await get(through, 'POST')).toBe('2/2');
  expect(await get(through)).toBe('3/3');
  now += 599_000;
  expect(await get(through)).toBe('4/4');
  now += 2_000;
  expect(await get(through)).toBe('5/5');
  expect(await get(through)).toBe('5/6');
  expect(seen).toEqual({ sockets: 5, requests: 6 });
});

test('408 to a socket that waits is a farewell, not a reason to mistrust', async () => {
  const { port, seen } = await counting((socket, request) => {
    if (request === 1) setTimeout(() => socket.end('HTTP/1.1 408 Request Timeout\r\n\r\n'), 5);
  });
  const through = reach(port);
  await get(through);
  await pause(20);
  expect([await get(through), await get(through)]).toEqual(['2/2', '2/3']);
  expect(seen.sockets).toBe(2);
});

/** In another thread, because this one stands still in the test below. `written` counts the stray answers that are in the kernel. */
const strayBackend = `
  const { parentPort, workerData } = require('node:worker_threads');
  const written = new Int32Array(workerData);
  const ok = (body) => 'HTTP/1.1 200 OK\\r\\nContent-Length: ' + body.length + '\\r\\n\\r\\n' + body;
  let sockets = 0;
  require('node:net').createServer((socket) => {
    const name = String(sockets += 1);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', () => {
      socket.write(ok(name));
      parentPort.removeAllListeners('message').once('message', () => socket.write(ok('stray'), () => {
        Atomics.add(written, 0, 1);
        Atomics.notify(written, 0);
      }));
    });
  }).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port); });
`;

test('what the kernel has and nobody has read counts as spoken: the next request goes over another socket', async () => {
  const shared = new SharedArrayBuffer(4);
  const written = new Int32Array(shared);
  const worker = new Worker(strayBackend, { eval: true, workerData: shared });
  try {
    const [port] = (await once(worker, 'message')) as [number];
    for (let round = 0; round < 6; round += 1) {
      const through = reach(port);
      const first = await get(through);
      const second = await new Promise<string>((resolve, reject) => {
        const ask = () => {
          const before = Atomics.load(written, 0);
          worker.postMessage('speak');
          // No socket is looked at while the stray answer arrives.
          Atomics.wait(written, 0, before, 10_000);
          get(through, round % 2 === 0 ? 'POST' : 'GET').then(resolve, reject);
        };
        // In each phase of the event loop: behind some of them setImmediate comes before the next look at the sockets.
        if (round % 3 === 0) setTimeout(ask, 1);
        else if (round % 3 === 1) setImmediate(ask);
        else stat('.', ask);
      });
      expect(['stray', first]).not.toContain(second);
    }
  } finally {
    await worker.terminate();
  }
});

test('what failed before it was written is sent again, a POST too', async () => {
  const { port, seen } = await counting((socket, request) => {
    if (request === 1) soon(() => socket.write(ok('stray')));
  });
  const soon = (work: () => void) => setTimeout(work, 0);
  const through = reach(port);
  await get(through);
  await pause(2);
  const answers = await Promise.all([get(through, 'POST'), get(through, 'POST'), get(through)]);
  expect(answers.every((answer) => answer !== 'stray')).toBe(true);
  expect(seen.requests).toBe(4);
});

test('more requests than lines wait for one, and each gets its own answer', async () => {
  let open = 0;
  let most = 0;
  const port = await listen(
    createServer((socket) => {
      open += 1;
      most = Math.max(most, open);
      socket.on('close', () => {
        open -= 1;
      });
      socket.on('data', (chunk: Buffer) => {
        const id = /^GET \/(\d+) /.exec(chunk.toString())?.[1] ?? '';
        setTimeout(() => socket.write(ok(id)), 2);
      });
    }),
  );
  const through = reach(port);
  const ids = Array.from({ length: 200 }, (_, index) => String(index));
  const answers = await Promise.all(
    ids.map(async (id) =>
      Buffer.from((await through.forwardWhole(outbound({ target: `/${id}` }), 100)).body).toString(),
    ),
  );
  expect(answers).toEqual(ids);
  expect(most).toBe(64);
});

test('a connection that is closed fails those who wait, and opens nothing more', async () => {
  const port = await listen(createServer(() => {}));
  const through = reach(port);
  const waiting = Array.from({ length: 70 }, () => through.forwardWhole(outbound(), 10).catch((error) => error.code));
  await pause(50);
  await through.close();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['closed']));
});
