import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { createAuthorizer } from '../../lambdas/authorizer/authorize.ts';
import { createForwarder } from '../../lambdas/forwarder/forward-event.ts';
import { keepBindingKeys } from '../../src/aws/binding-keys.ts';
import { replaceLeakedBinding, rotateBinding } from '../../src/aws/rotate-binding.ts';
import { IdentityCache } from '../../src/core/decide/identities.ts';
import { emptyOverlay } from '../../src/core/decide/overlay.ts';
import { loadRegistry } from '../../src/core/registry/load.ts';
import { acme, documentWith, orders } from '../core/decide/fixture.ts';
import { during } from '../pki.ts';
import { restEvent as authorizerEvent } from './authorizer/example-events.ts';
import { harness, restEvent as proxyEvent } from './forwarder/fixture.ts';
import { RotatingSecret } from './rotating-secret.ts';

jest.setTimeout(60_000);

const registry = loadRegistry(documentWith([acme]));
const request = { method: 'GET', path: '/orders/7', stage: 'live' };

/** Authorizers and forwarders, each a sandbox with keys of its own, over one secret and one clock. */
function openFront(lag: () => number) {
  let clock = during;
  const timers: { readonly at: number; readonly go: () => void }[] = [];
  const now = () => clock;
  const secret = new RotatingSecret(now);
  const failures: unknown[] = [];
  const keysOf = (use: 'sign' | 'verify') =>
    keepBindingKeys(use, {
      read: (stage) => secret.value(stage, lag()),
      now,
      wait: () => new Promise((done) => setImmediate(done)),
      failed: (error) => failures.push(error),
    });
  function openAuthorizer() {
    const kept = keysOf('sign');
    return createAuthorizer({
      live: () => ({ registry, overlay: emptyOverlay }),
      macKey: async () => (await kept.keys())[0] ?? new Uint8Array(0),
      stage: 'live',
      domain: 'api.example.com',
      bindsExtendedRequestId: true,
      identities: new IdentityCache(),
      now,
      random: randomBytes,
      log: () => {},
    });
  }
  function openForwarder() {
    const kept = keysOf('verify');
    const { means } = harness(async () => ({ status: 200, headers: [], body: Readable.from([]) }));
    const [connection] = [means.connection('erp')];
    return createForwarder({
      ...means,
      connection: () => connection,
      macKeys: kept.keys,
      newerMacKeys: kept.again,
      now,
    });
  }
  return {
    secret,
    failures,
    openAuthorizer,
    openForwarder,
    now,
    wait: (milliseconds: number) => new Promise<void>((go) => timers.push({ at: clock + milliseconds, go })),
    /** Time goes on, and whoever waited for it. */
    async pass(milliseconds: number) {
      clock += milliseconds;
      for (const timer of timers.splice(0)) {
        if (timer.at <= clock) timer.go();
        else timers.push(timer);
      }
      await new Promise((done) => setImmediate(done));
    },
  };
}

type Authorizer = ReturnType<ReturnType<typeof openFront>['openAuthorizer']>;
type Forwarder = ReturnType<ReturnType<typeof openFront>['openForwarder']>;

async function call(authorizer: Authorizer, forwarder: Forwarder): Promise<number> {
  const event = authorizerEvent({ certificatePem: orders.pem });
  const { context } = await authorizer(event);
  const { extendedRequestId } = (event as { requestContext: { extendedRequestId: string } }).requestContext;
  const { statusCode } = await forwarder(
    proxyEvent({
      bound: request,
      authorizer: context,
      context: { extendedRequestId },
      identity: { clientCert: { clientCertPem: orders.pem } },
      event: { body: null },
    }),
  );
  return statusCode;
}

/** Each step: how long nothing happens, who decides, who forwards. Some sandboxes are frozen for most of it. */
const steps = fc.array(
  fc.record({
    pause: fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 2_000, max: 90_000 })),
    authorizer: fc.integer({ min: 0, max: 3 }),
    forwarder: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 60, maxLength: 120 },
);

async function underLoad(
  front: ReturnType<typeof openFront>,
  plan: readonly { pause: number; authorizer: number; forwarder: number }[],
  rotate: () => Promise<unknown>,
): Promise<number[]> {
  const authorizers = Array.from({ length: 4 }, front.openAuthorizer);
  const forwarders = Array.from({ length: 4 }, front.openForwarder);
  const statuses: number[] = [];
  let rotation: Promise<unknown> | undefined;
  for (const [at, { pause, authorizer, forwarder }] of plan.entries()) {
    if (at === 10) rotation = rotate();
    const [decides, forwards] = [authorizers[authorizer], forwarders[forwarder]];
    if (decides === undefined || forwards === undefined) throw new Error('no such sandbox');
    statuses.push(await call(decides, forwards));
    await front.pass(pause);
  }
  while ((await Promise.race([rotation, Promise.resolve('waiting')])) === 'waiting') await front.pass(60_000);
  return statuses;
}

const means = (front: ReturnType<typeof openFront>, said: string[] = []) => ({
  secret: front.secret,
  newKey: () => 'never used: the secret makes its own',
  now: front.now,
  wait: front.wait,
  say: (line: string) => void said.push(line),
});

test('a rotation under load loses no request, although Secrets Manager answers with what was there half a minute ago', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.infiniteStream(fc.integer({ min: 0, max: 30_000 })), async (plan, lags) => {
      const front = openFront(() => lags.next().value ?? 0);
      const before = front.secret.stages.AWSCURRENT;
      const statuses = await underLoad(front, plan, () => rotateBinding(means(front)));
      expect(statuses.filter((status) => status !== 200)).toEqual([]);
      expect(front.secret.stages.AWSCURRENT).not.toBe(before);
      expect(Object.values(front.secret.stages).filter(Boolean)).toHaveLength(1);
      expect(front.failures).toEqual([]);
    }),
    { numRuns: 40, endOnFailure: true },
  );
});

test('two rotations at once, and one that was interrupted: nothing is lost, and one key is left', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 0, max: 6 }), async (plan, killedAt) => {
      const front = openFront(() => 0);
      let operations = 0;
      const dying = means(front);
      const mortal =
        <A extends unknown[], T>(work: (...given: A) => Promise<T>) =>
        async (...given: A) => {
          operations += 1;
          if (operations > killedAt) throw new Error('killed');
          return work(...given);
        };
      const { secret } = front;
      const killed = rotateBinding({
        ...dying,
        secret: {
          read: () => secret.read(),
          put: mortal((value: string, stage: 'AWSCURRENT' | 'AWSPENDING') => secret.put(value, stage)),
          keep: mortal((current: string) => secret.keep(current)),
          promote: mortal((version: string, from: string | undefined) => secret.promote(version, from)),
          drop: mortal((stage: 'AWSPREVIOUS' | 'AWSPENDING', version: string) => secret.drop(stage, version)),
        },
      }).catch(() => {});
      const statuses = await underLoad(front, plan, async () => {
        await Promise.all([killed, rotateBinding(means(front)).catch(() => {})]);
        await rotateBinding(means(front));
      });
      expect(statuses.filter((status) => status !== 200)).toEqual([]);
      expect(Object.values(secret.stages).filter(Boolean)).toHaveLength(1);
    }),
    { numRuns: 20, endOnFailure: true },
  );
});

test('a new value put by hand loses no request either: the forwarder reads again', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const front = openFront(() => 0);
      const statuses = await underLoad(front, plan, () => front.secret.put('', 'AWSCURRENT'));
      expect(statuses.filter((status) => status !== 200)).toEqual([]);
    }),
    { numRuns: 20, endOnFailure: true },
  );
});

test('a leaked key is retired at once; what that costs is said, and is over after five minutes', async () => {
  const front = openFront(() => 0);
  const [authorizer, forwarder] = [front.openAuthorizer(), front.openForwarder()];
  expect(await call(authorizer, forwarder)).toBe(200);
  const said: string[] = [];
  await replaceLeakedBinding(means(front, said));
  expect(Object.values(front.secret.stages).filter(Boolean)).toHaveLength(1);
  expect(said.join('\n')).toMatch(/up to 5 minutes, requests are refused \(403, binding_invalid\)/);
  // Another forwarder starts, and knows the new key only.
  expect(await call(authorizer, front.openForwarder())).toBe(403);
  await front.pass(301_000);
  expect(await call(authorizer, forwarder)).toBe(200);
  expect(await call(front.openAuthorizer(), front.openForwarder())).toBe(200);
});

describe('reading', () => {
  test('at once while the keys are young; a MAC of nobody reads once in 30 s, however many come', async () => {
    const front = openFront(() => 0);
    const [authorizer, forwarder] = [front.openAuthorizer(), front.openForwarder()];
    await call(authorizer, forwarder);
    expect(front.secret.reads).toBe(4);
    const forged = openFront(() => 0);
    await forged.secret.put('', 'AWSCURRENT');
    await forged.secret.put('', 'AWSCURRENT');
    await forged.secret.drop('AWSPREVIOUS', forged.secret.stages.AWSPREVIOUS ?? '');
    const stranger = forged.openAuthorizer();
    const storm = await Promise.all(Array.from({ length: 20 }, () => call(stranger, forwarder)));
    expect(new Set(storm)).toEqual(new Set([403]));
    expect(front.secret.reads).toBe(7);
    await Promise.all([front.pass(31_000), forged.pass(31_000)]);
    expect(await call(stranger, forwarder)).toBe(403);
    expect(front.secret.reads).toBe(10);
    expect(await call(authorizer, forwarder)).toBe(200);
  });

  test('Secrets Manager down: the keys that are known go on, it is said, and it is tried every 30 s', async () => {
    const front = openFront(() => 0);
    const [authorizer, forwarder] = [front.openAuthorizer(), front.openForwarder()];
    await call(authorizer, forwarder);
    front.secret.broken = true;
    await front.pass(301_000);
    const before = front.secret.reads;
    for (let round = 0; round < 5; round += 1) expect(await call(authorizer, forwarder)).toBe(200);
    expect(front.secret.reads).toBe(before + 4);
    expect(front.failures).toHaveLength(2);
    await front.pass(31_000);
    front.secret.broken = false;
    expect(await call(authorizer, forwarder)).toBe(200);
    expect(front.failures).toHaveLength(2);
    // A new sandbox without keys decides nothing.
    front.secret.broken = true;
    await expect(call(front.openAuthorizer(), forwarder)).rejects.toThrow('cannot decide');
  });
});
