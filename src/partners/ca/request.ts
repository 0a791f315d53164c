import { createPublicKey, type KeyObject } from 'node:crypto';
import { edgeAlgorithms, keyProblemOf } from '../../core/path/algorithm-policy.ts';
import { refuse } from '../../core/problem.ts';
import type { Name } from '../../core/x509/name.ts';
import { parseRequest } from '../inspect/containers/request.ts';

/** What is taken from a request: the key. Its subject is only compared. */
export interface ProvenRequest {
  readonly publicKey: KeyObject;
  readonly subject: Name;
}

/**
 * A request (DER) whose maker has the private key to it.
 *
 * @throws ProblemError `request_malformed`, `request_signature_invalid`, `request_key_weak`
 */
export function readProvenRequest(der: Uint8Array): ProvenRequest {
  const { subject, publicKey, proven } = parseRequest(der);
  if (!proven) {
    refuse({
      code: 'request_signature_invalid',
      message: 'the request is not signed with the key that it is for: whoever made it may not have that key',
      remedy: 'ask for a new one: openssl req -new -key KEY.pem -out REQUEST.csr',
    });
  }
  const weak = keyProblemOf(publicKey, edgeAlgorithms);
  if (weak !== undefined) {
    refuse({
      code: 'request_key_weak',
      message: 'the key in the request is too weak, or of no kind that the edge admits',
      found: weak.detail,
      allowed: 'RSA from 2048 bits with an odd exponent from 3 on, P-256, P-384',
      remedy: 'ask for a new key and request: openssl ecparam -name prime256v1 -genkey -noout -out KEY.pem',
    });
  }
  const key = createPublicKey({ key: Buffer.from(publicKey.spki), format: 'der', type: 'spki' });
  return { publicKey: key, subject };
}
