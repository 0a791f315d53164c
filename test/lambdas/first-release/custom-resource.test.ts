import fc from 'fast-check';
import { createCustomResource, physicalId } from '../../../lambdas/first-release/custom-resource.ts';
import { compileRelease } from '../../../src/core/release/compile.ts';
import { parameterNames } from '../../../src/core/release/layout.ts';
import { publish } from '../../../src/publish/publish.ts';
import { readLive } from '../../../src/publish/read-live.ts';
import { readMissingFloors, restoreFloors } from '../../../src/publish/restore-floors.ts';
import { differsLine } from '../../../src/publish/status.ts';
import { type ClientSpec, codesOf, sourceOf } from '../../core/release/fixture.ts';
import { front, meansOf, openWorld, requestOf, signer, type World } from '../../publish/fixture.ts';

const acme: ClientSpec = { name: 'acme' };
const globex: ClientSpec = { name: 'globex' };

interface Answer {
  readonly Status: string;
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
}

function resourceOf(world: World, clients: readonly ClientSpec[]) {
  const answers: Answer[] = [];
  const log: string[] = [];
  const resource = createCustomResource({
    open: async () => meansOf(world),
    publicKey: async () => signer.spki,
    source: async () => sourceOf(clients),
    answer: async (url, body) => {
      expect(url).toBe('https://cloudformation.example/answer');
      answers.push(JSON.parse(body));
    },
    log: (line) => log.push(line),
  });
  const send = async (requestType: string, change: object = {}, old?: object): Promise<Answer> => {
    const properties = {
      frontId: front,
      bucket: 'front-bucket',
      signingKey: 'arn:aws:kms:eu-west-1:222222222222:key/1',
      blocksKey: 'arn:aws:kms:eu-west-1:222222222222:key/3',
      releaseKey: 'arn:aws:kms:eu-west-1:222222222222:key/2',
      release: compileRelease(sourceOf(clients)).id,
      domainName: 'api.example.com',
      replaceDomain: '',
      connections: 'erp',
      tiers: '',
    };
    await resource({
      RequestType: requestType,
      ResponseURL: 'https://cloudformation.example/answer',
      StackId: 'arn:aws:cloudformation:eu-west-1:222222222222:stack/orders/1',
      RequestId: 'r',
      LogicalResourceId: 'FirstRelease',
      ResourceProperties: { ServiceToken: 'arn', ...properties, ...change },
      ...(old === undefined ? {} : { OldResourceProperties: { ...properties, ...old } }),
    });
    const answer = answers.at(-1);
    if (answer === undefined) throw new Error('nothing was answered');
    expect(answer).toMatchObject({ PhysicalResourceId: physicalId, RequestId: 'r', LogicalResourceId: 'FirstRelease' });
    return answer;
  };
  return { send, log };
}

const live = async (world: World) => (await readLive(meansOf(world)))?.pointer;

test('Create publishes the first release and gives its truststore and key to the template', async () => {
  const world = openWorld();
  const { send } = resourceOf(world, [acme]);
  const answer = await send('Create');
  const pointer = await live(world);
  expect(answer).toMatchObject({
    Status: 'SUCCESS',
    Data: {
      TruststoreUri: `s3://front-bucket/${pointer?.truststore.key}`,
      TruststoreVersion: pointer?.truststore.version,
      PointerPublicKey: Buffer.from(signer.spki).toString('base64'),
      Notice: 'the live release is that of your files',
    },
  });
  expect(world.values.get(parameterNames.truststoreVersion)).toBe(pointer?.truststore.version);
});

test('after a publication nothing that a deploy does moves the live release, and each answer names the live truststore', async () => {
  const world = openWorld();
  await resourceOf(world, [acme, globex]).send('Create');
  await publish(meansOf(world), requestOf([globex]));
  const before = await live(world);
  const values = new Map(world.values);
  // Old files, as a deploy from an old checkout has them: they still hold the CA that was removed.
  const { send } = resourceOf(world, [acme, globex]);
  for (const type of ['Update', 'Create', 'Delete', 'Update', 'Create']) {
    const answer = await send(type);
    expect(answer.Status).toBe('SUCCESS');
    if (type !== 'Delete')
      expect(answer.Data).toMatchObject({
        TruststoreUri: `s3://front-bucket/${before?.truststore.key}`,
        TruststoreVersion: before?.truststore.version,
        Notice: differsLine,
      });
    expect(await live(world)).toEqual(before);
    expect(world.values).toEqual(values);
  }
});

test('Create again after a crash at any operation ends as one that went through', async () => {
  const whole = openWorld();
  let operations = 0;
  whole.tick = () => {
    operations += 1;
  };
  await resourceOf(whole, [acme]).send('Create');
  expect(operations).toBeGreaterThan(15);
  for (let at = 1; at <= operations; at += 1) {
    const world = openWorld();
    let count = 0;
    world.tick = () => {
      count += 1;
      if (count === at) throw new Error('killed');
    };
    const { send } = resourceOf(world, [acme]);
    expect((await send('Create')).Status).toBe('FAILED');
    expect((await send('Create')).Status).toBe('SUCCESS');
    expect([...world.values.keys()].sort()).toEqual([...whole.values.keys()].sort());
    expect(world.values.get(parameterNames.floor)).toBe('1');
    expect((await live(world))?.sequence).toBe(1);
  }
});

test('parameters that were deleted stop the deploy with the command that brings them back', async () => {
  const world = openWorld();
  const { send } = resourceOf(world, [acme]);
  await send('Create');
  const objects = new Map(world.objects);
  world.values.clear();
  for (const type of ['Update', 'Create'])
    expect(await send(type)).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('sallyport status --restore-floors'),
    });
  expect(world.objects).toEqual(objects);
  expect(world.values.size).toBe(0);
  await restoreFloors(meansOf(world), await readMissingFloors(meansOf(world)));
  expect((await send('Create')).Status).toBe('SUCCESS');
});

test('a failure is answered, with its reason, and not left to time out', async () => {
  const world = openWorld();
  world.tick = () => {
    throw new Error('KMS says no');
  };
  const { send, log } = resourceOf(world, [acme]);
  expect(await send('Create')).toMatchObject({ Status: 'FAILED', Reason: 'KMS says no' });
  expect(log).toEqual([expect.stringContaining('KMS says no')]);
  expect(await resourceOf(openWorld(), [acme]).send('Update')).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringContaining('nothing is published'),
  });
});

test('an empty registry stops the first deployment with the command that mends it', async () => {
  const answer = await resourceOf(openWorld(), [])
    .send('Create', { release: '' })
    .catch((error) => error);
  // The release's id could not even be computed at synth: this is the function's own check.
  expect(String(answer.Reason ?? answer)).toMatch(/lets nobody in/);
});

test('a changed domain name is refused unless the old one is given up by name', async () => {
  const world = openWorld();
  const { send } = resourceOf(world, [acme]);
  await send('Create');
  const moved = { domainName: 'new.example.com' };
  expect(await send('Update', moved, {})).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringContaining('replaceDomain: api.example.com'),
  });
  expect(await send('Update', { ...moved, replaceDomain: 'other.example.com' }, {})).toMatchObject({
    Status: 'FAILED',
  });
  expect(await send('Update', { ...moved, replaceDomain: 'api.example.com' }, {})).toMatchObject({ Status: 'SUCCESS' });
  expect(await send('Update', {}, {})).toMatchObject({ Status: 'SUCCESS' });
});

test('what is no event of ours is a typed refusal', async () => {
  const world = openWorld();
  const resource = createCustomResource({
    open: async () => meansOf(world),
    publicKey: async () => signer.spki,
    source: async () => sourceOf([acme]),
    answer: async () => {},
    log: () => {},
  });
  await fc.assert(
    fc.asyncProperty(fc.anything(), async (event) => {
      expect(await codesOf(() => resource(event))).toEqual(['event_unreadable']);
    }),
  );
  expect(world.objects.size).toBe(0);
});

test('a deploy without a connection or tier that the live release uses is refused, and nothing has changed', async () => {
  const world = openWorld();
  const gold: ClientSpec = { ...acme, tier: 'gold' };
  const { send } = resourceOf(world, [gold]);
  await send('Create', { tiers: 'gold' });
  const [objects, values] = [new Map(world.objects), new Map(world.values)];
  for (const [change, name] of [
    [{ connections: 'crm', tiers: 'gold' }, 'the connection erp'],
    [{ connections: 'erp', tiers: 'silver' }, 'the tier gold'],
  ] as const)
    for (const type of ['Update', 'Create'])
      expect(await send(type, change)).toMatchObject({
        Status: 'FAILED',
        Reason: expect.stringMatching(
          new RegExp(`${name} is not deployed any more[\\s\\S]*publish without it, then deploy`),
        ),
      });
  expect(world.objects).toEqual(objects);
  expect(world.values).toEqual(values);
  const more = { connections: 'crm,erp', tiers: 'gold,silver' };
  expect((await send('Update', more)).Status).toBe('SUCCESS');
  await publish(meansOf(world), requestOf([acme]));
  expect((await send('Update', { tiers: '' })).Status).toBe('SUCCESS');
});
