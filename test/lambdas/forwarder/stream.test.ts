import { PassThrough, Readable, type Writable } from 'node:stream';
import { createStreamingForwarder, type LambdaStreaming, type Prelude } from '../../../lambdas/forwarder/stream.ts';
import type { Connection } from '../../../src/forward/connection.ts';
import { closeAll, config, connection, httpServer } from '../../forward/loopback.ts';
import { harness, reference, restEvent } from './fixture.ts';

afterEach(closeAll);

/** As Lambda's runtime does it: the prelude and eight NUL bytes before the first write, and nothing without a write. */
const http: LambdaStreaming['HttpResponseStream'] = {
  from(stream: Writable, prelude: Prelude): Writable {
    const write = stream.write.bind(stream) as (chunk: unknown, ...rest: unknown[]) => boolean;
    let begun = false;
    const withPrelude = (chunk: unknown, ...rest: unknown[]): boolean => {
      if (!begun) write(`${JSON.stringify(prelude)}\0\0\0\0\0\0\0\0`);
      begun = true;
      return write(chunk, ...rest);
    };
    return Object.assign(stream, { write: withPrelude });
  },
};

async function run(
  means: Parameters<typeof createStreamingForwarder>[0],
  event: unknown = restEvent(),
  remaining = 30_000,
) {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  let ended = false;
  stream.on('data', (chunk) => chunks.push(chunk));
  stream.on('end', () => {
    ended = true;
  });
  stream.on('error', () => {});
  const closed = new Promise((resolve) => stream.on('close', resolve));
  const handling = createStreamingForwarder(means, http)(event, stream, { getRemainingTimeInMillis: () => remaining });
  const failed = await handling.then(
    () => undefined,
    (error: unknown) => error,
  );
  await closed;
  const [prelude = '', body = ''] = Buffer.concat(chunks).toString('latin1').split('\0\0\0\0\0\0\0\0');
  return { failed, ended, prelude: JSON.parse(prelude === '' ? 'null' : prelude) as Prelude | null, body };
}

const answering =
  (body: Readable, status = 200): Connection['forward'] =>
  async () => ({
    status,
    headers: [
      ['Content-Type', 'text/plain'],
      ['Set-Cookie', 'a=b'],
      ['set-cookie', 'c=d'],
      ['Date', 'today'],
    ],
    body,
  });

test('status and header fields first, then the bytes as they come', async () => {
  const { means, record, sent } = harness(answering(Readable.from([Buffer.from([0, 255]), Buffer.from('é')])));
  const { failed, ended, prelude, body } = await run(means);
  expect({ failed, ended }).toEqual({ failed: undefined, ended: true });
  expect(prelude).toEqual({
    statusCode: 200,
    multiValueHeaders: {
      'Content-Type': ['text/plain'],
      'Set-Cookie': ['a=b', 'c=d'],
      'X-Sallyport-Reference': [reference],
    },
  });
  expect(Buffer.from(body, 'latin1')).toEqual(Buffer.from([0, 255, 0xc3, 0xa9]));
  expect(record()).toMatchObject({ outcome: 'answered', status: 200, responseBytes: 4 });
  expect(sent[0]).toMatchObject({ deadlineMilliseconds: 27_000, bodyDeadlineMilliseconds: 29_500 });
});

test('an answer without a body still has its prelude', async () => {
  const { ended, prelude, body } = await run(harness(answering(Readable.from([]), 204)).means);
  expect({ ended, status: prelude?.statusCode, body }).toEqual({ ended: true, status: 204, body: '' });
});

test('before the prelude, refusals and failures have their answers', async () => {
  const refused = await run(harness().means, restEvent({ authorizer: { mac: 'A'.repeat(43) } }));
  expect(refused).toMatchObject({ ended: true, prelude: { statusCode: 403 } });
  expect(JSON.parse(refused.body)).toMatchObject({ message: 'Forbidden' });
  const failed = await run(harness().means, restEvent({ bound: { connection: 'crm' } }));
  expect(failed).toMatchObject({ ended: true, prelude: { statusCode: 502 } });
  expect(JSON.parse(failed.body)).toEqual({ message: 'Bad gateway', reference, code: 'connection_unknown' });
  const odd = await run(harness(answering(Readable.from(['x']), 600)).means);
  expect(odd).toMatchObject({ ended: true, prelude: { statusCode: 502 } });
});

test('after the prelude a failure destroys the stream: it never ends cleanly', async () => {
  const { port } = await httpServer((request, response) => {
    response.write('half');
    if (request.url?.includes('reset')) setTimeout(() => request.socket.resetAndDestroy(), 30);
  });
  const through = connection(config({ url: `http://127.0.0.1:${port}` }));
  for (const [path, code] of [
    ['/orders/reset', 'closed'],
    ['/orders/slow', 'body_timeout'],
  ] as const) {
    const { means, record } = harness();
    const { failed, ended, prelude, body } = await run(
      { ...means, connection: () => through },
      restEvent({ bound: { path } }),
      700,
    );
    expect({ ended, status: prelude?.statusCode, body }).toEqual({ ended: false, status: 200, body: 'half' });
    expect(failed).toEqual(new Error('The answer broke off.'));
    expect(record()).toMatchObject({ outcome: 'failed', status: 200, code, responseBytes: 4 });
  }
});

test('a caller that goes away lets the backend go', async () => {
  const body = new PassThrough();
  body.write('first');
  const stream = new PassThrough();
  stream.on('error', () => {});
  const { means } = harness(answering(body));
  const handling = createStreamingForwarder(means, http)(restEvent(), stream);
  setTimeout(() => stream.destroy(), 20);
  await expect(handling).rejects.toThrow('broke off');
  expect(body.destroyed).toBe(true);
});

test('far more than 6 MB', async () => {
  const chunk = Buffer.alloc(65_536, 'a');
  const body = Readable.from(
    (function* () {
      for (let index = 0; index < 320; index += 1) yield chunk;
    })(),
  );
  const { means, record } = harness(answering(body));
  expect((await run(means)).body.length).toBe(320 * 65_536);
  expect(record()).toMatchObject({ responseBytes: 320 * 65_536 });
});
