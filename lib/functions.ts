import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Duration, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { refuse } from '../src/core/problem.ts';

export type BundleName = 'authorizer' | 'forwarder' | 'first-release';

export interface BundledFunctionProps {
  readonly bundle: BundleName;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMegabytes: number;
  readonly timeout: Duration;
  /** Files put beside the bundle, by name: data that is deployed with the code. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly reservedConcurrency?: number;
  /** How long CloudWatch keeps its log. */
  readonly logDays: number | undefined;
  readonly network?: {
    readonly vpc: ec2.IVpc;
    readonly subnets: readonly ec2.ISubnet[];
    readonly securityGroup: ec2.ISecurityGroup;
  };
}

/** Days that logs are kept where the front does not say. */
export const defaultLogDays = 90;

/** A function from a ready-made bundle, with a role and a log group of its own that allow nothing but what is added here. */
export class BundledFunction extends Construct {
  readonly function: lambda.Function;
  readonly role: iam.Role;
  readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    this.logGroup = new logs.LogGroup(this, 'Log', {
      retention: props.logDays ?? defaultLogDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup.grantWrite(this.role);
    this.function = new lambda.Function(this, 'Function', {
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(assetOf(this, props.bundle, props.files ?? {})),
      environment: props.environment,
      memorySize: props.memoryMegabytes,
      timeout: props.timeout,
      role: this.role,
      logGroup: this.logGroup,
      ...(props.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(props.network === undefined
        ? {}
        : {
            vpc: props.network.vpc,
            vpcSubnets: { subnets: [...props.network.subnets] },
            securityGroups: [props.network.securityGroup],
          }),
    });
    if (props.network !== undefined) allowNetworkInterfaces(this.role);
  }
}

/** Where the ready-made bundles are: beside the built library in the package, under dist/ in a checkout. */
function bundleFolder(name: BundleName): string {
  const places = [
    resolve(import.meta.dirname, '../lambdas', name),
    resolve(import.meta.dirname, '../dist/lambdas', name),
  ];
  const found = places.find((place) => existsSync(join(place, 'index.mjs')));
  return (
    found ??
    refuse({
      code: 'bundle_missing',
      message: `the ${name} is not built`,
      found: `no index.mjs in ${places.join(' or ')}`,
      remedy: 'npm run build   # in the checkout; an installed package has the functions ready',
    })
  );
}

/**
 * SHA-256 of each file of each bundle, lower-case hex: what is deployed can be compared with what was built. `authorizer`
 * is its index.mjs; a file that is loaded later has its own name behind that.
 */
export function bundleDigests(): Readonly<Record<string, string>> {
  const names: readonly BundleName[] = ['authorizer', 'forwarder', 'first-release'];
  return Object.fromEntries(
    names.flatMap((name) =>
      modulesIn(bundleFolder(name)).map((file) => {
        const content = readFileSync(join(bundleFolder(name), file));
        return [file === 'index.mjs' ? name : `${name}/${file}`, createHash('sha256').update(content).digest('hex')];
      }),
    ),
  );
}

function modulesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.mjs'))
    .sort();
}

/**
 * The asset: the bundle and the data beside it. Its hash is that of the content, so equal input gives equal templates.
 * Put together in the assembly's own folder, which the CDK keeps and empties: nothing is left anywhere else.
 */
function assetOf(scope: Construct, name: BundleName, files: Readonly<Record<string, string | Uint8Array>>): string {
  const outdir = Stage.of(scope)?.outdir ?? mkdtempSync(join(tmpdir(), 'sallyport-'));
  const folder = join(outdir, `bundle.${scope.node.addr}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of modulesIn(bundleFolder(name))) cpSync(join(bundleFolder(name), file), join(folder, file));
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
  return folder;
}

/** What Lambda needs to put a function into a VPC. EC2 has no resource level for these actions (service authorization reference). */
export const networkActions = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

function allowNetworkInterfaces(role: iam.Role): void {
  role.addToPolicy(new iam.PolicyStatement({ actions: networkActions, resources: ['*'] }));
  // The code itself must not use them: Lambda's service makes the interfaces before our code runs.
  role.addToPolicy(
    new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      actions: networkActions,
      resources: ['*'],
      conditions: { ArnLike: { 'lambda:SourceFunctionArn': `arn:${Stack.of(role).partition}:lambda:*:*:function:*` } },
    }),
  );
}
