import { Stack, Token, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { secretPrefixOf } from '../src/core/release/layout.ts';

/** The findings of AWS's rule packs that we accept, each with its reason. One that is not here fails synth. */
const reasons = {
  'AwsSolutions-S1':
    'Access to releases is in CloudTrail data events where wanted; a log bucket of its own would need the same protection again.',
  'AwsSolutions-SMG4':
    '`sallyport secret rotate --binding` gives both functions a new key and waits for each; a rotation by Secrets Manager waits for nobody.',
  'AwsSolutions-APIG2':
    'Requests are the backend’s to validate; the front is byte-true and decides by certificate, method, path and address.',
  'AwsSolutions-COG4': 'The authorizer decides by client certificate; there are no users.',
  'AwsSolutions-APIG3': 'A web ACL is a choice with a price: `domain: { waf: true }`.',
  'AwsSolutions-IAM5[Resource::*]':
    'EC2 has no resource level for the network interfaces of a function; a Deny keeps the code itself from using them.',
} as const;

/** Accepts findings on a construct and everything in it. */
export function accept(construct: IConstruct, ...ids: readonly (keyof typeof reasons)[]): void {
  for (const id of ids) Validations.of(construct).acknowledge({ id, reason: reasons[id] });
}

/** Accepts that a role may read every object below each of these prefixes of one bucket, or every secret below a name. */
export function acceptPrefixes(construct: IConstruct, resources: readonly string[]): void {
  for (const resource of resources) {
    Validations.of(construct).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${resource}/*]`,
      reason: 'Names below this prefix are content addresses or the front’s own: they cannot be listed in advance.',
    });
  }
}

/** The secrets of a front as a rule pack prints them for a policy in `scope`'s stack. */
export function secretsAsFound(scope: IConstruct, front: string): string {
  const { partition, account, region } = Stack.of(scope);
  const printed = (value: string, name: string) => (Token.isUnresolved(value) ? `<AWS::${name}>` : value);
  return `arn:${printed(partition, 'Partition')}:secretsmanager:${printed(region, 'Region')}:${printed(account, 'AccountId')}:secret:${secretPrefixOf(front).slice(0, -1)}`;
}

/** Accepts the managed policy that API Gateway documents for its account-wide log role. */
export function acceptLogRole(construct: IConstruct): void {
  const { partition } = Stack.of(construct);
  const printed = Token.isUnresolved(partition) ? '<AWS::Partition>' : partition;
  Validations.of(construct).acknowledge({
    id: `AwsSolutions-IAM4[Policy::arn:${printed}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]`,
    reason: 'The policy that API Gateway documents for its account-wide log role.',
  });
}
