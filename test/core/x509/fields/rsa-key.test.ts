import { constants, publicEncrypt } from 'node:crypto';
import { edgeAlgorithms, keyKindProblemOf, keyProblemOf } from '../../../../src/core/path/algorithm-policy.ts';
import { validatePath } from '../../../../src/core/path/path.ts';
import { believe } from '../../../../src/core/revocation/believe.ts';
import { parseCertificate } from '../../../../src/core/x509/certificate.ts';
import { rsaFaultOf } from '../../../../src/core/x509/fields/rsa-key.ts';
import { oid } from '../../../../src/core/x509/oid.ts';
import { verifiesSignature } from '../../../../src/core/x509/signature.ts';
import { bitString, integer, nullValue, objectIdentifier, sequence } from '../../../../src/core/x509/write-der.ts';
import { ca, during, keyPair } from '../../../pki.ts';
import { listOf } from '../../revocation/lists.ts';

const sound = BigInt(
  `0x${Buffer.from(keyPair('rsa2048').publicKey.export({ format: 'jwk' }).n ?? '', 'base64url').toString('hex')}`,
);
const spkiOf = (modulus: bigint, exponent: bigint) =>
  sequence(
    sequence(objectIdentifier(oid.rsaEncryption), nullValue()),
    bitString(sequence(integer(modulus.toString(16)), integer(exponent.toString(16)))),
  );
const root = ca();
const certificateOf = (spki: Uint8Array) => parseCertificate(root.issue({ replace: { publicKey: spki } }).der);

describe('an RSA key whose length is worth nothing', () => {
  test.each<[string, bigint, bigint, string]>([
    ['e = 1', sound, 1n, 'exponent 1'],
    ['e = 2', sound, 2n, 'exponent 2 is even'],
    ['e = 65536', sound, 65_536n, 'exponent 65536 is even'],
    ['e is even and long', sound, sound - 1n, 'is even'],
    ['e = n', sound, sound, 'not below'],
    ['n is even', sound - 1n, 65_537n, 'even'],
    ['n has the factor 3', 3n * (sound | 1n), 65_537n, 'divisible by 3'],
    ['n has the factor 751', 751n * sound, 65_537n, 'divisible by 751'],
  ])('%s', (_, modulus, exponent, words) => {
    const leaf = certificateOf(spkiOf(modulus, exponent));
    expect(rsaFaultOf(leaf.publicKey)).toContain(words);
    expect(keyProblemOf(leaf.publicKey, edgeAlgorithms)).toMatchObject({ code: 'weak_key' });
    // an edge counts bits
    expect(keyKindProblemOf(leaf.publicKey, edgeAlgorithms)).toBeUndefined();
    const anchors = [parseCertificate(root.der)];
    const result = validatePath({ leaf, anchors, intermediates: [], at: during, purpose: 'clientAuth' });
    expect(result.ok ? [] : result.failures.map(({ code }) => code)).toEqual(['weak_key']);
  });

  test('sound ones, and other kinds of keys', () => {
    for (const exponent of [3n, 17n, 65_537n, (1n << 100n) + 1n]) {
      expect(rsaFaultOf(certificateOf(spkiOf(sound, exponent)).publicKey)).toBeUndefined();
    }
    for (const key of ['pss2048', 'rsa1024', 'p256', 'ed25519'] as const) {
      expect(rsaFaultOf(parseCertificate(ca({ key }).der).publicKey)).toBeUndefined();
    }
  });

  // What verifies under e = 1 is the padded digest itself, which anybody can write down: here got from a signature.
  const withoutKey = (signature: Uint8Array) =>
    publicEncrypt({ key: keyPair('rsa2048').publicKey, padding: constants.RSA_NO_PADDING }, signature);

  test('a CA with e = 1: the signature that needs no key is right, and lets nobody in', () => {
    const weak = root.ca({ subject: 'Weak', replace: { publicKey: spkiOf(sound, 1n) } });
    const forged = weak.issue({ signWith: keyPair('rsa2048').privateKey, alterSignature: withoutKey });
    const leaf = parseCertificate(forged.der);
    const authority = parseCertificate(weak.der);
    expect(verifiesSignature(leaf, authority)).toBe(true);
    for (const anchors of [[parseCertificate(root.der)], [authority]]) {
      const result = validatePath({ leaf, anchors, intermediates: [authority], at: during, purpose: 'clientAuth' });
      expect(result.ok ? [] : result.failures.map(({ code }) => code)).toContain('weak_key');
    }
  });

  test('a list under such a key is not believed', () => {
    const weak = root.ca({ subject: 'Weak', replace: { publicKey: spkiOf(sound, 1n) } });
    const list = listOf(weak, { alterSignature: withoutKey }, keyPair('rsa2048').privateKey);
    expect(believe(list, { certificates: [parseCertificate(weak.der)], at: during })).toMatchObject({
      code: 'list_signature_weak',
      detail: expect.stringContaining('exponent 1'),
    });
  });
});
