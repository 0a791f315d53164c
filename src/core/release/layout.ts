/** Names of the objects and parameters of a front: written here and nowhere else, and stable (docs/stability.md). */

export const pointerKey = 'pointer.json';
export const releasesPrefix = 'releases/';
export const publicationsPrefix = 'publications/';

export const registryKeyOf = (release: string): string => `${releasesPrefix}${release}/registry.json`;
export const manifestKeyOf = (release: string): string => `${releasesPrefix}${release}/manifest.json`;
export const truststoreKeyOf = (release: string): string => `truststore/${release}.pem`;

/** Twelve digits, so that the order of the keys is the order of the publications. */
export const publicationKeyOf = (publication: number): string =>
  `${publicationsPrefix}${String(publication).padStart(12, '0')}.json`;

export const isPublicationKey = (key: string): boolean => /^publications\/\d{12}\.json$/.test(key);

/** Beside a publication that was given up. */
export const endedKeyOf = (publication: number): string =>
  `${publicationsPrefix}${String(publication).padStart(12, '0')}-ended.json`;

/**
 * What is denied at once, beside the release: `blocks` are only ever added to, `lifts` say which of them no longer count. Two
 * documents, because whoever may block must not be able to lift.
 */
export const overlayKinds = ['blocks', 'lifts'] as const;
export type OverlayKind = (typeof overlayKinds)[number];
export const overlayKeyOf = (kind: OverlayKind): string => `overlay/${kind}.json`;

/** Which index of revocations counts (signed), and the indexes themselves, each named by its SHA-256. */
export const revocationsKey = 'revocations.json';
export const revocationIndexKeyOf = (sha256: string): string => `revocations/${sha256}.index`;

/**
 * Parameters of a front. The first six are created and kept by the publisher (never by a template, which would reset
 * them); `deployed` is the deployment's own word about itself, and belongs in a template.
 */
export const parameterNames = {
  /** `s3://bucket/key` of the truststore that the domain names. Always written together with its version. */
  truststoreUri: 'truststore-uri',
  truststoreVersion: 'truststore-version',
  /** A cold authorizer refuses a document whose sequence is below its floor, and any document without one. */
  floor: 'floor',
  floorBlocks: 'floor-blocks',
  floorLifts: 'floor-lifts',
  floorRevocations: 'floor-revocations',
  /** See `deployed.ts`. */
  deployed: 'deployed',
} as const;
export type ParameterName = (typeof parameterNames)[keyof typeof parameterNames];

/** Each with the document that it is the floor of. */
export const floorNames = [
  parameterNames.floor,
  parameterNames.floorBlocks,
  parameterNames.floorLifts,
  parameterNames.floorRevocations,
] as const;

/** The parameter's full name in SSM. */
export const parameterPathOf = (front: string, name: ParameterName): string => `/sallyport/${front}/${name}`;

export const overlayFloorOf = (kind: OverlayKind): ParameterName =>
  kind === 'blocks' ? parameterNames.floorBlocks : parameterNames.floorLifts;

/** Before the name of each secret of a front in Secrets Manager. */
export const secretPrefixOf = (front: string): string => `sallyport/${front}/`;

/** The tag of the key that signs the pointer, from the first release on: who has published that one may not sign another. */
export const firstWorkDone = { key: 'sallyport:first-release', value: 'published' } as const;

/** The alias of a front's key in KMS; one key keeps it as long as the stack is there. */
export const keyAliasOf = (front: string, what: 'pointer' | 'blocks' | 'revocations' | 'releases'): string =>
  `alias/sallyport/${front}/${what}`;
