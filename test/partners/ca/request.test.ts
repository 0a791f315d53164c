import { constants, publicEncrypt, sign } from 'node:crypto';
import { oid } from '../../../src/core/x509/oid.ts';
import { encodeName } from '../../../src/core/x509/write.ts';
import { bitString, integer, nullValue, objectIdentifier, sequence, tlv } from '../../../src/core/x509/write-der.ts';
import { readProvenRequest } from '../../../src/partners/ca/request.ts';
import { describeRequest } from '../../../src/partners/inspect/items/request.ts';
import { problemsOf } from '../../core/x509/problems.ts';
import { keyPair } from '../../pki.ts';

const { privateKey, publicKey } = keyPair('rsa2048');
const modulus = Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url').toString('hex');

/** A request for a key with this exponent, signed by `signature` of the octets that are to be signed. */
function requestFor(exponent: number, signature: (signed: Uint8Array) => Uint8Array): Uint8Array {
  const spki = sequence(
    sequence(objectIdentifier(oid.rsaEncryption), nullValue()),
    bitString(sequence(integer(modulus), integer(exponent))),
  );
  const info = sequence(integer(0), encodeName([[{ type: 'CN', value: 'orders' }]]), spki, tlv(0xa0));
  const algorithm = sequence(objectIdentifier(oid.sha256WithRsa), nullValue());
  return sequence(info, algorithm, bitString(signature(info)));
}
const own = (signed: Uint8Array) => sign('sha256', signed, privateKey);
/** What stands in for a signature under e = 1: the padded digest. */
const nobodys = (signed: Uint8Array) =>
  publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, own(signed));

test('a request for a sound key is proven', () => {
  expect(readProvenRequest(requestFor(65_537, own)).publicKey.asymmetricKeyType).toBe('rsa');
});

test('a request for an RSA key with exponent 1 proves nothing, and is refused by name', () => {
  const der = requestFor(1, nobodys);
  expect(problemsOf(() => readProvenRequest(der))).toMatchObject([
    { code: 'request_key_weak', found: expect.stringContaining('exponent 1') },
  ]);
  expect(describeRequest(der).findings.map(({ code }) => code)).toContain('weak_key');
});

test('one with an even exponent is not even signed', () => {
  expect(problemsOf(() => readProvenRequest(requestFor(65_536, own)))[0]?.code).toBe('request_signature_invalid');
});
