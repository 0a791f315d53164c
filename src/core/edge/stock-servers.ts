import { keyKindProblemOf, signatureProblemOf, strongAlgorithms } from '../path/algorithm-policy.ts';
import { dateProblemOf } from '../path/certificate-checks.ts';
import { SignatureBudget } from '../path/signature-budget.ts';
import { ProblemError } from '../problem.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { formatName } from '../x509/name.ts';
import { oid } from '../x509/oid.ts';
import type { EdgeCode, EdgeVerdict } from './admits.ts';

const maxDepth = 10;
const maxSignatureChecks = 100;

/** Other servers, in the version that the sentence was tried with; a test runs those that are on the machine. */
export const stockServers = { OpenSSL: '3.0.19', Node: '24.20.0', Java: '17.0.15', Go: '1.26.8' } as const;
export type StockServer = keyof typeof stockServers;

/** Those that refuse a chain with a key of this kind in it; the others let it in. */
const refusing: Readonly<Record<string, readonly StockServer[]>> = { 'rsa-pss': ['Go'] };

function acceptingText(chain: readonly Certificate[]): string | undefined {
  const names = (Object.keys(stockServers) as StockServer[])
    .filter((server) => !chain.some(({ publicKey }) => refusing[publicKey.algorithm]?.includes(server)))
    .map((server) => `${server} ${stockServers[server]}`);
  const [last] = names.slice(-1);
  return names.length < 2 ? last && `${last} accepts this` : `${names.slice(0, -1).join(', ')} and ${last} accept this`;
}

/** Why API Gateway differs, where the refusal itself is the difference. */
const because: Partial<Readonly<Record<EdgeCode, string>>> = {
  chain_too_long: 'it counts at most four CA certificates up to the root',
  key_not_allowed: 'it documents RSA of at least 2048 bits, P-256 and P-384 only',
  signature_not_allowed: 'it documents RSA (PKCS #1) and ECDSA with SHA-256 or stronger only',
};

/**
 * Why a partner's own test server lets in what API Gateway refuses: one sentence, or undefined when a stock TLS server
 * (OpenSSL, Node, Java, Go) with the same trusted CAs would refuse as well, or when that depends on its version (RSA
 * under 2048 bits, SHA-1). A stock server takes intermediates from the client; API Gateway only from the truststore.
 *
 * @param presented what the client sent, DER, its own certificate first
 * @param at epoch milliseconds
 */
export function edgeDifference(
  verdict: EdgeVerdict,
  truststore: readonly Certificate[],
  presented: readonly Uint8Array[],
  at: number,
): string | undefined {
  if (verdict.admitted) return undefined;
  const [leaf, ...sent] = presented.map(readCertificate);
  if (leaf === undefined || !isForClients(leaf) || isFlawed(leaf, at)) return undefined;
  const pool = [...truststore, ...sent.filter((one) => one !== undefined)];
  const chain = chainOf({ pool, at, budget: new SignatureBudget(maxSignatureChecks), truststore }, leaf, []);
  if (chain === undefined) return undefined;
  const helpful = chain.filter((ca) => !truststore.some(({ sha256 }) => sha256 === ca.sha256));
  const names = helpful.map(({ subject }) => formatName(subject)).join(' and ');
  const accept = acceptingText([leaf, ...chain]);
  if (accept === undefined) return undefined;
  if (helpful.length > 0) {
    return `${accept}, since the client sends the certificate of ${names}; API Gateway answers 403, because it takes intermediates from the truststore only: add that certificate to the authority's file`;
  }
  const reason = because[verdict.code];
  return reason === undefined ? undefined : `${accept}; API Gateway answers 403, because ${reason}`;
}

interface Search {
  readonly pool: readonly Certificate[];
  readonly truststore: readonly Certificate[];
  readonly at: number;
  readonly budget: SignatureBudget;
}

/** CAs from the leaf's issuer up to a self-signed one of the truststore, each valid by itself and signed by the next. */
function chainOf(
  search: Search,
  child: Certificate,
  above: readonly Certificate[],
): readonly Certificate[] | undefined {
  if (above.length > maxDepth) return undefined;
  for (const ca of search.pool) {
    if (ca.subject.key !== child.issuer.key || ca.basicConstraints?.ca !== true || above.includes(ca)) continue;
    if (isFlawed(ca, search.at) || search.budget.verifies(child, ca) !== true) continue;
    const chain = [...above, ca];
    if (ca.selfIssued && search.truststore.includes(ca) && search.budget.verifies(ca, ca) === true) return chain;
    const further = chainOf(search, ca, chain);
    if (further !== undefined) return further;
  }
  return undefined;
}

function isFlawed(certificate: Certificate, at: number): boolean {
  const { signatureAlgorithm, publicKey } = certificate;
  if (dateProblemOf(certificate, at) !== undefined) return true;
  if (keyKindProblemOf(publicKey, strongAlgorithms) !== undefined) return true;
  return signatureProblemOf(signatureAlgorithm, strongAlgorithms) !== undefined;
}

/** Without clientAuth stock servers refuse it, too (Node: INVALID_PURPOSE). */
function isForClients({ extendedKeyUsage }: Certificate): boolean {
  return extendedKeyUsage === undefined || extendedKeyUsage.includes(oid.clientAuth);
}

function readCertificate(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
