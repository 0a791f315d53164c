import { type CfnResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { networkActions } from '../functions.ts';
import { type Bag, listOf } from './properties.ts';

/** What the forwarder may do on resources that are named; whatever else appears is somebody's mistake. */
const allowedActions = new Set([
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'secretsmanager:GetSecretValue',
  'secretsmanager:DescribeSecret',
]);
const allowedEverywhere = new Set(networkActions);

/** The statements that a resource gives to a role, however it does so; a managed policy counts as one that allows everything. */
export function permissionsOf(node: CfnResource, properties: Bag, role: IConstruct): readonly Bag[] {
  const resource = role.node.defaultChild as CfnResource;
  const statements = (document: unknown) => listOf((document as Bag | undefined)?.Statement) as Bag[];
  if (node === resource) {
    const managed = listOf(properties.ManagedPolicyArns ?? []).map((arn) => ({
      Effect: 'Allow',
      Action: `whatever ${JSON.stringify(arn)} says`,
      Resource: '*',
    }));
    return [
      ...managed,
      ...listOf(properties.Policies ?? []).flatMap((policy) => statements((policy as Bag).PolicyDocument)),
    ];
  }
  const isPolicy =
    node instanceof iam.CfnPolicy || node instanceof iam.CfnManagedPolicy || node instanceof iam.CfnRolePolicy;
  if (!isPolicy) return [];
  const name = JSON.stringify(Stack.of(node).resolve(resource.ref));
  const roles = [...listOf(properties.Roles ?? []), properties.RoleName].map((each) => JSON.stringify(each));
  return roles.includes(name) ? statements(properties.PolicyDocument) : [];
}

/** What is too wide about a statement, in words; undefined when nothing is. */
export function tooWide(statement: Bag): string | undefined {
  if (statement.Effect !== 'Allow') return undefined;
  if (statement.Action === undefined) return 'do everything but what NotAction names';
  const actions = listOf(statement.Action).map(String);
  const unknown = actions.filter((action) => !allowedActions.has(action) && !allowedEverywhere.has(action));
  if (unknown.length > 0) return unknown.join(', ');
  const needsName = actions.filter((action) => allowedActions.has(action));
  if (needsName.length === 0) return undefined;
  const everywhere = statement.Resource === undefined || listOf(statement.Resource).includes('*');
  return everywhere ? `${needsName.join(', ')} on everything` : undefined;
}
