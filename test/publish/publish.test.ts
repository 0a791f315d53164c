import fc from 'fast-check';
import { parameterNames } from '../../src/core/release/layout.ts';
import { withoutWithdrawn } from '../../src/core/release/reduce.ts';
import { EdgeBusyError, EdgeRefusedError } from '../../src/publish/edge.ts';
import { publishFirst } from '../../src/publish/first-release.ts';
import { type PublishRequest, publish } from '../../src/publish/publish.ts';
import { readLive } from '../../src/publish/read-live.ts';
import { type ClientSpec, codesOf, type PartnerName, registryOf, sourceOf } from '../core/release/fixture.ts';
import { Crash, meansOf, openWorld, requestOf, type World } from './fixture.ts';

const acme: ClientSpec = { name: 'acme' };
const globex: ClientSpec = { name: 'globex' };
const initech: ClientSpec = { name: 'initech' };

async function started(clients: readonly ClientSpec[]): Promise<World> {
  const world = openWorld();
  const { pointer } = await publishFirst(meansOf(world), sourceOf(clients), {
    by: 'deploy',
    commit: null,
    reason: null,
  });
  world.edge.current = { uri: world.store.uriOf(pointer.truststore.key), version: pointer.truststore.version };
  return world;
}

async function live(world: World) {
  const found = await readLive(meansOf(world));
  if (found === undefined) throw new Error('nothing is live');
  return found;
}

/** What is live, without what differs from run to run (sequence, times, who). */
async function stateOf(world: World) {
  const { pointer, document } = await live(world);
  return {
    release: pointer.release,
    truststore: pointer.truststore.key,
    clients: withoutWithdrawn(document).clients.map(({ name }) => name),
    edge: world.edge.current?.uri,
    edgeVersion: world.edge.current?.version === pointer.truststore.version,
    uri: world.values.get(parameterNames.truststoreUri),
    version: world.values.get(parameterNames.truststoreVersion) === pointer.truststore.version,
    floor: world.values.get(parameterNames.floor) === String(pointer.sequence),
  };
}

const clientsLive = async (world: World) =>
  withoutWithdrawn((await live(world)).document).clients.map(({ name }) => name);

describe('publish', () => {
  test('an addition: edge first, then registry, in one pointer', async () => {
    const world = await started([acme]);
    const order: string[] = [];
    world.tick = (operation, when) => void (when === 'after' && order.push(operation));
    const result = await publish(meansOf(world), requestOf([acme, globex]));
    expect(result.outcome).toBe('published');
    expect(result.pointer.sequence).toBe(2);
    expect(order.filter((operation) => operation === 'edge' || operation === 'put pointer.json')).toEqual([
      'edge',
      'put pointer.json',
    ]);
    expect(order.indexOf('parameter truststore-uri')).toBeLessThan(order.indexOf('edge'));
    expect(await clientsLive(world)).toEqual(['acme', 'globex']);
  });

  test('a removal: registry first, then edge', async () => {
    const world = await started([acme, globex]);
    const order: string[] = [];
    world.tick = async (operation, when) => {
      if (when === 'after' && (operation === 'edge' || operation === 'put pointer.json'))
        order.push(`${operation}: ${(await clientsLive(world)).join()}`);
    };
    await publish(meansOf(world), requestOf([acme]));
    expect(order).toEqual(['put pointer.json: acme', 'edge: acme', 'put pointer.json: acme']);
    const state = await stateOf(world);
    expect(state).toMatchObject({ clients: ['acme'], edgeVersion: true, version: true, floor: true });
    expect(state.edge).toBe(`s3://front-bucket/truststore/${state.release}.pem`);
  });

  test('a change that leaves the truststore alone is one pointer, and the edge is not asked', async () => {
    const world = await started([acme, { ...globex, allow: ['GET /orders/**', 'POST /orders'] }]);
    const order: string[] = [];
    world.tick = (operation, when) => void (when === 'after' && order.push(operation));
    await publish(meansOf(world), requestOf([acme, { ...globex, allow: ['GET /stock/**'] }]));
    expect(order.filter((operation) => operation === 'put pointer.json')).toHaveLength(1);
    expect(order).not.toContain('edge');
  });

  test('publishing what is live changes nothing, and mends an edge and parameters that drifted', async () => {
    const world = await started([acme]);
    const before = await live(world);
    world.edge.current = { uri: 's3://elsewhere/old.pem', version: 'old' };
    world.values.set(parameterNames.truststoreVersion, 'old');
    const result = await publish(meansOf(world), requestOf([acme]));
    expect(result.outcome).toBe('unchanged');
    expect((await live(world)).etag).toBe(before.etag);
    expect(await stateOf(world)).toMatchObject({ edgeVersion: true, version: true });
  });

  test('before the first release, for another front, and for what is not deployed: refused before anything is written', async () => {
    const empty = openWorld();
    expect(await codesOf(() => publish(meansOf(empty), requestOf([acme])))).toEqual(['nothing_published']);
    const world = await started([acme]);
    const objects = world.objects.size;
    const other = registryOf([acme]);
    const source = { ...sourceOf([acme]), document: { ...other, front: { ...other.front, id: 'another' } } };
    expect(await codesOf(() => publish(meansOf(world), requestOf([acme], { source })))).toEqual(['other_front']);
    const deployed = { connections: { crm: '0'.repeat(16) }, tiers: {}, egress: '0'.repeat(16) };
    expect(
      await codesOf(() => publish(meansOf(world), requestOf([{ ...globex, tier: 'gold' }], { deployed }))),
    ).toEqual(['connection_not_deployed', 'connection_not_deployed', 'connection_not_deployed', 'tier_not_deployed']);
    expect(world.objects.size).toBe(objects);
  });

  test('refuses to undo a release whose commit is not in the history of the files', async () => {
    const world = await started([acme]);
    await publish(meansOf(world), requestOf([acme, globex], { commit: 'aaaaaaa' }));
    const known = (answer: boolean | undefined) => requestOf([acme, initech], { isAncestor: async () => answer });
    expect(await codesOf(() => publish(meansOf(world), known(false)))).toEqual(['history_diverged']);
    expect(await codesOf(() => publish(meansOf(world), known(undefined)))).toEqual(['history_diverged']);
    expect((await publish(meansOf(world), known(true))).outcome).toBe('published');
  });
});

describe('two publishers', () => {
  test('the second is told who and what; after a quarter of an hour, or when told so, it takes over', async () => {
    const world = await started([acme, globex]);
    crashAt(world, (operation, when) => operation === 'edge' && when === 'before');
    await expect(
      publish(meansOf(world), requestOf([acme, initech], { by: 'bob', reason: 'initech joins' })),
    ).rejects.toThrow();
    world.tick = () => {};
    const mine = requestOf([acme], { by: 'carol' });
    await expect(publish(meansOf(world), mine)).rejects.toThrow(/publication 2 by bob .*initech joins/s);
    expect(await codesOf(() => publish(meansOf(world), mine))).toEqual(['publication_under_way']);
    world.clock += 15 * 60_000 + 1;
    expect((await publish(meansOf(world), mine)).outcome).toBe('published');
    expect(await clientsLive(world)).toEqual(['acme']);
  });

  test.each([
    ['before its first pointer', 'put pointer.json', [globex]],
    ['before the edge', 'edge', [globex]],
    ['before its last pointer, which only adds', 'put pointer.json', [acme, globex, initech]],
  ] as const)(
    'one that slept %s until it was taken over stops there: what was removed meanwhile stays so',
    async (_, at, desired) => {
      const world = await started([acme, globex]);
      const asleep: (() => void)[] = [];
      world.tick = (operation, when) =>
        operation === at && when === 'before' ? new Promise<void>((wake) => asleep.push(wake)) : undefined;
      const sleeper = codesOf(() => publish(meansOf(world), requestOf([...desired], { by: 'bob' })));
      while (asleep.length === 0) await new Promise((done) => setImmediate(done));
      world.tick = () => {};
      const taker = requestOf([acme], { by: 'carol', takeOver: true });
      expect((await publish(meansOf(world), taker)).outcome).toBe('published');
      const before = await live(world);
      for (const wake of asleep) wake();
      expect(await sleeper).toEqual(['publication_overtaken']);
      expect((await live(world)).pointer).toEqual(before.pointer);
      // The edge may have been moved by the one that woke up; the next publication, or status, sees it.
      expect(await clientsLive(world)).toEqual(['acme']);
    },
  );

  test('both at once: each operation of one interleaved with the other, one wins and the other is told', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const world = await started([acme, globex]);
        world.tick = () => scheduler.schedule(Promise.resolve());
        const outcomes = Promise.allSettled([
          publish(meansOf(world), requestOf([acme], { by: 'bob' })),
          publish(meansOf(world), requestOf([acme, globex, initech], { by: 'carol' })),
        ]);
        await scheduler.waitFor(outcomes);
        const results = await outcomes;
        const lost = results.filter((result) => result.status === 'rejected');
        // Both may succeed, one after the other; never none, and who loses knows to whom.
        expect(lost.length).toBeLessThan(2);
        for (const { reason } of lost) expect(String(reason)).toMatch(/publication \d+ by (bob|carol)/);
        const state = await stateOf(world);
        expect([['acme'], ['acme', 'globex', 'initech']]).toContainEqual(state.clients);
        expect(state).toMatchObject({ edgeVersion: true, version: true, floor: true });
      }),
      { numRuns: 60 },
    );
  });

  test('the same files published twice at once end as one release', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const world = await started([acme, globex]);
        world.tick = () => scheduler.schedule(Promise.resolve());
        const request = requestOf([globex, initech]);
        const both = Promise.all([publish(meansOf(world), request), publish(meansOf(world), request)]);
        await scheduler.waitFor(both);
        expect(await stateOf(world)).toMatchObject({ clients: ['globex', 'initech'], edgeVersion: true, floor: true });
      }),
      { numRuns: 40 },
    );
  });
});

describe('a crash', () => {
  const specs = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom<PartnerName>('acme', 'globex', 'initech', 'umbrella'),
      allow: fc.uniqueArray(fc.constantFrom('GET /orders/**', 'POST /orders', 'GET /stock/**'), { minLength: 1 }),
      addresses: fc.option(fc.constantFrom(['203.0.113.0/24'], ['203.0.113.7/32', '2001:db8::/32']), {
        nil: undefined,
      }),
    }),
    { minLength: 1, selector: (client) => client.name },
  );

  test('after any operation: run again, it ends in the same state, and nothing removed is allowed again in between', async () => {
    await fc.assert(
      fc.asyncProperty(specs, specs, fc.array(fc.nat(24), { maxLength: 3 }), async (before, after, crashes) => {
        const reference = await started(before);
        await publish(meansOf(reference), requestOf(after));

        const world = await started(before);
        const { watch: seen, allowedAgain } = await watchRemovals(world);
        for (const operations of crashes) {
          let left = operations;
          crashAt(world, () => left-- === 0, seen);
          await publish(meansOf(world), requestOf(after)).catch(() => {});
        }
        world.tick = seen;
        await publish(meansOf(world), requestOf(after));
        expect(allowedAgain).toEqual([]);
        expect(await stateOf(world)).toEqual(await stateOf(reference));
      }),
      { numRuns: 120 },
    );
  });

  test('the first release: run again after a crash anywhere, one release is live and parameters name it', async () => {
    for (let operations = 0; operations < 24; operations += 1) {
      const world = openWorld();
      let left = operations;
      crashAt(world, () => left-- === 0);
      const note = { by: 'deploy', commit: null, reason: null };
      await publishFirst(meansOf(world), sourceOf([acme]), note).catch(() => {});
      world.tick = () => {};
      await publishFirst(meansOf(world), sourceOf([acme, globex]), note);
      const state = await stateOf(world);
      expect(state).toMatchObject({ version: true, floor: true });
      expect(world.objects.get('pointer.json')).toHaveLength(1);
      // Whoever publishes afterwards is not held up by a record that the crash left behind.
      expect((await publish(meansOf(world), requestOf([globex]))).outcome).toBe('published');
    }
  });
});

describe('a failure', () => {
  test('additions roll back: registry, edge and parameters are what they were, and the next publication is not held up', async () => {
    const world = await started([acme]);
    const before = await stateOf(world);
    world.edge.update = async () => {
      throw new EdgeRefusedError('Invalid truststore');
    };
    expect(await codesOf(() => publish(meansOf(world), requestOf([acme, globex])))).toEqual([
      'publication_rolled_back',
    ]);
    expect(await stateOf(world)).toEqual(before);
    expect((await publish(meansOf(world), requestOf([{ ...acme, allow: ['GET /stock/**'] }]))).outcome).toBe(
      'published',
    );
  });

  test('removals stay: the reduced registry is live, the message says so and names the command', async () => {
    const world = await started([acme, globex]);
    const working = world.edge.update;
    world.edge.update = async () => {
      throw new EdgeRefusedError('Invalid truststore');
    };
    const request: PublishRequest = requestOf([globex, initech]);
    await expect(publish(meansOf(world), request)).rejects.toThrow(/no longer allowed.*sallyport publish/s);
    expect(await clientsLive(world)).toEqual(['globex']);
    expect(await codesOf(() => publish(meansOf(world), request))).toEqual(['publication_incomplete']);
    world.edge.update = working;
    await publish(meansOf(world), request);
    expect(await clientsLive(world)).toEqual(['globex', 'initech']);
    expect(world.said).toContainEqual(expect.stringMatching(/^continuing publication 2 by alice/));
  });

  test('the account has used up its domain update: waits 30 s and says so', async () => {
    const world = await started([acme]);
    const working = world.edge.update;
    let refusals = 2;
    world.edge.update = async (truststore) => {
      if (refusals-- > 0) throw new EdgeBusyError();
      return working(truststore);
    };
    await publish(meansOf(world), requestOf([acme, globex]));
    expect(world.said.filter((line) => line.includes('waiting 30 s'))).toHaveLength(2);
    expect(await stateOf(world)).toMatchObject({ edgeVersion: true });
  });

  test('a domain that is slow is waited for, with its warnings kept; one that needs attention fails', async () => {
    const world = await started([acme]);
    let polls = 0;
    const { read, update } = world.edge;
    world.edge.update = async (truststore) => {
      const state = await update(truststore);
      polls = 3;
      return { ...state, status: 'updating', warnings: ['CN=globex Root: expires soon'] };
    };
    world.edge.read = async () => {
      const state = await read();
      return state === undefined || polls-- <= 0 ? state : { ...state, status: 'updating' };
    };
    const result = await publish(meansOf(world), requestOf([acme, globex]));
    expect(result.warnings).toEqual(['CN=globex Root: expires soon']);
    world.edge.read = async () => ({
      truststore: world.edge.current,
      status: 'needs-attention',
      detail: 'PENDING_CERTIFICATE_REIMPORT',
      warnings: [],
    });
    await expect(publish(meansOf(world), requestOf([acme, globex, initech]))).rejects.toThrow(
      /PENDING_CERTIFICATE_REIMPORT/,
    );
  });

  test('a store in which another content stands under a release is refused', async () => {
    const world = await started([acme]);
    const request = requestOf([acme, globex]);
    crashAt(world, (operation, when) => operation.startsWith('put truststore/') && when === 'after');
    await publish(meansOf(world), request).catch(() => {});
    world.tick = () => {};
    const key = [...world.objects.keys()].filter((name) => name.startsWith('truststore/')).at(-1) ?? '';
    world.objects.set(key, [{ body: Buffer.from('other'), version: 'x' }]);
    expect(await codesOf(() => publish(meansOf(world), request))).toEqual(['document_damaged']);
  });

  test('a pointer restored from an older version is refused by the floor', async () => {
    const world = await started([acme, globex]);
    const old = world.objects.get('pointer.json') ?? [];
    await publish(meansOf(world), requestOf([acme]));
    world.objects.set('pointer.json', old);
    expect(await codesOf(() => readLive(meansOf(world)))).toEqual(['sequence_below_floor']);
    world.objects.delete('pointer.json');
    expect(await codesOf(() => readLive(meansOf(world)))).toEqual(['pointer_missing']);
  });
});

/** From the chosen moment on, the process is dead: nothing works any more. */
function crashAt(
  world: World,
  when: (operation: string, moment: 'before' | 'after') => boolean,
  watch: World['tick'] = () => {},
): void {
  let dead = false;
  world.tick = async (operation, moment) => {
    if (dead) throw new Crash('dead');
    if (moment === 'after') await watch(operation, moment);
    if (when(operation, moment)) {
      dead = true;
      throw new Crash(operation);
    }
  };
}

/** Collects what was live, then not live, and then live again. */
async function watchRemovals(world: World): Promise<{ watch: World['tick']; allowedAgain: string[] }> {
  const gone = new Set<string>();
  const allowedAgain: string[] = [];
  let last = new Set<string>();
  const look = async () => {
    const { document } = await live(world);
    const allowed = new Set(
      document.clients.flatMap(({ name, allow, addresses = ['anywhere'] }) =>
        allow.flatMap(({ pattern }) => addresses.map((address) => `${name} ${pattern} from ${address}`)),
      ),
    );
    for (const each of last) if (!allowed.has(each)) gone.add(each);
    for (const each of allowed) if (gone.has(each)) allowedAgain.push(each);
    last = allowed;
  };
  await look();
  return {
    allowedAgain,
    watch: async (operation, moment) => {
      if (operation === 'put pointer.json' && moment === 'after') await look();
    },
  };
}
