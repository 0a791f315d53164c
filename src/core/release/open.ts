import type { RegistryDocument } from '../registry/document.ts';
import { loadRegistry } from '../registry/load.ts';
import type { Registry } from '../registry/registry.ts';
import { damaged } from './fields.ts';
import { manifestKeyOf, registryKeyOf, truststoreKeyOf } from './layout.ts';
import { checkDigest, digestOf, type Manifest, parseManifest } from './manifest.ts';

/** Key → bytes, as a store gives them. */
export type ReleaseObjects = ReadonlyMap<string, Uint8Array>;

export interface ReleaseContent {
  readonly manifest: Manifest;
  readonly document: RegistryDocument;
}

/**
 * What a release says, after its digests have been checked: the id pins the manifest, the manifest pins the rest. The
 * truststore is checked when it is among the objects (the authorizer may not read it and does not need it).
 *
 * @throws ProblemError `document_damaged`, `format_unknown`
 */
export function readRelease(id: string, objects: ReleaseObjects): ReleaseContent {
  const manifestBytes = objectOf(objects, manifestKeyOf(id));
  const found = digestOf(manifestBytes).sha256;
  if (found !== id) damaged(`release ${id}`, 'is not what its id says', found, id);
  const manifest = parseManifest(manifestBytes);
  const registry = objectOf(objects, registryKeyOf(id));
  checkDigest(registry, manifest.registry, registryKeyOf(id));
  const truststore = objects.get(truststoreKeyOf(id));
  if (truststore !== undefined) checkDigest(truststore, manifest.truststore, truststoreKeyOf(id));
  return { manifest, document: JSON.parse(new TextDecoder().decode(registry)) as RegistryDocument };
}

/** The registry of a release, ready for decisions; its id is the release's, so that every decision names the release. */
export function openRelease(id: string, objects: ReleaseObjects): Registry {
  return loadRegistry(readRelease(id, objects).document, id);
}

function objectOf(objects: ReleaseObjects, key: string): Uint8Array {
  return objects.get(key) ?? damaged(key, 'is missing');
}
