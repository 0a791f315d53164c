import { createServer } from 'node:http';
import { differsLine } from '../../../src/publish/status.ts';
import { expect, expectEqual } from '../steps.ts';
import { ok, tags } from '../world/aws.ts';
import { callFront } from '../world/calls.ts';
import { readLiveState } from '../world/live.ts';
import type { World } from '../world/world.ts';
import { refusedBehindTheEdge } from './publications.ts';

/** Whatever is deployed, what is live stays: domain, parameters, pointer. */
async function leavesLiveAlone({ aws, front }: World, work: () => Promise<void>): Promise<void> {
  const before = await readLiveState(aws, front);
  await work();
  expectEqual(await readLiveState(aws, front), before, 'what is live, as it was before');
}

export async function unrelatedDeploy(world: World): Promise<void> {
  const { steps, operator, front, edge, globex, backend } = world;
  await steps.step('an unrelated deploy (another connection) moves neither pointer nor truststore', () =>
    leavesLiveAlone(world, async () => {
      front.write({ connections: front.connections('crm') });
      const { all } = await operator.deploy(front);
      expect(all.includes('the live release is that of your files'), 'the deploy says what is live', all.slice(-2500));
      expectEqual(
        (await callFront(edge, front, globex, '/orders/8')).status,
        200,
        'a partner that was published after the first deploy',
      );
      expectEqual(backend.received.at(-1)?.headers['x-sallyport-client'], 'globex', 'who the backend is told it is');
    }),
  );
}

/**
 * The domain is updated, something after it fails, and CloudFormation puts back what it had sent before: a truststore
 * from before the removal. Only reachability may depend on that.
 */
export async function rolledBackDeploy(world: World): Promise<void> {
  const { steps, operator, aws, front, zone } = world;
  const before = await readLiveState(aws, front);
  const isBack = await steps.step('a deploy that fails is rolled back; pointer and parameters stay', async () => {
    front.write(front.inZone('Z00000000000'));
    const { status, all } = await operator.cdk(front, ['deploy', '--all', '--require-approval', 'never']);
    front.write(front.inZone(zone));
    expect(status !== 0 && all.includes('No hosted zone'), 'the deploy fails and says why', all.slice(-2500));
    const stack = await ok(aws.query('cloudformation', 'DescribeStacks', { StackName: `sallyport-${front.id}-front` }));
    expectEqual(tags(stack.text, 'StackStatus'), ['UPDATE_ROLLBACK_COMPLETE'], 'status of the stack');
    const { domain, ...after } = await readLiveState(aws, front);
    const { domain: domainBefore, ...stays } = before;
    expectEqual(after, stays, 'pointer and parameters');
    return domain.version !== domainBefore.version;
  });
  steps.note(
    `the rollback ${isBack ? 'has brought the truststore from before the removal back to the domain' : 'has left the truststore of the domain alone'}`,
  );
  await steps.step('a removed CA that a rollback brings back to the edge is still refused by the decision', () =>
    refusedBehindTheEdge(world),
  );
  await steps.step('sallyport status says that the domain differs, sallyport publish mends it', async () => {
    const { drift } = await operator.status(front);
    expectEqual(drift.length > 0, isBack, 'whether status says so');
    expectEqual((await operator.publish(front, 'after a rollback')).outcome, 'unchanged', 'outcome');
    expectEqual(await readLiveState(aws, front), before, 'what is live, as it was before');
  });
}

/** A colleague deploys from a checkout in which the partner that left is still there. */
export async function deployOfOldFiles(world: World): Promise<void> {
  const { steps, operator, front, globex } = world;
  await steps.step('a deploy from old files (the custom resource is updated) publishes nothing and says so', () =>
    leavesLiveAlone(world, async () => {
      front.add(globex);
      front.write({ connections: front.connections('crm', 'hr') });
      const { all } = await operator.deploy(front);
      front.remove(globex);
      expect(all.includes(differsLine), `the deploy says: ${differsLine}`, all.slice(-2500));
    }),
  );
}

/** Every event that CloudFormation could send to the custom resource, a new creation among them. */
export async function eventsOfTheCustomResource(world: World): Promise<void> {
  const { steps, aws, front } = world;
  await steps.step('Create, Update and Delete of the custom resource, sent by hand, change nothing', () =>
    leavesLiveAlone(world, async () => {
      const answers: { Status: string; RequestId: string }[] = [];
      const server = createServer((request, response) => {
        let body = '';
        request.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        request.on('end', () => {
          answers.push(JSON.parse(body) as { Status: string; RequestId: string });
          response.end();
        });
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : 0;
      const { name, properties } = await customResource(world);
      for (const RequestType of ['Create', 'Update', 'Delete']) {
        const event = {
          RequestType,
          RequestId: RequestType,
          ResponseURL: `http://127.0.0.1:${port}/`,
          StackId: `arn:aws:cloudformation:eu-north-1:000000000000:stack/sallyport-${front.id}-trust/by-hand`,
          LogicalResourceId: 'ByHand',
          ResourceProperties: properties,
          ...(RequestType === 'Update' ? { OldResourceProperties: properties } : {}),
        };
        await ok(aws.rest('lambda', 'POST', `/2015-03-31/functions/${name}/invocations`, JSON.stringify(event)));
      }
      server.close();
      expectEqual(
        answers.map(({ Status, RequestId }) => `${RequestId} ${Status}`),
        ['Create SUCCESS', 'Update SUCCESS', 'Delete SUCCESS'],
        'answers',
      );
    }),
  );
}

/** The function, and the properties that the deployed template gives to it. */
async function customResource({ aws, front }: World) {
  const { text } = await ok(aws.rest('lambda', 'GET', '/2015-03-31/functions'));
  const { Functions } = JSON.parse(text) as { Functions: { FunctionName: string }[] };
  const name = Functions.find(
    ({ FunctionName }) => FunctionName.includes(front.id) && FunctionName.includes('FirstRelease'),
  )?.FunctionName;
  const parameter = JSON.parse(
    (await ok(aws.json('ssm', 'AmazonSSM.GetParameter', { Name: `/sallyport/${front.id}/deployed` }))).text,
  ) as {
    Parameter: { Value: string };
  };
  const { bucket, signingKey, blocksKey, revocationsKey, releaseKey, connections, tiers, ...deployed } = JSON.parse(
    parameter.Parameter.Value,
  );
  return {
    name,
    properties: {
      frontId: front.id,
      bucket,
      signingKey,
      blocksKey,
      revocationsKey,
      releaseKey,
      release: '0'.repeat(64),
      domainName: front.domain,
      replaceDomain: '',
      connections: Object.keys(connections).join(','),
      tiers: Object.keys(tiers).join(','),
      secrets: '',
      commit: (deployed.commit ?? '').slice(0, 12),
      ancestors: '',
      shallow: 'false',
      turnBackFrom: '',
    },
  };
}
