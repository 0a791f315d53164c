import { maximumCas } from '../aws-limits.ts';
import { edgeAlgorithms, keyKindProblemOf, signatureProblemOf } from '../path/algorithm-policy.ts';
import { dateProblemOf } from '../path/certificate-checks.ts';
import { SignatureBudget } from '../path/signature-budget.ts';
import { ProblemError } from '../problem.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { formatName } from '../x509/name.ts';
import { type Truststore, truststoreIndexOf } from './truststore.ts';

export type EdgeCode = 'no_certificate' | 'certificate_malformed' | RefusalCode;

export type EdgeVerdict =
  | { readonly admitted: true }
  | {
      readonly admitted: false;
      readonly status: 403 | 'connection-closed';
      readonly code: EdgeCode;
      /** What API Gateway writes into its execution log. */
      readonly message: string;
      /** For the operator: which certificate, what was found. */
      readonly detail: string;
    };

const maxSignatureChecks = 100;

/**
 * The least telling first: when several chains were tried, the refusal names the obstacle of the one that got furthest.
 * The three texts marked are AWS's (Knowledge Center, "API Gateway mutual TLS 403 errors"); the others it does not
 * document, and they are OpenSSL's words for the same thing.
 */
const refusals = {
  truststore_too_large: 'Truststore exceeds its limits',
  issuer_unknown: 'Could not find issuer for certificate', // documented
  self_signed: 'self signed certificate', // documented
  signature_invalid: 'certificate signature failure',
  chain_incomplete: 'Could not find issuer for certificate', // documented
  chain_too_long: 'certificate chain too long',
  key_not_allowed: 'Client cert using an insecure key',
  signature_not_allowed: 'Client cert using an insecure Signature Algorithm', // documented
  not_yet_valid: 'certificate is not yet valid',
  expired: 'certificate has expired',
  budget_exceeded: 'Could not find issuer for certificate',
} as const;

type RefusalCode = keyof typeof refusals;
const ranks = Object.keys(refusals);

interface Refusal {
  readonly code: RefusalCode;
  readonly detail: string;
}

/**
 * Whether an API Gateway domain with this truststore lets a client through: exactly the checks that AWS documents for
 * mutual TLS, and no more. Key usage, extended key usage, the CA bit, path length, name constraints and revocation are
 * not among them; the decision checks those. `presented` is what the client sent, DER, its own certificate first: the
 * rest is ignored, because intermediates count only when they are in the truststore. `at` is in epoch milliseconds.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html
 */
export function admits(truststore: readonly Certificate[], presented: readonly Uint8Array[], at: number): EdgeVerdict {
  const [own] = presented;
  if (own === undefined) {
    const message = 'the client sent no certificate';
    return { admitted: false, status: 'connection-closed', code: 'no_certificate', message, detail: message };
  }
  let leaf: Certificate;
  try {
    leaf = parseCertificate(own);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const message = 'Access denied. Reason: malformed certificate';
    return { admitted: false, status: 403, code: 'certificate_malformed', message, detail: error.message };
  }
  const refusal = refusalOf(truststoreIndexOf(truststore), leaf, at);
  if (refusal === undefined) return { admitted: true };
  const { code, detail } = refusal;
  return { admitted: false, status: 403, code, message: `Access denied. Reason: ${refusals[code]}`, detail };
}

function refusalOf(truststore: Truststore, leaf: Certificate, at: number): Refusal | undefined {
  if (truststore.tooLarge !== undefined) return { code: 'truststore_too_large', detail: truststore.tooLarge };
  const own = ownRefusal(leaf, at);
  const budget = new SignatureBudget(maxSignatureChecks);
  // A self-signed certificate is admitted by standing in the truststore itself: it is its own root.
  if (leaf.selfIssued && !truststore.has(leaf) && budget.verifies(leaf, leaf) === true) {
    return { code: 'self_signed', detail: `${formatName(leaf.subject)} is self-signed and not in the truststore` };
  }
  const chain = chainRefusal({ truststore, at, budget }, leaf, []);
  // A broken chain says more than an expired leaf on it: the leaf would not get in on any day.
  return chain ?? own;
}

interface Search {
  readonly truststore: Truststore;
  readonly at: number;
  readonly budget: SignatureBudget;
}

/** undefined = some chain of valid CAs leads from `child` to a self-signed root in the truststore; `below` is what it has signed. */
function chainRefusal(search: Search, child: Certificate, below: readonly Certificate[]): Refusal | undefined {
  const { truststore, at, budget } = search;
  if (child.selfIssued && truststore.has(child) && budget.verifies(child, child) === true) return undefined;
  const chain = [...below, child];
  const candidates = issuersOf(truststore, child).filter((candidate) => !chain.includes(candidate));
  let worst: Refusal = {
    code: chain.length === 1 ? 'issuer_unknown' : 'chain_incomplete',
    detail: `the truststore holds no issuer of ${formatName(child.subject)}: ${formatName(child.issuer)}`,
  };
  for (const candidate of candidates) {
    const refusal = stepRefusal(search, child, candidate, chain.length) ?? chainRefusal(search, candidate, chain);
    const own = refusal ?? ownRefusal(candidate, at);
    if (own === undefined) return undefined;
    worst = ranks.indexOf(own.code) >= ranks.indexOf(worst.code) ? own : worst;
    if (budget.exhausted) return { code: 'budget_exceeded', detail: `over ${maxSignatureChecks} signature checks` };
  }
  return worst;
}

function stepRefusal(
  { budget }: Search,
  child: Certificate,
  issuer: Certificate,
  authorities: number,
): Refusal | undefined {
  if (authorities > maximumCas) {
    return { code: 'chain_too_long', detail: `more than ${maximumCas} CA certificates up to the root` };
  }
  if (budget.verifies(child, issuer) === true) return undefined;
  return {
    code: 'signature_invalid',
    detail: `${formatName(child.subject)} is not signed by the key of ${formatName(issuer.subject)}`,
  };
}

/** Same name, best hint first: a key identifier orders the candidates and excludes none (RFC 5280 §4.2.1.1). */
function issuersOf(truststore: Truststore, child: Certificate): readonly Certificate[] {
  const named = truststore.bySubject.get(child.issuer.key) ?? [];
  const hint = child.authorityKeyIdentifier;
  if (hint === undefined || named.length < 2) return named;
  const fits = (issuer: Certificate) => (issuer.subjectKeyIdentifier === hint ? 0 : 1);
  return [...named].sort((a, b) => fits(a) - fits(b));
}

/** What is wrong with one certificate by itself. */
function ownRefusal(certificate: Certificate, at: number): Refusal | undefined {
  const who = formatName(certificate.subject);
  const signature = signatureProblemOf(certificate.signatureAlgorithm, edgeAlgorithms);
  if (signature !== undefined) return { code: 'signature_not_allowed', detail: `${who}: ${signature.detail}` };
  const key = keyKindProblemOf(certificate.publicKey, edgeAlgorithms);
  if (key !== undefined) return { code: 'key_not_allowed', detail: `${who}: ${key.detail}` };
  const date = dateProblemOf(certificate, at);
  return date === undefined ? undefined : { code: date.code, detail: `${who}: ${date.detail}` };
}
