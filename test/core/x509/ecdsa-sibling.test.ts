import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { siblingsOf } from '../../../src/core/x509/ecdsa-sibling.ts';
import { verifiesSignature } from '../../../src/core/x509/signature.ts';
import { siblingOf } from '../../ecdsa-sibling.ts';
import { ca } from '../../pki.ts';

test('what its holder can make of a certificate verifies too, and each of the two knows the other', () => {
  const issuer = ca();
  for (let count = 0; count < 100; count += 1) {
    const own = parseCertificate(issuer.issue().der);
    const other = parseCertificate(siblingOf(own.der));
    expect(other.sha256).not.toBe(own.sha256);
    expect(verifiesSignature(other, parseCertificate(issuer.der))).toBe(true);
    expect(siblingsOf(own)).toContain(other.sha256);
    expect(siblingsOf(other)).toContain(own.sha256);
  }
});

test('under P-384 only its own order fits nearly every signature', () => {
  expect(siblingsOf(parseCertificate(ca({ key: 'p384' }).issue().der))).toHaveLength(1);
});

test('other algorithms have one signature, and what is no signature has none', () => {
  expect(siblingsOf(parseCertificate(ca({ key: 'rsa2048' }).issue().der))).toEqual([]);
  for (const bytes of [
    [],
    [0x30, 0],
    [0x30, 3, 2, 1, 1],
    [0x30, 6, 2, 1, 1, 2, 1, 0],
    [0x30, 7, 2, 1, 1, 2, 1, 1, 5],
  ]) {
    const alterSignature = () => Uint8Array.from(bytes);
    expect(siblingsOf(parseCertificate(ca().issue({ alterSignature }).der))).toEqual([]);
  }
});
