import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as sns from 'aws-cdk-lib/aws-sns';
import { formatCost } from '../../lib/cost.ts';
import { Sallyport } from '../../lib/sallyport.ts';
import { costOf } from '../../lib/stacks.ts';
import { frontConfig } from './front-folder.ts';
import { actionsOf, allOf, oneOf, propertiesOf, resourcesOf, single, split, statementsOf } from './templates.ts';

const text = (value: unknown) => JSON.stringify(value);

describe('egress', () => {
  test.each([1, 2, 3])('%i zones: as many NAT gateways and addresses, and the forwarder in each', (zones) => {
    const { egress, front } = split({ egress: `{ zones: ${zones} }` });
    expect(allOf(egress, 'AWS::EC2::NatGateway')).toHaveLength(zones);
    expect(allOf(egress, 'AWS::EC2::EIP')).toHaveLength(zones);
    expect(allOf(egress, 'AWS::EC2::Subnet')).toHaveLength(2 * zones);
    const [, forwarder] = allOf(front, 'AWS::Lambda::Function').find(([id]) => id.includes('Forwarder')) ?? [];
    expect((forwarder?.Properties?.VpcConfig as { SubnetIds?: unknown[] } | undefined)?.SubnetIds).toHaveLength(zones);
    const addresses = Object.values(egress.findOutputs('*', { Description: 'Allow this address at the backend' }));
    expect(addresses).toHaveLength(zones);
  });

  test('Elastic IPs of one’s own are used, and none is made', () => {
    const { egress, front } = split({
      egress: '{ zones: 2, elasticIps: [eipalloc-0123456789abcdef0, eipalloc-0123456789abcdef1] }',
    });
    expect(allOf(egress, 'AWS::EC2::EIP')).toEqual([]);
    const ids = allOf(egress, 'AWS::EC2::NatGateway').map(([, { Properties }]) => Properties?.AllocationId);
    expect(ids).toEqual(['eipalloc-0123456789abcdef0', 'eipalloc-0123456789abcdef1']);
    expect(text(propertiesOf(front, 'AWS::SSM::Parameter').Value)).not.toContain('addresses');
  });

  test('a number of addresses that is not that of the zones is refused', () => {
    const elasticIps = ['eipalloc-0123456789abcdef0'];
    expect(() => single({}, () => ({ elasticIps }))).toThrow(/allowed: one a zone, so 2/);
  });

  test('the deployment says its addresses, for `sallyport egress`', () => {
    expect(text(propertiesOf(split().front, 'AWS::SSM::Parameter').Value)).toContain('addresses');
  });

  test('a VPC that exists: its private subnets, no NAT gateway of ours, and no address that we would know', () => {
    const { template, sallyport } = single({}, (stack) => ({
      vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-0123456789abcdef0',
        availabilityZones: ['eu-west-1a'],
        privateSubnetIds: ['subnet-0123456789abcdef0'],
      }),
    }));
    expect(allOf(template, 'AWS::EC2::NatGateway')).toEqual([]);
    expect(text(resourcesOf(template))).toContain('"SubnetIds":["subnet-0123456789abcdef0"]');
    expect(sallyport.addresses).toEqual([]);
  });

  test('a VPC without private subnets is refused: a function in a public one has no address outside', () => {
    const vpc = (stack: Stack) =>
      ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-0123456789abcdef0',
        availabilityZones: ['eu-west-1a'],
        publicSubnetIds: ['subnet-0123456789abcdef0'],
      });
    expect(() => single({}, (stack) => ({ vpc: vpc(stack) }))).toThrow(/no private subnets/);
  });
});

describe('the domain', () => {
  test('with a hosted zone: a certificate and an alias are made', () => {
    const { front } = split();
    expect(propertiesOf(front, 'AWS::CertificateManager::Certificate')).toMatchObject({ ValidationMethod: 'DNS' });
    expect(propertiesOf(front, 'AWS::Route53::RecordSet')).toMatchObject({ HostedZoneId: 'Z0123456789', Type: 'A' });
  });

  const imported =
    '{ name: api.example.com, certificate: "arn:aws:acm:eu-west-1:222222222222:certificate/0000", ownershipCertificate: "arn:aws:acm:eu-west-1:222222222222:certificate/1111", basePath: partners, waf: true }';

  test('with a certificate of one’s own, also an imported one: none is made, ownership is proven, DNS stays elsewhere', () => {
    const { front } = split({ domain: imported });
    expect(allOf(front, 'AWS::CertificateManager::Certificate')).toEqual([]);
    expect(allOf(front, 'AWS::Route53::RecordSet')).toEqual([]);
    expect(propertiesOf(front, 'AWS::ApiGateway::DomainName')).toMatchObject({
      RegionalCertificateArn: 'arn:aws:acm:eu-west-1:222222222222:certificate/0000',
      OwnershipVerificationCertificateArn: 'arn:aws:acm:eu-west-1:222222222222:certificate/1111',
    });
    front.hasOutput('*', { Description: 'CNAME api.example.com points to this' });
  });

  test('with a base path: only that path leads here', () => {
    const { front } = split({ domain: imported });
    expect(propertiesOf(front, 'AWS::ApiGateway::BasePathMapping').BasePath).toBe('partners');
    expect(propertiesOf(split().front, 'AWS::ApiGateway::BasePathMapping').BasePath).toBeUndefined();
  });

  test('with a web ACL: AWS’s rules before the stage, and large bodies only counted', () => {
    const { front } = split({ domain: imported });
    expect(text(propertiesOf(front, 'AWS::WAFv2::WebACLAssociation').ResourceArn)).toContain('/stages/');
    const rules = text(propertiesOf(front, 'AWS::WAFv2::WebACL').Rules);
    expect(rules).toContain('"RuleActionOverrides":[{"ActionToUse":{"Count":{}},"Name":"SizeRestrictions_BODY"}]');
    expect(allOf(split().front, 'AWS::WAFv2::WebACL')).toEqual([]);
  });

  test('hosted zone and certificate may be constructs of the same app', () => {
    const { template } = single({}, (stack) => {
      const hostedZone = new route53.PublicHostedZone(stack, 'Zone', { zoneName: 'example.com' });
      const certificate = new acm.Certificate(stack, 'Certificate', { domainName: 'api.example.com' });
      return { hostedZone, certificate };
    });
    const [zone] = oneOf(template, 'AWS::Route53::HostedZone');
    expect(propertiesOf(template, 'AWS::Route53::RecordSet').HostedZoneId).toEqual({ Ref: zone });
    const [certificate] = oneOf(template, 'AWS::CertificateManager::Certificate');
    expect(propertiesOf(template, 'AWS::ApiGateway::DomainName').RegionalCertificateArn).toEqual({ Ref: certificate });
  });
});

describe('in one stack', () => {
  const attribute = (id: string, name: string) => ({ 'Fn::GetAtt': [id, name] });
  const custom = (template: ReturnType<typeof single>['template']) => oneOf(template, 'Custom::SallyportFirstRelease');

  test('the truststore of the domain is what the custom resource has just read', () => {
    const { template } = single();
    const [id] = custom(template);
    expect(propertiesOf(template, 'AWS::ApiGateway::DomainName').MutualTlsAuthentication).toEqual({
      TruststoreUri: attribute(id, 'TruststoreUri'),
      TruststoreVersion: attribute(id, 'TruststoreVersion'),
    });
  });

  test('whatever changes the domain makes the custom resource read again', () => {
    const properties = (template: ReturnType<typeof single>['template']) => custom(template)[1].Properties;
    const plain = properties(single().template);
    const [certificate] = oneOf(single().template, 'AWS::CertificateManager::Certificate');
    expect(plain?.domainDigest).toMatch(/^[0-9a-f]{16}$/);
    expect(plain?.domainCertificate).toEqual({ Ref: certificate });
    expect(properties(single().template)).toEqual(plain);
    const own = '{ name: api.example.com, certificate: "arn:aws:acm:eu-west-1:222222222222:certificate/0000" }';
    const tagged = single({}, undefined, (sallyport) => {
      const domain = sallyport.node.findChild('Domain').node.findChild('Name');
      (domain as import('aws-cdk-lib/aws-apigateway').CfnDomainName).addPropertyOverride(
        'RoutingMode',
        'ROUTING_RULE_ONLY',
      );
    });
    const digests = [plain, properties(single({ domain: own }).template), properties(tagged.template)];
    expect(new Set(digests.map((each) => each?.domainDigest)).size).toBe(3);
  });

  test('without an account and Region: synthesises, also without our context and feature flags', () => {
    const stack = new Stack(new App(), 'Agnostic');
    new Sallyport(stack, 'Sallyport', { config: frontConfig({ aws: undefined }) });
    Annotations.fromStack(stack).hasNoError('*', Match.anyValue());
    expect(stack.node.root.node.tryGetContext('availability-zones')).toBeUndefined();
  });

  test.each([
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
  ])('in %s no ARN says that it is of another partition', (region) => {
    const lines = { aws: `{ account: "222222222222", region: ${region} }` };
    const { template } = single(lines, undefined, undefined, { env: { account: '222222222222', region } });
    expect(text(template.toJSON())).not.toMatch(/arn:aws:/);
  });

  test('the construct says its addresses and its name', () => {
    const { sallyport, stack, template } = single();
    const addresses = allOf(template, 'AWS::EC2::EIP').map(([id]) => attribute(id, 'PublicIp'));
    expect(sallyport.addresses.map((address) => stack.resolve(address))).toEqual(addresses);
    expect(sallyport.domainName).toBe('api.example.com');
  });
});

describe('grants', () => {
  const role = (stack: Stack) => new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });

  test('planning reads and changes nothing', () => {
    const { template } = single({}, undefined, (sallyport, stack) => sallyport.grantPlan(role(stack)));
    expect(actionsOf(statementsOf(template, /"Role[0-9A-F]{8}"/))).toEqual([
      'apigateway:GET',
      'kms:Decrypt',
      'kms:GetPublicKey',
      's3:GetObject',
      's3:GetObjectVersion',
      's3:ListBucket',
      's3:ListBucketVersions',
      'ssm:GetParameters',
    ]);
  });

  test.each([
    ['grantBlock', 'overlay/blocks.json', 'floor-blocks', 'BlocksKey'],
    ['grantUnblock', 'overlay/lifts.json', 'floor-lifts', 'BlocksKey'],
    ['grantRevocations', 'revocations.json', 'floor-revocations', 'RevocationsKey'],
  ] as const)(
    '%s writes one object and its floor, signs with one key, and nothing else',
    (grant, object, floor, key) => {
      const { template } = single({}, undefined, (sallyport, stack) => sallyport[grant](role(stack)));
      const statements = statementsOf(template, /"Role[0-9A-F]{8}"/);
      const writes = statements.filter((statement) => /PutObject|PutParameter|kms:Sign|PATCH/.test(text(statement)));
      expect(writes).toHaveLength(3);
      for (const part of [object, floor, key]) expect(text(writes)).toContain(part);
      expect(text(writes)).not.toMatch(/pointer|releases|truststore|PointerKey|floor"/);
    },
  );

  test('publishing signs, writes and moves the one domain, to a truststore of ours and to nothing else', () => {
    const { template } = single({}, undefined, (sallyport, stack) => sallyport.grantPublish(role(stack)));
    const statements = statementsOf(template, /"Role[0-9A-F]{8}"/);
    expect(actionsOf(statements).filter((action) => !/:Get|:List|:GET|Decrypt/.test(action))).toEqual([
      'apigateway:PATCH',
      'kms:GenerateDataKey',
      'kms:Sign',
      's3:PutObject',
      'ssm:PutParameter',
    ]);
    const patch = statements.find(({ Action }) => Action === 'apigateway:PATCH');
    expect(text(patch?.Resource)).toContain('::/domainnames/api.example.com');
    const [bucket] = oneOf(template, 'AWS::S3::Bucket');
    expect(patch?.Condition).toEqual({
      StringLike: {
        'apigateway:Request/MtlsTrustStoreUri': { 'Fn::Join': ['', ['s3://', { Ref: bucket }, '/truststore/*']] },
      },
      StringEqualsIfExists: { 'apigateway:Request/SecurityPolicy': 'TLS_1_2' },
    });
    const own = statements.filter(({ Resource }) => text(Resource).includes('"*"'));
    expect(own).toEqual([]);
  });

  test('a role of another account, or somebody who has no policies, is an error and not a grant that does nothing', () => {
    const granting = (of: (stack: Stack) => iam.IGrantable) => () =>
      single({}, undefined, (sallyport, stack) => sallyport.grantPublish(of(stack)));
    const imported = (account: string) => (stack: Stack) =>
      iam.Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${account}:role/ci`);
    expect(granting(imported('111111111111'))).toThrow(/account 111111111111/);
    expect(granting(() => new iam.ServicePrincipal('lambda.amazonaws.com'))).toThrow(/cannot be given a policy/);
    expect(granting(imported('222222222222'))).not.toThrow();
  });
});

test('a permissions boundary lands on every role', () => {
  const arn = 'arn:aws:iam::222222222222:policy/boundary';
  const { template } = single({}, (stack) => ({
    permissionsBoundary: iam.ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', arn),
  }));
  const roles = allOf(template, 'AWS::IAM::Role');
  expect(roles.length).toBeGreaterThanOrEqual(5);
  for (const [, { Properties }] of roles) expect(Properties?.PermissionsBoundary).toBe(arn);
});

test('an alarm topic is told of every alarm; without one nobody is', () => {
  const topicArn = 'arn:aws:sns:eu-west-1:222222222222:oncall';
  const { template } = single({}, (stack) => ({ alarmTopic: sns.Topic.fromTopicArn(stack, 'Topic', topicArn) }));
  const alarms = allOf(template, 'AWS::CloudWatch::Alarm');
  expect(alarms).toHaveLength(6);
  for (const [, { Properties }] of alarms) expect(Properties?.AlarmActions).toEqual([topicArn]);
  for (const [, { Properties }] of allOf(split().front, 'AWS::CloudWatch::Alarm'))
    expect(Properties?.AlarmActions).toBeUndefined();
});

test('reserved concurrency: each function has its own, and without the key neither has any', () => {
  const reserved = (front: ReturnType<typeof split>['front']) =>
    allOf(front, 'AWS::Lambda::Function').map(([, { Properties }]) => Properties?.ReservedConcurrentExecutions);
  expect(reserved(split({ concurrency: '{ authorizer: 50, forwarder: 60 }' }).front)).toEqual([50, 60]);
  expect(reserved(split().front)).toEqual([undefined, undefined]);
});

describe('settings of the functions', () => {
  const functions =
    '{ maximumAgeSeconds: 60, keepRefusals: false, bindExtendedRequestId: false, responseMode: stream }';
  const environments = (template: ReturnType<typeof split>['front']) =>
    Object.assign(
      {},
      ...allOf(template, 'AWS::Lambda::Function').map(
        ([, { Properties }]) => (Properties?.Environment as { Variables?: object } | undefined)?.Variables,
      ),
    );
  const modes = (template: ReturnType<typeof split>['front']) =>
    allOf(template, 'AWS::ApiGateway::Method').map(
      ([, { Properties }]) =>
        (Properties?.Integration as { ResponseTransferMode?: string } | undefined)?.ResponseTransferMode,
    );
  const said = {
    SALLYPORT_MAXIMUM_AGE_SECONDS: '60',
    SALLYPORT_KEEP_REFUSALS: 'off',
    SALLYPORT_BIND_EXTENDED_REQUEST_ID: 'off',
    SALLYPORT_RESPONSE_MODE: 'stream',
  };

  test('in sallyport.yaml, and streaming is asked of the integration, too', () => {
    const { front } = split({ functions });
    expect(environments(front)).toMatchObject(said);
    expect(modes(front)).toEqual(['STREAM', 'STREAM']);
  });

  test('as a prop, which wins; without either the functions’ own defaults hold', () => {
    const { template } = single({ functions }, () => ({ functions: { maximumAgeSeconds: 900 } }));
    expect(environments(template)).toMatchObject({ ...said, SALLYPORT_MAXIMUM_AGE_SECONDS: '900' });
    const { front } = split();
    for (const name of Object.keys(said)) expect(environments(front)).not.toHaveProperty(name);
    expect(modes(front)).not.toContain('STREAM');
  });

  test('a value that no function takes stops with its line', () => {
    expect(() => frontConfig({ functions: '{ maximumAgeSeconds: 5 }' })).toThrow(/a whole number, 15 to 86400/);
    expect(() => frontConfig({ functions: '{ maximumAge: 60 }' })).toThrow(/maximumAgeSeconds/);
  });
});

test('the fixed cost has the line that would lower it', () => {
  const waf = '{ name: api.example.com, hostedZone: { id: Z0123456789, name: example.com }, waf: true }';
  const printed = formatCost(costOf(frontConfig({ domain: waf })));
  expect(printed).toContain('lower it with: egress: { zones: 1 }');
  expect(printed).toContain('lower it with: waf: false');
  expect(formatCost(costOf(frontConfig({ egress: '{ zones: 1 }' })))).toContain('1 NAT gateway\n');
});

test('what the forwarder refuses is counted in its log, and one is an alarm', () => {
  const { template } = single();
  const filter = propertiesOf(template, 'AWS::Logs::MetricFilter') as {
    FilterPattern: string;
    LogGroupName: { Ref: string };
    MetricTransformations: { MetricNamespace: string; MetricName: string }[];
  };
  expect(filter.FilterPattern).toBe('{ ($.type = "forward") && ($.outcome = "refused") }');
  expect(filter.LogGroupName.Ref).toMatch(/ForwarderLog/);
  const [metric] = filter.MetricTransformations;
  const alarms = allOf(template, 'AWS::CloudWatch::Alarm').filter(
    ([, { Properties }]) => Properties?.MetricName === metric?.MetricName,
  );
  expect(alarms).toHaveLength(1);
  expect(alarms[0]?.[1].Properties).toMatchObject({
    Namespace: metric?.MetricNamespace,
    Threshold: 1,
    Period: 60,
    Statistic: 'Sum',
  });
});
