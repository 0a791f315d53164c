import { createHash } from 'node:crypto';
import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { allow } from '../grants.ts';

export interface DomainProps {
  readonly name: string;
  readonly api: apigateway.RestApi;
  /** Where the truststore lies, and which version of it is live at the moment of the deploy. */
  readonly truststore: { readonly uri: string; readonly version: string };
  /** Validates the certificate and gets the alias record. */
  readonly hostedZone?: route53.IHostedZone;
  /** A certificate of this Region, when there is no hosted zone here. */
  readonly certificateArn?: string;
  /** Needed when that certificate was imported or comes from a private CA (API Gateway developer guide, mutual TLS). */
  readonly ownershipCertificateArn?: string;
  readonly basePath?: string;
}

/** Enhanced policies and mutual TLS exclude each other; this one is TLS 1.2 and 1.3. */
const securityPolicy = 'TLS_1_2';

/** The custom domain name with mutual TLS: the only door. */
export class Domain extends Construct {
  readonly resource: apigateway.CfnDomainName;
  readonly certificateArn: string;

  constructor(scope: Construct, id: string, props: DomainProps) {
    super(scope, id);
    this.certificateArn = props.certificateArn ?? this.#issue(props);
    this.resource = new apigateway.CfnDomainName(this, 'Name', {
      domainName: props.name,
      endpointConfiguration: { types: ['REGIONAL'] },
      regionalCertificateArn: this.certificateArn,
      securityPolicy,
      // Both come from what is live, never from the template: an unrelated deploy must not bring a removed CA back.
      mutualTlsAuthentication: { truststoreUri: props.truststore.uri, truststoreVersion: props.truststore.version },
      ...(props.ownershipCertificateArn === undefined
        ? {}
        : { ownershipVerificationCertificateArn: props.ownershipCertificateArn }),
    });
    // Not when the first deployment fails: its rollback would leave the name taken, and no later deploy could create it.
    this.resource.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    new apigateway.CfnBasePathMapping(this, 'Mapping', {
      domainName: this.resource.ref,
      restApiId: props.api.restApiId,
      stage: props.api.deploymentStage.stageName,
      ...(props.basePath === undefined ? {} : { basePath: props.basePath }),
    });
    if (props.hostedZone !== undefined) this.#alias(props.name, props.hostedZone);
    new CfnOutput(this, 'Target', {
      value: this.resource.attrRegionalDomainName,
      description: `CNAME ${props.name} points to this`,
    });
  }

  /** Changes whenever the template would send the domain's properties anew: 16 hex digits. */
  digest(): string {
    const template = JSON.stringify(Stack.of(this).resolve(this.resource._toCloudFormation()));
    return createHash('sha256').update(template).digest('hex').slice(0, 16);
  }

  /** Lets a role see which truststore the domain uses. */
  grantRead(grantee: iam.IGrantable): void {
    allow(this, grantee, { actions: ['apigateway:GET'], resources: [this.#arn] });
  }

  /** Lets a publisher move this domain to another version of our truststore, and nothing that would switch mutual TLS off. */
  grantUpdate(grantee: iam.IGrantable, bucketName: string): void {
    // IAM keys of API Gateway (service authorization reference): the request's truststore must be one of ours, so a
    // request without one is refused too, and the same request must not loosen the security policy.
    allow(this, grantee, {
      actions: ['apigateway:PATCH'],
      resources: [this.#arn],
      conditions: {
        StringLike: { 'apigateway:Request/MtlsTrustStoreUri': `s3://${bucketName}/truststore/*` },
        StringEqualsIfExists: { 'apigateway:Request/SecurityPolicy': securityPolicy },
      },
    });
    this.grantRead(grantee);
  }

  get #arn(): string {
    return Stack.of(this).formatArn({
      service: 'apigateway',
      account: '',
      resource: '/domainnames',
      resourceName: this.resource.domainName,
    });
  }

  #issue(props: DomainProps): string {
    if (props.hostedZone === undefined) {
      throw new Error(
        `domain ${props.name}: give a hosted zone, or the ARN of a certificate in this Region.\n  domain: { name: ${props.name}, certificate: "arn:aws:acm:…" }`,
      );
    }
    const certificate = new acm.Certificate(this, 'Certificate', {
      domainName: props.name,
      validation: acm.CertificateValidation.fromDns(props.hostedZone),
    });
    // The domain stays when the stack goes, and a certificate in use cannot be deleted: the deletion would end half-way.
    certificate.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    return certificate.certificateArn;
  }

  /** A alone: a Regional domain of the default address type has no IPv6 address. */
  #alias(name: string, zone: route53.IHostedZone): void {
    new route53.CfnRecordSet(this, 'Alias', {
      hostedZoneId: zone.hostedZoneId,
      name,
      type: 'A',
      aliasTarget: {
        dnsName: this.resource.attrRegionalDomainName,
        hostedZoneId: this.resource.attrRegionalHostedZoneId,
        evaluateTargetHealth: false,
      },
    });
  }
}
