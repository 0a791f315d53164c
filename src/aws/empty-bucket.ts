import { DeleteObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import type { ClientSettings } from './clients.ts';

/** Deletes every version and every mark of a deletion. One by one: a store that this is for has a handful. */
export async function emptyBucket(bucket: string, settings: ClientSettings): Promise<void> {
  const client = new S3Client({ ...settings, forcePathStyle: settings.endpoint !== undefined });
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    const found = [...Versions, ...DeleteMarkers];
    if (found.length === 0) return;
    for (const { Key, VersionId } of found)
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }));
  }
}
