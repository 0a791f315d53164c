/**
 * Where releases live: S3 on AWS, a folder locally. Conditional writes are the only lock there is, so every
 * implementation must make them atomic.
 */
export interface Store {
  /**
   * The object, `not-modified` when its etag is `ifNoneMatch`, undefined when there is none. Without `version` the
   * newest one.
   */
  get(
    key: string,
    options?: { ifNoneMatch?: string; version?: string },
  ): Promise<StoredObject | 'not-modified' | undefined>;
  /**
   * Writes a new version of the object. With a condition that does not hold, `lost` and nothing is written:
   * `{ ifNoneMatch: '*' }` there is none yet, `{ ifMatch }` the newest one has this etag.
   */
  put(key: string, body: Uint8Array, condition: PutCondition): Promise<PutResult | 'lost'>;
  /** Keys that begin with `prefix`, in order, only those after `after`. */
  list(prefix: string, after?: string): Promise<readonly string[]>;
  /** Versions of the object, newest first. */
  versions(key: string): Promise<readonly ObjectVersion[]>;
  /** How an URI in a message, and the truststore's URI at the edge, names the object. */
  uriOf(key: string): string;
}

export type PutCondition = { readonly ifNoneMatch: '*' } | { readonly ifMatch: string };

export interface StoredObject {
  readonly body: Uint8Array;
  readonly etag: string;
  readonly version: string;
}

export interface PutResult {
  readonly etag: string;
  readonly version: string;
}

export interface ObjectVersion {
  readonly version: string;
  /** Epoch ms. */
  readonly modifiedAt: number;
}

/** The object as it is (or was, in `version`), for those who have no older copy. */
export async function readObject(
  store: Pick<Store, 'get'>,
  key: string,
  version?: string,
): Promise<StoredObject | undefined> {
  const found = await store.get(key, { version });
  if (found === 'not-modified') throw new Error(`the store answered "not modified" to an unconditional read of ${key}`);
  return found;
}
