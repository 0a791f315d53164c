import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { createCustomResource, physicalId } from '../../../lambdas/first-release/custom-resource.ts';
import { compileRelease } from '../../../src/core/release/compile.ts';
import {
  manifestKeyOf,
  overlayKeyOf,
  type ParameterName,
  parameterNames,
  pointerKey,
  registryKeyOf,
} from '../../../src/core/release/layout.ts';
import { writePointer } from '../../../src/core/release/pointer.ts';
import { signDocument } from '../../../src/core/release/signed.ts';
import { publishFirst } from '../../../src/publish/first-release.ts';
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

/** What it asks and does outside of the store. */
const aroundIt = (world: World, status = 'UPDATE_IN_PROGRESS') => ({
  stackStatus: async (stackId: string) => {
    if (stackId !== stack || status === 'unknown') throw new Error('CloudFormation does not know this stack');
    return status;
  },
  endSigning: async (key: string) => {
    if (status === 'no tags') throw new Error('KMS says no');
    world.said.push(`no longer signs with ${key}`);
  },
  emptyBucket: async () => world.objects.clear(),
  deleteParameters: async (_: string, names: readonly ParameterName[]) => {
    for (const name of names) world.values.delete(name);
  },
});

const stack = 'arn:aws:cloudformation:eu-west-1:222222222222:stack/orders/1';

function resourceOf(world: World, clients: readonly ClientSpec[], unset: readonly string[] = [], status = '') {
  const answers: Answer[] = [];
  const log: string[] = [];
  const resource = createCustomResource({
    open: async () => meansOf(world),
    publicKey: async () => signer.spki,
    ...aroundIt(world, status),
    missingSecrets: async (_, names) => names.filter((name) => unset.includes(name)),
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
      revocationsKey: 'arn:aws:kms:eu-west-1:222222222222:key/4',
      releaseKey: 'arn:aws:kms:eu-west-1:222222222222:key/2',
      release: compileRelease(sourceOf(clients)).id,
      domainName: 'api.example.com',
      replaceDomain: '',
      connections: 'erp',
      tiers: '',
      secrets: 'erp:erp',
      commit: 'e5e5e5e5e5e5',
      ancestors: '',
      shallow: 'false',
      turnBackFrom: '',
    };
    await resource({
      RequestType: requestType,
      ResponseURL: 'https://cloudformation.example/answer',
      StackId: stack,
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
    ...aroundIt(world),
    missingSecrets: async () => [],
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

const commit = 'a1'.repeat(20);
const short = commit.slice(0, 12);

describe('a deploy from files that do not descend from what is deployed', () => {
  const deployedBy = (world: World, members: object): void => {
    world.values.set(parameterNames.deployed, JSON.stringify({ format: 1, version: '1.2.3', ...members }));
  };

  test('is refused before anything changes, with the commit, its version and the line that gives it up', async () => {
    const world = openWorld();
    const { send } = resourceOf(world, [acme]);
    await send('Create');
    deployedBy(world, { commit });
    const [objects, values] = [new Map(world.objects), new Map(world.values)];
    for (const lineage of [
      { commit: 'b2b2b2b2b2b2', ancestors: 'c3c3c3c3c3c3' },
      { commit: '', ancestors: '' },
      { commit: 'b2b2b2b2b2b2', ancestors: '', shallow: 'true' },
      { commit: 'b2b2b2b2b2b2', ancestors: '', turnBackFrom: 'c3c3c3c' },
      // Too short to be one commit.
      { commit: 'b2b2b2b2b2b2', ancestors: '', turnBackFrom: short.slice(0, 6) },
    ])
      for (const type of ['Update', 'Create'])
        expect(await send(type, lineage)).toMatchObject({
          Status: 'FAILED',
          Reason: expect.stringMatching(
            new RegExp(`${short}[\\s\\S]*version 1\\.2\\.3[\\s\\S]*turnBackFrom: "${short}"`),
          ),
        });
    expect((await send('Update', { commit: 'b2b2b2b2b2b2', ancestors: '', shallow: 'true' })).Reason).toContain(
      'git fetch --unshallow',
    );
    expect(world.objects).toEqual(objects);
    expect(world.values).toEqual(values);
  });

  test('goes on from the commit itself, from one after it, and where it is given up in writing', async () => {
    const world = openWorld();
    const { send } = resourceOf(world, [acme]);
    await send('Create');
    deployedBy(world, { commit });
    for (const lineage of [
      { commit: short, ancestors: '' },
      { commit: 'b2b2b2b2b2b2', ancestors: `c3c3c3c3c3c3,${short},d4d4d4d4d4d4` },
      { commit: 'b2b2b2b2b2b2', ancestors: '', turnBackFrom: short },
      { commit: '', ancestors: '', turnBackFrom: commit },
    ])
      expect((await send('Update', lineage)).Status).toBe('SUCCESS');
  });

  test('is not refused on the way back of an update that failed: the parameter still names the old commit', async () => {
    const world = openWorld();
    const { send } = resourceOf(world, [acme]);
    await send('Create');
    deployedBy(world, { commit });
    const newer = { commit: 'b2b2b2b2b2b2', ancestors: short };
    expect((await send('Update', newer, { commit: short })).Status).toBe('SUCCESS');
    expect((await send('Update', { commit: short, ancestors: '' }, newer)).Status).toBe('SUCCESS');
  });

  test('without git on either side is not compared, and the output says so', async () => {
    const world = openWorld();
    const { send } = resourceOf(world, [acme]);
    expect((await send('Create', { commit: '' })).Data?.Notice).toContain('from no git commit');
    deployedBy(world, {});
    expect(await send('Update', { commit: short })).toMatchObject({
      Status: 'SUCCESS',
      Data: { Notice: 'the live release is that of your files' },
    });
  });
});

test('a deploy after which a connection in use reads a secret that is not there is refused', async () => {
  const world = openWorld();
  const { send } = resourceOf(world, [acme], ['new']);
  // Nothing is live yet: nobody is stranded, and `doctor` says what is missing.
  expect((await send('Create', { secrets: 'erp:new' })).Status).toBe('SUCCESS');
  expect(await send('Update', { secrets: 'erp:new' })).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringMatching(/connection erp reads a secret that is not there[\s\S]*sallyport secret set new/),
  });
  const unused = { connections: 'crm,erp', secrets: 'crm:new,erp:erp' };
  expect((await send('Update', unused)).Status).toBe('SUCCESS');
});

test.each([
  ['the pointer', pointerKey],
  ['the manifest of the release', undefined],
  ['the overlay of blocks', overlayKeyOf('blocks')],
] as const)('a format of %s that the functions cannot read stops the deploy', async (_, key) => {
  const world = openWorld();
  const { send } = resourceOf(world, [acme]);
  await send('Create');
  const at = key ?? manifestKeyOf((await live(world))?.release ?? '');
  const later = JSON.stringify({ format: 9 });
  const body =
    key === undefined
      ? new TextEncoder().encode(later)
      : await signDocument(key === pointerKey ? 'pointer' : 'overlay/blocks', { format: 9 }, signer);
  const pointer = await live(world);
  world.objects.set(at, [...(world.objects.get(at) ?? []), { body, version: 'v99' }]);
  if (key === undefined && pointer !== undefined) {
    // Signed honestly for a release of a later version.
    const release = createHash('sha256').update(body).digest('hex');
    for (const [from, to] of [
      [at, manifestKeyOf(release)],
      [registryKeyOf(pointer.release), registryKeyOf(release)],
    ] as const)
      world.objects.set(to, world.objects.get(from) ?? []);
    const signed = await writePointer({ ...pointer, release }, signer);
    world.objects.set(pointerKey, [...(world.objects.get(pointerKey) ?? []), { body: signed, version: 'v100' }]);
  }
  const [objects, values] = [new Map(world.objects), new Map(world.values)];
  expect(await send('Update')).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringMatching(/has a format that this version does not read/),
  });
  expect(world.objects).toEqual(objects);
  expect(world.values).toEqual(values);
});

describe('a first deployment that is rolled back', () => {
  test.each(['ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS'])(
    '%s: what it made is given back, and the next one with the same id is as the first',
    async (status) => {
      const world = openWorld();
      const { send } = resourceOf(world, [acme], [], status);
      const first = await send('Create');
      expect((await send('Delete')).Status).toBe('SUCCESS');
      expect(world.objects.size).toBe(0);
      expect(world.values.size).toBe(0);
      expect((await send('Create')).Data?.TruststoreUri).toBe(first.Data?.TruststoreUri);
      expect((await live(world))?.sequence).toBe(1);
    },
  );

  test('whatever the creation died of, the next one finds nothing in its way', async () => {
    const whole = openWorld();
    let operations = 0;
    whole.tick = () => {
      operations += 1;
    };
    await resourceOf(whole, [acme]).send('Create');
    for (let at = 1; at <= operations; at += 1) {
      const world = openWorld();
      let count = 0;
      world.tick = () => {
        count += 1;
        if (count === at) throw new Error('killed');
      };
      const { send } = resourceOf(world, [acme], [], 'ROLLBACK_IN_PROGRESS');
      expect((await send('Create')).Status).toBe('FAILED');
      await send('Delete');
      expect([world.objects.size, world.values.size]).toEqual([0, 0]);
      expect((await send('Create')).Status).toBe('SUCCESS');
    }
  });

  const keeps = async (world: World, status: string): Promise<void> => {
    const [objects, values] = [new Map(world.objects), new Map(world.values)];
    expect((await resourceOf(world, [acme], [], status).send('Delete')).Status).toBe('SUCCESS');
    expect(world.objects).toEqual(objects);
    expect(world.values).toEqual(values);
  };

  test.each(['DELETE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'unknown'])(
    '%s: is none, and a store is evidence',
    async (status) => {
      const world = openWorld();
      await resourceOf(world, [acme]).send('Create');
      await keeps(world, status);
    },
  );

  test('a store that somebody has used is kept: published to, blocked in, begun by another stack', async () => {
    const used: readonly ((world: World) => Promise<unknown>)[] = [
      async (world) => publish(meansOf(world), requestOf([globex])),
      async ({ objects }) => objects.set(overlayKeyOf('blocks'), [{ body: new Uint8Array(1), version: 'v9' }]),
      async ({ objects }) => objects.set(pointerKey, [{ body: new Uint8Array(1), version: 'v9' }]),
      async (world) => {
        const { sequence, ...rest } = (await live(world)) ?? refuseNothing();
        const body = await writePointer({ ...rest, sequence: sequence + 1 }, signer);
        world.objects.set(pointerKey, [{ body, version: 'v9' }]);
      },
    ];
    for (const use of used) {
      const world = openWorld();
      await resourceOf(world, [acme]).send('Create');
      await use(world);
      await keeps(world, 'ROLLBACK_IN_PROGRESS');
    }
    const other = openWorld();
    await publishFirst(meansOf(other), sourceOf([acme]), { by: 'CloudFormation other', commit: null, reason: null });
    await keeps(other, 'ROLLBACK_IN_PROGRESS');
  });
});

const refuseNothing = (): never => {
  throw new Error('nothing is live');
};

test('once a first release is published, the role may not sign again; a failed creation has not ended it', async () => {
  const world = openWorld();
  world.tick = () => {
    throw new Error('S3 says no');
  };
  const { send } = resourceOf(world, [acme]);
  await send('Create');
  expect(world.said).toEqual([]);
  world.tick = () => {};
  await send('Create');
  expect(world.said).toEqual(['no longer signs with arn:aws:kms:eu-west-1:222222222222:key/1']);
});

test('a key that may not be tagged stops no deploy, and the output says what stays', async () => {
  const world = openWorld();
  const { send, log } = resourceOf(world, [acme], [], 'no tags');
  expect((await send('Create')).Data?.Notice).toContain('may still sign');
  expect(log).toEqual([expect.stringContaining('the key could not be tagged: KMS says no')]);
});
