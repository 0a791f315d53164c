import { openLiveRelease } from '../../src/authorize/live-release.ts';
import type { Block } from '../../src/core/decide/block.ts';
import { clientBlock } from '../../src/core/decide/overlay.ts';
import { parameterNames } from '../../src/core/release/layout.ts';
import { writeOverlay } from '../../src/core/release/overlay-document.ts';
import type { PinnedKey, Signer } from '../../src/core/release/signed.ts';
import { publishFirst } from '../../src/publish/first-release.ts';
import { publish } from '../../src/publish/publish.ts';
import { type ClientSpec, codesOf, p256Signer, sourceOf } from '../core/release/fixture.ts';
import { front, meansOf, openWorld, requestOf, signer, type World } from '../publish/fixture.ts';

const acme: ClientSpec = { name: 'acme' };
const globex: ClientSpec = { name: 'globex' };
const hour = 3_600_000;
const jobs = p256Signer();

/** A front with acme live, an authorizer that reads it, and hands on how reading goes. */
async function opened(people: readonly PinnedKey[] = [signer.pinned]) {
  const world = openWorld();
  await publishFirst(meansOf(world), sourceOf([acme]), { by: 'deploy', commit: null, reason: null });
  const failures: unknown[] = [];
  const reads: string[] = [];
  const waits: number[] = [];
  /** What a read does before it answers: nothing, fail, or never end. */
  const line = { before: (_key: string): Promise<void> => Promise.resolve() };
  const source = openLiveRelease({
    store: {
      async get(key, options) {
        const answer = await world.store.get(key, options);
        reads.push(answer === 'not-modified' ? `${key} 304` : key);
        await line.before(key);
        return answer;
      },
    },
    parameters: world.parameters,
    keys: { pointer: [signer.pinned], blocks: people, lifts: people, revocations: [signer.pinned] },
    front,
    maximumAgeMilliseconds: 900_000,
    now: () => world.clock,
    wait: async (milliseconds) => {
      waits.push(milliseconds);
      // Everything that can answer has answered before the time is over.
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      await new Promise((done) => setImmediate(done));
    },
    failed: (error) => failures.push(error),
  });
  return {
    world,
    source,
    failures,
    reads,
    waits,
    line,
    clients: async () => [...(await source.live()).registry.clients.keys()],
  };
}

const down = () => Promise.reject(new Error('S3 is down'));
const silent = () => new Promise<void>(() => {});
/** The document with so many entries, each of which blocks acme. */
const blocking = (count: number, by: Signer = signer) =>
  writeOverlay(
    'blocks',
    { format: 1, front, issuedAt: at, entries: Array.from({ length: count }, (_, n) => entry(n)) },
    by,
  );
const at = '2026-06-01T12:00:00.000Z';
const entry = (n: number): Block => ({
  id: `aaaa000${n}`,
  target: 'acme',
  denies: [{ client: 'acme' }],
  reason: 'left',
  by: 'alice',
  at,
});
const put = (world: World, key: string, body: Uint8Array) => world.objects.set(key, [{ body, version: 'x' }]);

test('cold: pointer, overlays and floors in one round, then the objects of the release in a second one', async () => {
  const { clients, reads, source } = await opened();
  expect(await clients()).toEqual(['acme']);
  expect((await source.live()).overlay).toMatchObject({ size: 0 });
  expect(reads.slice(0, 4)).toEqual(['revocations.json', 'pointer.json', 'overlay/blocks.json', 'overlay/lifts.json']);
  expect(reads.slice(4).map((key) => key.replace(/[0-9a-f]{64}/, 'ID'))).toEqual([
    'releases/ID/manifest.json',
    'releases/ID/registry.json',
  ]);
});

test('frozen for an hour after a change: the first request is decided by the new release', async () => {
  const { world, clients, waits } = await opened();
  await clients();
  await publish(meansOf(world), requestOf([globex]));
  world.clock += hour;
  expect(await clients()).toEqual(['globex']);
  expect(waits).toEqual([1_000]);
});

test('up to 10 s nothing is read', async () => {
  const { world, clients, reads, source } = await opened();
  await clients();
  const before = reads.length;
  world.clock += 10_000;
  await clients();
  await source.settle();
  expect(reads).toHaveLength(before);
});

test('10 to 15 s: decided by what is known, read in the same invocation, awaited 200 ms at most before the answer', async () => {
  const { world, clients, reads, source, waits } = await opened();
  await clients();
  await publish(meansOf(world), requestOf([globex]));
  world.clock += 12_000;
  expect(await clients()).toEqual(['acme']);
  await source.settle();
  expect(waits).toEqual([200]);
  expect(reads.filter((key) => key === 'pointer.json')).toHaveLength(2);
  expect(await clients()).toEqual(['globex']);
});

test('a confirmation without a change (304) counts', async () => {
  const { world, clients, reads, source } = await opened();
  await clients();
  for (let round = 0; round < 5; round += 1) {
    world.clock += 12_000;
    await clients();
    await source.settle();
  }
  expect(reads.filter((key) => key === 'pointer.json 304')).toHaveLength(5);
  expect(reads.filter((key) => key.startsWith('releases/'))).toHaveLength(2);
});

describe('the store cannot be read', () => {
  test.each([
    ['it fails', down],
    ['it never answers', silent],
  ])('%s: the last good release decides until its maximum age, then nothing does', async (_, before) => {
    const { world, clients, line, failures, source } = await opened();
    await clients();
    const start = world.clock;
    line.before = before;
    for (const age of [12_000, 20_000, 600_000, 900_000]) {
      world.clock = start + age;
      expect(await clients()).toEqual(['acme']);
      await source.settle();
    }
    world.clock = start + 900_001;
    expect(await codesOf(clients)).toEqual(['release_expired']);
    if (before === down) expect(failures.length).toBeGreaterThan(3);
    line.before = () => Promise.resolve();
    world.clock += 2_000;
    expect(await clients()).toEqual(['acme']);
  });

  test('from the start: nothing decides', async () => {
    const { clients, line } = await opened();
    line.before = down;
    await expect(clients()).rejects.toThrow('S3 is down');
    line.before = () => Promise.resolve();
    expect(await clients()).toEqual(['acme']);
  });

  test('a read that hung before a freeze is not waited for: a new one is sent, and the old answer changes nothing', async () => {
    const { world, clients, line } = await opened();
    await clients();
    let thaw = () => {};
    line.before = () =>
      new Promise<void>((done) => {
        thaw = done;
      });
    world.clock += 12_000;
    await clients();
    const first = thaw;
    line.before = () => Promise.resolve();
    await publish(meansOf(world), requestOf([globex]));
    world.clock += hour;
    expect(await clients()).toEqual(['globex']);
    first();
    await new Promise((done) => setImmediate(done));
    expect(await clients()).toEqual(['globex']);
  });
});

test('an answer that was asked for before a freeze confirms what was true then, not what is true now', async () => {
  const { world, clients, line } = await opened();
  await clients();
  const pending: (() => void)[] = [];
  line.before = () => new Promise<void>((done) => pending.push(done));
  world.clock += 12_000;
  await clients();
  world.clock += hour;
  for (const thaw of pending) thaw();
  await new Promise((done) => setImmediate(done));
  line.before = down;
  expect(await codesOf(clients)).toEqual(['release_expired']);
});

test('a clock that went back counts as expired: confirmed before anything is decided', async () => {
  const { world, clients, line, waits } = await opened();
  await clients();
  await publish(meansOf(world), requestOf([globex]));
  world.clock -= hour;
  line.before = down;
  expect(await codesOf(clients)).toEqual(['release_expired']);
  line.before = () => Promise.resolve();
  expect(await clients()).toEqual(['globex']);
  expect(waits).toEqual([1_000, 1_000]);
});

describe('replays', () => {
  test('warm: a pointer from before is refused, and the newest release goes on deciding', async () => {
    const { world, clients, failures } = await opened();
    const old = world.objects.get('pointer.json') ?? [];
    await publish(meansOf(world), requestOf([globex]));
    await clients();
    world.objects.set('pointer.json', old);
    world.clock += 20_000;
    expect(await clients()).toEqual(['globex']);
    expect(failures).toEqual([
      expect.objectContaining({ problems: [expect.objectContaining({ code: 'sequence_replayed' })] }),
    ]);
    world.clock += hour;
    expect(await codesOf(clients)).toEqual(['release_expired']);
  });

  test('cold: a pointer below the floor is read once more, then refused', async () => {
    const { world, clients } = await opened();
    const old = world.objects.get('pointer.json') ?? [];
    await publish(meansOf(world), requestOf([globex]));
    const live = world.objects.get('pointer.json') ?? [];
    world.objects.set('pointer.json', old);
    expect(await codesOf(clients)).toEqual(['sequence_below_floor']);
    world.objects.set('pointer.json', live);
    expect(await clients()).toEqual(['globex']);
  });

  test('cold, in the middle of a publication: floor raised after the pointer was read', async () => {
    const { world, clients, reads } = await opened();
    const { get } = world.parameters;
    world.parameters.get = async (names) => {
      world.parameters.get = get;
      await publish(meansOf(world), requestOf([globex]));
      return get(names);
    };
    expect(await clients()).toEqual(['globex']);
    expect(reads.filter((key) => key === 'pointer.json')).toHaveLength(2);
  });
});

describe('overlays', () => {
  test('what is blocked is denied at the next confirmation', async () => {
    const { world, source } = await opened();
    await source.live();
    put(world, 'overlay/blocks.json', await blocking(1));
    world.clock += 20_000;
    expect(clientBlock((await source.live()).overlay, 'acme', world.clock)).toBe('left');
  });

  test('one that disappears, or is older, is refused: warm by what was seen, cold by its floor', async () => {
    const { world, source, failures, clients } = await opened();
    put(world, 'overlay/blocks.json', await blocking(2));
    await source.live();
    for (const restore of [
      () => world.objects.delete('overlay/blocks.json'),
      async () => put(world, 'overlay/blocks.json', await blocking(1)),
    ]) {
      await restore();
      world.clock += 20_000;
      expect([...(await source.live()).overlay.clients.keys()]).toEqual(['acme']);
    }
    expect(failures).toHaveLength(2);
    const cold = await opened();
    cold.world.values.set(parameterNames.floorBlocks, '2');
    expect(await codesOf(cold.clients)).toEqual(['document_damaged']);
    put(cold.world, 'overlay/blocks.json', await blocking(1));
    expect(await codesOf(cold.clients)).toEqual(['sequence_below_floor']);
    put(cold.world, 'overlay/blocks.json', await blocking(2));
    expect(await cold.clients()).toEqual(['acme']);
    expect(await clients()).toEqual(['acme']);
  });

  test('blocks have a key of their own; without one they are not read', async () => {
    const { world, source, reads } = await opened([jobs.pinned]);
    put(world, 'overlay/blocks.json', await blocking(1, signer));
    expect(await codesOf(async () => source.live())).toEqual(['signature_unknown_key']);
    put(world, 'overlay/blocks.json', await blocking(1, jobs));
    expect([...(await source.live()).overlay.clients.keys()]).toEqual(['acme']);
    expect(reads).toContain('overlay/lifts.json');
    const without = await opened([]);
    put(without.world, 'overlay/blocks.json', await blocking(1, jobs));
    expect((await without.source.live()).overlay.clients.size).toBe(0);
    expect(without.reads).not.toContain('overlay/blocks.json');
  });

  test('an entry that was read cannot be left out again, although the document is newer', async () => {
    const { world, source, failures } = await opened();
    put(world, 'overlay/blocks.json', await blocking(1));
    await source.live();
    const other = { ...entry(0), denies: [{ client: 'nobody' }] };
    const entries = [other, { ...other, id: 'bbbb0000' }];
    put(
      world,
      'overlay/blocks.json',
      await writeOverlay('blocks', { format: 1, front, issuedAt: at, entries }, signer),
    );
    world.clock += 20_000;
    expect([...(await source.live()).overlay.clients.keys()]).toEqual(['acme']);
    expect(failures).toHaveLength(1);
  });

  test('a lift counts at the next confirmation, and the overlay is the same object while nothing changes', async () => {
    const { world, source } = await opened();
    put(world, 'overlay/blocks.json', await blocking(1));
    const first = await source.live();
    world.clock += 20_000;
    expect((await source.live()).overlay).toBe(first.overlay);
    const lifts = [{ block: 'aaaa0000', reason: 'settled', by: 'bob', at }];
    put(
      world,
      'overlay/lifts.json',
      await writeOverlay('lifts', { format: 1, front, issuedAt: at, entries: lifts }, signer),
    );
    world.clock += 20_000;
    expect(clientBlock((await source.live()).overlay, 'acme', world.clock)).toBeUndefined();
  });
});

test('a front whose pointer is gone, although it was never read here, decides nothing', async () => {
  const { world, clients } = await opened();
  world.objects.delete('pointer.json');
  expect(await codesOf(clients)).toEqual(['document_damaged']);
  world.values.clear();
  expect(await codesOf(clients)).toEqual(['floor_missing']);
});
