import { CfnOutput, CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { FrontConfig } from '../config/front.ts';
import { loadRegistry, truststoreOf } from '../core/registry/load.ts';
import { compileRelease } from '../core/release/compile.ts';
import { parameterNames, parameterPathOf } from '../core/release/layout.ts';
import { accept, acceptPrefixes } from './acknowledged.ts';
import { BundledFunction } from './functions.ts';
import { domainOf } from './preflight.ts';

export interface TrustProps {
  /** Its registry becomes the first release: published only if the store is empty. */
  readonly config: FrontConfig;
}

/**
 * Where releases live: a versioned bucket, the key that signs the pointer, the key that encrypts releases, and the
 * custom resource that publishes the first release and never another one.
 */
export class Trust extends Construct {
  readonly bucket: s3.Bucket;
  readonly signingKey: kms.Key;
  readonly releaseKey: kms.Key;
  readonly firstRelease: CustomResource;
  readonly #frontId: string;

  constructor(scope: Construct, id: string, props: TrustProps) {
    super(scope, id);
    const { config } = props;
    this.#frontId = config.id;
    this.bucket = new s3.Bucket(this, 'Releases', {
      versioned: true,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    accept(this.bucket, 'AwsSolutions-S1');
    this.#protect();
    this.signingKey = new kms.Key(this, 'PointerKey', {
      description: `Signs which release of ${config.id} is live`,
      keySpec: kms.KeySpec.ECC_NIST_P256,
      keyUsage: kms.KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.releaseKey = new kms.Key(this, 'ReleaseKey', {
      description: `Encrypts the releases of ${config.id}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.firstRelease = this.#publishFirst(config);
  }

  /** What a later deploy must send to the domain: the truststore version that is live at that moment. */
  get truststoreVersion(): string {
    return this.firstRelease.getAttString('TruststoreVersion');
  }

  get truststoreUri(): string {
    return this.firstRelease.getAttString('TruststoreUri');
  }

  /** SPKI of the key that signs the pointer, base64. */
  get pointerPublicKey(): string {
    return this.firstRelease.getAttString('PointerPublicKey');
  }

  /** Read what is live: for people who plan, and for the authorizer. */
  grantRead(grantee: iam.IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['s3:GetObject', 's3:GetObjectVersion'],
        resources: ['releases/*', 'pointer.json', 'overlay/*', 'publications/*', 'truststore/*'].map((key) =>
          this.bucket.arnForObjects(key),
        ),
      }),
    );
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['s3:ListBucket', 's3:ListBucketVersions'],
        resources: [this.bucket.bucketArn],
      }),
    );
    this.releaseKey.grantDecrypt(grantee);
    this.#parameters(grantee, 'ssm:GetParameter', 'ssm:GetParameters');
  }

  /** What the authorizer reads, and nothing else. */
  grantDecide(grantee: iam.IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['s3:GetObject'],
        resources: ['releases/*', 'pointer.json', 'overlay/*'].map((key) => this.bucket.arnForObjects(key)),
      }),
    );
    // Without it S3 answers 403 for an overlay that does not exist, and "none" could not be told from "not allowed".
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] }),
    );
    this.releaseKey.grantDecrypt(grantee);
    this.#parameters(grantee, 'ssm:GetParameter', 'ssm:GetParameters');
  }

  /** Put a release and point at it. Objects are never overwritten: the bucket policy wants `If-None-Match` on them. */
  grantWrite(grantee: iam.IGrantable): void {
    this.grantRead(grantee);
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['s3:PutObject'],
        resources: ['releases/*', 'truststore/*', 'publications/*', 'pointer.json'].map((key) =>
          this.bucket.arnForObjects(key),
        ),
      }),
    );
    this.releaseKey.grantEncryptDecrypt(grantee);
    this.signingKey.grant(grantee, 'kms:Sign', 'kms:GetPublicKey');
    this.#parameters(grantee, 'ssm:PutParameter');
  }

  /** The prefixes of the bucket as a rule pack prints them for a policy in `scope`'s stack. */
  prefixesAsFound(scope: Construct): readonly string[] {
    const bucket = Stack.of(this).getLogicalId(this.bucket.node.defaultChild as s3.CfnBucket);
    const arn =
      Stack.of(scope) === Stack.of(this)
        ? `<${bucket}.Arn>`
        : Stack.of(scope).resolve(Stack.of(this).exportValue(this.bucket.bucketArn))['Fn::ImportValue'];
    return ['overlay', 'publications', 'releases', 'truststore'].map((prefix) => `${arn}/${prefix}`);
  }

  #parameters(grantee: iam.IGrantable, ...actions: string[]): void {
    const names = Object.values(parameterNames).map((name) => parameterPathOf(this.#frontId, name));
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions,
        resources: names.map((name) =>
          Stack.of(this).formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) }),
        ),
      }),
    );
  }

  /** History is evidence: nobody deletes a version, and a release that exists is never written again. */
  #protect(): void {
    this.bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'KeepVersions',
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ['s3:DeleteObjectVersion'],
        resources: [this.bucket.arnForObjects('*')],
      }),
    );
    this.bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'ReleasesAreImmutable',
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: [this.bucket.arnForObjects('releases/*'), this.bucket.arnForObjects('publications/*')],
        conditions: { Null: { 's3:if-none-match': 'true' } },
      }),
    );
  }

  #publishFirst(config: FrontConfig): CustomResource {
    const domain = domainOf(config);
    const release = compileRelease({
      document: config.registry,
      truststore: truststoreOf(loadRegistry(config.registry)),
    });
    const publisher = new BundledFunction(this, 'FirstRelease', {
      bundle: 'first-release',
      description: 'Publishes the first release of a front, once',
      environment: {},
      files: { 'first-release.json': JSON.stringify({ document: config.registry }) },
      memoryMegabytes: 512,
      timeout: Duration.minutes(2),
    });
    this.grantWrite(publisher.role);
    accept(
      publisher.role,
      'AwsSolutions-IAM5[Action::kms:GenerateDataKey*]',
      'AwsSolutions-IAM5[Action::kms:ReEncrypt*]',
    );
    acceptPrefixes(publisher.role, this.prefixesAsFound(publisher.role));
    const resource = new CustomResource(this, 'FirstReleaseResource', {
      serviceToken: publisher.function.functionArn,
      resourceType: 'Custom::SallyportFirstRelease',
      properties: {
        frontId: config.id,
        bucket: this.bucket.bucketName,
        signingKey: this.signingKey.keyArn,
        releaseKey: this.releaseKey.keyArn,
        // A changed folder makes this an update, which publishes nothing: it only reads again what is live and says if they differ.
        release: release.id,
        domainName: domain.name,
        replaceDomain: domain.replaceDomain ?? '',
      },
    });
    // The role's policies must stand before the function runs, and outlive it.
    resource.node.addDependency(publisher.role);
    new CfnOutput(this, 'Published', { value: resource.getAttString('Notice'), description: 'Files and live release' });
    return resource;
  }
}
