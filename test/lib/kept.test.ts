import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { stacksOf } from '../../lib/stacks.ts';
import { frontConfig } from './front-folder.ts';

const { trust, egress, front } = stacksOf(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), frontConfig());

const policies = (stack: typeof trust | typeof egress | typeof front, type: string) =>
  Object.values(Template.fromStack(stack).findResources(type)).map(({ DeletionPolicy }) => DeletionPolicy as string);

describe('what a deleted stack leaves behind', () => {
  test.each([
    [front, 'AWS::ApiGateway::DomainName'],
    [front, 'AWS::CertificateManager::Certificate'],
    [egress, 'AWS::EC2::EIP'],
    [trust, 'AWS::KMS::Key'],
    [trust, 'AWS::S3::Bucket'],
  ] as const)(
    '%s %s, but not after a first deployment that failed: the next one must be able to make it',
    (stack, type) => {
      const found = policies(stack, type);
      expect(found.length).toBeGreaterThan(0);
      expect(new Set(found)).toEqual(new Set(['RetainExceptOnCreate']));
    },
  );
});

describe('a first deployment that failed leaves nothing in the way of the next', () => {
  const whole = Template.fromStack(trust);
  const [policy, { DependsOn = [] } = {}] = Object.entries(whole.findResources('AWS::S3::BucketPolicy'))[0] ?? [];
  const [first = ''] = Object.keys(whole.findResources('Custom::SallyportFirstRelease'));

  test('the policy that denies deletions is gone before the custom resource empties the bucket', () => {
    expect(policy).toBeDefined();
    expect(DependsOn).toContain(first);
  });

  test('an alias goes with its stack: one that stayed would be in the way of the same id', () => {
    const aliases = Object.values(whole.findResources('AWS::KMS::Alias'));
    expect(aliases.map(({ Properties }) => Properties.AliasName).sort()).toEqual([
      'alias/sallyport/orders-3f9c/blocks',
      'alias/sallyport/orders-3f9c/pointer',
      'alias/sallyport/orders-3f9c/releases',
      'alias/sallyport/orders-3f9c/revocations',
    ]);
    for (const { DeletionPolicy = 'Delete' } of aliases) expect(DeletionPolicy).toBe('Delete');
  });

  test('keys say in tags whose they are and what they are for, and never that the first release is out', () => {
    const tags = Object.values(whole.findResources('AWS::KMS::Key')).map(({ Properties }) =>
      Object.fromEntries(Properties.Tags.map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value])),
    );
    expect(tags.map((tag) => tag['sallyport:key']).sort()).toEqual(['blocks', 'pointer', 'releases', 'revocations']);
    for (const tag of tags) {
      expect(tag['sallyport:front']).toBe('orders-3f9c');
      expect(tag).not.toHaveProperty('sallyport:first-release');
    }
  });
});
