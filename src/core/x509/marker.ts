import type { Certificate } from './certificate.ts';
import { stringTag, text } from './write-der.ts';
import type { ExtensionSpec } from './write-extension.ts';

/** Who made a certificate that must never be trusted outside a laptop. */
export type Marker = 'sample' | 'twin';

/**
 * Under 2.999, the arc for examples, which needs no registration. A UUID under 2.25 would be unique, but clients in Go and
 * those with GnuTLS take no arc over 31 bits and refuse the whole certificate.
 */
const markerOid = '2.999.7561580.1';

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
