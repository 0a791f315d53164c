import { type CfnResource, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { NoSecondDoor } from '../../lib/edge/second-door.ts';
import { Front } from '../../lib/front.ts';
import type { Sallyport } from '../../lib/sallyport.ts';
import { single } from './templates.ts';

const frontOf = (sallyport: Sallyport): Front => {
  const front = sallyport.node.findChild('Front');
  if (!(front instanceof Front)) throw new Error('the construct has no front');
  return front;
};

/** What the Aspect says of an app in which something was added beside the front. Without a synth, which would take half a second. */
function errorsAfter(change: (front: Front, stack: Stack, sallyport: Sallyport) => void): readonly string[] {
  const { stack, sallyport } = single();
  const front = frontOf(sallyport);
  change(front, stack, sallyport);
  const nodes = stack.node.root.node.findAll();
  const door = new NoSecondDoor(front);
  for (const node of nodes) door.visit(node);
  return nodes.flatMap(({ node }) =>
    node.metadata.filter(({ type }) => type === 'aws:cdk:error').map(({ data }) => String(data)),
  );
}

const childOf = (front: Front, ...path: string[]): CfnResource =>
  path.reduce((node, id) => node.node.findChild(id), front.node.findChild('Api')) as unknown as CfnResource;

const doors: readonly [string, (front: Front, stack: Stack, sallyport: Sallyport) => void, RegExp][] = [
  [
    'execute-api opened',
    (front) => {
      (front.api.node.defaultChild as apigateway.CfnRestApi).disableExecuteApiEndpoint = false;
    },
    /execute-api is open/,
  ],
  [
    'execute-api opened by an override of the template',
    (front) =>
      (front.api.node.defaultChild as apigateway.CfnRestApi).addPropertyOverride('DisableExecuteApiEndpoint', false),
    /execute-api is open/,
  ],
  [
    'a second domain without mutual TLS',
    (front, stack) => {
      const domain = new apigateway.CfnDomainName(stack, 'Second', { domainName: 'open.example.com' });
      new apigateway.CfnBasePathMapping(stack, 'SecondMapping', {
        domainName: domain.ref,
        restApiId: front.api.restApiId,
        stage: 'live',
      });
    },
    /domain name without mutual TLS/,
  ],
  [
    'a second domain without mutual TLS in another stack',
    (front, stack) => {
      const other = new Stack(stack.node.root, 'Other', { env: stack.env });
      const domain = new apigateway.CfnDomainName(other, 'Second', { domainName: 'open.example.com' });
      new apigateway.CfnBasePathMapping(other, 'SecondMapping', {
        domainName: domain.ref,
        restApiId: front.api.restApiId,
        stage: 'live',
      });
    },
    /domain name without mutual TLS/,
  ],
  [
    'a domain of somebody else, of which nobody here can say how it is locked',
    (front, stack) =>
      new apigateway.CfnBasePathMapping(stack, 'SecondMapping', {
        domainName: 'other.example.com',
        restApiId: front.api.restApiId,
        stage: 'live',
      }),
    /domain name without mutual TLS/,
  ],
  [
    'a mapping of the newer kind',
    (front, stack) =>
      new apigatewayv2.CfnApiMapping(stack, 'Mapping', {
        domainName: 'other.example.com',
        apiId: front.api.restApiId,
        stage: 'live',
      }),
    /domain name without mutual TLS/,
  ],
  [
    'a private domain name',
    (front, stack) =>
      new apigateway.CfnBasePathMappingV2(stack, 'Mapping', {
        domainNameArn: 'arn:aws:apigateway:eu-west-1:222222222222:/domainnames/x+y',
        restApiId: front.api.restApiId,
        stage: 'live',
      }),
    /private domain name/,
  ],
  [
    'a routing rule',
    (front, stack) =>
      new apigatewayv2.CfnRoutingRule(stack, 'Rule', {
        domainNameArn: 'arn:aws:apigateway:eu-west-1::/domainnames/other.example.com',
        priority: 1,
        conditions: [],
        actions: [{ invokeApi: { apiId: front.api.restApiId, stage: 'live' } }],
      }),
    /routing rule/,
  ],
  [
    'mutual TLS taken off our own domain',
    (_front, _stack, sallyport) => {
      const domain = sallyport.node.findChild('Domain').node.findChild('Name') as apigateway.CfnDomainName;
      domain.addPropertyDeletionOverride('MutualTlsAuthentication');
    },
    /domain name without mutual TLS/,
  ],
  [
    'the authorizer’s cache on',
    (front) => {
      front.decision.authorizerResultTtlInSeconds = 300;
    },
    /authorizer caches/,
  ],
  [
    'the authorizer’s cache on by leaving the time out',
    (front) => front.decision.addPropertyDeletionOverride('AuthorizerResultTtlInSeconds'),
    /authorizer caches/,
  ],
  [
    'the stage’s cache on',
    (front) =>
      (front.api.deploymentStage.node.defaultChild as apigateway.CfnStage).addPropertyOverride(
        'MethodSettings.0.CachingEnabled',
        true,
      ),
    /stage caches/,
  ],
  [
    'a second stage with a cache',
    (front, stack) =>
      new apigateway.CfnStage(stack, 'SecondStage', {
        restApiId: front.api.restApiId,
        deploymentId: 'x',
        cacheClusterEnabled: true,
      }),
    /stage caches/,
  ],
  [
    'a canary',
    (front) =>
      (front.api.deploymentStage.node.defaultChild as apigateway.CfnStage).addPropertyOverride('CanarySetting', {
        PercentTraffic: 5,
      }),
    /canary/,
  ],
  [
    'a method without the authorizer',
    (front) => front.api.root.addResource('health').addMethod('GET', new apigateway.MockIntegration()),
    /method without the authorizer/,
  ],
  [
    'a method with another authorizer',
    (front, stack) => {
      const handler = front.authorizer.function;
      const other = new apigateway.TokenAuthorizer(stack, 'OtherAuthorizer', { handler });
      front.api.root.addResource('health').addMethod('GET', new apigateway.MockIntegration(), { authorizer: other });
    },
    /method without the authorizer/,
  ],
  [
    'the authorizer taken off a method by an override',
    (front) => childOf(front, 'Default', 'ANY', 'Resource').addPropertyOverride('AuthorizationType', 'NONE'),
    /method without the authorizer/,
  ],
  [
    'CORS, whose preflights nobody decides',
    (front) => front.api.root.addCorsPreflight({ allowOrigins: ['*'] }),
    /method without/,
  ],
  [
    'a function URL of the forwarder',
    (front) => front.forwarder.function.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.NONE }),
    /function URL/,
  ],
  [
    'another service that may invoke the forwarder',
    (front) =>
      front.forwarder.function.addPermission('Second', {
        principal: new iam.ServicePrincipal('events.amazonaws.com'),
      }),
    /may invoke the forwarder/,
  ],
  [
    'another API that may invoke the forwarder',
    (front, stack) => {
      const other = new apigateway.RestApi(stack, 'SecondApi');
      other.root.addMethod('GET', new apigateway.LambdaIntegration(front.forwarder.function));
    },
    /may invoke the forwarder/,
  ],
  [
    'a wide permission of the forwarder',
    (front) => front.forwarder.role.addToPolicy(new iam.PolicyStatement({ actions: ['s3:*'], resources: ['*'] })),
    /the forwarder may s3:\*/,
  ],
  [
    'a permission of the forwarder on one thing that is not its business',
    (front) =>
      front.forwarder.role.addToPolicy(
        new iam.PolicyStatement({ actions: ['kms:Sign'], resources: ['arn:aws:kms:eu-west-1:222222222222:key/x'] }),
      ),
    /the forwarder may kms:Sign/,
  ],
  [
    'every secret for the forwarder',
    (front) =>
      front.forwarder.role.addToPolicy(
        new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: ['*'] }),
      ),
    /secretsmanager:GetSecretValue on everything/,
  ],
  [
    'everything but something for the forwarder',
    (front) => front.forwarder.role.addToPolicy(new iam.PolicyStatement({ notActions: ['iam:*'], resources: ['*'] })),
    /NotAction/,
  ],
  [
    'a managed policy on the forwarder',
    (front) => front.forwarder.role.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName('AdministratorAccess')),
    /AdministratorAccess/,
  ],
  [
    'a managed policy made here for the forwarder',
    (front, stack) =>
      new iam.ManagedPolicy(stack, 'Wide', {
        roles: [front.forwarder.role],
        statements: [new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: ['*'] })],
      }),
    /sqs:SendMessage/,
  ],
];

test('a front as it is has one door', () => {
  expect(errorsAfter(() => {})).toEqual([]);
});

test('the construct looks for doors in the whole app: an error in another stack fails synth', () => {
  const { stack, sallyport } = single();
  const other = new Stack(stack.node.root, 'Other', { env: stack.env });
  new apigateway.CfnBasePathMapping(other, 'Mapping', {
    domainName: 'other.example.com',
    restApiId: frontOf(sallyport).api.restApiId,
  });
  Annotations.fromStack(other).hasError('*', Match.stringLikeRegexp('a second door'));
});

test.each(doors)('synth fails on %s', (_, open, expected) => {
  const errors = errorsAfter(open);
  expect(errors.join('\n')).toMatch(expected);
});

test('another API of the same stack, with its own domain, is nobody’s business', () => {
  const errors = errorsAfter((_front, stack) => {
    const other = new apigateway.RestApi(stack, 'Public');
    other.root.addMethod('GET', new apigateway.MockIntegration());
    const domain = new apigateway.CfnDomainName(stack, 'PublicDomain', { domainName: 'open.example.com' });
    new apigateway.CfnBasePathMapping(stack, 'PublicMapping', { domainName: domain.ref, restApiId: other.restApiId });
  });
  expect(errors).toEqual([]);
});
