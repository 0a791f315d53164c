import { Aspects, Stage } from 'aws-cdk-lib';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as route53 from 'aws-cdk-lib/aws-route53';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct, type IConstruct } from 'constructs';
import type { FrontConfig, FunctionSettings, LogSettings } from '../src/config/front.ts';
import { Alarms } from './alarms.ts';
import { Domain } from './edge/domain.ts';
import { NoSecondDoor } from './edge/second-door.ts';
import { WebAcl } from './edge/web-acl.ts';
import { Egress, type Network } from './egress.ts';
import { Front } from './front.ts';
import { domainOf, refuseUndeployable } from './preflight.ts';
import { grantBlock, grantRead, grantRevocations, grantUnblock, grantWrite } from './trust/access.ts';
import { Deployed } from './trust/deployed.ts';
import { Trust } from './trust/trust.ts';

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
  /** Told of each alarm. Default: nobody; the alarms are there and can be looked at. */
  readonly alarmTopic?: sns.ITopic;
  /** Settings of the two functions. Default: `functions` of the front, and theirs. */
  readonly functions?: FunctionSettings;
  /** How long logs are kept. Default: `logs` of the front, or 90 days, and 30 for refused connections of the VPC. */
  readonly logs?: LogSettings;
  /** Put on every role that this construct makes. */
  readonly permissionsBoundary?: iam.IManagedPolicy;
}

/**
 * A front with mutual TLS in anybody's stack: releases and their keys, the domain, the API with its two functions, and
 * fixed addresses out. Everything that may be changed without a deploy is a release; see docs/architecture.md.
 *
 * @throws ProblemError with everything that is wrong with the front: no domain, a sample CA, a certificate of another
 *   Region, a stack of another account. Nothing is created then.
 */
export class Sallyport extends Construct {
  /** The fixed IPv4 addresses that the backend must allow, one a zone; empty when the VPC or the Elastic IPs are yours. */
  readonly addresses: readonly string[];
  /** The name that partners call. */
  readonly domainName: string;
  readonly #trust: Trust;
  readonly #domain: Domain;

  constructor(scope: Construct, id: string, props: SallyportProps) {
    super(scope, id);
    const config = {
      ...props.config,
      functions: { ...props.config.functions, ...props.functions },
      logs: props.logs ?? props.config.logs,
    };
    refuseUndeployable(config, this);
    const domain = domainOf(config);
    this.#trust = new Trust(this, 'Trust', { config, domain: () => this.#domain });
    const network = networkOf(this, props);
    this.addresses = network.addresses;
    const front = new Front(this, 'Front', { config, trust: this.#trust, network });
    this.#domain = new Domain(this, 'Domain', {
      name: domain.name,
      api: front.api,
      // The custom resource's answer, read again whenever the domain changes: see Trust.
      truststore: { uri: this.#trust.truststoreUri, version: this.#trust.truststoreVersion },
      ...domainOptions(this, props),
    });
    this.domainName = domain.name;
    new Deployed(this, 'Deployed', {
      config,
      trust: this.#trust,
      addresses: network.addresses,
      bindingKey: front.bindingKey,
      after: [front, this.#domain],
    });
    if (domain.waf) new WebAcl(this, 'WebAcl', { api: front.api });
    new Alarms(this, 'Alarms', {
      api: front.api,
      authorizer: front.authorizer.function,
      forwarder: front.forwarder.function,
      forwarderLog: front.forwarder.logGroup,
      ...(props.alarmTopic === undefined ? {} : { topic: props.alarmTopic }),
    });
    if (props.permissionsBoundary !== undefined) iam.PermissionsBoundary.of(this).apply(props.permissionsBoundary);
    lockDoors(this, front);
  }

  /**
   * Lets a role read what is live, so that it can plan: `sallyport status`, `releases`.
   *
   * @throws Error for a role of another account, or one that may not be changed here
   */
  grantPlan(role: iam.IGrantable): void {
    grantRead(this.#trust, role);
    this.#domain.grantRead(role);
  }

  /**
   * Lets a role publish: write releases, sign the pointer, and move this one domain to another version of our truststore.
   *
   * @throws Error for a role of another account, or one that may not be changed here
   */
  grantPublish(role: iam.IGrantable): void {
    grantWrite(this.#trust, role);
    this.#domain.grantUpdate(role, this.#trust.bucket.bucketName);
  }

  /**
   * Lets a role block at once: `sallyport block`. It can neither publish nor lift a block.
   *
   * @throws Error for a role of another account, or one that may not be changed here
   */
  grantBlock(role: iam.IGrantable): void {
    grantBlock(this.#trust, role);
  }

  /**
   * Lets a role lift blocks: `sallyport unblock`. It can neither publish nor block.
   *
   * @throws Error for a role of another account, or one that may not be changed here
   */
  grantUnblock(role: iam.IGrantable): void {
    grantUnblock(this.#trust, role);
  }

  /**
   * Lets a role fetch revocation lists and sign what they say: `sallyport jobs run`. It can neither publish nor block.
   *
   * @throws Error for a role of another account, or one that may not be changed here
   */
  grantRevocations(role: iam.IGrantable): void {
    grantRevocations(this.#trust, role);
  }
}

/** Watches the whole app, not one stack: a second door is made somewhere else. */
export function lockDoors(scope: IConstruct, front: Front): void {
  Aspects.of(Stage.of(scope) ?? scope.node.root).add(new NoSecondDoor(front));
}

function networkOf(scope: Construct, props: SallyportProps): Network {
  const { connections, egress } = props.config;
  if (props.vpc !== undefined) return Egress.within(scope, 'Egress', props.vpc, connections);
  return new Egress(scope, 'Egress', {
    connections,
    zones: egress?.zones ?? 2,
    elasticIps: props.elasticIps ?? egress?.elasticIps,
    logDays: (props.logs ?? props.config.logs)?.days,
  });
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
  return {
    hostedZone,
    certificateArn: props.certificate?.certificateArn ?? domain.certificate,
    ownershipCertificateArn: domain.ownershipCertificate,
    basePath: domain.basePath,
  };
}
