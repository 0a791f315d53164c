import type { HashName, PublicKeyInfo, SignatureAlgorithm } from '../x509/fields/algorithm.ts';
import { rsaFaultOf } from '../x509/fields/rsa-key.ts';

/** Which keys and signatures count. What is not listed does not. */
export interface AlgorithmPolicy {
  readonly minimumRsaBits: number;
  readonly curves: readonly string[];
  readonly hashes: readonly HashName[];
  readonly pss: boolean;
  readonly ed25519: boolean;
}

/** What API Gateway documents for a truststore and the clients under it: RSA from 2,048 bits, P-256, P-384, SHA-256 and stronger. */
export const edgeAlgorithms: AlgorithmPolicy = {
  minimumRsaBits: 2048,
  curves: ['P-256', 'P-384'],
  hashes: ['sha256', 'sha384', 'sha512'],
  pss: false,
  ed25519: false,
};

/** Everything that is strong, for fronts whose edge is our own listener. */
export const strongAlgorithms: AlgorithmPolicy = {
  ...edgeAlgorithms,
  curves: ['P-256', 'P-384', 'P-521'],
  pss: true,
  ed25519: true,
};

export interface AlgorithmProblem {
  readonly code: 'weak_key' | 'weak_signature' | 'algorithm_not_allowed';
  readonly detail: string;
}

/** What is wrong with a key: of a kind or size that does not count, or of a shape that makes its size worth nothing. */
export function keyProblemOf(key: PublicKeyInfo, policy: AlgorithmPolicy): AlgorithmProblem | undefined {
  const fault = rsaFaultOf(key);
  return keyKindProblemOf(key, policy) ?? (fault === undefined ? undefined : { code: 'weak_key', detail: fault });
}

/** Kind and size alone, which is all that an edge looks at. */
export function keyKindProblemOf(key: PublicKeyInfo, policy: AlgorithmPolicy): AlgorithmProblem | undefined {
  const { algorithm, bits = 0, curve = '' } = key;
  if (algorithm === 'rsa' || (algorithm === 'rsa-pss' && policy.pss)) {
    if (bits >= policy.minimumRsaBits) return undefined;
    return { code: 'weak_key', detail: `RSA key of ${bits} bits; at least ${policy.minimumRsaBits} are needed` };
  }
  if (algorithm === 'ec') {
    if (policy.curves.includes(curve)) return undefined;
    return {
      code: 'algorithm_not_allowed',
      detail: `elliptic curve ${curve}; allowed are ${policy.curves.join(', ')}`,
    };
  }
  if (algorithm === 'ed25519' && policy.ed25519) return undefined;
  return { code: 'algorithm_not_allowed', detail: `key algorithm ${algorithm} (${key.oid})` };
}

export function signatureProblemOf(
  signature: SignatureAlgorithm,
  policy: AlgorithmPolicy,
): AlgorithmProblem | undefined {
  const { name, hash } = signature;
  if (name === 'ed25519' && policy.ed25519) return undefined;
  const listed = name === 'rsa-pkcs1' || name === 'ecdsa' || (name === 'rsa-pss' && policy.pss);
  if (!listed || hash === undefined) {
    return { code: 'algorithm_not_allowed', detail: `signature algorithm ${name} (${signature.oid})` };
  }
  if (policy.hashes.includes(hash)) return undefined;
  return { code: 'weak_signature', detail: `signature with ${hash}; allowed are ${policy.hashes.join(', ')}` };
}
