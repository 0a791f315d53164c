import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import {
  firstWorkDone,
  type ParameterName,
  parameterNames,
  parameterPathOf,
  revocationsKey,
  secretPrefixOf,
} from '../../src/core/release/layout.ts';
import { allow } from '../grants.ts';

/** What is shared: the bucket, its two keys, and the parameters of the front. */
interface TrustResources extends IConstruct {
  readonly bucket: s3.IBucket;
  readonly signingKey: kms.IKey;
  readonly blocksKey: kms.IKey;
  readonly revocationsKey: kms.IKey;
  readonly releaseKey: kms.IKey;
  readonly frontId: string;
}

const { floor, floorBlocks, floorLifts, floorRevocations, truststoreUri, truststoreVersion, deployed } = parameterNames;
const floors = [floor, floorBlocks, floorLifts, floorRevocations];

/** What the authorizer reads, and nothing else: not the truststore, not the history. */
export function grantDecide(trust: TrustResources, grantee: iam.IGrantable): void {
  const { bucket, releaseKey } = trust;
  allow(trust, grantee, {
    actions: ['s3:GetObject'],
    resources: objects(bucket, 'releases/*', 'pointer.json', 'overlay/*', revocationsKey, 'revocations/*'),
  });
  // Without it S3 answers 403 for an overlay that does not exist, and "none" could not be told from "not allowed".
  allow(trust, grantee, { actions: ['s3:ListBucket'], resources: [bucket.bucketArn] });
  allow(trust, grantee, { actions: ['kms:Decrypt'], resources: [releaseKey.keyArn] });
  allow(trust, grantee, { actions: ['ssm:GetParameters'], resources: parameters(trust, floors) });
}

/** What planning needs: everything that is live and how it came to be, and the public half of the signing key. */
export function grantRead(trust: TrustResources, grantee: iam.IGrantable): void {
  const { bucket, releaseKey, signingKey, blocksKey, revocationsKey: listsKey } = trust;
  allow(trust, grantee, {
    actions: ['s3:GetObject'],
    resources: objects(
      bucket,
      'releases/*',
      'pointer.json',
      'overlay/*',
      'publications/*',
      revocationsKey,
      'revocations/*',
    ),
  });
  allow(trust, grantee, { actions: ['s3:ListBucket', 's3:ListBucketVersions'], resources: [bucket.bucketArn] });
  // Floors that were deleted are found again in the versions.
  allow(trust, grantee, {
    actions: ['s3:GetObjectVersion'],
    resources: objects(bucket, 'pointer.json', 'overlay/*', revocationsKey),
  });
  allow(trust, grantee, { actions: ['kms:Decrypt'], resources: [releaseKey.keyArn] });
  allow(trust, grantee, {
    actions: ['kms:GetPublicKey'],
    resources: [signingKey.keyArn, blocksKey.keyArn, listsKey.keyArn],
  });
  allow(trust, grantee, {
    actions: ['ssm:GetParameters'],
    resources: parameters(trust, [...floors, truststoreUri, truststoreVersion, deployed]),
  });
}

/**
 * What publishing needs on top: put a release, point at it, sign. Nothing is ever deleted, overlays are other people's,
 * and what the deployment says of itself (`deployed`) is only read.
 */
export function grantWrite(trust: TrustResources, grantee: iam.IGrantable): void {
  const { bucket, releaseKey, signingKey } = trust;
  grantRead(trust, grantee);
  // Whoever calls UpdateDomainName must be able to read the truststore (API Gateway, MutualTlsAuthentication).
  allow(trust, grantee, {
    actions: ['s3:GetObject', 's3:GetObjectVersion'],
    resources: objects(bucket, 'truststore/*'),
  });
  allow(trust, grantee, {
    actions: ['s3:PutObject'],
    resources: objects(bucket, 'releases/*', 'truststore/*', 'publications/*', 'pointer.json'),
  });
  allow(trust, grantee, { actions: ['kms:GenerateDataKey'], resources: [releaseKey.keyArn] });
  allow(trust, grantee, { actions: ['kms:Sign'], resources: [signingKey.keyArn] });
  allow(trust, grantee, {
    actions: ['ssm:PutParameter'],
    resources: parameters(trust, [floor, truststoreUri, truststoreVersion]),
  });
  // Floors of other people's documents are made before the first of them, or again when somebody has deleted them.
  allow(trust, grantee, {
    actions: ['ssm:PutParameter'],
    resources: parameters(trust, [floorBlocks, floorLifts, floorRevocations]),
    conditions: { StringEquals: { 'ssm:Overwrite': 'false' } },
  });
}

/**
 * What blocking needs: read what is live, add to the blocks, sign. With it nobody can publish, and nobody can lift: lifts are
 * another object, and an entry that is left out is noticed by whoever has read it.
 */
export function grantBlock(trust: TrustResources, grantee: iam.IGrantable): void {
  grantRead(trust, grantee);
  allow(trust, grantee, { actions: ['s3:PutObject'], resources: objects(trust.bucket, 'overlay/blocks.json') });
  allow(trust, grantee, { actions: ['kms:Sign'], resources: [trust.blocksKey.keyArn] });
  allow(trust, grantee, { actions: ['ssm:PutParameter'], resources: parameters(trust, [floorBlocks]) });
}

/** What lifting a block needs. It cannot block, and cannot publish. */
export function grantUnblock(trust: TrustResources, grantee: iam.IGrantable): void {
  grantRead(trust, grantee);
  allow(trust, grantee, { actions: ['s3:PutObject'], resources: objects(trust.bucket, 'overlay/lifts.json') });
  allow(trust, grantee, { actions: ['kms:Sign'], resources: [trust.blocksKey.keyArn] });
  allow(trust, grantee, { actions: ['ssm:PutParameter'], resources: parameters(trust, [floorLifts]) });
}

/**
 * What the custom resource needs: to publish once, to see what a deploy would strand, and to give back what it has made when the creation is
 * rolled back. It signs until the key says that a first release was published. Deleting versions is denied by the bucket's policy from then
 * on until a rollback takes that away; a front whose floors somebody deletes with these permissions decides nothing.
 */
export function grantFirstRelease(trust: TrustResources, grantee: iam.IGrantable): void {
  const { bucket, signingKey, frontId } = trust;
  const { key, value } = firstWorkDone;
  grantWrite(trust, grantee);
  allow(trust, grantee, {
    effect: iam.Effect.DENY,
    actions: ['kms:Sign'],
    resources: [signingKey.keyArn],
    conditions: { StringEquals: { [`aws:ResourceTag/${key}`]: value } },
  });
  // Nothing but this tag, and no way to take it off.
  allow(trust, grantee, {
    actions: ['kms:TagResource'],
    resources: [signingKey.keyArn],
    conditions: {
      StringEquals: { [`aws:RequestTag/${key}`]: value },
      'ForAllValues:StringEquals': { 'aws:TagKeys': [key] },
    },
  });
  // Whether they are there, not what they hold.
  allow(trust, grantee, {
    actions: ['secretsmanager:DescribeSecret'],
    resources: [
      Stack.of(trust).formatArn({ service: 'secretsmanager', resource: `secret:${secretPrefixOf(frontId)}*` }),
    ],
  });
  allow(trust, grantee, { actions: ['cloudformation:DescribeStacks'], resources: [Stack.of(trust).stackId] });
  allow(trust, grantee, {
    actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
    resources: objects(bucket, 'releases/*', 'truststore/*', 'publications/*', 'pointer.json'),
  });
  allow(trust, grantee, {
    actions: ['ssm:DeleteParameters'],
    resources: parameters(trust, [...floors, truststoreUri, truststoreVersion]),
  });
}

/** What `sallyport jobs run` needs: read what is live, put a new index beside it, sign. It can neither publish nor block. */
export function grantRevocations(trust: TrustResources, grantee: iam.IGrantable): void {
  grantRead(trust, grantee);
  const written = objects(trust.bucket, revocationsKey, 'revocations/*');
  allow(trust, grantee, { actions: ['s3:PutObject'], resources: written });
  allow(trust, grantee, { actions: ['kms:Sign'], resources: [trust.revocationsKey.keyArn] });
  allow(trust, grantee, { actions: ['ssm:PutParameter'], resources: parameters(trust, [floorRevocations]) });
}

const objects = (bucket: s3.IBucket, ...keys: string[]) => keys.map((key) => bucket.arnForObjects(key));

function parameters(trust: TrustResources, names: readonly ParameterName[]): string[] {
  return names.map((name) =>
    Stack.of(trust).formatArn({
      service: 'ssm',
      resource: 'parameter',
      resourceName: parameterPathOf(trust.frontId, name).slice(1),
    }),
  );
}
