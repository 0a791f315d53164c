import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { closeAll, config, connection, httpServer, outbound, textOf } from './loopback.ts';

afterEach(closeAll);

/** A backend that takes one key only, and a store in which that key is, or is not yet. */
async function opened() {
  const world = {
    key: 'old',
    stored: 'old',
    reads: 0,
    now: 1_000_000,
    delayMilliseconds: 0,
    keys: [] as string[],
    held: Promise.resolve(),
  };
  const { port } = await httpServer((request, response) => {
    const shown = String(request.headers['x-api-key']);
    world.keys.push(`${request.method} ${shown}`);
    request.resume().on('end', async () => {
      if (request.url === '/held') await world.held;
      response.statusCode = shown === world.key ? 200 : 401;
      response.end('done');
    });
  });
  const through = connection(
    config({ url: `http://127.0.0.1:${port}`, credential: { kind: 'header', name: 'X-Api-Key', valueFrom: 'erp' } }),
    {
      now: () => world.now,
      async secret() {
        world.reads += 1;
        const { stored } = world;
        if (world.delayMilliseconds > 0) await pause(world.delayMilliseconds);
        return stored;
      },
    },
  );
  const ask = async (request = {}) => (await through.forwardWhole(outbound(request), 100)).status;
  return { world, through, ask };
}

test('a 401 has the secret read again, once a minute, and the request in hand does not wait for it', async () => {
  const { world, ask } = await opened();
  expect(await ask()).toBe(200);
  Object.assign(world, { key: 'new', stored: 'new', delayMilliseconds: 2_500 });
  // Long before the read comes back.
  const asked = performance.now();
  expect(await ask()).toBe(401);
  expect(performance.now() - asked).toBeLessThan(2_000);
  expect(await ask()).toBe(401);
  expect(world.reads).toBe(2);
  await pause(2_600);
  expect(await ask()).toBe(200);

  Object.assign(world, { key: 'newer', delayMilliseconds: 0 });
  for (const [now, reads] of [
    [1_000_000 + 59_999, 2],
    [1_000_000 + 60_000, 3],
    [1_000_000 + 119_999, 3],
  ] as const) {
    world.now = now;
    expect(await ask()).toBe(401);
    await pause(5);
    expect(world.reads).toBe(reads);
  }
});

test.each([
  ['GET', undefined, 200],
  ['PUT', Buffer.from('a'), 200],
  ['POST', Buffer.from('a'), 401],
  ['PATCH', Buffer.from('a'), 401],
  ['PUT', 'a stream', 401],
] as const)('%s, body %j, while another request finds a new value: %d', async (method, body, status) => {
  const { world, ask, through } = await opened();
  expect(await ask()).toBe(200);
  Object.assign(world, { key: 'new', stored: 'new' });
  let release = () => {};
  world.held = new Promise((resolve) => {
    release = resolve;
  });
  const sent = body === 'a stream' ? Readable.from([Buffer.from('a')]) : body;
  const slow = through.forward(outbound({ method, body: sent, target: '/held' }));
  while (!world.keys.includes(`${method} old`)) await pause(1);
  // Its 401 has the value read again, while the first request is still with the backend.
  expect(await ask({ target: '/other' })).toBe(401);
  await pause(5);
  release();
  const answer = await slow;
  expect([answer.status, await textOf(answer.body)]).toEqual([status, 'done']);
  const again = world.keys.filter((key) => key === `${method} new`).length;
  expect(again).toBe(status === 200 ? 1 : 0);
  expect(world.reads).toBe(2);
});
