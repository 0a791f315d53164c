import { createHash } from 'node:crypto';
import { Agent } from 'node:https';
import { PassThrough, type Writable } from 'node:stream';
import { createForwarder, type ForwarderMeans } from '../../lambdas/forwarder/forward-event.ts';
import { createStreamingForwarder, type Prelude } from '../../lambdas/forwarder/stream.ts';
import { bind } from '../../src/core/binding.ts';
import type { Connection } from '../../src/forward/connection.ts';
import { closeAll, config, connection, outbound, textOf } from '../forward/loopback.ts';
import { type Door, misbehavingBackend, misbehaviours, wrongAnswers } from '../forward/misbehaving.ts';
import { bound, key, now, restEvent } from '../lambdas/forwarder/fixture.ts';
import { acmeClient, api, call, type Front, openFront } from '../local/open-front.ts';
import { during } from '../pki.ts';

afterEach(closeAll);
// Nearly four thousand requests, on a machine that may be busy.
jest.setTimeout(60_000);

/**
 * One caller never gets what was meant for another, whatever a backend does before the next request is on its socket: each
 * way in beside the others, because they share a pool and differ in how they read it.
 */
const meansOf = (through: Connection, at: number): ForwarderMeans => ({
  connection: () => through,
  macKeys: () => [key],
  stage: 'live',
  now: () => at,
  log: () => {},
});
const eventFor = (id: string) =>
  restEvent({
    bound: { method: 'GET', path: `/orders/${id}`, strip: 0, to: '' },
    event: { body: null, isBase64Encoded: false, multiValueQueryStringParameters: null },
  });

const streamed = (means: ForwarderMeans): Door => {
  const preludes = new WeakMap<Writable, Prelude>();
  const forward = createStreamingForwarder(means, {
    from(stream, prelude) {
      preludes.set(stream, prelude);
      return stream;
    },
  });
  return async (id) => {
    const stream = new PassThrough();
    const reading = textOf(stream).catch(() => 'broken off');
    await forward(eventFor(id), stream).catch(() => undefined);
    const body = await reading;
    const status = preludes.get(stream)?.statusCode ?? 0;
    // A stream that broke off is no answer: the caller sees that it did.
    return body === 'broken off' ? { status: 502, body: '' } : { status, body };
  };
};

const failed = () => ({ status: 502, body: '' });
const functions: Readonly<Record<string, (through: Connection) => Door>> = {
  'the buffered function': (through) => {
    const forward = createForwarder(meansOf(through, now));
    return async (id) => {
      const { statusCode, body, isBase64Encoded } = await forward(eventFor(id));
      return { status: statusCode, body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8').toString() };
    };
  },
  'the streaming function': (through) => streamed(meansOf(through, now)),
  'a connection, whole': (through) => (id) =>
    through
      .forwardWhole(outbound({ target: `/orders/${id}` }), 100_000)
      .then(({ status, body }) => ({ status, body: Buffer.from(body).toString() }), failed),
  'a connection, with bodies in its requests': (through) => (id) =>
    through
      .forwardWhole(outbound({ method: 'PUT', target: `/orders/${id}`, body: Buffer.from('body') }), 100_000)
      .then(({ status, body }) => ({ status, body: Buffer.from(body).toString() }), failed),
};

describe.each(Object.keys(functions))('%s', (name) => {
  test.each(Object.keys(misbehaviours))('a backend that %s', async (manners) => {
    const port = await misbehavingBackend(misbehaviours[manners] ?? (() => {}));
    for (let round = 0; round < 2; round += 1) {
      // A new one each time: after a first stray answer a connection trusts its backend no longer.
      const through = connection(config({ url: `http://127.0.0.1:${port}`, timeoutSeconds: 2 }));
      const door = functions[name]?.(through) ?? (async () => ({ status: 0, body: 'no door' }));
      expect(await wrongAnswers(door, `r${round}`)).toEqual([]);
    }
  });
});

describe('dev', () => {
  let front: Front;
  let through: Connection;
  const agent = new Agent({ keepAlive: true, maxSockets: 6 });
  beforeAll(async () => {
    front = await openFront({
      authorizer: async (event) => {
        const { httpMethod, path, requestContext } = event as {
          httpMethod: string;
          path: string;
          requestContext: { extendedRequestId: string };
        };
        const { extendedRequestId } = requestContext;
        const certificateSha256 = createHash('sha256').update(acmeClient.der).digest('hex');
        const seen = { method: httpMethod, path, stage: api.stage, certificateSha256, extendedRequestId };
        const order = { ...bound, ...seen, strip: 0, to: '', expiresAt: during / 1000 + 25 };
        const Statement = [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: '*' }];
        return {
          principalId: 'acme',
          policyDocument: { Version: '2012-10-17', Statement },
          context: { ...bind(order, key) },
        };
      },
      forwarder: (event) =>
        createForwarder({ ...meansOf(through, during), connection: () => through })(event) as Promise<never>,
    });
  });
  afterAll(async () => {
    agent.destroy();
    await front.close();
  });
  test.each(Object.keys(misbehaviours))('a backend that %s', async (manners) => {
    const port = await misbehavingBackend(misbehaviours[manners] ?? (() => {}));
    through = connection(config({ url: `http://127.0.0.1:${port}`, timeoutSeconds: 2 }));
    const door: Door = async (id) => {
      const { status, text } = await call(front.port, `/orders/${id}`, { agent });
      return { status, body: text };
    };
    expect(await wrongAnswers(door, 'dev')).toEqual([]);
    // What behaves is answered, so this has tested something.
    if (manners === 'behaves well') expect(await door('last')).toEqual({ status: 200, body: 'last' });
  });
});
