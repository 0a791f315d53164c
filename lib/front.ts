import { Duration, Lazy, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { FrontConfig } from '../src/config/front.ts';
import { secretPrefixOf } from '../src/core/release/layout.ts';
import { writeSettings } from '../src/core/settings.ts';
import { accept, acceptLogRole, acceptPrefixes, secretsAsFound } from './acknowledged.ts';
import { accessLogFields } from './edge/access-log.ts';
import { addGatewayResponses } from './edge/gateway-responses.ts';
import type { Network } from './egress.ts';
import { BundledFunction, defaultLogDays } from './functions.ts';
import { grantDecide } from './trust/access.ts';
import type { Trust } from './trust/trust.ts';

export interface FrontProps {
  readonly config: FrontConfig;
  readonly trust: Trust;
  readonly network: Network;
}

const stageName = 'live';

/** The REST API with its authorizer, its forwarder, and what a refused caller is answered. */
export class Front extends Construct {
  readonly api: apigateway.RestApi;
  readonly authorizer: BundledFunction;
  readonly forwarder: BundledFunction;
  readonly bindingKey: secretsmanager.Secret;
  /** The only authorizer that a method of this API may have. */
  readonly decision: apigateway.CfnAuthorizer;

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
    acceptLogRole(this.api);
    this.decision = this.#methods(config);
    addGatewayResponses(this.api, config);
  }

  #authorizer({ config, trust }: FrontProps): BundledFunction {
    const authorizer = new BundledFunction(this, 'Authorizer', {
      bundle: 'authorizer',
      description: `Decides by the client certificate, ${config.id}`,
      environment: writeSettings(
        {
          release: { kind: 's3', bucket: trust.bucket.bucketName, frontId: config.id },
          bindingKeys: { kind: 'secret', id: this.bindingKey.secretArn },
          stage: stageName,
          domain: config.domain?.name ?? 'any',
          pointerKey: trust.pointerPublicKey,
          blocksKey: trust.blocksPublicKey,
          revocationsKey: trust.revocationsPublicKey,
          ...present({
            maximumAgeSeconds: config.functions?.maximumAgeSeconds,
            keepRefusals: onOff(config.functions?.keepRefusals),
            bindExtendedRequestId: onOff(config.functions?.bindExtendedRequestId),
          }),
        },
        Token.isUnresolved,
      ),
      memoryMegabytes: 1024,
      timeout: Duration.seconds(10),
      reservedConcurrency: config.concurrency?.authorizer,
      logDays: config.logs?.days,
    });
    grantDecide(trust, authorizer.role);
    acceptPrefixes(authorizer.role, trust.prefixesAsFound(authorizer.role));
    this.bindingKey.grantRead(authorizer.role);
    return authorizer;
  }

  #forwarder({ config, network, trust }: FrontProps): BundledFunction {
    const forwarder = new BundledFunction(this, 'Forwarder', {
      bundle: 'forwarder',
      description: `Forwards allowed requests from fixed addresses, ${config.id}`,
      environment: writeSettings(
        {
          bindingKeys: { kind: 'secret', id: this.bindingKey.secretArn },
          stage: stageName,
          connections: { kind: 'file', path: '/var/task/connections.json' },
          secrets: { kind: 'secretsmanager', prefix: secretPrefixOf(config.id) },
          ...present({ responseMode: config.functions?.responseMode }),
        },
        Token.isUnresolved,
      ),
      files: { 'connections.json': JSON.stringify([...config.connections.values()]) },
      memoryMegabytes: 1024,
      timeout: Duration.seconds(29),
      reservedConcurrency: config.concurrency?.forwarder,
      logDays: config.logs?.days,
      network,
    });
    this.bindingKey.grantRead(forwarder.role);
    // It refuses a deploy without a connection that is in use: before the connections change.
    forwarder.function.node.addDependency(trust.firstRelease);
    accept(forwarder.role, 'AwsSolutions-IAM5[Resource::*]');
    acceptPrefixes(forwarder.role, [secretsAsFound(forwarder.role, config.id)]);
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
      retention: config.logs?.days ?? defaultLogDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const api = new apigateway.RestApi(this, 'Api', {
      restApiName: `sallyport-${config.id}`,
      description: `Front ${config.label} (${config.id})`,
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      disableExecuteApiEndpoint: true,
      // Bodies travel as they are: with anything narrower API Gateway decodes text and looks at Accept.
      binaryMediaTypes: ['*/*'],
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
    // An output with the address of the closed door would be the first thing that anybody tries.
    api.node.tryRemoveChild('Endpoint');
    return api;
  }

  #methods({ functions }: FrontConfig): apigateway.CfnAuthorizer {
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
      // Function and integration only together: either alone answers every request with 502.
      ...(functions?.responseMode === 'stream' ? { responseTransferMode: apigateway.ResponseTransferMode.STREAM } : {}),
    });
    const options: apigateway.MethodOptions = {
      authorizationType: apigateway.AuthorizationType.CUSTOM,
      authorizer,
    };
    this.api.root.addMethod('ANY', integration, options);
    this.api.root.addResource('{proxy+}').addMethod('ANY', integration, options);
    const resource = authorizer.node.defaultChild as apigateway.CfnAuthorizer;
    // Without a feature flag CDK's hash of a deployment leaves the authorizer out: its change would be made and never
    // deployed. As it is in the template, so that an override counts too.
    this.api.latestDeployment?.addToLogicalId({
      authorizer: Lazy.any({ produce: () => Stack.of(this).resolve(resource._toCloudFormation()) }),
    });
    return resource;
  }
}

const onOff = (flag: boolean | undefined) => (flag === undefined ? undefined : flag ? 'on' : 'off');

/** Without what is not set: the functions' own defaults hold there, and templates stay as they were. */
function present<T extends object>(values: T): { [K in keyof T]: NonNullable<T[K]> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: NonNullable<T[K]> };
}
