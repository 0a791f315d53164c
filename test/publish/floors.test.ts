import fc from 'fast-check';
import { openLiveRelease } from '../../src/authorize/live-release.ts';
import { pointerKey } from '../../src/core/release/layout.ts';
import { openPointer, type Pointer, writePointer } from '../../src/core/release/pointer.ts';
import { readObject } from '../../src/core/release/store.ts';
import { publishFirst } from '../../src/publish/first-release.ts';
import { raisePointerFloor } from '../../src/publish/floors.ts';
import { publish } from '../../src/publish/publish.ts';
import { type ReadingMeans, readLive } from '../../src/publish/read-live.ts';
import { readMissingFloors, restoreFloors } from '../../src/publish/restore-floors.ts';
import { type ClientSpec, codesOf, p256Signer, sourceOf } from '../core/release/fixture.ts';
import { front, meansOf, openWorld, requestOf, signer } from './fixture.ts';
import { Turns } from './turns.ts';
import { type Twin, twins } from './twins.ts';

jest.setTimeout(60_000);

const acme: ClientSpec = { name: 'acme' };
const globex: ClientSpec = { name: 'globex' };
const note = { by: 'deploy', commit: null, reason: null };
const twinMeans = (twin: Twin) => ({ ...meansOf(openWorld()), ...twin.open() });
const pointerOf = (sequence: number): Pointer => ({
  format: 1,
  front,
  sequence,
  release: 'a'.repeat(64),
  truststore: { key: `truststore/${'a'.repeat(64)}.pem`, version: 'v1' },
  issuedAt: '2026-06-01T12:00:00.000Z',
  parent: null,
  publication: 1,
});

/** The registry that a new sandbox of the authorizer decides by. */
const cold = async (means: ReadingMeans) => {
  const release = openLiveRelease({
    store: means.store,
    parameters: means.parameters,
    keys: { pointer: means.keys, blocks: means.keys, lifts: means.keys, revocations: means.keys },
    front,
    maximumAgeMilliseconds: 900_000,
    now: Date.now,
    wait: async () => {},
    failed: () => {},
  });
  return (await release.live()).registry;
};

describe.each(twins)('on %s', (_, openTwin) => {
  let twin: Twin;
  beforeEach(async () => {
    twin = await openTwin();
  });
  afterEach(() => twin.close());

  /** acme and globex were live, globex was removed. */
  async function removed() {
    const means = twinMeans(twin);
    await publishFirst(means, sourceOf([acme, globex]), note);
    const older = await readObject(means.store, pointerKey);
    await publish(means, requestOf([acme]));
    const live = await readLive(means);
    if (older === undefined || live === undefined) throw new Error('nothing was published');
    return { means, older: older.body, live };
  }

  test('a removed client does not come back with an older pointer, whatever is deleted with it', async () => {
    const { means, older } = await removed();
    twin.overwrite(pointerKey, older);
    expect(await codesOf(() => cold(means))).toEqual(['sequence_below_floor']);
    for (const name of ['floor', 'floor-blocks'] as const) {
      twin.deleteParameter(name);
      expect(await codesOf(() => cold(twinMeans(twin)))).toEqual(['floor_missing']);
    }
    const fresh = twinMeans(twin);
    expect(await codesOf(() => readLive(fresh))).toEqual(['floor_missing']);
    expect(await codesOf(() => publish(fresh, requestOf([acme, globex])))).toEqual(['floor_missing']);
    expect(await codesOf(() => publishFirst(fresh, sourceOf([acme, globex]), note))).toEqual(['floor_missing']);
  });

  test('floors are restored from the highest sequence that the front has signed, and only where there is none', async () => {
    const { means, older, live } = await removed();
    const { sequence } = live.pointer;
    const newest = await readObject(means.store, pointerKey);
    if (newest === undefined) throw new Error('no pointer');
    expect(await readMissingFloors(means)).toEqual([]);
    twin.overwrite(pointerKey, await writePointer(pointerOf(99), p256Signer()));
    twin.overwrite(pointerKey, older);
    twin.deleteParameter('floor');
    twin.deleteParameter('floor-blocks');
    const fresh = twinMeans(twin);
    const missing = await readMissingFloors(fresh);
    expect(missing).toMatchObject([
      { name: 'floor', key: pointerKey, sequence, inPlace: 1 },
      { name: 'floor-blocks', key: 'overlay/blocks.json', sequence: 0 },
    ]);
    expect(twin.valueOf('floor')).toBeUndefined();
    expect(await restoreFloors(fresh, missing)).toEqual(['floor', 'floor-blocks']);
    expect(twin.valueOf('floor')).toBe(String(sequence));
    expect(await codesOf(() => cold(fresh))).toEqual(['sequence_below_floor']);
    twin.overwrite(pointerKey, newest.body);
    expect([...(await cold(fresh)).clients.keys()]).toEqual(['acme']);
    // Somebody else was first.
    expect(await restoreFloors(fresh, [{ name: 'floor', key: pointerKey, sequence: 1, unreadable: 0 }])).toEqual([]);
    expect(twin.valueOf('floor')).toBe(String(sequence));
  });

  test('nothing signed by the front, no floor', async () => {
    const means = twinMeans(twin);
    expect(await codesOf(() => readMissingFloors(means))).toEqual(['floor_unknown']);
    twin.overwrite(pointerKey, await writePointer(pointerOf(9), p256Signer()));
    expect(await codesOf(() => readMissingFloors(means))).toEqual(['floor_unknown']);
  });

  test('a parameter is created once, by one of many', async () => {
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, index) => twin.open().parameters.create('floor', String(index))),
    );
    expect(made.filter(Boolean)).toHaveLength(1);
    const others = ['floor-blocks', 'floor-lifts', 'truststore-uri', 'truststore-version'] as const;
    await Promise.all(others.map((name) => twin.open().parameters.put(name, '1')));
    expect((await twin.open().parameters.get(others)).size).toBe(4);
  });

  test('three writers in any order, with stale reads: when all have reported success, the floor is at the pointer', async () => {
    const order = fc.shuffledSubarray(['a', 'b', 'c'], { minLength: 3 });
    const changes = fc.array(fc.integer({ min: 1, max: 45 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(order, changes, fc.integer({ min: 0, max: 2 }), async (order, changes, stale) => {
        const world = await openTwin();
        try {
          const { store, parameters } = world.open();
          await parameters.create('floor', '0');
          await store.put(pointerKey, await writePointer(pointerOf(1), signer), { ifNoneMatch: '*' });
          const turns = new Turns(order, changes);
          const written: number[] = [];
          await turns.run(async (who) => {
            const means = slowed(world, () => turns.turn(who));
            const sequence = await movePointer(means);
            written.push(sequence);
            world.goStale(stale);
            await raisePointerFloor(means);
          });
          expect(written.sort()).toEqual([2, 3, 4]);
          expect(world.valueOf('floor')).toBe('4');
        } finally {
          await world.close();
        }
      }),
      { numRuns: 25 },
    );
  });
});

/** Each operation waits for its turn. */
function slowed(twin: Twin, turn: () => Promise<void>): ReadingMeans {
  const { store, parameters } = twin.open();
  return {
    store: {
      ...store,
      get: (...asked) => turn().then(() => store.get(...asked)),
      put: (...asked) => turn().then(() => store.put(...asked)),
    },
    parameters: {
      get: (names) => turn().then(() => parameters.get(names)),
      put: (name, value) => turn().then(() => parameters.put(name, value)),
      create: (name, value) => turn().then(() => parameters.create(name, value)),
    },
    keys: [signer.pinned],
    front,
  };
}

async function movePointer({ store, keys }: ReadingMeans): Promise<number> {
  for (;;) {
    const found = await readObject(store, pointerKey);
    if (found === undefined) throw new Error('the pointer is gone');
    const sequence = openPointer(found.body, keys, front).sequence + 1;
    const written = await store.put(pointerKey, await writePointer(pointerOf(sequence), signer), {
      ifMatch: found.etag,
    });
    if (written !== 'lost') return sequence;
  }
}

test('two writers, the slower one last: its 7 over the other one\u2019s 8 is mended before it reports success', async () => {
  const world = openWorld();
  const means = meansOf(world);
  world.values.set('floor', '6');
  const put = async (sequence: number) =>
    void world.objects.set(pointerKey, [{ body: await writePointer(pointerOf(sequence), signer), version: 'x' }]);
  await put(7);
  let isFirst = true;
  world.tick = async (operation, when) => {
    if (operation !== 'parameter floor' || when !== 'before' || !isFirst) return;
    isFirst = false;
    await put(8);
    world.values.set('floor', '8');
  };
  await raisePointerFloor(means);
  expect(world.values.get('floor')).toBe('8');
});

test('a floor and a pointer that never agree are told, not waited for', async () => {
  const world = openWorld();
  await publishFirst(meansOf(world), sourceOf([acme]), note);
  world.values.set('floor', '5');
  expect(await codesOf(() => raisePointerFloor(meansOf(world)))).toEqual(['floor_unsettled']);
});
