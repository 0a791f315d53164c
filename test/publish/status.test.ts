import { compileRelease } from '../../src/core/release/compile.ts';
import { parameterNames } from '../../src/core/release/layout.ts';
import { publishFirst } from '../../src/publish/first-release.ts';
import { readHistory } from '../../src/publish/history.ts';
import { parsePublication } from '../../src/publish/publication.ts';
import { publish } from '../../src/publish/publish.ts';
import { readLive } from '../../src/publish/read-live.ts';
import { readStatus } from '../../src/publish/status.ts';
import { type ClientSpec, codesOf, sourceOf } from '../core/release/fixture.ts';
import { meansOf, openWorld, requestOf, type World } from './fixture.ts';

const acme: ClientSpec = { name: 'acme' };
const globex: ClientSpec = { name: 'globex' };
const initech: ClientSpec = { name: 'initech' };

async function started(): Promise<World> {
  const world = openWorld();
  await publishFirst(meansOf(world), sourceOf([acme]), { by: 'deploy', commit: null, reason: 'first' });
  await publish(meansOf(world), requestOf([acme]));
  return world;
}

const filesOf = (clients: readonly ClientSpec[]) => {
  const source = sourceOf(clients);
  return { release: compileRelease(source), document: source.document };
};

describe('status', () => {
  test('there is none before the first publication', async () => {
    expect(await readStatus(meansOf(openWorld()))).toBeUndefined();
  });

  test('everything agrees', async () => {
    const world = await started();
    expect(await readStatus(meansOf(world), filesOf([acme]))).toMatchObject({
      same: true,
      drift: [],
      plan: { changes: [] },
      publication: { by: 'deploy', reason: 'first' },
      underWay: undefined,
      counts: { clients: 1 },
    });
    expect((await readStatus(meansOf(world)))?.plan).toBeUndefined();
  });

  test('files, domain and parameters that differ are each named', async () => {
    const world = await started();
    world.edge.current = { uri: 's3://front-bucket/truststore/old.pem', version: 'v0' };
    world.values.delete(parameterNames.truststoreVersion);
    const status = await readStatus(meansOf(world), filesOf([acme, globex]));
    expect(status).toMatchObject({
      same: false,
      plan: { changes: [{ subject: 'authority globex-ca' }, { subject: 'client globex' }] },
    });
    expect(status?.drift).toEqual([
      expect.stringMatching(
        /^the domain name s3:\/\/front-bucket\/truststore\/old\.pem version v0; the live release says s3:/,
      ),
      expect.stringMatching(/^the parameters name .* version nothing; /),
    ]);
    world.edge.current = undefined;
    expect((await readStatus(meansOf(world)))?.drift[0]).toMatch(/^the domain name no truststore/);
    world.edge.read = async () => undefined;
    expect((await readStatus(meansOf(world)))?.drift).toHaveLength(1);
  });

  test('a publication that is not done is shown with who began it', async () => {
    const world = await started();
    await publish(meansOf(world), requestOf([acme, globex]));
    world.edge.update = async () => {
      throw new Error('no network');
    };
    await publish(meansOf(world), requestOf([initech], { by: 'bob' })).catch(() => {});
    expect((await readStatus(meansOf(world)))?.underWay).toMatchObject({ by: 'bob', publication: 3 });
  });
});

describe('history', () => {
  test('says of each publication what became of it, newest first', async () => {
    const world = await started();
    await publish(meansOf(world), requestOf([acme, globex], { reason: 'globex joins' }));
    const working = world.edge.update;
    world.edge.update = async () => {
      throw new Error('no network');
    };
    await publish(meansOf(world), requestOf([acme, globex, initech])).catch(() => {});
    await publish(meansOf(world), requestOf([globex])).catch(() => {});
    const states = async (limit = 20) => {
      const live = await readLive(meansOf(world));
      if (live === undefined) throw new Error('nothing is live');
      return (await readHistory(world.store, live, limit)).map(({ publication, state }) => [
        publication.publication,
        state,
      ]);
    };
    expect(await states()).toEqual([
      [4, 'under-way'],
      [3, 'given-up'],
      [2, 'replaced'],
      [1, 'replaced'],
    ]);
    world.edge.update = working;
    await publish(meansOf(world), requestOf([globex]));
    expect(await states(2)).toEqual([
      [4, 'live'],
      [3, 'given-up'],
    ]);
  });

  test('a record that was tampered with is refused', async () => {
    const record = {
      format: 1,
      publication: 1,
      release: 'a'.repeat(64),
      parent: null,
      by: 'alice',
      at: '2026-06-01T12:00:00.000Z',
      commit: null,
      reason: null,
    };
    const bytes = (change: object) =>
      Buffer.from(
        JSON.stringify(
          Object.fromEntries(Object.entries({ ...record, ...change }).sort(([a], [b]) => (a < b ? -1 : 1))),
        ),
      );
    expect(parsePublication(bytes({}))).toEqual(record);
    for (const change of [
      { by: 'a\nb' },
      { by: '' },
      { commit: 'HEAD' },
      { publication: 1e12 },
      { at: 'now' },
      { more: 1 },
      { reason: '' },
    ])
      expect(await codesOf(() => parsePublication(bytes(change)))).toEqual(['document_damaged']);
    expect(await codesOf(() => parsePublication(bytes({ format: 7 })))).toEqual(['format_unknown']);
  });
});
