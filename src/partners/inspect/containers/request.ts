import { createPublicKey, verify } from 'node:crypto';
import { refuse } from '../../../core/problem.ts';
import { DerCursor, tag } from '../../../core/x509/der.ts';
import { type KnownExtensions, readExtensions } from '../../../core/x509/extensions.ts';
import { type PublicKeyInfo, readPublicKey, readSignatureAlgorithm } from '../../../core/x509/fields/algorithm.ts';
import { type Name, readName } from '../../../core/x509/name.ts';
import { readOid } from '../../../core/x509/oid.ts';

const code = 'request_malformed';
const extensionRequest = '1.2.840.113549.1.9.14';

/** A certification request (PKCS#10, RFC 2986). */
export interface CertificateRequest {
  readonly subject: Name;
  readonly publicKey: PublicKeyInfo;
  /** What it asks to have in the certificate. */
  readonly extensions: KnownExtensions;
  /** Signed with the key that it is for: whoever made it has that key. */
  readonly proven: boolean;
}

/** ProblemError `request_malformed` on anything that is not strict DER. */
export function parseRequest(der: Uint8Array): CertificateRequest {
  const cursor = new DerCursor(der, code);
  if (der.length > 65_536) refuse({ code, message: 'a request of more than 65536 bytes' });
  const request = cursor.enter(tag.sequence, 'the request');
  const from = cursor.at;
  const info = cursor.enter(tag.sequence, 'the contents of the request');
  cursor.smallInteger('the version', 0);
  const subject = readName(cursor, 'the subject');
  const publicKey = readPublicKey(cursor);
  const extensions = cursor.more ? readAttributes(cursor) : {};
  cursor.leave(info);
  const signed = der.subarray(from, cursor.at);
  const { name, hash, saltLength } = readSignatureAlgorithm(cursor);
  cursor.bitString('the signature');
  const signature = cursor.slice();
  cursor.leave(request);
  cursor.finish();
  const usable = name !== 'other' && name !== 'rsa-pss' && saltLength === undefined;
  return { subject, publicKey, extensions, proven: usable && verifies(publicKey, hash, signed, signature) };
}

function readAttributes(cursor: DerCursor): KnownExtensions {
  let known: KnownExtensions = {};
  const attributes = cursor.enter(0xa0, 'the attributes');
  while (cursor.more) {
    const attribute = cursor.enter(tag.sequence, 'an attribute');
    const type = readOid(cursor, 'an attribute');
    const values = cursor.enter(tag.set, 'the values of an attribute');
    if (type === extensionRequest) known = readExtensions(cursor).known;
    while (cursor.more) cursor.skipStrictly();
    cursor.leave(values);
    cursor.leave(attribute);
  }
  cursor.leave(attributes);
  return known;
}

function verifies(key: PublicKeyInfo, hash: string | undefined, signed: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(
      hash ?? null,
      signed,
      createPublicKey({ key: Buffer.from(key.spki), format: 'der', type: 'spki' }),
      signature,
    );
  } catch {
    return false;
  }
}
