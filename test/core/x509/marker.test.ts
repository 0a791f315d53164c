import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { markerOf, sampleMarker, twinMarker } from '../../../src/core/x509/marker.ts';
import { extension } from '../../../src/core/x509/write.ts';
import { ca } from '../../pki.ts';

const marked = (...extra: Parameters<typeof extension.raw>[]) =>
  markerOf(parseCertificate(ca({ extra: extra.map((each) => extension.raw(...each)) }).der));

test('a certificate is a sample, a twin, or neither', () => {
  expect(marked()).toBeUndefined();
  expect(marked([sampleMarker.oid, sampleMarker.value])).toBe('sample');
  expect(marked([twinMarker.oid, twinMarker.value])).toBe('twin');
});

test('a marker that says anything else is a twin’s', () => {
  expect(marked([twinMarker.oid, Uint8Array.of(5, 0)])).toBe('twin');
  expect(marked([twinMarker.oid, sampleMarker.value, true])).toBe('sample');
});

test('no arc of its OID is over 31 bits: Go and GnuTLS would refuse the whole certificate', () => {
  for (const arc of twinMarker.oid.split('.')) expect(Number(arc)).toBeLessThan(2 ** 31);
});
