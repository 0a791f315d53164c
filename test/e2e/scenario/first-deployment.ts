import { expect } from '../steps.ts';
import type { World } from '../world/world.ts';

/** From an empty account to a front; and a first attempt that fails must not stand in the way of the second. */
export async function firstDeployment({ steps, operator, aws, front, zone, password }: World): Promise<void> {
  await steps.step('the sample of the repository is refused before anything is sent', async () => {
    const sample = { ...front, folder: '.', id: 'orders-3f9c' };
    const { status, all } = await operator.cdk(sample, ['deploy', '--all', '--require-approval', 'never']);
    expect(status !== 0 && all.includes('/cdk-bootstrap/sampleonly/version'), 'no account takes it', all.slice(-2000));
    expect(all.includes('to look at: no account takes them'), 'and the app says how to go on', all.slice(-2000));
  });

  await steps.step('sallyport secret set', () => operator.setSecret(front, password));

  await steps.step('a first deploy that fails (no such hosted zone) leaves no domain behind', async () => {
    front.write(front.inZone('Z00000000000'));
    const { status, all } = await operator.cdk(front, ['deploy', '--all', '--require-approval', 'never']);
    expect(status !== 0 && all.includes('No hosted zone'), 'the deploy fails and says why', all.slice(-2000));
    const domain = await aws.rest('apigateway', 'GET', `/domainnames/${front.domain}`);
    expect(domain.status === 404, 'no domain that the next deploy could not create', domain.text);
    front.write(front.inZone(zone));
    // CloudFormation keeps a stack that was never created, and its protection with it, until somebody says otherwise.
    await operator.unprotect(`sallyport-${front.id}-front`);
  });

  await steps.step('cdk deploy --all', async () => {
    const { all } = await operator.deploy(front);
    expect(all.includes('the live release is that of your files'), 'the deploy says what is live', all.slice(-3000));
  });

  await steps.step('sallyport egress names the address that the backend must allow', async () => {
    const { status, stdout, all } = await operator.sallyport(front, ['--json', 'egress']);
    expect(status === 0 && /\d+\.\d+\.\d+\.\d+/.test(stdout), 'an address', all);
  });
}
