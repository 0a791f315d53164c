import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { createForwarder, type ForwarderMeans } from '../../lambdas/forwarder/forward-event.ts';
import { createStreamingForwarder, type Prelude } from '../../lambdas/forwarder/stream.ts';
import { closeAll, config, connection, listen, outbound, textOf } from '../forward/loopback.ts';
import { bound, key, now, restEvent } from '../lambdas/forwarder/fixture.ts';

afterEach(closeAll);

/** As IIS with Windows authentication: the first request of a socket logs in, every later one is that user's. */
async function userOfSocketBackend() {
  const users = new WeakMap<Socket, string>();
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const { authorization = '' } = request.headers;
    seen.push(authorization);
    if (/^(ntlm|negotiate|kerberos)/i.test(authorization)) users.set(request.socket, authorization.split(' ')[1] ?? '');
    const user = users.get(request.socket);
    if (user !== undefined) return response.end(`the letters of ${user}`);
    response.writeHead(401, [
      ['WWW-Authenticate', 'Negotiate'],
      ['WWW-Authenticate', 'NTLM'],
      ['WWW-Authenticate', 'Basic realm="erp"'],
    ]);
    return response.end('who are you');
  });
  return { port: await listen(server), seen };
}

type Headers = Readonly<Record<string, readonly string[]>>;
type Answer = { readonly status: number; readonly body: string };
const eventWith = (headers: Headers) =>
  restEvent({
    bound: { method: 'GET', path: '/orders', strip: 0, to: '' },
    event: { body: null, isBase64Encoded: false, multiValueHeaders: headers },
  });

const hosts: Readonly<Record<string, (means: ForwarderMeans) => (headers: Headers) => Promise<Answer>>> = {
  buffered: (means) => {
    const forward = createForwarder(means);
    return async (headers) => {
      const { statusCode, body, isBase64Encoded } = await forward(eventWith(headers));
      return { status: statusCode, body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8').toString() };
    };
  },
  streaming: (means) => async (headers) => {
    const stream = new PassThrough();
    let begun: Prelude | undefined;
    const from = (inner: PassThrough, prelude: Prelude) => {
      begun = prelude;
      return inner;
    };
    const reading = textOf(stream);
    await createStreamingForwarder(means, { from: from as never })(eventWith(headers), stream);
    return { status: begun?.statusCode ?? 0, body: await reading };
  },
};

test.each(Object.keys(hosts))(
  'a backend that keeps a user a socket never meets a caller who logs one in: %s',
  async (host) => {
    const { port, seen } = await userOfSocketBackend();
    const through = connection(config({ url: `http://127.0.0.1:${port}` }));
    const lines: string[] = [];
    const means: ForwarderMeans = {
      connection: (name) => (name === bound.connection ? through : undefined),
      macKeys: () => [key],
      stage: 'live',
      now: () => now,
      log: (line) => lines.push(line),
    };
    const ask = hosts[host]?.(means) ?? (async () => ({ status: 0, body: 'no host' }));
    for (const scheme of ['NTLM alice', 'Negotiate alice', 'kerberos alice']) {
      const refused = await ask({ Authorization: [scheme] });
      expect(refused.status).toBe(403);
      expect(JSON.parse(refused.body)).toMatchObject({ message: 'Forbidden', code: 'connection_authentication' });
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ outcome: 'failed', code: 'connection_authentication' });
      expect(lines.at(-1)).not.toContain('alice');
      // The next caller, over whatever socket there is.
      expect(await ask({})).toEqual({ status: 401, body: 'who are you' });
    }
    expect(seen).toEqual(['', '', '']);
  },
);

test('of its challenges only those of a request come back', async () => {
  const { port } = await userOfSocketBackend();
  const answer = await connection(config({ url: `http://127.0.0.1:${port}` })).forwardWhole(outbound(), 100);
  expect(answer.headers.filter(([name]) => name.toLowerCase() === 'www-authenticate')).toEqual([
    ['WWW-Authenticate', 'Basic realm="erp"'],
  ]);
});
