import { Match } from 'aws-cdk-lib/assertions';
import { actionsOf, allOf, oneOf, propertiesOf, resourcesOf, single, split, statementsOf } from './templates.ts';

const { trust, egress, front, stacks } = split();
const text = (value: unknown) => JSON.stringify(value);

/** Kept whenever its stack goes or replaces it; given back only when its very first creation is rolled back. */
const kept = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' };

describe('the domain', () => {
  const domain = () => propertiesOf(front, 'AWS::ApiGateway::DomainName');

  test('has mutual TLS with the truststore that is live', () => {
    expect(domain().MutualTlsAuthentication).toEqual({
      TruststoreUri: '{{resolve:ssm:/sallyport/orders-3f9c/truststore-uri}}',
      TruststoreVersion: '{{resolve:ssm:/sallyport/orders-3f9c/truststore-version}}',
    });
  });

  test('speaks TLS 1.2 at least, by the one policy that goes with mutual TLS', () => {
    expect(domain().SecurityPolicy).toBe('TLS_1_2');
  });

  test('is Regional: no other endpoint has mutual TLS', () => {
    expect(domain().EndpointConfiguration).toEqual({ Types: ['REGIONAL'] });
  });

  test('is the only name of the API', () => {
    const [domainId] = oneOf(front, 'AWS::ApiGateway::DomainName');
    expect(propertiesOf(front, 'AWS::ApiGateway::BasePathMapping').DomainName).toEqual({ Ref: domainId });
  });

  test('outlives its stack, and so does its certificate, which cannot be deleted while the domain uses it', () => {
    for (const type of ['AWS::ApiGateway::DomainName', 'AWS::CertificateManager::Certificate']) {
      expect(oneOf(front, type)[1]).toMatchObject(kept);
    }
  });
});

describe('the API', () => {
  const deploymentOf = (template = front) => oneOf(template, 'AWS::ApiGateway::Deployment')[0];

  test('does not answer at execute-api', () => {
    expect(propertiesOf(front, 'AWS::ApiGateway::RestApi').DisableExecuteApiEndpoint).toBe(true);
    expect(text(front.toJSON().Outputs)).not.toContain('execute-api');
  });

  test('decides every method by the authorizer', () => {
    const [decision] = oneOf(front, 'AWS::ApiGateway::Authorizer');
    const methods = allOf(front, 'AWS::ApiGateway::Method');
    expect(methods).toHaveLength(2);
    for (const [, { Properties }] of methods)
      expect(Properties).toMatchObject({ AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: decision } });
  });

  test('never caches a decision and has no identity source', () => {
    expect(propertiesOf(front, 'AWS::ApiGateway::Authorizer')).toMatchObject({
      Type: 'REQUEST',
      AuthorizerResultTtlInSeconds: 0,
      IdentitySource: '',
    });
  });

  test('never caches an answer', () => {
    const stage = propertiesOf(front, 'AWS::ApiGateway::Stage');
    expect(stage.CacheClusterEnabled).toBeUndefined();
    expect(text(stage.MethodSettings)).not.toContain('Caching');
  });

  test('cannot be tried from the console: its functions take calls from the deployed stage alone', () => {
    const permissions = allOf(front, 'AWS::Lambda::Permission').map(([, { Properties }]) => text(Properties));
    expect(permissions).toHaveLength(3);
    for (const permission of permissions) {
      expect(permission).not.toContain('test-invoke-stage');
      expect(permission).toContain('"Principal":"apigateway.amazonaws.com"');
      expect(permission).toContain('222222222222');
    }
  });

  test('is slowed down always', () => {
    const [settings] = propertiesOf(front, 'AWS::ApiGateway::Stage').MethodSettings as object[];
    expect(settings).toMatchObject({ HttpMethod: '*', ResourcePath: '/*' });
    expect(settings).toMatchObject({ ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 2000 });
  });

  test('logs no header and no body', () => {
    const [settings] = propertiesOf(front, 'AWS::ApiGateway::Stage').MethodSettings as object[];
    expect(settings).toMatchObject({ DataTraceEnabled: false, LoggingLevel: 'ERROR' });
  });

  test('logs metadata of every request, the fields of the certificate last, and never the certificate or the path', () => {
    const { Format } = propertiesOf(front, 'AWS::ApiGateway::Stage').AccessLogSetting as { Format: string };
    const names = Object.keys(JSON.parse(Format) as object);
    expect(names.slice(-4).every((name) => name.startsWith('certificate'))).toBe(true);
    expect(names.slice(0, -4).some((name) => name.startsWith('certificate'))).toBe(false);
    expect(Format).toContain('$context.authorizer.reference');
    expect(Format).toContain('$context.extendedRequestId');
    expect(Format).not.toMatch(/clientCertPem|\$context\.path|requestOverride|\$input/);
    expect(Format.length).toBeLessThan(3 * 1024);
  });

  test('passes bytes as they are', () => {
    expect(propertiesOf(front, 'AWS::ApiGateway::RestApi').BinaryMediaTypes).toEqual(['*/*']);
  });

  test('tells whoever it refuses a reference, in the body and in a header, whatever the reason', () => {
    const responses = allOf(front, 'AWS::ApiGateway::GatewayResponse').map(([, { Properties }]) => Properties ?? {});
    expect(responses.map(({ ResponseType }) => ResponseType).sort()).toEqual([
      'ACCESS_DENIED',
      'AUTHORIZER_CONFIGURATION_ERROR',
      'AUTHORIZER_FAILURE',
      'INTEGRATION_TIMEOUT',
      'THROTTLED',
      'WAF_FILTERED',
    ]);
    for (const { ResponseType, ResponseParameters, ResponseTemplates } of responses) {
      const variable = ResponseType === 'ACCESS_DENIED' ? 'context.authorizer.reference' : 'context.extendedRequestId';
      expect(ResponseParameters).toEqual({ 'gatewayresponse.header.X-Sallyport-Reference': variable });
      const body = JSON.parse((ResponseTemplates as Record<string, string>)['application/json'] ?? '') as object;
      expect(body).toMatchObject({ reference: `$${variable}`, support: 'api-team@example.com' });
    }
  });

  test('is deployed anew when its authorizer, an answer, or the open door changes', () => {
    const before = deploymentOf(single().template);
    const changed = (change: (decision: ReturnType<typeof resource>) => void) => {
      const { template } = single({}, undefined, (sallyport) => change(resource(sallyport)));
      return deploymentOf(template);
    };
    const resource = (sallyport: ReturnType<typeof single>['sallyport']) => {
      const found = sallyport.node.findChild('Front').node.findChild('Decision').node.defaultChild;
      return found as import('aws-cdk-lib/aws-apigateway').CfnAuthorizer;
    };
    expect(deploymentOf(single().template)).toBe(before);
    expect(changed((decision) => decision.addPropertyOverride('AuthorizerResultTtlInSeconds', 1))).not.toBe(before);
    expect(changed((decision) => decision.addPropertyOverride('IdentityValidationExpression', 'x'))).not.toBe(before);
    const support = '{ email: other-team@example.com }';
    expect(deploymentOf(single({ support }).template)).not.toBe(before);
  });
});

describe('what is kept', () => {
  test('bucket, keys and addresses outlive their stacks', () => {
    const always = [...allOf(trust, 'AWS::S3::Bucket'), ...allOf(trust, 'AWS::KMS::Key')];
    expect(always).toHaveLength(5);
    for (const [, resource] of always) expect(resource).toMatchObject(kept);
    const addresses = allOf(egress, 'AWS::EC2::EIP');
    expect(addresses).toHaveLength(2);
    for (const [, resource] of addresses) expect(resource).toMatchObject(kept);
  });

  test('stacks of production are protected against termination, those of a test front are not', () => {
    expect(Object.values(stacks).map(({ terminationProtection }) => terminationProtection)).toEqual([true, true, true]);
    const { stacks: test } = split({ stage: 'test' });
    expect(Object.values(test).map(({ terminationProtection }) => terminationProtection)).toEqual([
      false,
      false,
      false,
    ]);
  });

  test('only the publisher writes its parameters: the template owns `deployed` alone', () => {
    for (const template of [trust, front]) {
      const names = allOf(template, 'AWS::SSM::Parameter').map(([, { Properties }]) => Properties?.Name);
      expect(names).toEqual(template === front ? ['/sallyport/orders-3f9c/deployed'] : []);
    }
  });
});

describe('the bucket', () => {
  test('is versioned, encrypted, and nobody’s but ours', () => {
    trust.hasResourceProperties('AWS::S3::Bucket', {
      VersioningConfiguration: { Status: 'Enabled' },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
  });

  const denies = (statement: object) =>
    trust.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', ...statement })]) },
    });

  test('refuses plain HTTP and old TLS', () => {
    denies({ Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    denies({ Action: 's3:*', Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } });
  });

  test('refuses that a version is deleted, whoever asks', () => {
    denies({ Action: 's3:DeleteObjectVersion', Principal: { AWS: '*' } });
  });

  test('refuses that a release, a truststore or a record is written twice', () => {
    denies({ Action: 's3:PutObject', Condition: { Null: { 's3:if-none-match': 'true' } } });
    const resources = text(resourcesOf(trust)).match(/"\/(?:releases|truststore|publications)\/\*"/g) ?? [];
    expect(new Set(resources).size).toBe(3);
  });

  test('refuses that pointer and overlays are written unread, and that anything of a front is deleted', () => {
    const { Statement } = propertiesOf(trust, 'AWS::S3::BucketPolicy').PolicyDocument as {
      Statement: { Sid?: string; Action: string; Resource: unknown; Condition?: unknown; Principal: unknown }[];
    };
    const of = (sid: string) => {
      const found = Statement.find(({ Sid }) => Sid === sid);
      const keys = (text(found?.Resource).match(/"\/[a-z.*/]+"/g) ?? []).map((key) => key.slice(2, -1)).sort();
      return { ...found, Resource: keys };
    };
    const everybody = { Effect: 'Deny', Principal: { AWS: '*' } };
    expect(of('ReplaceWhatWasRead')).toMatchObject({
      ...everybody,
      Action: 's3:PutObject',
      Resource: ['overlay/*', 'pointer.json', 'revocations.json'],
      Condition: { Null: { 's3:if-match': 'true', 's3:if-none-match': 'true' } },
    });
    expect(of('KeepDocuments')).toMatchObject({
      ...everybody,
      Action: 's3:DeleteObject',
      Resource: [
        'overlay/*',
        'pointer.json',
        'publications/*',
        'releases/*',
        'revocations.json',
        'revocations/*',
        'truststore/*',
      ],
    });
    expect(of('KeepDocuments')).not.toHaveProperty('Condition');
    expect(of('DeleteWhatWasRead')).toMatchObject({
      ...everybody,
      Action: 's3:DeleteObject',
      Resource: ['*'],
      Condition: { Null: { 's3:if-match': 'true' } },
    });
  });

  test('allows nobody anything by its policy', () => {
    expect(text(propertiesOf(trust, 'AWS::S3::BucketPolicy'))).not.toContain('"Allow"');
  });
});

describe('roles', () => {
  test('the authorizer reads what it decides by: no truststore, no history, no writing', () => {
    const statements = statementsOf(front, /AuthorizerRole/);
    expect(actionsOf(statements)).toEqual([
      'kms:Decrypt',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:ListBucket',
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
      'ssm:GetParameters',
    ]);
    expect(text(statements)).not.toMatch(/truststore|publications|"\*"/);
  });

  test('the forwarder reads its own secrets and nothing of the releases', () => {
    const statements = statementsOf(front, /ForwarderRole/);
    const named = actionsOf(statements).filter((action) => !action.startsWith('ec2:'));
    expect(named).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
    ]);
    const secrets = statements.find(({ Action }) => Action === 'secretsmanager:GetSecretValue');
    expect(text(secrets?.Resource)).toContain('secret:sallyport/orders-3f9c/*');
  });

  test('the code of the forwarder may not touch network interfaces: only Lambda’s service may, for it', () => {
    const statements = statementsOf(front, /ForwarderRole/);
    const granted = actionsOf(statements).filter((action) => action.startsWith('ec2:'));
    expect(actionsOf(statements, 'Deny')).toEqual(granted);
    expect(text(statements.find(({ Effect }) => Effect === 'Deny')?.Condition)).toContain('lambda:SourceFunctionArn');
  });

  test('the first release is written by a role that blocks nobody, says nothing of the deployment, and signs once', () => {
    const statements = statementsOf(trust, /FirstReleaseRole/);
    expect(actionsOf(statements)).toEqual([
      'cloudformation:DescribeStacks',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'kms:GetPublicKey',
      'kms:Sign',
      'kms:TagResource',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:DeleteObject',
      's3:DeleteObjectVersion',
      's3:GetObject',
      's3:GetObjectVersion',
      's3:ListBucket',
      's3:ListBucketVersions',
      's3:PutObject',
      'secretsmanager:DescribeSecret',
      'ssm:DeleteParameters',
      'ssm:GetParameters',
      'ssm:PutParameter',
    ]);
    const puts = statements.filter(({ Action }) =>
      [Action].flat().some((action) => /Put(Object|Parameter)/.test(action)),
    );
    const [more, plain] = [true, false].map((made) =>
      puts.filter(({ Condition }) => text(Condition ?? {}).includes('"ssm:Overwrite":"false"') === made),
    );
    expect(text(plain)).not.toMatch(/overlay|\/deployed|floor-blocks|floor-lifts/);
    // Not with a key that says that the first release is out, and it can say so of a key and never take it back.
    const done = { 'aws:ResourceTag/sallyport:first-release': 'published' };
    expect(actionsOf(statements, 'Deny')).toEqual(['kms:Sign']);
    expect(statements.find(({ Effect }) => Effect === 'Deny')?.Condition).toEqual({ StringEquals: done });
    const tagging = statements.find(({ Action }) => Action === 'kms:TagResource');
    expect(tagging?.Condition).toEqual({
      StringEquals: { 'aws:RequestTag/sallyport:first-release': 'published' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['sallyport:first-release'] },
    });
    // What it deletes when a creation is rolled back is what a first release makes.
    const deletes = statements.filter(({ Action }) => text(Action).includes('Delete'));
    expect(deletes).toHaveLength(2);
    expect(text(deletes)).not.toMatch(/overlay|\/deployed|\/revocations|"\*"/);
    // The other floors are made, never changed.
    expect(more).toHaveLength(1);
    expect(text(more)).not.toMatch(/overlay|\/deployed|floor"/);
  });

  test('every role trusts one service', () => {
    for (const template of [trust, egress, front]) {
      for (const [, { Properties }] of allOf(template, 'AWS::IAM::Role')) {
        const { Statement = [] } = (Properties?.AssumeRolePolicyDocument ?? {}) as {
          Statement?: { Principal: object }[];
        };
        expect(Statement).toHaveLength(1);
        expect(Object.keys(Statement[0]?.Principal ?? {})).toEqual(['Service']);
      }
    }
  });

  test('no secret and no key is in the environment of a function', () => {
    for (const template of [trust, front]) {
      for (const [, { Properties }] of allOf(template, 'AWS::Lambda::Function')) {
        expect(text(Properties?.Environment ?? {})).not.toMatch(/resolve:secretsmanager|password|SecretString/i);
      }
    }
  });
});

describe('the policies for people and pipelines', () => {
  const policies = new Map(
    allOf(front, 'AWS::IAM::ManagedPolicy').map(([, { Properties = {} }]) => [
      Properties.ManagedPolicyName,
      Properties,
    ]),
  );
  const actions = (name: string) => {
    const document = policies.get(name)?.PolicyDocument as { Statement: Parameters<typeof actionsOf>[0] } | undefined;
    return actionsOf(document?.Statement ?? []);
  };

  test('are two, and nobody has them until somebody says so', () => {
    expect([...policies.keys()].sort()).toEqual(['sallyport-orders-3f9c-plan', 'sallyport-orders-3f9c-publish']);
    for (const { Roles, Users, Groups } of policies.values()) expect(Roles ?? Users ?? Groups).toBeUndefined();
  });

  test('planning changes nothing', () => {
    expect(actions('sallyport-orders-3f9c-plan').filter((action) => !/:(Get|List|GET)|Decrypt/.test(action))).toEqual(
      [],
    );
  });

  test('publishing writes releases, signs, and moves the truststore of the one domain', () => {
    const writing = actions('sallyport-orders-3f9c-publish').filter(
      (action) => !/:(Get|List|GET)|Decrypt/.test(action),
    );
    expect(writing).toEqual([
      'apigateway:PATCH',
      'kms:GenerateDataKey',
      'kms:Sign',
      's3:PutObject',
      'ssm:PutParameter',
    ]);
  });
});

describe('the way out', () => {
  test('nothing can come in, and only the ports of backends and of Secrets Manager go out', () => {
    const group = propertiesOf(egress, 'AWS::EC2::SecurityGroup');
    expect(group.SecurityGroupIngress).toBeUndefined();
    const ports = (lines: string) => {
      const rules = propertiesOf(split({ connections: lines }).egress, 'AWS::EC2::SecurityGroup').SecurityGroupEgress;
      return (rules as { FromPort: number }[]).map(({ FromPort }) => FromPort);
    };
    expect((group.SecurityGroupEgress as object[]).length).toBe(1);
    const other = '{ erp: { transport: direct, url: "https://tenant.example.com:8443", credential: none } }';
    expect(ports(other)).toEqual([443, 8443]);
  });

  test('the forwarder is inside, in every zone; the authorizer is not', () => {
    const functions = allOf(front, 'AWS::Lambda::Function');
    const inside = functions.filter(([, { Properties }]) => Properties?.VpcConfig !== undefined);
    expect(inside.map(([id]) => id).join()).toMatch(/^FrontForwarder/);
    expect(inside[0]?.[1].Properties?.VpcConfig).toMatchObject({ SubnetIds: [expect.anything(), expect.anything()] });
  });

  test('no subnet gives out public addresses', () => {
    for (const [, { Properties }] of allOf(egress, 'AWS::EC2::Subnet'))
      expect(Properties?.MapPublicIpOnLaunch).toBe(false);
  });
});
