import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import { refuse } from '../problem.ts';
import { damaged, onlyKnown, parseFields, sha256Form, textOf } from './fields.ts';

/** What a document may be. The kind is under the signature, so that no document can stand in for one of another kind. */
export type SignedKind = 'pointer' | 'overlay/blocks' | 'overlay/lifts' | 'revocations';

/** A public key that is trusted for some kinds of documents. */
export interface PinnedKey {
  /** SHA-256 (lower-case hex) of the key's SPKI in DER. */
  readonly id: string;
  readonly publicKey: KeyObject;
}

/** Whoever holds a private key: KMS on AWS (ECDSA P-256 with SHA-256), a file locally (Ed25519). */
export interface Signer {
  /** The key's SPKI in DER. */
  readonly spki: Uint8Array;
  /** The signature over `message`; ECDSA as DER (RFC 3279 §2.2.3). */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/**
 * The pinned key from its SPKI in base64.
 *
 * @throws ProblemError `key_not_usable` for anything but Ed25519 and ECDSA P-256
 */
export function parsePinnedKey(spkiBase64: string): PinnedKey {
  const spki = Buffer.from(spkiBase64, 'base64');
  const key = decodeKey(spki);
  const usable =
    key?.asymmetricKeyType === 'ed25519' ||
    (key?.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1');
  if (key !== undefined && usable) return { id: keyIdOf(spki), publicKey: key };
  return refuse({
    code: 'key_not_usable',
    message: 'not a public key that can sign releases',
    found: key === undefined ? 'no key' : String(key.asymmetricKeyType),
    allowed: 'an SPKI in base64, of an ECDSA P-256 or an Ed25519 key',
  });
}

/** What a signer's documents are checked with. */
export const pinnedKeyOf = (signer: Signer): PinnedKey => parsePinnedKey(Buffer.from(signer.spki).toString('base64'));

export const keyIdOf = (spki: Uint8Array): string => createHash('sha256').update(spki).digest('hex');

/** The bytes of a signed document: the canonical payload as it was signed, the signature beside it. */
export async function signDocument(kind: SignedKind, payload: unknown, signer: Signer): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(canonicalJson(payload));
  const signature = await signer.sign(messageOf(kind, bytes));
  return new TextEncoder().encode(
    canonicalJson({ key: keyIdOf(signer.spki), payload: base64(bytes), signature: base64(signature) }),
  );
}

/**
 * The payload of a signed document, if one of `keys` signed it as that kind. Nothing of the payload is parsed before.
 *
 * @throws ProblemError `document_damaged`, `signature_unknown_key`, `signature_invalid`
 */
export function openDocument(kind: SignedKind, bytes: Uint8Array, keys: readonly PinnedKey[]): Uint8Array {
  const document = `the signed ${kind}`;
  const fields = parseFields(bytes, document);
  onlyKnown(fields, ['key', 'payload', 'signature']);
  const keyId = textOf(fields, 'key', sha256Form);
  const payload = bytesOf(textOf(fields, 'payload', base64Form), document);
  const signature = bytesOf(textOf(fields, 'signature', base64Form), document);
  const key = keys.find((pinned) => pinned.id === keyId);
  if (key === undefined) {
    return refuse({
      code: 'signature_unknown_key',
      message: `${document} is signed with a key that is not trusted for it`,
      found: keyId,
      allowed: keys.map((pinned) => pinned.id).join(', '),
    });
  }
  if (verifies(key.publicKey, messageOf(kind, payload), signature)) return payload;
  return refuse({ code: 'signature_invalid', message: `the signature of ${document} is not one over its content` });
}

/** A label and the kind come first, each closed by a zero byte, which no label contains: no payload can be read as another kind. */
function messageOf(kind: SignedKind, payload: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`sallyport signed document 1\0${kind}\0`), payload]);
}

function verifies(key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  if (key.asymmetricKeyType === 'ed25519') return verify(null, message, key, signature);
  return verify('sha256', message, { key, dsaEncoding: 'der' }, signature);
}

const base64Form = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function bytesOf(text: string, document: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  // The last character of a group may hold bits that decoding drops: one value, one text.
  return bytes.toString('base64') === text ? bytes : damaged(document, 'has base64 that decodes to something shorter');
}

function decodeKey(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}
