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
  ] as const)(
    '%s %s, but not after a first deployment that failed: the next one must be able to make it',
    (stack, type) => {
      const found = policies(stack, type);
      expect(found.length).toBeGreaterThan(0);
      expect(new Set(found)).toEqual(new Set(['RetainExceptOnCreate']));
    },
  );

  test('the bucket, always: with a release in it CloudFormation could not delete it and would stop half-way', () => {
    expect(policies(trust, 'AWS::S3::Bucket')).toEqual(['Retain']);
  });
});
