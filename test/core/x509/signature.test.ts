import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { verifiesSignature } from '../../../src/core/x509/signature.ts';
import { issueCertificate, pssAlgorithm } from '../../../src/core/x509/write.ts';
import { nullValue, objectIdentifier, sequence } from '../../../src/core/x509/write-der.ts';
import { ca, defaultNotAfter, defaultNotBefore, type IssueSpec, type KeyKind, keyPair } from '../../pki.ts';

const read = parseCertificate;

/** A leaf of a CA with this key, and whether its signature holds. */
function verdict(key: KeyKind, spec: IssueSpec = {}): boolean {
  const root = ca({ key });
  return verifiesSignature(read(root.issue(spec).der), read(root.der));
}

test.each(['p256', 'p384', 'p521', 'ed25519', 'rsa2048', 'rsa3072', 'pss2048'] as const)('%s', (key) => {
  expect(verdict(key)).toBe(true);
  const flip = (bits: Uint8Array) => bits.map((octet, index) => (index === bits.length - 1 ? octet ^ 1 : octet));
  expect(verdict(key, { alterSignature: flip })).toBe(false);
  expect(verdict(key, { alterSignature: () => new Uint8Array() })).toBe(false);
  expect(verdict(key, { alterSignature: (bits) => Uint8Array.of(...bits, 0) })).toBe(false);
});

test('a weak hash still verifies: refusing it is a policy, saying "forged" would be wrong', () => {
  expect(verdict('rsa2048', { signatureHash: 'sha1' })).toBe(true);
  expect(verdict('p256', { signatureHash: 'sha1' })).toBe(true);
});

test('another CA of the same name', () => {
  const mine = ca({ subject: 'Acme Root' });
  const other = ca({ subject: 'Acme Root' });
  expect(verifiesSignature(read(mine.issue().der), read(other.der))).toBe(false);
});

describe('PSS', () => {
  test('salt lengths are what the parameters say', () => {
    expect(verdict('rsa2048', { pss: true })).toBe(true);
    expect(verdict('rsa2048', { pss: { saltLength: 0 } })).toBe(true);
    const claimed = pssAlgorithm('sha256', 20);
    expect(verdict('rsa2048', { pss: true, replace: { signature: claimed }, outerAlgorithm: claimed })).toBe(false);
  });
  test('a mask hash other than the hash is not believed', () => {
    const claimed = pssAlgorithm('sha256', 32, 'sha1');
    expect(verdict('rsa2048', { pss: true, replace: { signature: claimed }, outerAlgorithm: claimed })).toBe(false);
  });
  test('an rsa-pss key never verifies PKCS#1 v1.5', () => {
    const pkcs1 = sequence(objectIdentifier('1.2.840.113549.1.1.11'), nullValue());
    expect(verdict('pss2048', { replace: { signature: pkcs1 }, outerAlgorithm: pkcs1 })).toBe(false);
  });
});

test('the key must be of the kind that the algorithm names', () => {
  const ecdsa = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
  expect(verdict('rsa2048', { replace: { signature: ecdsa }, outerAlgorithm: ecdsa })).toBe(false);
  const ed25519 = sequence(objectIdentifier('1.3.101.112'));
  expect(verdict('p256', { replace: { signature: ed25519 }, outerAlgorithm: ed25519 })).toBe(false);
  const unknown = sequence(objectIdentifier('1.2.3.4'));
  expect(verdict('p256', { replace: { signature: unknown }, outerAlgorithm: unknown })).toBe(false);
});

test('inner and outer algorithm differ: nothing verifies', () => {
  expect(verdict('p256', { outerAlgorithm: sequence(objectIdentifier('1.2.840.10045.4.3.3')) })).toBe(false);
});

test('a key that OpenSSL cannot use verifies nothing, however often it is asked', () => {
  const { publicKey, privateKey } = keyPair('p256');
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const offCurve = Uint8Array.from(spki);
  offCurve.fill(7, offCurve.length - 32);
  const name = [[{ type: 'CN', value: 'off the curve' }]];
  const spec = {
    serial: '1',
    subject: name,
    issuer: name,
    notBefore: defaultNotBefore,
    notAfter: defaultNotAfter,
    publicKey,
  };
  const broken = read(issueCertificate({ ...spec, replace: { publicKey: offCurve } }, privateKey));
  expect(verifiesSignature(broken, broken)).toBe(false);
  expect(verifiesSignature(broken, broken)).toBe(false);
});
