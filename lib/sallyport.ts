import { Aspects, Stack } from 'aws-cdk-lib';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as route53 from 'aws-cdk-lib/aws-route53';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { FrontConfig } from '../config/front.ts';
import { Alarms } from './alarms.ts';
import { Deployed } from './deployed.ts';
import { Domain } from './domain.ts';
import { Egress } from './egress.ts';
import { Front } from './front.ts';
import { domainOf } from './preflight.ts';
import { NoSecondDoor } from './second-door.ts';
import { Trust } from './trust.ts';
import { WebAcl } from './web-acl.ts';

export interface SallyportProps {
  /** The front's folder, read and checked: `frontFrom('path/to/front')`. */
  readonly config: FrontConfig;
  /** Validates the server certificate and gets the alias record. Default: `domain.hostedZone` of the front. */
  readonly hostedZone?: route53.IHostedZone;
  /** Default: `domain.certificate` of the front, or a new one validated through the hosted zone. */
  readonly certificate?: acm.ICertificate;
  /** A VPC whose private subnets leave through addresses that you know. Default: one of its own, `egress.zones` NAT gateways. */
  readonly vpc?: ec2.IVpc;
  /** Allocation ids of Elastic IPs that you own, one a zone. Default: `egress.elasticIps` of the front, or new ones. */
  readonly elasticIps?: readonly string[];
  readonly alarmTopic?: sns.ITopic;
  /** Put on every role that this construct makes. */
  readonly permissionsBoundary?: iam.IManagedPolicy;
}

/**
 * A front with mutual TLS in anybody's stack: releases and their keys, the domain, the API with its two functions, and
 * fixed addresses out. Everything that may be changed without a deploy is a release; see docs/architecture.md.
 */
export class Sallyport extends Construct {
  /** The fixed addresses that the backend must allow; empty when the VPC or the Elastic IPs are yours. */
  readonly addresses: readonly string[];
  readonly domainName: string;
  readonly #trust: Trust;
  readonly #domain: Domain;

  constructor(scope: Construct, id: string, props: SallyportProps) {
    super(scope, id);
    const { config } = props;
    const domain = domainOf(config);
    this.#trust = new Trust(this, 'Trust', { config });
    const network = networkOf(this, props);
    this.addresses = network.addresses;
    const front = new Front(this, 'Front', { config, release: releaseOf(this.#trust), network });
    this.#domain = new Domain(this, 'Domain', {
      name: domain.name,
      api: front.api,
      // The custom resource's answer, read again whenever the domain changes: see Trust.
      truststore: { uri: this.#trust.truststoreUri, version: this.#trust.truststoreVersion },
      ...domainOptions(this, props),
    });
    this.domainName = domain.name;
    new Deployed(this, 'Deployed', { config, trust: this.#trust });
    if (domain.waf) new WebAcl(this, 'WebAcl', { api: front.api });
    new Alarms(this, 'Alarms', {
      api: front.api,
      authorizer: front.authorizer.function,
      forwarder: front.forwarder.function,
      ...(props.alarmTopic === undefined ? {} : { topic: props.alarmTopic }),
    });
    if (props.permissionsBoundary !== undefined) iam.PermissionsBoundary.of(this).apply(props.permissionsBoundary);
    Aspects.of(Stack.of(this)).add(new NoSecondDoor({ api: front.api, forwarderRole: front.forwarder.role }));
  }

  /** Lets a role read what is live, so that it can plan. */
  grantPlan(role: iam.IGrantable): void {
    this.#trust.grantRead(role);
    this.#domain.grantRead(role);
  }

  /** Lets a role publish: write releases, sign the pointer, and move this one domain to another version of our truststore. */
  grantPublish(role: iam.IGrantable): void {
    this.#trust.grantWrite(role);
    this.#domain.grantUpdate(role, this.#trust.bucket.bucketName);
  }
}

/** What a front reads of its trust, in the same stack. */
export function releaseOf(trust: Trust) {
  return {
    bucket: trust.bucket.bucketName,
    pointerPublicKey: trust.pointerPublicKey,
    grantDecide: (grantee: iam.IGrantable) => trust.grantDecide(grantee),
    prefixesAsFound: (scope: Construct) => trust.prefixesAsFound(scope),
  };
}

function networkOf(scope: Construct, props: SallyportProps) {
  if (props.vpc === undefined) {
    const elasticIps = props.elasticIps ?? props.config.egress?.elasticIps;
    return new Egress(scope, 'Egress', {
      zones: props.config.egress?.zones ?? 2,
      ...(elasticIps === undefined ? {} : { elasticIps }),
    });
  }
  return Egress.within(scope, 'Egress', props.vpc);
}

export function domainOptions(scope: Construct, props: Pick<SallyportProps, 'config' | 'hostedZone' | 'certificate'>) {
  const domain = domainOf(props.config);
  const hostedZone =
    props.hostedZone ??
    (domain.hostedZone === undefined
      ? undefined
      : route53.HostedZone.fromHostedZoneAttributes(scope, 'Zone', {
          hostedZoneId: domain.hostedZone.id,
          zoneName: domain.hostedZone.name,
        }));
  const certificateArn = props.certificate?.certificateArn ?? domain.certificate;
  return {
    ...(hostedZone === undefined ? {} : { hostedZone }),
    ...(certificateArn === undefined ? {} : { certificateArn }),
    ...(domain.ownershipCertificate === undefined ? {} : { ownershipCertificateArn: domain.ownershipCertificate }),
    ...(domain.basePath === undefined ? {} : { basePath: domain.basePath }),
  };
}
