import type { Release } from '../core/release/compile.ts';
import { damaged } from '../core/release/fields.ts';
import { truststoreKeyOf } from '../core/release/layout.ts';
import { readObject, type Store } from './store.ts';

/**
 * Puts a release's objects where they are not yet, and gives the version of its truststore. Keys name content, so an
 * object that is there already must be the same, byte for byte.
 *
 * @throws ProblemError `document_damaged` when another content stands under one of the keys
 */
export async function uploadRelease(
  store: Store,
  release: Release,
): Promise<{ readonly key: string; readonly version: string }> {
  const versions = new Map<string, string>();
  for (const [key, body] of release.objects) versions.set(key, await uploadObject(store, key, body));
  const key = truststoreKeyOf(release.id);
  return { key, version: versions.get(key) ?? damaged(key, 'is not part of its release') };
}

async function uploadObject(store: Store, key: string, body: Uint8Array): Promise<string> {
  const written = await store.put(key, body, { ifNoneMatch: '*' });
  if (written !== 'lost') return written.version;
  const found = await readObject(store, key);
  if (found === undefined || Buffer.compare(found.body, body) !== 0)
    return damaged(store.uriOf(key), 'exists with another content than the one it is named after');
  return found.version;
}
