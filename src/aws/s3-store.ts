import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { releasesPrefix } from '../core/release/layout.ts';
import type { ObjectVersion, PutResult, Store } from '../core/release/store.ts';
import { type ClientSettings, isNamed, statusOf } from './clients.ts';

export interface S3StoreSettings extends ClientSettings {
  readonly bucket: string;
  /** KMS key for `releases/*`. The rest stays under the bucket's own encryption, as API Gateway must read the truststore. */
  readonly releaseKey?: string;
}

/** Two conditional writes at the same instant: S3 lets neither through and asks for another attempt. */
const conflictAttempts = 5;

/** The store on a versioned S3 bucket. */
export function openS3Store(settings: S3StoreSettings): Store {
  const { bucket, releaseKey, endpoint } = settings;
  const client = new S3Client({ ...settings, forcePathStyle: endpoint !== undefined });

  async function put(command: PutObjectCommand): Promise<PutResult | 'lost'> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { ETag, VersionId } = await client.send(command);
        return {
          etag: ETag ?? missing('an etag'),
          version: VersionId ?? missing('a version: is the bucket versioned?'),
        };
      } catch (error) {
        const status = statusOf(error);
        // 404: If-Match on an object that is not there.
        if (status === 412 || status === 404) return 'lost';
        if (status !== 409 || attempt === conflictAttempts) throw error;
      }
    }
  }

  return {
    async get(key, options = {}) {
      try {
        const answer = await client.send(
          new GetObjectCommand({
            Bucket: bucket,
            Key: key,
            IfNoneMatch: options.ifNoneMatch,
            VersionId: options.version,
          }),
        );
        return {
          body: (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0),
          etag: answer.ETag ?? missing('an etag'),
          version: answer.VersionId ?? missing('a version: is the bucket versioned?'),
        };
      } catch (error) {
        if (statusOf(error) === 304) return 'not-modified';
        if (isNamed(error, 'NoSuchKey', 'NoSuchVersion')) return undefined;
        throw error;
      }
    },
    put: (key, body, condition) =>
      put(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: body,
          ContentType: key.endsWith('.json') ? 'application/json' : 'application/x-pem-file',
          ...('ifNoneMatch' in condition ? { IfNoneMatch: condition.ifNoneMatch } : { IfMatch: condition.ifMatch }),
          ...(releaseKey !== undefined && key.startsWith(releasesPrefix)
            ? { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: releaseKey }
            : {}),
        }),
      ),
    async list(prefix, after) {
      const keys: string[] = [];
      const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix, StartAfter: after });
      for await (const page of pages)
        keys.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])));
      return keys;
    },
    async versions(key) {
      const found: ObjectVersion[] = [];
      let page: Pick<ListObjectVersionsCommandOutput, 'NextKeyMarker' | 'NextVersionIdMarker'> = {};
      for (;;) {
        const answer = await client.send(
          new ListObjectVersionsCommand({
            Bucket: bucket,
            Prefix: key,
            KeyMarker: page.NextKeyMarker,
            VersionIdMarker: page.NextVersionIdMarker,
          }),
        );
        for (const { Key, VersionId, LastModified } of answer.Versions ?? []) {
          if (Key === key && VersionId !== undefined)
            found.push({ version: VersionId, modifiedAt: LastModified?.getTime() ?? 0 });
        }
        // Keys come in order, and this one is the first that begins with itself.
        if (answer.IsTruncated !== true || answer.NextKeyMarker !== key) return found;
        page = answer;
      }
    },
    uriOf: (key) => `s3://${bucket}/${key}`,
  };
}

function missing(what: string): never {
  throw new Error(`S3 answers without ${what}`);
}
