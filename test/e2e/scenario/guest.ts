import { differsLine } from '../../../src/publish/status.ts';
import { expect, expectEqual } from '../steps.ts';
import { type Aws, assume, ok, openAws, tags } from '../world/aws.ts';
import { callFront, callUntil } from '../world/calls.ts';
import { readLiveState } from '../world/live.ts';
import type { World } from '../world/world.ts';
import { blocks } from './blocks.ts';
import { checksOfOverlay, checksOfPlanner, checksOfPublisher } from './people.ts';
import { checkRole } from './permissions.ts';

const app = 'node test/e2e/guest/app.ts';

/** The construct in somebody else's stack, with the roles that it grants to; everything of it is one stack. */
export async function guest(world: World): Promise<void> {
  const { steps, operator, guest: front, edge, acme, globex, aws, emulator } = world;
  await steps.step('the construct in another app: cdk deploy, and a partner is served', async () => {
    await operator.setSecret(front, world.password);
    await operator.deploy(front, app);
    expectEqual((await callFront(edge, front, acme, '/orders/7')).status, 200, 'status');
  });
  const arns = await outputs(aws);
  const as = (output: string) => assume(aws, arns[output] ?? '');
  const publisher = await as('PublisherArn');
  const planner = await as('PlannerArn');
  const blocker = await as('BlockerArn');
  const lifter = await as('LifterArn');

  await steps.step('grantPublish: sallyport publish as that role; a partner comes and leaves', async () => {
    front.add(globex);
    await operator.publish(front, 'Globex joins', publisher);
    expectEqual((await callUntil(200, () => callFront(edge, front, globex, '/orders/7'))).status, 200, 'status');
    // The one of the first deployment: what CloudFormation remembers of that is a truststore which still has its CA.
    front.remove(acme);
    await operator.publish(front, 'Acme leaves', publisher);
    expectEqual((await callFront(edge, front, acme, '/orders/7')).status, 403, 'status at the edge');
  });

  await steps.step('grantPlan: sallyport status as that role answers, sallyport publish is denied', async () => {
    const { drift, live } = await operator.status(front, planner);
    expectEqual([drift, live?.sequence], [[], 4], 'drift and sequence');
    front.add(acme);
    const { status, all } = await operator.sallyport(front, ['publish'], planner);
    front.remove(acme);
    expect(status === 3 && /not authorized|AccessDenied/.test(all), 'exit code 3, because AWS denies it', {
      status,
      all,
    });
  });

  await steps.step(
    'a deploy of the first files that changes the domain itself (a tag) sends it the live truststore',
    async () => {
      const before = await readLiveState(aws, front);
      front.add(acme);
      front.remove(globex);
      const { status, all } = await operator.cdk(
        front,
        ['deploy', '--all', '--require-approval', 'never', '-c', 'team=trade'],
        app,
      );
      front.remove(acme);
      front.add(globex);
      expect(
        status === 0 && all.includes(differsLine),
        `the deploy succeeds and says: ${differsLine}`,
        all.slice(-3000),
      );
      expectEqual(await readLiveState(aws, front), before, 'what is live, as it was before');
      const { text } = await ok(aws.rest('apigateway', 'GET', `/domainnames/${front.domain}`));
      expectEqual(
        (JSON.parse(text) as { tags?: Record<string, string> }).tags?.team,
        'trade',
        'the tag, so the domain was updated',
      );
    },
  );

  await blocks(world, globex, blocker, lifter);

  await steps.step(
    'grantPublish, Plan, Block, Unblock: what is needed passes, what is next to it is denied',
    async () => {
      await checkRole('publisher', openAws(emulator, publisher), await checksOfPublisher(world, front));
      await checkRole('planner', openAws(emulator, planner), await checksOfPlanner(world, front));
      await checkRole('blocker', openAws(emulator, blocker), await checksOfOverlay(world, front, 'blocks', 'lifts'));
      await checkRole('lifter', openAws(emulator, lifter), await checksOfOverlay(world, front, 'lifts', 'blocks'));
    },
  );
}

async function outputs(aws: Aws): Promise<Record<string, string>> {
  const { text } = await ok(aws.query('cloudformation', 'DescribeStacks', { StackName: 'guest' }));
  const values = tags(text, 'OutputValue');
  return Object.fromEntries(tags(text, 'OutputKey').map((key, index) => [key, values[index] ?? '']));
}
