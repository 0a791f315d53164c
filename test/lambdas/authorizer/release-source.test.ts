import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReleaseSource } from '../../../lambdas/authorizer/release-source.ts';
import { openS3Store } from '../../../src/aws/s3-store.ts';
import { openSsmParameters } from '../../../src/aws/ssm-parameters.ts';
import { writeDocument } from '../../../src/core/registry/document.ts';
import { readSettings } from '../../../src/core/settings.ts';
import { openDirectoryParameters } from '../../../src/folder/parameters.ts';
import { openDirectoryStore } from '../../../src/folder/store.ts';
import { publishFirst } from '../../../src/publish/first-release.ts';
import { openFakeAws } from '../../aws/fake-aws.ts';
import { codesOf, registryOf, sourceOf } from '../../core/release/fixture.ts';
import { front, meansOf, openWorld, signer } from '../../publish/fixture.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'source-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const publicKey = Buffer.from(signer.spki).toString('base64');
const note = { by: 'deploy', commit: null, reason: null };
const credentials = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'not-a-secret',
};

function open(release: string, environment: Record<string, string> = {}) {
  const all = {
    SALLYPORT_RELEASE: release,
    SALLYPORT_POINTER_KEY: publicKey,
    SALLYPORT_BLOCKS_KEY: publicKey,
    ...environment,
  };
  const settings = readSettings(all, ['release', 'pointerKey', 'blocksKey', 'revocationsKey', 'maximumAgeSeconds']);
  return openReleaseSource(settings, all, () => {});
}

test('a compiled registry in a file, which never changes', async () => {
  writeFileSync(join(folder, 'registry.json'), writeDocument(registryOf([{ name: 'acme' }])));
  const source = open(`file:${folder}/registry.json`);
  expect([...(await source.live()).registry.clients.keys()]).toEqual(['acme']);
  expect((await source.live()).overlay.size).toBe(0);
  await source.settle();
});

test('a folder that was published to', async () => {
  const means = {
    ...meansOf(openWorld()),
    store: openDirectoryStore(folder),
    parameters: openDirectoryParameters(folder),
  };
  const { pointer } = await publishFirst(means, sourceOf([{ name: 'acme' }]), note);
  const source = open(`file:${folder}#${front}`);
  expect((await source.live()).registry.id).toBe(pointer.release);
  await source.settle();
  expect(await codesOf(() => open(`file:${folder}#another-front`).live())).toEqual(['other_front']);
  expect(await codesOf(() => open(`file:${folder}#${front}`, { SALLYPORT_POINTER_KEY: 'none' }).live())).toEqual([
    'signature_unknown_key',
  ]);
});

test('a bucket, published to by the SDK and read without it', async () => {
  const aws = await openFakeAws();
  try {
    const settings = {
      region: 'eu-west-1',
      endpoint: aws.endpoint,
      credentials: { accessKeyId: 'A', secretAccessKey: 'B' },
    };
    const store = openS3Store({ ...settings, bucket: 'front-bucket' });
    const means = { ...meansOf(openWorld()), store, parameters: openSsmParameters(front, settings) };
    const { pointer } = await publishFirst(means, sourceOf([{ name: 'acme' }]), note);
    aws.requests.length = 0;
    const source = open(`s3://front-bucket#${front}`, { ...credentials, AWS_ENDPOINT_URL: aws.endpoint });
    expect((await source.live()).registry.id).toBe(pointer.release);
    expect(aws.requests.map(({ path }) => path.replace(/[0-9a-f]{64}/, 'ID')).sort()).toEqual([
      '/',
      '/front-bucket/overlay/blocks.json',
      '/front-bucket/overlay/lifts.json',
      '/front-bucket/pointer.json',
      '/front-bucket/releases/ID/manifest.json',
      '/front-bucket/releases/ID/registry.json',
    ]);
  } finally {
    await aws.close();
  }
});

test('a bucket without the credentials that a Lambda function has is a mistake of ours', () => {
  expect(() => open(`s3://front-bucket#${front}`)).toThrow('AWS_REGION is not set');
});
