import { openLiveRelease } from '../../src/authorize/live-release.ts';
import { revocationOf } from '../../src/core/decide/caller/revocation.ts';
import { parameterNames, revocationIndexKeyOf, revocationsKey } from '../../src/core/release/layout.ts';
import { digestOf } from '../../src/core/release/manifest.ts';
import { writePointer } from '../../src/core/release/pointer.ts';
import { maximumIndexBytes, writeRevocations } from '../../src/core/release/revocations-document.ts';
import { signDocument } from '../../src/core/release/signed.ts';
import { compileRevocations } from '../../src/core/revocation/compile.ts';
import { parseCertificate } from '../../src/core/x509/certificate.ts';
import { listExtension } from '../../src/core/x509/write-crl.ts';
import { publishFirst } from '../../src/publish/first-release.ts';
import { p256Signer, partner, registryOf, sourceOf } from '../core/release/fixture.ts';
import { all, believed, entry, listOf } from '../core/revocation/lists.ts';
import { front, meansOf, openWorld, signer } from '../publish/fixture.ts';

const job = p256Signer();
const at = '2026-06-01T12:00:00.000Z';
const { root, leaf } = partner('acme');
const certificates = all([root]);

/** An index in which the authority's list has this number, and names acme's certificate or nobody. */
function indexBytes(number: number, revoked: boolean): Uint8Array {
  const list = listOf(root, {
    extensions: [listExtension.crlNumber(number)],
    revoked: revoked ? [entry(leaf)] : [],
    nextUpdate: Date.UTC(2030, 0, 1),
  });
  return compileRevocations({ authorities: [{ name: 'acme-ca', certificates, lists: [believed(list, [root])] }] })
    .bytes;
}

const payloadOf = (sequence: number, index: Uint8Array, more: object = {}) => ({
  format: 1,
  front,
  sequence,
  issuedAt: at,
  by: 'job',
  reason: null,
  index: digestOf(index),
  authorities: [{ name: 'acme-ca', lists: 1, until: '2030-01-01T00:00:00.000Z' }],
  ...more,
});

const good = indexBytes(1, false);
const bad = indexBytes(2, true);

/** A front where acme's authority has lists and globex's has none, and an authorizer that reads it. */
async function opened(trusted: { readonly key?: boolean } = {}) {
  const world = openWorld();
  world.clock = Date.UTC(2026, 5, 1, 12);
  const document = registryOf([{ name: 'acme' }, { name: 'globex' }]);
  const authorities = document.authorities.map((each) =>
    each.name === 'acme-ca'
      ? {
          ...each,
          // the most lenient that can be written
          revocation: {
            lists: ['http://crl.example/a.crl'],
            missing: 'allow',
            stale: 'allow',
            maxAgeHours: 90_000,
          } as const,
        }
      : each,
  );
  const source = sourceOf([{ name: 'acme' }, { name: 'globex' }], { ...document, authorities });
  const note = { by: 'deploy', commit: null, reason: null };
  await publishFirst(meansOf(world), source, note, { allowSample: true });
  const failures: string[] = [];
  const line = { before: (_key: string): Promise<void> => Promise.resolve() };
  const open = () =>
    openLiveRelease({
      store: {
        async get(key, options) {
          const answer = await world.store.get(key, options);
          await line.before(key);
          return answer;
        },
      },
      parameters: world.parameters,
      keys: {
        pointer: [signer.pinned],
        blocks: [signer.pinned],
        lifts: [signer.pinned],
        revocations: trusted.key === false ? [] : [job.pinned],
      },
      front,
      maximumAgeMilliseconds: 900_000,
      now: () => world.clock,
      wait: async () => {
        for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
        await new Promise((done) => setImmediate(done));
      },
      failed: (error) =>
        failures.push(
          error instanceof Error && 'problems' in error
            ? ((error.problems as { code: string }[])[0]?.code ?? '')
            : String(error),
        ),
    });
  const put = (key: string, body: Uint8Array) => world.objects.set(key, [{ body, version: 'x' }]);
  const reader = { live: open() };
  /** What the path of each client's certificate comes to. */
  const ask = async () => {
    const { registry, revocations } = await reader.live.live();
    return ['acme', 'globex'].map((name) => {
      const found = registry.authorities.get(`${name}-ca`);
      if (found === undefined) throw new Error(`no ${name}-ca`);
      const one = partner(name as 'acme' | 'globex');
      const path = [one.leaf.der, one.root.der].map((der) => parseCertificate(der));
      return revocationOf(path, found, revocations, world.clock).reasons.map(({ code }) => code)[0] ?? 'in';
    });
  };
  return {
    world,
    line,
    failures,
    put,
    ask,
    restart: () => {
      reader.live = open();
    },
    /** What the job does: the index, then the document that names it, then the floor. */
    async write(sequence: number, index: Uint8Array, more: object = {}, by = job) {
      put(revocationIndexKeyOf(digestOf(index).sha256), index);
      put(revocationsKey, await signDocument('revocations', payloadOf(sequence, index, more), by));
      world.values.set(parameterNames.floorRevocations, String(sequence));
    },
  };
}

test('without an index the authority with lists is closed, whatever it says about missing ones; all others decide', async () => {
  const { ask, failures } = await opened();
  expect(await ask()).toEqual(['revocations_unreadable', 'in']);
  expect(failures).toEqual([]);
  const keyless = await opened({ key: false });
  await keyless.write(1, good);
  expect(await keyless.ask()).toEqual(['revocations_unreadable', 'in']);
});

test('an index that is signed decides, and a newer one takes its place at the next confirmation', async () => {
  const { world, ask, write } = await opened();
  await write(1, good);
  expect(await ask()).toEqual(['in', 'in']);
  await write(2, bad);
  expect(await ask()).toEqual(['in', 'in']);
  world.clock += 20_000;
  expect(await ask()).toEqual(['certificate_revoked', 'in']);
});

/** Each puts something else in the place of the good document of sequence 5, as whoever may write to the bucket could. */
type World = Awaited<ReturnType<typeof opened>>;
const attacks: readonly (readonly [string, string, (here: World) => Promise<unknown> | unknown])[] = [
  ['gone', 'document_damaged', ({ world }) => world.objects.delete(revocationsKey)],
  [
    'an older one',
    'sequence',
    async ({ put }) => put(revocationsKey, await signDocument('revocations', payloadOf(4, good), job)),
  ],
  [
    'of another front',
    'other_front',
    async ({ put }) =>
      put(revocationsKey, await signDocument('revocations', payloadOf(6, good, { front: 'other-1234' }), job)),
  ],
  [
    'signed with the key of the pointer',
    'signature_unknown_key',
    async ({ put }) => put(revocationsKey, await writeRevocations(payloadOf(6, good), signer)),
  ],
  [
    'a pointer signed with the key of revocations',
    'signature_invalid',
    async ({ put }) =>
      put(
        revocationsKey,
        await writePointer(
          {
            format: 1,
            front,
            sequence: 6,
            release: 'a'.repeat(64),
            truststore: { key: `truststore/${'a'.repeat(64)}.pem`, version: 'v1' },
            issuedAt: at,
            parent: null,
            publication: 1,
          },
          job,
        ),
      ),
  ],
  [
    'unsigned',
    'document_damaged',
    ({ put }) => put(revocationsKey, new TextEncoder().encode(JSON.stringify(payloadOf(6, good)))),
  ],
  [
    'truncated',
    'document_damaged',
    async ({ put }) =>
      put(revocationsKey, (await signDocument('revocations', payloadOf(6, good), job)).subarray(0, 200)),
  ],
  [
    'with a member that does not belong there',
    'document_damaged',
    async ({ put }) => put(revocationsKey, await signDocument('revocations', payloadOf(6, good, { allow: 1 }), job)),
  ],
  [
    'naming a huge index',
    'document_damaged',
    async ({ put }) => {
      const index = { sha256: 'a'.repeat(64), bytes: maximumIndexBytes + 1 };
      put(revocationsKey, await signDocument('revocations', payloadOf(6, good, { index }), job));
    },
  ],
  [
    'naming an index that is not there',
    'document_damaged',
    async ({ put }) =>
      put(
        revocationsKey,
        await signDocument('revocations', payloadOf(6, good, { index: { sha256: 'a'.repeat(64), bytes: 9 } }), job),
      ),
  ],
  [
    'naming an index whose bytes were changed',
    'document_damaged',
    async ({ put, write }) => {
      const index = indexBytes(9, true);
      await write(6, index);
      put(revocationIndexKeyOf(digestOf(index).sha256), good);
    },
  ],
  [
    'naming an index that was cut off',
    'document_damaged',
    async ({ put, write }) => {
      const index = indexBytes(9, true);
      await write(6, index);
      put(revocationIndexKeyOf(digestOf(index).sha256), index.subarray(0, index.length - 8));
    },
  ],
  [
    'naming what is no index',
    'revocation_index_damaged',
    ({ write }) => write(6, new TextEncoder().encode('no index')),
  ],
];

describe.each(attacks)('a document that is %s', (_, code, attack) => {
  test('warm: what was read last decides to its age, then the authority is closed; pointer and others go on', async () => {
    const here = await opened();
    await here.write(5, bad);
    expect(await here.ask()).toEqual(['certificate_revoked', 'in']);
    await attack(here);
    for (const seconds of [20, 600]) {
      here.world.clock += seconds * 1000;
      expect(await here.ask()).toEqual(['certificate_revoked', 'in']);
    }
    expect(here.failures[0]).toContain(code);
    here.world.clock += 900_000;
    expect(await here.ask()).toEqual(['revocations_unreadable', 'in']);
  });

  test('cold: the authority is closed, all others decide', async () => {
    const here = await opened();
    await here.write(5, bad);
    await attack(here);
    here.restart();
    expect(await here.ask()).toEqual(['revocations_unreadable', 'in']);
    expect(here.failures[0]).toContain(code);
  });
});

test('a floor that is gone closes the authority of a cold start, and nobody else', async () => {
  const { world, ask, write, failures } = await opened();
  await write(5, good);
  world.values.delete(parameterNames.floorRevocations);
  expect(await ask()).toEqual(['revocations_unreadable', 'in']);
  expect(failures).toEqual(['floor_missing']);
});

test('a store that never answers about the index keeps nobody else waiting beyond the bound', async () => {
  const { world, line, ask, write } = await opened();
  await write(1, good);
  const hang = (key: string) => (key.startsWith('revocations') ? new Promise<void>(() => {}) : Promise.resolve());
  line.before = hang;
  expect(await ask()).toEqual(['revocations_unreadable', 'in']);
  line.before = () => Promise.resolve();
  world.clock += 20_000;
  expect(await ask()).toEqual(['in', 'in']);
  line.before = hang;
  world.clock += 800_000;
  expect(await ask()).toEqual(['in', 'in']);
  world.clock += 200_000;
  expect(await ask()).toEqual(['revocations_unreadable', 'in']);
});
