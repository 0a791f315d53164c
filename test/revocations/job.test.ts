import { openLiveRelease } from '../../src/authorize/live-release.ts';
import { parameterNames, revocationsKey } from '../../src/core/release/layout.ts';
import { statusOf } from '../../src/core/revocation/status.ts';
import { parseCertificate } from '../../src/core/x509/certificate.ts';
import { issueList, listExtension } from '../../src/core/x509/write-crl.ts';
import { publishFirst } from '../../src/publish/first-release.ts';
import { type JobRequest, runRevocations } from '../../src/revocations/job.ts';
import { prepareLists } from '../../src/revocations/prepare.ts';
import { lackingOf, wantedOf } from '../../src/revocations/wanted.ts';
import { codesOf, type PartnerName, p256Signer, partner, registryOf, sourceOf } from '../core/release/fixture.ts';
import { front, meansOf, openWorld, signer, type World } from '../publish/fixture.ts';

const hour = 3_600_000;
const note = { by: 'deploy', commit: null, reason: null };
const revocations = p256Signer();

function documentOf(names: readonly PartnerName[]) {
  const document = registryOf(names.map((name) => ({ name })));
  const lists = (name: string) =>
    ({ lists: [`http://crl.example/${name}.crl`], missing: 'deny', stale: 'deny', maxAgeHours: 48 }) as const;
  return {
    ...document,
    authorities: document.authorities.map((each) => ({ ...each, revocation: lists(each.name) })),
  };
}

async function opened(names: readonly PartnerName[] = ['acme', 'globex']) {
  const world = openWorld();
  await publishFirst(
    meansOf(world),
    sourceOf(
      names.map((name) => ({ name })),
      documentOf(names),
    ),
    note,
    {
      allowSample: true,
    },
  );
  const means = { ...meansOf(world), revocations };
  const run = (lists: JobRequest['lists'], more: Partial<JobRequest> = {}) =>
    runRevocations(means, { lists, by: 'job', reason: null, ...more });
  return { world, means, run };
}

/** A list of this partner's CA; serial numbers are revoked. */
function listOf(world: World, name: PartnerName, number: number, serials: readonly string[], age = hour) {
  const { root } = partner(name);
  const body = issueList(
    {
      issuer: parseCertificate(root.der).subject,
      thisUpdate: world.clock - age,
      nextUpdate: world.clock + 24 * hour,
      revoked: serials.map((serial) => ({ serial, revokedAt: world.clock - age })),
      extensions: [listExtension.crlNumber(number)],
    },
    root.privateKey,
  );
  return { authority: `${name}-ca`, source: `http://crl.example/${name}.crl`, body };
}

const leafSerial = (name: PartnerName) => parseCertificate(partner(name).leaf.der).serial;
const many = (count: number) => Array.from({ length: count }, (_, at) => (0x100_0000 + at).toString(16));

/** What a new sandbox of the authorizer finds about the leaf of each partner. */
async function decided(world: World, names: readonly PartnerName[] = ['acme', 'globex']) {
  const { live } = openLiveRelease({
    store: world.store,
    parameters: world.parameters,
    keys: { pointer: [signer.pinned], blocks: [], lifts: [], revocations: [revocations.pinned] },
    front,
    maximumAgeMilliseconds: 900_000,
    now: () => world.clock,
    wait: () => new Promise((done) => setTimeout(done, 50)),
    failed: () => {},
  });
  const index = (await live()).revocations;
  return names.map((name) => {
    const path = [partner(name).leaf, partner(name).root].map(({ der }) => parseCertificate(der));
    const [found] = statusOf({ path, authority: `${name}-ca`, index, at: world.clock }).findings;
    return index?.unreadable ?? found?.status;
  });
}

test('lists are believed, compiled, signed, and decide in an authorizer; the floor follows', async () => {
  const { world, run } = await opened();
  expect(await decided(world)).toEqual(['no index was ever made', 'no index was ever made']);
  const first = await run([listOf(world, 'acme', 1, [leafSerial('acme')]), listOf(world, 'globex', 1, [])]);
  expect(first).toMatchObject({ outcome: 'written', notes: [], document: { sequence: 1, by: 'job' } });
  expect(await decided(world)).toEqual(['revoked', 'good']);
  expect(world.values.get(parameterNames.floorRevocations)).toBe('1');
  expect(await run([])).toMatchObject({ outcome: 'unchanged', document: { sequence: 1 } });
});

test('a server that is down keeps what is held, and is told', async () => {
  const { world, run } = await opened();
  await run([listOf(world, 'acme', 1, [leafSerial('acme')]), listOf(world, 'globex', 1, [])]);
  const failed = { authority: 'acme-ca', source: 'http://crl.example/acme.crl', failed: 'status 503' };
  const { notes } = await run([failed, listOf(world, 'globex', 2, [leafSerial('globex')])]);
  expect(notes).toMatchObject([{ code: 'list_not_fetched', authority: 'acme-ca', detail: 'status 503' }]);
  expect(await decided(world)).toEqual(['revoked', 'revoked']);
});

test("another CA's list, and what is no list, are told and clear nobody", async () => {
  const { world, run } = await opened();
  await run([listOf(world, 'acme', 1, [leafSerial('acme')])]);
  const { notes } = await run([
    { ...listOf(world, 'globex', 2, []), authority: 'acme-ca' },
    { authority: 'acme-ca', source: 'http://crl.example/acme.crl', body: new TextEncoder().encode('<html>') },
  ]);
  expect(notes.map(({ code }) => code)).toEqual(['list_issuer_unknown', 'list_malformed']);
  expect(await decided(world)).toEqual(['revoked', 'missing']);
});

test('a list handed over counts where it is believed, whichever authority that is', async () => {
  const { world, run } = await opened();
  const { authority: _, ...list } = listOf(world, 'globex', 1, [leafSerial('globex')]);
  expect((await run([list])).notes).toEqual([]);
  expect(await decided(world)).toEqual(['missing', 'revoked']);
});

describe('entries that vanish', () => {
  const held = [leafSerial('acme'), ...many(100)];

  test('with a newer list and within the share: the CA has taken them off', async () => {
    const { world, run } = await opened();
    await run([listOf(world, 'acme', 1, held)]);
    expect((await run([listOf(world, 'acme', 2, held.slice(0, 60), 0)])).notes).toEqual([]);
    expect((await run([listOf(world, 'acme', 3, many(50), 0)])).notes).toEqual([]);
    expect(await decided(world, ['acme'])).toEqual(['good']);
  });

  test('beyond the share: the authority keeps what it has, all others get what is new', async () => {
    const { world, run } = await opened();
    await run([listOf(world, 'acme', 1, held), listOf(world, 'globex', 1, [])]);
    const lists = [listOf(world, 'acme', 2, [], 0), listOf(world, 'globex', 2, [leafSerial('globex')], 0)];
    const { notes } = await run(lists);
    expect(notes).toMatchObject([{ authority: 'acme-ca', code: 'revocations_vanish' }]);
    expect(await decided(world)).toEqual(['revoked', 'revoked']);
    expect((await run(lists, { share: 1 })).notes).toEqual([]);
    expect(await decided(world)).toEqual(['good', 'revoked']);
  });

  test('by an older list they never do; to forget one is a choice of its own', async () => {
    const { world, run } = await opened();
    await run([listOf(world, 'acme', 99_999, held)]);
    const honest = listOf(world, 'acme', 7, many(5), 0);
    expect((await run([honest])).notes.map(({ code }) => code)).toEqual(['list_older']);
    expect(await decided(world, ['acme'])).toEqual(['revoked']);
    const forgotten = await run([honest], { forget: ['acme-ca'], reason: 'a mistake of the CA' });
    expect(forgotten.notes.map(({ code }) => code)).toEqual(['list_forgotten']);
    expect(forgotten.document.reason).toBe('a mistake of the CA');
    expect(await decided(world, ['acme'])).toEqual(['good']);
  });
});

test('while a registry is published its authorities have their lists before and after', async () => {
  const { world, run } = await opened(['acme']);
  const desired = documentOf(['globex']);
  const lists = [listOf(world, 'acme', 1, []), listOf(world, 'globex', 1, [leafSerial('globex')])];
  await run(lists, { desired });
  expect(await decided(world)).toEqual(['good', 'revoked']);
});

test('a list that is held survives a rename of its authority', async () => {
  const { world, run } = await opened(['acme']);
  await run([listOf(world, 'acme', 1, [leafSerial('acme')])]);
  const renamed = documentOf(['acme']);
  const desired = { ...renamed, authorities: renamed.authorities.map((each) => ({ ...each, name: 'new-name' })) };
  const { index } = await run([], { desired });
  expect(index.authorities.get('new-name')?.lists).toHaveLength(1);
  expect(index.authorities.get('acme-ca')?.lists).toHaveLength(1);
});

test('what is held and cannot be read stops the job: without it an older list would pass for the newest', async () => {
  const { world, run } = await opened();
  await run([listOf(world, 'acme', 1, [])]);
  const good = world.objects.get(revocationsKey) ?? [];
  await run([listOf(world, 'acme', 2, [leafSerial('acme')], 0)]);
  const lists = [listOf(world, 'acme', 1, [])];
  world.objects.set(revocationsKey, good);
  expect(await codesOf(() => run(lists))).toEqual(['sequence_below_floor']);
  world.objects.delete(revocationsKey);
  expect(await codesOf(() => run(lists))).toEqual(['document_damaged']);
  world.values.delete(parameterNames.floorRevocations);
  expect(await codesOf(() => run(lists))).toEqual(['floor_missing']);
});

test('two jobs at once: one writes, the other looks again, and both their lists count', async () => {
  const { world, run } = await opened();
  let second: Promise<unknown> | undefined;
  world.tick = async (operation, when) => {
    if (operation !== `put ${revocationsKey}` || when !== 'before' || second !== undefined) return;
    second = run([listOf(world, 'globex', 1, [leafSerial('globex')])]);
    await second;
  };
  expect(await run([listOf(world, 'acme', 1, [leafSerial('acme')])])).toMatchObject({ document: { sequence: 2 } });
  expect(await decided(world)).toEqual(['revoked', 'revoked']);
  expect(world.values.get(parameterNames.floorRevocations)).toBe('2');
});

test('a job that died before the floor is finished by the next one, although nothing is new', async () => {
  const { world, run } = await opened();
  world.tick = (operation) => {
    if (operation === `parameter ${parameterNames.floorRevocations}`) throw new Error('killed');
  };
  await expect(run([listOf(world, 'acme', 1, [])])).rejects.toThrow('killed');
  world.tick = () => {};
  expect(await run([])).toMatchObject({ outcome: 'unchanged' });
  expect(world.values.get(parameterNames.floorRevocations)).toBe('1');
});

describe('before a registry is published', () => {
  const who = { by: 'alice', reason: null };

  test('lists of what is new are fetched, and one that cannot be had stops it where missing: deny', async () => {
    const { world, means } = await opened(['acme']);
    const desired = documentOf(['acme', 'globex']);
    const asked: string[][] = [];
    const fetch =
      (...lists: JobRequest['lists']) =>
      async (wanted: readonly { readonly name: string }[]) => {
        asked.push(wanted.map(({ name }) => name));
        return lists;
      };
    const acmeOnly = fetch(listOf(world, 'acme', 1, []));
    expect(await codesOf(() => prepareLists(means, desired, acmeOnly, who))).toEqual(['revocation_not_fetched']);
    const globex = fetch(listOf(world, 'globex', 1, [leafSerial('globex')]));
    expect(await prepareLists(means, desired, globex, who)).toEqual([]);
    expect(await decided(world)).toEqual(['good', 'revoked']);
    expect([await prepareLists(means, desired, globex, who), asked.length]).toEqual([[], 2]);
  });

  test('whoever publishes needs no right to the index where it has all lists already', async () => {
    const { world, means, run } = await opened(['acme']);
    await run([listOf(world, 'acme', 1, [])]);
    world.tick = (operation) => {
      throw new Error(`not allowed: ${operation}`);
    };
    const nothing = async () => {
      throw new Error('not fetched');
    };
    expect(await prepareLists(means, documentOf(['acme']), nothing, who)).toEqual([]);
  });
});

test('which CA lacks a list is said by its name', async () => {
  const { world, run } = await opened();
  const { index } = await run([listOf(world, 'acme', 1, [])]);
  const lacking = documentOf(['acme', 'globex']).authorities.map((each) => lackingOf(each, index));
  expect(lacking).toEqual([[], [expect.stringContaining('globex Root')]]);
  expect(wantedOf([documentOf(['acme'])])).toMatchObject([
    { name: 'acme-ca', urls: ['http://crl.example/acme-ca.crl'] },
  ]);
});
