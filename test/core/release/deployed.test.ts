import {
  deployedDigestsOf,
  missingFromDeployment,
  parseDeployed,
  writeDeployed,
} from '../../../src/core/release/deployed.ts';
import { codesOf, registryOf } from './fixture.ts';

const parts = {
  connections: new Map([['erp', { url: 'https://erp.example' }]]),
  tiers: new Map([['gold', { perSecond: 20 }]]),
  egress: { zones: 2 },
  domain: { name: 'api.example.com' },
};
const deployed = {
  format: 1,
  bucket: 'front-bucket',
  signingKey: 'arn:aws:kms:eu-west-1:222222222222:key/1',
  blocksKey: 'arn:aws:kms:eu-west-1:222222222222:key/3',
  releaseKey: 'arn:aws:kms:eu-west-1:222222222222:key/2',
  ...deployedDigestsOf(parts),
  bundles: { authorizer: 'ab'.repeat(32) },
};

test('who deployed it, from which commit and version, is read back', () => {
  const origin = { version: '0.1.0', commit: 'ab'.repeat(20), changed: 2, by: 'Ada Example <ada@example.com>' };
  expect(parseDeployed(writeDeployed({ ...deployed, ...origin }))).toMatchObject(origin);
});

test('what a deployment says about itself is what is read back', () => {
  expect(parseDeployed(writeDeployed(deployed))).toEqual(deployed);
  const { domain: _, ...without } = deployed;
  expect(parseDeployed(writeDeployed(without))).toEqual({ ...without, domain: undefined });
});

test('the fixed addresses are said where the deployment knows them', () => {
  const addresses = ['203.0.113.7', '203.0.113.9'];
  expect(parseDeployed(writeDeployed({ ...deployed, addresses }))).toMatchObject({ addresses });
});

test('it holds digests that change with the configuration, never the configuration', () => {
  expect(writeDeployed(deployed)).not.toContain('erp.example');
  const moved = deployedDigestsOf({ ...parts, connections: new Map([['erp', { url: 'https://other.example' }]]) });
  expect(moved.connections.erp).not.toBe(deployed.connections.erp);
  expect(moved.tiers).toEqual(deployed.tiers);
  expect(deployedDigestsOf({ connections: new Map(), tiers: new Map() })).toMatchObject({ domain: undefined });
});

test.each<[string, object, string]>([
  ['another format', { format: 2 }, 'format_unknown'],
  ['a member more', { secret: 'x' }, 'document_damaged'],
  ['a bucket that cannot be', { bucket: 'A' }, 'document_damaged'],
  ['a digest that is none', { connections: { erp: 'x' } }, 'document_damaged'],
  ['an address that is none', { addresses: ['203.0.113.300'] }, 'document_damaged'],
  ['addresses that are no list', { addresses: '203.0.113.7' }, 'document_damaged'],
  ['a short digest of a bundle', { bundles: { authorizer: 'abcd' } }, 'document_damaged'],
])('with %s it is refused', async (_, change, code) => {
  expect(await codesOf(() => parseDeployed(writeDeployed({ ...deployed, ...change })))).toEqual([code]);
});

test('every connection and tier that is not deployed is named, with the command that mends it', () => {
  const document = registryOf([
    { name: 'acme', tier: 'silver' },
    { name: 'globex', tier: 'gold' },
  ]);
  expect(missingFromDeployment(document, deployed)).toEqual([
    expect.objectContaining({ code: 'tier_not_deployed', found: 'silver', allowed: 'gold' }),
  ]);
  const problems = missingFromDeployment(document, { connections: {}, tiers: deployed.tiers });
  expect(problems.map(({ code }) => code)).toEqual([
    'connection_not_deployed',
    'connection_not_deployed',
    'connection_not_deployed',
    'tier_not_deployed',
  ]);
  for (const { remedy } of problems) expect(remedy).toMatch(/cdk deploy/);
});
