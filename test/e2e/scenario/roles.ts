import { account } from '../machine/emulator.ts';
import { type Aws, assume, ok, openAws, tags } from '../world/aws.ts';
import type { FrontFolder } from '../world/front.ts';
import type { World } from '../world/world.ts';
import { checksOfPlanner, checksOfPublisher } from './people.ts';
import { type Check, checkRole, granted } from './permissions.ts';

const byTheAccount = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::${account}:root` } }],
});

/** The three functions of our stacks: each role by itself, assumed. Only who may assume it is changed, by the account's root. */
export async function rolesOfTheFunctions(world: World): Promise<void> {
  const { steps, aws, front, guest } = world;
  const here = await granted(aws, front);
  const there = await granted(aws, guest);
  const bindingKey = await bindingKeyOf(aws, front);
  const checks: Readonly<Record<string, readonly Check[]>> = {
    Authorizer: [
      ['read the pointer', true, here.get('pointer.json')],
      ['read a release', true, here.get(here.manifest)],
      ['see that there is no overlay', true, here.get('overlay/blocks.json')],
      ['read the floors', true, here.getParameters('floor', 'floor-blocks', 'floor-lifts')],
      ['read the binding key', true, here.secret(bindingKey)],
      ['read the truststore', false, here.get(here.truststore)],
      ['read the history', false, here.get('publications/000000000001.json')],
      ['read a release of another front', false, there.get(there.manifest)],
      ['write the pointer', false, here.put('pointer.json', { 'if-match': '"no"' })],
      ['write an overlay', false, here.put('overlay/blocks.json', { 'if-none-match': '*' })],
      ['lower the floor', false, here.putParameter('floor', '0')],
      ['read where the truststore is', false, here.getParameters('floor', 'truststore-version')],
      ['sign', false, here.sign],
      ['read a credential of the backend', false, here.secret('erp')],
      [
        'move the domain',
        false,
        (as) => as.rest('apigateway', 'PATCH', `/domainnames/${front.domain}`, '{"patchOperations":[]}'),
      ],
      ['list the functions', false, (as) => as.rest('lambda', 'GET', '/2015-03-31/functions')],
    ],
    Forwarder: [
      ['read a credential of the backend', true, here.secret('erp')],
      ['read the binding key', true, here.secret(bindingKey)],
      ['read a credential of another front', false, there.secret('erp')],
      [
        'change a credential',
        false,
        (as) =>
          as.json('secretsmanager', 'secretsmanager.PutSecretValue', {
            SecretId: `sallyport/${front.id}/erp`,
            SecretString: 'x',
          }),
      ],
      ['list secrets', false, (as) => as.json('secretsmanager', 'secretsmanager.ListSecrets', {})],
      ['read the pointer', false, here.get('pointer.json')],
      ['read the floors', false, here.getParameters('floor')],
      ['sign', false, here.sign],
      ['list the functions', false, (as) => as.rest('lambda', 'GET', '/2015-03-31/functions')],
    ],
    FirstRelease: [
      // its work is done: the tag of the key ends its signing
      ...here.writes.map(([what, allowed, call]): Check => [what, allowed && what !== 'sign the pointer', call]),
      [
        'move the domain',
        false,
        (as) => as.rest('apigateway', 'PATCH', `/domainnames/${front.domain}`, '{"patchOperations":[]}'),
      ],
      ['read a credential of the backend', false, here.secret('erp')],
      ['sign for another front', false, there.sign],
    ],
  };
  for (const [name, list] of Object.entries(checks)) {
    await steps.step(`role of the ${name}: ${list.length} calls allowed or denied as written`, async () => {
      await checkRole(name, openAws(world.emulator, await assumeRoleOf(aws, front, name)), list);
    });
  }
}

/** The two policies that our stacks make and attach to nobody, each on a role of somebody's. */
export async function policiesForPeople(world: World): Promise<void> {
  const { steps, aws, front, emulator } = world;
  for (const [policy, checksOf] of [
    ['publish', checksOfPublisher],
    ['plan', checksOfPlanner],
  ] as const) {
    await steps.step(`policy sallyport-ID-${policy}: what is needed passes, what is next to it is denied`, async () => {
      const RoleName = `somebody-who-may-${policy}`;
      await ok(aws.query('iam', 'CreateRole', { RoleName, AssumeRolePolicyDocument: byTheAccount }));
      const PolicyArn = `arn:aws:iam::${account}:policy/sallyport-${front.id}-${policy}`;
      await ok(aws.query('iam', 'AttachRolePolicy', { RoleName, PolicyArn }));
      const role = await assume(aws, `arn:aws:iam::${account}:role/${RoleName}`);
      await checkRole(policy, openAws(emulator, role), await checksOf(world, front));
    });
  }
}

async function bindingKeyOf(aws: Aws, front: FrontFolder): Promise<string> {
  const { text } = await ok(aws.json('secretsmanager', 'secretsmanager.ListSecrets', {}));
  const { SecretList } = JSON.parse(text) as { SecretList: { ARN: string; Name: string }[] };
  return SecretList.find(({ Name }) => Name.includes(front.id) && Name.includes('BindingKey'))?.ARN ?? '';
}

async function assumeRoleOf(aws: Aws, front: FrontFolder, name: string) {
  const { text } = await ok(aws.query('iam', 'ListRoles', {}));
  const index = tags(text, 'RoleName').findIndex((role) => role.includes(front.id) && role.includes(`${name}Role`));
  const RoleName = tags(text, 'RoleName')[index] ?? '';
  await ok(aws.query('iam', 'UpdateAssumeRolePolicy', { RoleName, PolicyDocument: byTheAccount }));
  return assume(aws, `arn:aws:iam::${account}:role/${RoleName}`);
}
