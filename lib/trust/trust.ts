import { Annotations, CfnOutput, CustomResource, Duration, Lazy, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { FrontConfig } from '../../src/config/front.ts';
import { secretsIn } from '../../src/core/registry/connection.ts';
import { keyAliasOf } from '../../src/core/release/layout.ts';
import { shortCommit } from '../../src/core/release/turn-back.ts';
import { accept, acceptPrefixes, secretsAsFound } from '../acknowledged.ts';
import { noteOn } from '../checkout.ts';
import type { Domain } from '../edge/domain.ts';
import { BundledFunction } from '../functions.ts';
import { domainOf, releaseOf } from '../preflight.ts';
import { grantFirstRelease } from './access.ts';

export interface TrustProps {
  /** Its registry becomes the first release: published only if the store is empty. */
  readonly config: FrontConfig;
  /**
   * When the domain is in the same stack. CloudFormation sends all of a resource's properties when one has changed, and
   * takes those that come from another resource from where that one was last updated. So whatever updates the domain
   * must update the custom resource too, or a truststore of long ago returns.
   */
  readonly domain?: () => Pick<Domain, 'digest' | 'certificateArn'>;
}

/**
 * Where releases live: a versioned bucket, the key that signs the pointer, the key that encrypts releases, and the
 * custom resource that publishes the first release and never another one.
 */
export class Trust extends Construct {
  readonly bucket: s3.Bucket;
  readonly signingKey: kms.Key;
  readonly blocksKey: kms.Key;
  readonly revocationsKey: kms.Key;
  readonly releaseKey: kms.Key;
  readonly firstRelease: CustomResource;
  readonly frontId: string;

  constructor(scope: Construct, id: string, props: TrustProps) {
    super(scope, id);
    const { config } = props;
    this.frontId = config.id;
    this.bucket = new s3.Bucket(this, 'Releases', {
      versioned: true,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      // Given back when the creation fails: the custom resource empties it then.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    accept(this.bucket, 'AwsSolutions-S1');
    this.#protect();
    this.signingKey = new kms.Key(this, 'PointerKey', {
      description: `Signs which release of ${config.id} is live`,
      keySpec: kms.KeySpec.ECC_NIST_P256,
      keyUsage: kms.KeyUsage.SIGN_VERIFY,
      // Given back when the creation of the stack fails: nothing that counts was signed or encrypted yet.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.blocksKey = new kms.Key(this, 'BlocksKey', {
      description: `Signs what of ${config.id} is blocked at once`,
      keySpec: kms.KeySpec.ECC_NIST_P256,
      keyUsage: kms.KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.revocationsKey = new kms.Key(this, 'RevocationsKey', {
      description: `Signs what revocation lists say to ${config.id}`,
      keySpec: kms.KeySpec.ECC_NIST_P256,
      keyUsage: kms.KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.releaseKey = new kms.Key(this, 'ReleaseKey', {
      description: `Encrypts the releases of ${config.id}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    for (const [key, what] of [
      [this.signingKey, 'pointer'],
      [this.blocksKey, 'blocks'],
      [this.revocationsKey, 'revocations'],
      [this.releaseKey, 'releases'],
    ] as const) {
      key.addAlias(keyAliasOf(config.id, what));
      Tags.of(key).add('sallyport:front', config.id);
      Tags.of(key).add('sallyport:key', what);
    }
    this.firstRelease = this.#publishFirst(props);
    // It denies deletions to everybody. In a rollback it is gone before what the first release has made is given back.
    this.bucket.policy?.node.addDependency(this.firstRelease);
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

  /** SPKI of the key that signs blocks and lifts, base64. */
  get blocksPublicKey(): string {
    return this.firstRelease.getAttString('BlocksPublicKey');
  }

  /** SPKI of the key that signs the index of revocation lists, base64. */
  get revocationsPublicKey(): string {
    return this.firstRelease.getAttString('RevocationsPublicKey');
  }

  /** The prefixes of the bucket as a rule pack prints them for a policy in `scope`'s stack. */
  prefixesAsFound(scope: Construct): readonly string[] {
    const bucket = Stack.of(this).getLogicalId(this.bucket.node.defaultChild as s3.CfnBucket);
    const arn =
      Stack.of(scope) === Stack.of(this)
        ? `<${bucket}.Arn>`
        : Stack.of(scope).resolve(Stack.of(this).exportValue(this.bucket.bucketArn))['Fn::ImportValue'];
    return ['overlay', 'publications', 'releases', 'revocations', 'truststore'].map((prefix) => `${arn}/${prefix}`);
  }

  /**
   * History is evidence: nobody deletes a version, and what exists under a content address or a number is never written
   * again. What is live is replaced by whoever has read what stands there, and deleted by nobody.
   */
  #protect(): void {
    const deny = (sid: string, action: string, keys: readonly string[], absent?: readonly string[]) =>
      this.bucket.addToResourcePolicy(
        new iam.PolicyStatement({
          sid,
          effect: iam.Effect.DENY,
          principals: [new iam.AnyPrincipal()],
          actions: [action],
          resources: keys.map((key) => this.bucket.arnForObjects(key)),
          ...(absent === undefined
            ? {}
            : { conditions: { Null: Object.fromEntries(absent.map((header) => [`s3:${header}`, 'true'])) } }),
        }),
      );
    const records = ['releases/*', 'publications/*', 'truststore/*', 'revocations/*'];
    const documents = ['pointer.json', 'overlay/*', 'revocations.json'];
    deny('KeepVersions', 's3:DeleteObjectVersion', ['*']);
    deny('KeepDocuments', 's3:DeleteObject', [...documents, ...records]);
    deny('DeleteWhatWasRead', 's3:DeleteObject', ['*'], ['if-match']);
    deny('ReleasesAreImmutable', 's3:PutObject', records, ['if-none-match']);
    // Both absent: members of a condition are joined by "and".
    deny('ReplaceWhatWasRead', 's3:PutObject', documents, ['if-match', 'if-none-match']);
  }

  #publishFirst({ config, domain: besides }: TrustProps): CustomResource {
    const domain = domainOf(config);
    const release = releaseOf(config);
    const { checkout } = config;
    const note = noteOn(checkout);
    if (note !== undefined) Annotations.of(this).addInfo(note);
    const publisher = new BundledFunction(this, 'FirstRelease', {
      bundle: 'first-release',
      description: 'Publishes the first release of a front, once',
      environment: {},
      files: { 'first-release.json': JSON.stringify({ document: config.registry }) },
      memoryMegabytes: 512,
      timeout: Duration.minutes(2),
      logDays: config.logs?.days,
    });
    grantFirstRelease(this, publisher.role);
    acceptPrefixes(publisher.role, [secretsAsFound(publisher.role, config.id)]);
    acceptPrefixes(publisher.role, this.prefixesAsFound(publisher.role));
    const resource = new CustomResource(this, 'FirstReleaseResource', {
      serviceToken: publisher.function.functionArn,
      resourceType: 'Custom::SallyportFirstRelease',
      // A function that dies without an answer would otherwise hold the deploy for an hour.
      serviceTimeout: Duration.minutes(10),
      properties: {
        frontId: config.id,
        bucket: this.bucket.bucketName,
        signingKey: this.signingKey.keyArn,
        blocksKey: this.blocksKey.keyArn,
        revocationsKey: this.revocationsKey.keyArn,
        releaseKey: this.releaseKey.keyArn,
        // A changed folder makes this an update, which publishes nothing: it only reads again what is live and says if they differ.
        release: release.id,
        domainName: domain.name,
        replaceDomain: domain.replaceDomain ?? '',
        // Compared with the live release before anything of the deploy changes.
        connections: [...config.connections.keys()].sort().join(','),
        tiers: [...config.tiers.keys()].sort().join(','),
        secrets: secretsOf(config),
        commit: shortCommit(checkout?.commit ?? ''),
        ancestors: checkout?.ancestors.join(',') ?? '',
        shallow: String(checkout?.shallow ?? false),
        turnBackFrom: config.deploy?.turnBackFrom ?? '',
        ...(besides === undefined
          ? {}
          : {
              domainDigest: Lazy.string({ produce: () => besides().digest() }),
              // The value, not its place in the template: a certificate may be replaced under the same name.
              domainCertificate: Lazy.string({ produce: () => besides().certificateArn }),
            }),
      },
    });
    // The role's policies must stand before the function runs, and outlive it.
    resource.node.addDependency(publisher.role);
    new CfnOutput(this, 'Published', { value: resource.getAttString('Notice'), description: 'Files and live release' });
    return resource;
  }
}

/** `connection:secret` of each secret, with commas between them. */
const secretsOf = ({ connections }: FrontConfig): string =>
  [...connections]
    .flatMap(([name, connection]) => secretsIn(connection).map((secret) => `${name}:${secret}`))
    .sort()
    .join(',');
