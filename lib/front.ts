import { Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { FrontConfig } from '../config/front.ts';
import { referenceHeader, referenceVariable, refusalTemplate } from '../core/decide/refusal-body.ts';
import { secretPrefixOf } from '../core/release/layout.ts';
import { writeSettings } from '../core/settings.ts';
import { accept, acceptPrefixes } from './acknowledged.ts';
import { BundledFunction } from './functions.ts';

export interface FrontProps {
  readonly config: FrontConfig;
  readonly release: {
    readonly bucket: string;
    readonly pointerPublicKey: string;
    readonly grantDecide: (grantee: iam.IGrantable) => void;
    readonly prefixesAsFound: (scope: Construct) => readonly string[];
  };
  readonly network: {
    readonly vpc: ec2.IVpc;
    readonly subnets: readonly ec2.ISubnet[];
    readonly securityGroup: ec2.ISecurityGroup;
  };
}

const stageName = 'live';

/** The REST API with its authorizer, its forwarder, and what a refused caller is answered. */
export class Front extends Construct {
  readonly api: apigateway.RestApi;
  readonly authorizer: BundledFunction;
  readonly forwarder: BundledFunction;
  readonly bindingKey: secretsmanager.Secret;

  constructor(scope: Construct, id: string, props: FrontProps) {
    super(scope, id);
    const { config } = props;
    this.bindingKey = new secretsmanager.Secret(this, 'BindingKey', {
      description: `Binds a decision to its request, ${config.id}`,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    accept(this.bindingKey, 'AwsSolutions-SMG4');
    this.authorizer = this.#authorizer(props);
    this.forwarder = this.#forwarder(props);
    this.api = this.#api(config);
    accept(this.api, 'AwsSolutions-APIG2', 'AwsSolutions-COG4');
    if (config.domain?.waf !== true) accept(this.api, 'AwsSolutions-APIG3');
    accept(
      this.api,
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    );
    this.#methods(config);
    this.#refusals(config);
    if (config.tiers.size > 0) this.#tiers(config);
  }

  #authorizer({ config, release }: FrontProps): BundledFunction {
    const authorizer = new BundledFunction(this, 'Authorizer', {
      bundle: 'authorizer',
      description: `Decides by the client certificate, ${config.id}`,
      environment: writeSettings(
        {
          release: { kind: 's3', bucket: release.bucket, frontId: config.id },
          bindingKeys: { kind: 'secret', id: this.bindingKey.secretArn },
          stage: stageName,
          pointerKey: release.pointerPublicKey,
        },
        Token.isUnresolved,
      ),
      memoryMegabytes: 1024,
      timeout: Duration.seconds(10),
      reservedConcurrency: config.concurrency?.authorizer,
    });
    release.grantDecide(authorizer.role);
    acceptPrefixes(authorizer.role, release.prefixesAsFound(authorizer.role));
    this.bindingKey.grantRead(authorizer.role);
    return authorizer;
  }

  #forwarder({ config, network }: FrontProps): BundledFunction {
    const forwarder = new BundledFunction(this, 'Forwarder', {
      bundle: 'forwarder',
      description: `Forwards allowed requests from fixed addresses, ${config.id}`,
      environment: writeSettings(
        {
          bindingKeys: { kind: 'secret', id: this.bindingKey.secretArn },
          stage: stageName,
          connections: { kind: 'file', path: '/var/task/connections.json' },
          secrets: { kind: 'secretsmanager', prefix: secretPrefixOf(config.id) },
        },
        Token.isUnresolved,
      ),
      files: { 'connections.json': JSON.stringify([...config.connections.values()]) },
      memoryMegabytes: 1024,
      timeout: Duration.seconds(29),
      reservedConcurrency: config.concurrency?.forwarder,
      network,
    });
    this.bindingKey.grantRead(forwarder.role);
    accept(forwarder.role, 'AwsSolutions-IAM5[Resource::*]');
    const { partition, account, region } = Stack.of(this);
    const printed = (value: string, name: string) => (Token.isUnresolved(value) ? `<AWS::${name}>` : value);
    acceptPrefixes(forwarder.role, [
      `arn:${printed(partition, 'Partition')}:secretsmanager:${printed(region, 'Region')}:${printed(account, 'AccountId')}:secret:${secretPrefixOf(config.id).slice(0, -1)}`,
    ]);
    forwarder.role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        // Secrets Manager appends six characters of its own to each name.
        resources: [
          Stack.of(this).formatArn({ service: 'secretsmanager', resource: `secret:${secretPrefixOf(config.id)}*` }),
        ],
      }),
    );
    return forwarder;
  }

  #api(config: FrontConfig): apigateway.RestApi {
    const accessLog = new logs.LogGroup(this, 'AccessLog', {
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    return new apigateway.RestApi(this, 'Api', {
      restApiName: `sallyport-${config.id}`,
      description: `Front ${config.label} (${config.id})`,
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      disableExecuteApiEndpoint: true,
      // Bodies travel as they are: with anything narrower API Gateway decodes text and looks at Accept.
      binaryMediaTypes: ['*/*'],
      apiKeySourceType:
        config.tiers.size > 0 ? apigateway.ApiKeySourceType.AUTHORIZER : apigateway.ApiKeySourceType.HEADER,
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName,
        throttlingRateLimit: 1000,
        throttlingBurstLimit: 2000,
        metricsEnabled: true,
        loggingLevel: apigateway.MethodLoggingLevel.ERROR,
        // Bodies and headers in a log would be the partners' data.
        dataTraceEnabled: false,
        accessLogDestination: new apigateway.LogGroupLogDestination(accessLog),
        accessLogFormat: apigateway.AccessLogFormat.custom(JSON.stringify(accessLogFields)),
      },
    });
  }

  #methods(config: FrontConfig): void {
    const authorizer = new apigateway.RequestAuthorizer(this, 'Decision', {
      handler: this.authorizer.function,
      // A cached answer would be another client's answer: the cache key never contains the certificate.
      resultsCacheTtl: Duration.seconds(0),
      identitySources: [],
    });
    const integration = new apigateway.LambdaIntegration(this.forwarder.function, {
      proxy: true,
      allowTestInvoke: false,
      timeout: Duration.seconds(29),
    });
    const options: apigateway.MethodOptions = {
      authorizationType: apigateway.AuthorizationType.CUSTOM,
      authorizer,
      apiKeyRequired: config.tiers.size > 0,
    };
    this.api.root.addMethod('ANY', integration, options);
    this.api.root.addResource('{proxy+}').addMethod('ANY', integration, options);
    // CDK's hash of a deployment leaves the authorizer out: its change would be made and never deployed.
    this.api.latestDeployment?.addToLogicalId({
      ttl: 0,
      sources: [],
      execute: 'off',
      refusal: refusalTemplate(config.registry.front),
    });
  }

  #refusals(config: FrontConfig): void {
    const reference = { [referenceHeader]: referenceVariable };
    this.api.addGatewayResponse('Refused', {
      type: apigateway.ResponseType.ACCESS_DENIED,
      statusCode: '403',
      responseHeaders: reference,
      templates: { 'application/json': refusalTemplate(config.registry.front) },
    });
    const own = (message: string) =>
      JSON.stringify({
        message,
        reference: '$context.extendedRequestId',
        support: config.support.email ?? config.support.url ?? '',
      });
    const others: [string, apigateway.ResponseType, string, string][] = [
      ['Undecided', apigateway.ResponseType.AUTHORIZER_FAILURE, '500', 'Cannot decide'],
      ['Misconfigured', apigateway.ResponseType.AUTHORIZER_CONFIGURATION_ERROR, '500', 'Cannot decide'],
      ['TimedOut', apigateway.ResponseType.INTEGRATION_TIMEOUT, '504', 'Endpoint request timed out'],
      ['Throttled', apigateway.ResponseType.THROTTLED, '429', 'Too many requests'],
      ['QuotaExceeded', apigateway.ResponseType.QUOTA_EXCEEDED, '429', 'Quota exceeded'],
    ];
    for (const [name, type, statusCode, message] of others) {
      this.api.addGatewayResponse(name, { type, statusCode, templates: { 'application/json': own(message) } });
    }
  }

  #tiers(config: FrontConfig): void {
    for (const [name, tier] of config.tiers) {
      this.api.addUsagePlan(`Tier-${name}`, {
        name: `sallyport-${config.id}-${name}`,
        throttle: { rateLimit: tier.perSecond, burstLimit: tier.burst },
        ...(tier.perDay === undefined ? {} : { quota: { limit: tier.perDay, period: apigateway.Period.DAY } }),
        apiStages: [{ api: this.api, stage: this.api.deploymentStage }],
      });
    }
  }
}

/** Metadata of each request. The certificate last: API Gateway cuts a line that grows too long. */
const accessLogFields = {
  time: '$context.requestTimeEpoch',
  requestId: '$context.requestId',
  extendedRequestId: '$context.extendedRequestId',
  reference: '$context.authorizer.reference',
  client: '$context.authorizer.client',
  rule: '$context.authorizer.rule',
  status: '$context.status',
  error: '$context.error.responseType',
  authorizerStatus: '$context.authorizer.status',
  method: '$context.httpMethod',
  address: '$context.identity.sourceIp',
  tls: '$context.tlsVersion',
  latencyMilliseconds: '$context.responseLatency',
  bytes: '$context.responseLength',
  certificateSerial: '$context.identity.clientCert.serialNumber',
  certificateNotAfter: '$context.identity.clientCert.validity.notAfter',
  certificateIssuer: '$context.identity.clientCert.issuerDN',
  certificateSubject: '$context.identity.clientCert.subjectDN',
};
