import { KnownCertificate } from '../../../src/core/decide/known-certificate.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { acmeIssuing, orders, sha256 } from './fixture.ts';

const octets = () => orders.der;
const parsed = () => parseCertificate(orders.der);

/** As after the line of its first decision: what it was read into is let go. */
function writtenDown(): KnownCertificate {
  const known = new KnownCertificate(parsed(), sha256(orders.der));
  known.record(octets);
  return known;
}

test('what was written down says the same, and reads the rest from the octets again', () => {
  const fresh = new KnownCertificate(parsed(), sha256(orders.der));
  const known = writtenDown();
  const never = () => {
    throw new Error('the octets are not needed');
  };
  expect(known.record(never)).toBe(known.record(never));
  expect(known.record(never)).toEqual(fresh.record(octets));
  expect([known.sha256, known.notAfter]).toEqual([parsed().sha256, parsed().notAfter]);
  expect(known.psd2Roles(octets)).toEqual([]);
  expect(known.psd2Roles(never)).toEqual([]);
  expect(known.parsed(octets).subject.key).toBe(parsed().subject.key);
});

test('a long subject is cut', () => {
  const leaf = acmeIssuing.issue({ subject: { CN: 'x'.repeat(60), OU: 'y'.repeat(3_000) } });
  const { subject } = new KnownCertificate(parseCertificate(leaf.der), sha256(leaf.der)).record(() => leaf.der);
  expect(subject).toHaveLength(512);
  expect(subject).toMatch(/\.\.\.$/);
});
