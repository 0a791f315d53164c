import { createPublicKey } from 'node:crypto';
import { openDomainEdge } from '../../src/aws/edge.ts';
import { openDeployedFront } from '../../src/aws/front.ts';
import { openKmsSigner } from '../../src/aws/kms-signer.ts';
import { openAwsReader } from '../../src/aws/read.ts';
import { openS3Store } from '../../src/aws/s3-store.ts';
import { openSsmParameters } from '../../src/aws/ssm-parameters.ts';
import { writeDeployed } from '../../src/core/release/deployed.ts';
import { openDocument, parsePinnedKey, signDocument } from '../../src/core/release/signed.ts';
import { EdgeBusyError, EdgeRefusedError } from '../../src/publish/edge.ts';
import { codesOf } from '../core/release/fixture.ts';
import { type FakeAws, openFakeAws } from './fake-aws.ts';

let aws: FakeAws;
beforeEach(async () => {
  aws = await openFakeAws();
});
afterEach(() => aws.close());

const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'not-a-secret', sessionToken: 'token' };
const settings = () => ({ region: 'eu-west-1', endpoint: aws.endpoint, credentials });
const store = () =>
  openS3Store({ ...settings(), bucket: 'front-bucket', releaseKey: 'arn:aws:kms:eu-west-1:222222222222:key/r' });
const bytes = (text: string) => new TextEncoder().encode(text);
const reader = () => openAwsReader({ region: 'eu-west-1', credentials, endpoint: aws.endpoint, now: Date.now });

describe('the store on S3', () => {
  test('first write, conditions, versions, and reading by version and by etag', async () => {
    const s3 = store();
    expect(await s3.get('pointer.json')).toBeUndefined();
    const first = await s3.put('pointer.json', bytes('1'), { ifNoneMatch: '*' });
    if (first === 'lost') throw new Error('the first write has no rival');
    expect(await s3.put('pointer.json', bytes('2'), { ifNoneMatch: '*' })).toBe('lost');
    expect(await s3.put('pointer.json', bytes('2'), { ifMatch: '"other"' })).toBe('lost');
    expect(await s3.put('absent.json', bytes('2'), { ifMatch: first.etag })).toBe('lost');
    const second = await s3.put('pointer.json', bytes('2'), { ifMatch: first.etag });
    expect(await s3.get('pointer.json')).toEqual({ body: bytes('2'), ...(second as object) });
    expect(await s3.get('pointer.json', { version: first.version })).toEqual({ body: bytes('1'), ...first });
    expect(await s3.get('pointer.json', { version: 'v99' })).toBeUndefined();
    expect(await s3.get('pointer.json', { ifNoneMatch: second === 'lost' ? '' : second.etag })).toBe('not-modified');
    expect((await s3.versions('pointer.json')).map(({ version }) => version)).toEqual(['v2', 'v1']);
    expect(s3.uriOf('pointer.json')).toBe('s3://front-bucket/pointer.json');
  });

  test('lists in order over several pages, after a key', async () => {
    const s3 = store();
    for (const number of [3, 1, 5, 2, 4]) await s3.put(`publications/${number}.json`, bytes('x'), { ifNoneMatch: '*' });
    await s3.put('pointer.json', bytes('x'), { ifNoneMatch: '*' });
    expect(await s3.list('publications/')).toHaveLength(5);
    expect(await s3.list('publications/', 'publications/2.json')).toEqual([
      'publications/3.json',
      'publications/4.json',
      'publications/5.json',
    ]);
  });

  test('releases are encrypted with the key of the front, the truststore is not: API Gateway reads it', async () => {
    const s3 = store();
    await s3.put('releases/a/registry.json', bytes('x'), { ifNoneMatch: '*' });
    await s3.put('truststore/a.pem', bytes('x'), { ifNoneMatch: '*' });
    const encryption = (key: string) => aws.objects.get(key)?.[0]?.headers['x-amz-server-side-encryption'];
    expect(encryption('releases/a/registry.json')).toBe('aws:kms');
    expect(encryption('truststore/a.pem')).toBeUndefined();
  });

  test('two writes at the same instant (409) are tried again; another refusal is an error', async () => {
    aws.failures.push([409, 'ConditionalRequestConflict']);
    expect(await store().put('pointer.json', bytes('1'), { ifNoneMatch: '*' })).toMatchObject({ version: 'v1' });
    aws.failures.push([403, 'AccessDenied']);
    await expect(store().put('pointer.json', bytes('1'), { ifNoneMatch: '*' })).rejects.toThrow();
    aws.failures.push([403, 'AccessDenied']);
    await expect(store().get('pointer.json')).rejects.toThrow();
  });
});

describe('reads without an SDK', () => {
  test('are the same answers as those of the store', async () => {
    const put = await store().put('pointer.json', bytes('1'), { ifNoneMatch: '*' });
    if (put === 'lost') throw new Error('no rival');
    const read = reader().store('front-bucket');
    expect(await read.get('pointer.json')).toEqual({ body: Buffer.from('1'), etag: put.etag, version: 'v1' });
    expect(await read.get('pointer.json', { version: 'v1' })).toMatchObject({ version: 'v1' });
    expect(await read.get('pointer.json', { ifNoneMatch: put.etag })).toBe('not-modified');
    expect(await read.get('absent.json')).toBeUndefined();
  });

  test('one failing answer (5xx) is tried again; what is denied is an error with its code', async () => {
    await store().put('pointer.json', bytes('1'), { ifNoneMatch: '*' });
    aws.failures.push([503, 'SlowDown']);
    expect(await reader().store('front-bucket').get('pointer.json')).toMatchObject({ version: 'v1' });
    aws.failures.push([503, 'SlowDown'], [503, 'SlowDown']);
    await expect(reader().store('front-bucket').get('pointer.json')).rejects.toThrow('status 503');
    aws.failures.push([403, 'AccessDenied']);
    await expect(reader().store('front-bucket').get('pointer.json')).rejects.toThrow(/403.*AccessDenied/);
  });

  test('a connection that was closed while the process was frozen is replaced', async () => {
    await store().put('pointer.json', bytes('1'), { ifNoneMatch: '*' });
    let clock = Date.now();
    const read = openAwsReader({ region: 'eu-west-1', credentials, endpoint: aws.endpoint, now: () => clock }).store(
      'front-bucket',
    );
    await read.get('pointer.json');
    clock += 3_600_000;
    expect(await read.get('pointer.json')).toMatchObject({ version: 'v1' });
  });

  test('parameters come by their names, and only those that exist', async () => {
    aws.parameters.set('/sallyport/orders-3f9c/floor', '7');
    const values = await reader().parameters('orders-3f9c').get(['floor', 'floor-blocks']);
    expect([...values]).toEqual([['floor', '7']]);
    aws.failures.push([400, 'AccessDeniedException']);
    await expect(reader().parameters('orders-3f9c').get(['floor'])).rejects.toThrow(/400.*AccessDenied/);
  });

  test('without an endpoint of our own the bucket is part of the name, and nothing listens there in a test', async () => {
    const read = openAwsReader({ region: 'invalid', credentials, now: Date.now }).store('front-bucket.invalid.example');
    await expect(read.get('pointer.json')).rejects.toThrow();
  });
});

test('parameters in SSM', async () => {
  const parameters = openSsmParameters('orders-3f9c', settings());
  await parameters.put('floor', '7');
  expect(aws.parameters.get('/sallyport/orders-3f9c/floor')).toBe('7');
  expect([...(await parameters.get(['floor', 'deployed']))]).toEqual([['floor', '7']]);
  expect(await parameters.create('floor', '0')).toBe(false);
  expect(await parameters.create('floor-blocks', '0')).toBe(true);
});

test('parameters in SSM are never older than what was written or read here, however often SSM says so', async () => {
  const parameters = openSsmParameters('orders-3f9c', settings());
  await parameters.put('floor', '7');
  await parameters.put('floor', '8');
  aws.stale.reads = 3;
  expect([...(await parameters.get(['floor']))]).toEqual([['floor', '8']]);
  expect(aws.stale.reads).toBe(0);
  aws.stale.reads = 100;
  await expect(parameters.get(['floor'])).rejects.toThrow('older value of /sallyport/orders-3f9c/floor');
});

test('a signature of KMS is one that pointers are checked with', async () => {
  const signer = await openKmsSigner(aws.signingKey, settings());
  expect(createPublicKey({ key: Buffer.from(signer.spki), format: 'der', type: 'spki' }).asymmetricKeyType).toBe('ec');
  const document = await signDocument('pointer', { sequence: 1 }, signer);
  const key = parsePinnedKey(Buffer.from(signer.spki).toString('base64'));
  expect(Buffer.from(openDocument('pointer', document, [key])).toString()).toBe('{"sequence":1}');
});

describe('the domain', () => {
  const edge = () => openDomainEdge('api.example.com', settings());
  const truststore = { uri: 's3://front-bucket/truststore/new.pem', version: 'v7' };

  test('is read and moved', async () => {
    expect(await edge().read()).toEqual({
      truststore: { uri: 's3://front-bucket/truststore/old.pem', version: 'v0' },
      status: 'available',
      detail: 'AVAILABLE',
      warnings: [],
    });
    aws.domain.warnings.push('CN=Acme: expired');
    expect(await edge().update(truststore)).toMatchObject({ truststore, warnings: ['CN=Acme: expired'] });
  });

  test.each([
    ['UPDATING', 'updating'],
    ['PENDING', 'updating'],
    ['AVAILABLE', 'available'],
    ['PENDING_CERTIFICATE_REIMPORT', 'needs-attention'],
    ['PENDING_OWNERSHIP_VERIFICATION', 'needs-attention'],
    ['FAILED', 'needs-attention'],
  ])('in status %s it is %s', async (status, expected) => {
    aws.domain.status = status;
    expect((await edge().read())?.status).toBe(expected);
  });

  test('there may be none yet', async () => {
    expect(await openDomainEdge('other.example.com', settings()).read()).toBeUndefined();
  });

  test.each([
    ['TooManyRequestsException', 429, EdgeBusyError],
    ['ConflictException', 409, EdgeBusyError],
    ['BadRequestException', 400, EdgeRefusedError],
  ])('%s is what publishing knows it as, after one attempt', async (name, status, expected) => {
    aws.domain.refusal = [name, status];
    await expect(edge().update(truststore)).rejects.toThrow(expected);
    expect(aws.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });

  test('any other refusal stays what it is', async () => {
    aws.domain.refusal = ['AccessDeniedException', 403];
    await expect(edge().update(truststore)).rejects.toThrow(/AccessDenied/);
  });
});

describe('a deployed front', () => {
  const deployed = {
    format: 1,
    bucket: 'front-bucket',
    signingKey: 'arn:aws:kms:eu-west-1:222222222222:key/pointer',
    blocksKey: 'arn:aws:kms:eu-west-1:222222222222:key/blocks',
    releaseKey: 'arn:aws:kms:eu-west-1:222222222222:key/releases',
    connections: {},
    tiers: {},
    egress: '0'.repeat(16),
    bundles: {},
  };
  const front = { id: 'orders-3f9c', account: '222222222222' };

  test('is found through the parameter of its deployment', async () => {
    aws.parameters.set('/sallyport/orders-3f9c/deployed', writeDeployed({ ...deployed, domain: 'api.example.com' }));
    const opened = await openDeployedFront(front, settings());
    expect(opened.by).toBe('arn:aws:iam::222222222222:user/alice');
    expect(opened.deployed.domain).toBe('api.example.com');
    expect((await opened.means.edge.read())?.truststore?.version).toBe('v0');
    expect(opened.means.store.uriOf('pointer.json')).toBe('s3://front-bucket/pointer.json');
  });

  test('without a domain there is no edge', async () => {
    aws.parameters.set('/sallyport/orders-3f9c/deployed', writeDeployed(deployed));
    expect(await (await openDeployedFront(front, settings())).means.edge.read()).toBeUndefined();
  });

  test('in another account, or not at all: refused', async () => {
    expect(await codesOf(() => openDeployedFront({ ...front, account: '333333333333' }, settings()))).toEqual([
      'other_account',
    ]);
    expect(await codesOf(() => openDeployedFront(front, settings()))).toEqual(['not_deployed']);
  });
});
