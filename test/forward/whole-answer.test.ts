import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type ForwardError, forwardErrorOf } from '../../src/forward/failure.ts';
import { pairsOf } from '../../src/forward/sending.ts';
import { answerWithRequest, closeAll, config, connection, httpServer, listen, outbound } from './loopback.ts';

afterEach(closeAll);

const failureOf = async (work: Promise<unknown>): Promise<ForwardError> =>
  work.then(
    () => {
      throw new Error('It did not fail.');
    },
    (error: unknown) => forwardErrorOf(error, 'erp'),
  );
const reach = (port: number) => connection(config({ url: `http://127.0.0.1:${port}` }));
/** A server that writes these bytes to whoever says something, and perhaps ends the connection. */
const rawServer = (answer: string, ends = true) =>
  listen(createServer((socket) => socket.once('data', () => (ends ? socket.end(answer) : socket.write(answer)))));

test('status, header fields and every byte of a body of many pieces', async () => {
  const pieces = Array.from({ length: 40 }, (_, index) => Buffer.alloc(10_000, index));
  const { port } = await httpServer((_, response) => {
    response.writeHead(201, [
      ['Set-Cookie', 'a=b'],
      ['Set-Cookie', 'c=d'],
      ['X-Latin', '\xe9'],
    ]);
    for (const piece of pieces) response.write(piece);
    response.end();
  });
  const answer = await reach(port).forwardWhole(outbound(), 400_000);
  expect(answer.status).toBe(201);
  expect(answer.headers.filter(([name]) => name !== 'Date')).toEqual([
    ['Set-Cookie', 'a=b'],
    ['Set-Cookie', 'c=d'],
    ['X-Latin', '\xe9'],
  ]);
  expect(Buffer.concat(pieces).equals(answer.body)).toBe(true);
});

test('what is sent is what a stream would send', async () => {
  const { port } = await httpServer(answerWithRequest);
  const { body } = await reach(port).forwardWhole(
    outbound({ method: 'POST', query: 'a=1', body: Buffer.from('a') }),
    9_999,
  );
  expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({ method: 'POST', body: 'YQ==' });
});

test('no body, an interim answer first, and an answer to HEAD', async () => {
  const empty = await rawServer('HTTP/1.1 204 No Content\r\n\r\n');
  expect(await reach(empty).forwardWhole(outbound(), 10)).toEqual({
    status: 204,
    headers: [],
    body: new Uint8Array(0),
  });
  const interim = await rawServer(
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  );
  const answer = await reach(interim).forwardWhole(outbound(), 10);
  expect([answer.status, answer.headers, Buffer.from(answer.body).toString()]).toEqual([200, [], 'ok']);
  const head = await rawServer('HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n');
  expect((await reach(head).forwardWhole(outbound({ method: 'HEAD' }), 10)).body.length).toBe(0);
});

test('one byte more than the maximum fails at once, and the backend is let go', async () => {
  let closed = 0;
  const { port } = await httpServer((_, response) => {
    response.on('close', () => {
      closed += 1;
    });
    response.write('a'.repeat(11));
  });
  expect((await failureOf(reach(port).forwardWhole(outbound({ deadlineMilliseconds: 10_000 }), 10))).code).toBe(
    'answer_too_large',
  );
  for (let waited = 0; closed === 0 && waited < 200; waited += 1) await pause(5);
  expect(closed).toBe(1);
});

test.each([
  ['before the header fields', '', 'headers_timeout'],
  ['in the middle of the header fields', 'HTTP/1.1 200 OK\r\nX-', 'headers_timeout'],
  ['in the middle of the body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab', 'body_timeout'],
])('a backend that stops %s', async (_, answer, code) => {
  const port = await rawServer(answer, false);
  const error = await failureOf(reach(port).forwardWhole(outbound({ deadlineMilliseconds: 60 }), 10));
  expect(error).toMatchObject({ code, status: 504, detail: `127.0.0.1:${port}: nothing for 60 ms` });
});

test.each([
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab', 'closed'],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab', 'closed'],
  ['SSH-2.0-OpenSSH_9.2\r\n', 'answer_malformed'],
])('%j is a failure, never half an answer', async (answer, code) => {
  const port = await rawServer(answer);
  expect((await failureOf(reach(port).forwardWhole(outbound(), 100))).code).toBe(code);
});

test('what cannot be written as a request never leaves', async () => {
  const { port } = await httpServer(answerWithRequest);
  for (const wrong of [{ method: 'G ET' }, { target: 'orders' }, { target: '/a b' }]) {
    expect((await failureOf(reach(port).forwardWhole(outbound(wrong), 10))).code).toBe('request_unsendable');
  }
});

/** The first request of a connection is answered with `first`, the second one ends it after `second`. */
async function forgetful(second: string): Promise<{ port: number; requests: () => number }> {
  let requests = 0;
  const port = await listen(
    createServer((socket) => {
      let isFirst = true;
      socket.on('error', () => {});
      socket.on('data', () => {
        requests += 1;
        if (isFirst) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        else if (second === '') socket.resetAndDestroy();
        else socket.end(second);
        isFirst = false;
      });
    }),
  );
  return { port, requests: () => requests };
}

test('a dead pooled connection costs an idempotent request one more try, and no other request', async () => {
  const { port, requests } = await forgetful('');
  const through = reach(port);
  const get = async () => {
    const { body } = await through.forwardWhole(outbound(), 10);
    await pause(5);
    return Buffer.from(body).toString();
  };
  expect(await get()).toBe('ok');
  expect(await get()).toBe('ok');
  expect(requests()).toBe(3);
  const post = outbound({ method: 'POST', body: Buffer.from('a') });
  expect((await failureOf(through.forwardWhole(post, 10))).code).toBe('closed');
  expect(requests()).toBe(4);
});

test('an answer that had begun is not asked for again', async () => {
  const { port, requests } = await forgetful('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab');
  const through = reach(port);
  await through.forwardWhole(outbound(), 10);
  await pause(5);
  expect((await failureOf(through.forwardWhole(outbound(), 10))).code).toBe('closed');
  expect(requests()).toBe(2);
});

test('header fields that are no list are a mistake of ours', () => {
  expect(() => pairsOf({ a: 'b' })).toThrow('raw headers');
});
