import type { Certificate } from './certificate.ts';
import { stringTag, text } from './write-der.ts';
import type { ExtensionSpec } from './write-extension.ts';

/** Who made a certificate that must never be trusted outside a laptop. */
export type Marker = 'sample' | 'twin';

/** Under 2.25, where a UUID is an OID that needs no registration (X.667). */
const markerOid = '2.25.4849981457082447526894592979088101560';

/** In the CAs of the committed sample, whose keys were thrown away. */
export const sampleMarker: ExtensionSpec = { oid: markerOid, value: text(stringTag.utf8, 'sample') };
/** In the twins that `dev` makes, whose keys lie on a laptop. */
export const twinMarker: ExtensionSpec = { oid: markerOid, value: text(stringTag.utf8, 'twin') };

/** What the certificate is marked as; a marker with any other content counts as a twin's, the stricter reading. */
export function markerOf(certificate: Certificate): Marker | undefined {
  const marker = certificate.extensions.find(({ oid }) => oid === markerOid);
  if (marker === undefined) return undefined;
  return Buffer.compare(marker.value, sampleMarker.value) === 0 ? 'sample' : 'twin';
}
