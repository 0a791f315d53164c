import { edgeAlgorithms, keyProblemOf, signatureProblemOf } from '../../path/algorithm-policy.ts';
import { formatName } from '../../x509/name.ts';
import type { LintCertificate } from '../front.ts';
import { always, type CertificateRule, type Detail } from '../rule.ts';

const awsPage = 'AWS API Gateway Developer Guide, rest-api-mutual-tls';

function problems({ certificate, place }: LintCertificate, code: string): readonly Detail[] {
  return [
    signatureProblemOf(certificate.signatureAlgorithm, edgeAlgorithms),
    keyProblemOf(certificate.publicKey, edgeAlgorithms),
  ]
    .filter((problem) => problem?.code === code)
    .map((problem) => ({ place, found: `${formatName(certificate.subject)}: ${problem?.detail}` }));
}

export const algorithmRules: readonly CertificateRule[] = [
  {
    code: 'weak_signature',
    severity: 'error',
    title: 'a certificate is signed with a broken hash',
    why: 'API Gateway documents SHA-256 as the least that it takes ("Client cert using an insecure Signature Algorithm"), and excepts no root.',
    remedy: 'ask the authority for this CA certificate signed with SHA-256 or stronger; most have one for the same key',
    citation: `${awsPage}; RFC 6194 §3`,
    applies: always,
    check: (subject) => problems(subject, 'weak_signature'),
  },
  {
    code: 'weak_key',
    severity: 'error',
    title: 'an RSA key is shorter than 2,048 bits, or its length is worth nothing',
    why: 'API Gateway refuses every chain with a short key; with an exponent of 1 or a modulus with a small factor anybody signs for the CA, however long the key is.',
    remedy: 'ask the authority for a chain with sound RSA keys of at least 2,048 bits, P-256 or P-384',
    citation: `${awsPage}; NIST SP 800-131A §3; RFC 8017 §3.1`,
    applies: always,
    check: (subject) => problems(subject, 'weak_key'),
  },
  {
    code: 'algorithm_not_at_edge',
    severity: 'error',
    title: 'a key or signature is of a kind that API Gateway does not take',
    why: 'It documents RSA from 2,048 bits with PKCS#1 v1.5, P-256 and P-384. P-521, Ed25519 and RSASSA-PSS are strong, and refused.',
    remedy: 'ask for a chain with RSA or P-256 or P-384',
    citation: awsPage,
    applies: always,
    check: (subject) => problems(subject, 'algorithm_not_allowed'),
  },
];
