import { createHash, createPublicKey } from 'node:crypto';
import { refuse } from '../problem.ts';

/**
 * A public key as people pin one → SHA-256 of its SubjectPublicKeyInfo, lower-case hex. Accepts that hash in hex (also
 * with colons) or base64 (RFC 7469 §2.4, what `openssl dgst -sha256 -binary | base64` prints), or the whole SPKI in base64.
 *
 * @throws ProblemError `key_pin_malformed`
 */
export function parseKeyPin(text: string): string {
  const bare = text.replace(/^sha256[:/]/, '');
  const hex = bare.replaceAll(':', '').toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return hex;
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(bare)) {
    const bytes = Buffer.from(bare, 'base64');
    const canonical = bytes.toString('base64') === bare;
    if (canonical && bytes.length === 32) return bytes.toString('hex');
    if (canonical && isSpki(bytes)) return createHash('sha256').update(bytes).digest('hex');
  }
  return refuse({
    code: 'key_pin_malformed',
    message: 'this is no pin of a public key',
    found: text.length > 100 ? `${text.length} characters` : text,
    allowed:
      'SHA-256 of the SubjectPublicKeyInfo as 64 hex digits or 44 characters of base64, or the SubjectPublicKeyInfo in base64',
    remedy: 'openssl x509 -in client.pem -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256',
  });
}

/** Re-encoded to the same bytes, so that one key has one pin. */
function isSpki(bytes: Buffer): boolean {
  try {
    return createPublicKey({ key: bytes, format: 'der', type: 'spki' })
      .export({ format: 'der', type: 'spki' })
      .equals(bytes);
  } catch {
    return false;
  }
}
