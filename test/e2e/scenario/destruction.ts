import { expect, expectEqual } from '../steps.ts';
import { ok, tags } from '../world/aws.ts';
import { callFront } from '../world/calls.ts';
import { readParameters } from '../world/live.ts';
import type { World } from '../world/world.ts';
import { granted } from './permissions.ts';

/** A front of production is not destroyed by one command; and what must outlive it does. */
export async function destruction(world: World): Promise<void> {
  const { steps, operator, aws, front, edge, acme } = world;
  const here = await granted(aws, front);
  await steps.step('cdk destroy of a front in production is refused: termination protection', async () => {
    const { all } = await operator.cdk(front, ['destroy', '--all', '--force']);
    expect(all.includes('TerminationProtection is enabled'), 'the reason', all.slice(-1500));
    expectEqual((await callFront(edge, front, acme, '/orders/7')).status, 200, 'the front is still there');
  });
  await steps.step('without the protection it goes; domain, addresses, releases, keys, parameters stay', async () => {
    for (const part of ['trust', 'egress', 'front']) await operator.unprotect(`sallyport-${front.id}-${part}`);
    const { status, all } = await operator.cdk(front, ['destroy', '--all', '--force']);
    expect(status === 0, 'cdk destroy succeeds', all.slice(-2500));
    await ok(aws.rest('apigateway', 'GET', `/domainnames/${front.domain}`));
    await ok(aws.s3('GET', `/${here.bucket}/pointer.json`));
    await ok(here.sign(aws));
    expectEqual(
      Object.keys(await readParameters(aws, front, 'floor', 'truststore-uri', 'deployed')).sort(),
      ['floor', 'truststore-uri'],
      'parameters',
    );
    const addresses = await ok(aws.query('ec2', 'DescribeAddresses', {}));
    expect(tags(addresses.text, 'publicIp').length >= 1, 'the Elastic IP', addresses.text);
    const functions = await ok(aws.rest('lambda', 'GET', '/2015-03-31/functions'));
    expect(!functions.text.includes(`sallyport-${front.id}`), 'no function', functions.text.slice(0, 500));
    const { status: answer } = await callFront(edge, front, acme, '/orders/7');
    expect(answer >= 400, 'nobody is served', answer);
  });
}
