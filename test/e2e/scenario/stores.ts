import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { frontFrom } from '../../../lib/preflight.ts';
import { openS3Store } from '../../../src/aws/s3-store.ts';
import { loadRegistry, truststoreOf } from '../../../src/core/registry/load.ts';
import { pointerKey, truststoreKeyOf } from '../../../src/core/release/layout.ts';
import { parsePinnedKey } from '../../../src/core/release/signed.ts';
import type { Store } from '../../../src/core/release/store.ts';
import { openDirectoryParameters } from '../../../src/folder/parameters.ts';
import { openSigningKey } from '../../../src/folder/signing-key.ts';
import { publishFirst } from '../../../src/publish/first-release.ts';
import { readLive } from '../../../src/publish/read-live.ts';
import { type Emulator, region } from '../machine/emulator.ts';
import { openSwift, type Swift } from '../machine/swift.ts';
import { expect, expectEqual, type Steps } from '../steps.ts';
import { root } from '../world/aws.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const isNew = { ifNoneMatch: '*' } as const;

/** Our S3 store on the emulator's S3. */
export async function firstStore(steps: Steps, emulator: Emulator): Promise<void> {
  await steps.step('the release store on the emulator: versions, conditions, lists, one winner of eight', async () => {
    const { accessKeyId, secretAccessKey } = root;
    const credentials = { accessKeyId, secretAccessKey };
    const store = await openBucket({ endpoint: emulator.endpoint, region, credentials }, 'a-store-of-its-own');
    await operations(store);
    expectEqual(await winnersOf(store), 1, 'winners of a race');
  });
}

/** And on an S3 that other people wrote. */
export async function secondStore(steps: Steps, python: string, scratch: string, front: string): Promise<void> {
  const swift = await openSwift(python, join(scratch, 'swift'));
  try {
    const store = await openBucket(swift, 'releases');
    await steps.step('the release store on Swift: versions, conditions, lists', () => operations(store));
    const winners = await winnersOf(store);
    steps.note(`on Swift ${winners} of eight writers of one new key are told that they were first; AWS promises one`);
    await steps.step(
      'on Swift a first release is published and read back, from the signature to the last digest',
      async () => {
        const config = frontFrom(front);
        const signer = openSigningKey(join(scratch, 'signing-key.pem'));
        const means = {
          store,
          parameters: openDirectoryParameters(join(scratch, 'parameters')),
          signer,
          keys: [parsePinnedKey(Buffer.from(signer.spki).toString('base64'))],
          front: config.id,
          now: Date.now,
        };
        const source = { document: config.registry, truststore: truststoreOf(loadRegistry(config.registry)) };
        const note = { by: 'e2e', commit: null, reason: null };
        const { outcome, pointer } = await publishFirst(means, source, note);
        expectEqual([outcome, (await publishFirst(means, source, note)).outcome], ['published', 'unchanged'], 'once');
        expectEqual((await readLive(means))?.pointer, pointer, 'what is live');
        const { key, version } = pointer.truststore;
        expectEqual(key, truststoreKeyOf(pointer.release), 'the truststore’s key');
        expect((await store.get(key, { version })) !== undefined, 'the truststore, by version');
      },
    );
    await steps.step('on Swift what it cannot do (If-Match on PUT) fails loudly and changes nothing', async () => {
      const before = await store.get(pointerKey);
      expect(before !== undefined && before !== 'not-modified', 'a pointer');
      const failure = await store.put(pointerKey, bytes('x'), { ifMatch: before.etag }).catch((error: Error) => error);
      expect(failure instanceof Error && failure.name === 'NotImplemented', 'NotImplemented', String(failure));
      expectEqual((await store.versions(pointerKey)).length, 1, 'versions of the pointer');
    });
  } finally {
    await swift.close();
  }
}

async function openBucket(place: Pick<Swift, 'endpoint' | 'region' | 'credentials'>, bucket: string): Promise<Store> {
  const { endpoint, region, credentials } = place;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  // Its four servers start one after the other.
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      break;
    } catch (error) {
      if (attempt === 40) throw error;
      await wait(250);
    }
  }
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  return openS3Store({ endpoint, region, credentials, bucket });
}

async function operations(store: Store): Promise<void> {
  expectEqual(await store.get('a/absent'), undefined, 'an absent object');
  const written = await store.put('a/one', bytes('one'), isNew);
  expect(written !== 'lost', 'written');
  expectEqual(await store.put('a/one', bytes('two'), isNew), 'lost', 'a second one under the same key');
  const found = await store.get('a/one');
  expect(found !== undefined && found !== 'not-modified', 'the object');
  expectEqual(
    [new TextDecoder().decode(found.body), found.version, found.etag],
    ['one', written.version, written.etag],
    'it',
  );
  expectEqual(await store.get('a/one', { ifNoneMatch: found.etag }), 'not-modified', 'asked for again with its etag');
  expect((await store.get('a/one', { version: written.version })) !== undefined, 'by version');
  // Swift keeps the body of a write that has lost as a version that never was the object; AWS does not.
  const versions = (await store.versions('a/one')).map(({ version }) => version);
  expect(versions.includes(written.version), 'its version among its versions', versions);

  await store.put('a/two', bytes('2'), isNew);
  expectEqual(await store.list('a/'), ['a/one', 'a/two'], 'in order');
  expectEqual(await store.list('a/', 'a/one'), ['a/two'], 'after one');
}

/** How many of eight writers of one new key believe that they were first. */
async function winnersOf(store: Store): Promise<number> {
  const race = Array.from({ length: 8 }, (_, index) => store.put('a/race', bytes(`${index}`), isNew));
  return (await Promise.all(race)).filter((result) => result !== 'lost').length;
}
