import type { Certificate } from '../../core/x509/certificate.ts';
import { verifiesSignature } from '../../core/x509/signature.ts';

export interface FoundChain {
  /** From the CA that issued the certificate up, as far as what is there goes. */
  readonly cas: readonly Certificate[];
  /** It ends in a self-signed root. */
  readonly complete: boolean;
}

/** API Gateway: CA certificates up to the root. */
export const maximumCas = 4;
const maximumDepth = 10;
const maximumChains = 64;
/** Checks of a signature in one search, so that a file of many CAs of one name takes no longer. */
const maximumChecks = 300;

/**
 * The best chain above a certificate, whatever the order of the CAs: complete and of CAs that are valid now, short enough for
 * API Gateway, longest-lived, shortest. A CA may have several certificates (cross-signed, renewed): each way up is tried.
 */
export function searchChain(leaf: Certificate, cas: readonly Certificate[], at: number): FoundChain {
  const found: FoundChain[] = [];
  const signs = rememberedChecks();
  const climb = (below: readonly Certificate[]): void => {
    if (found.length >= maximumChains) return;
    const child = below.at(-1) ?? leaf;
    if (isRoot(child, signs)) {
      found.push({ cas: below.slice(1), complete: true });
      return;
    }
    const issuers = cas.filter(
      (ca) =>
        ca.subject.key === child.issuer.key && !has(below, ca) && below.length <= maximumDepth && signs(ca, child),
    );
    // self-issued under a key that nobody here has: as far as anybody can tell it is a root
    if (issuers.length === 0) found.push({ cas: below.slice(1), complete: child.selfIssued });
    for (const issuer of issuers) climb([...below, issuer]);
  };
  climb([leaf]);
  const [first, ...others] = found;
  return others.reduce((best, one) => (isBetter(one, best, at) ? one : best), first ?? { cas: [], complete: false });
}

function isRoot(certificate: Certificate, signs: ReturnType<typeof rememberedChecks>): boolean {
  return certificate.selfIssued && signs(certificate, certificate);
}

function has(certificates: readonly Certificate[], one: Certificate): boolean {
  return certificates.some(({ sha256 }) => sha256 === one.sha256);
}

function rememberedChecks(): (issuer: Certificate, signed: Certificate) => boolean {
  const known = new Map<string, boolean>();
  return (issuer, signed) => {
    const pair = `${issuer.sha256} ${signed.sha256}`;
    let answer = known.get(pair);
    if (answer === undefined) {
      answer = known.size < maximumChecks && verifiesSignature(signed, issuer);
      known.set(pair, answer);
    }
    return answer;
  };
}

function isBetter(one: FoundChain, best: FoundChain, at: number): boolean {
  const [a, b] = [ranksOf(one, at), ranksOf(best, at)];
  const differs = a.findIndex((rank, index) => rank !== b[index]);
  return differs >= 0 && (a[differs] ?? 0) > (b[differs] ?? 0);
}

/** What counts, the most important first; more is better. */
function ranksOf({ cas, complete }: FoundChain, at: number): readonly number[] {
  const valid = cas.every(({ notBefore, notAfter }) => notBefore <= at && at <= notAfter);
  const fits = cas.length <= maximumCas;
  return [
    Number(complete && valid && fits),
    Number(complete && valid),
    Number(complete),
    Number(valid),
    Math.min(...cas.map(({ notAfter }) => notAfter), Number.MAX_SAFE_INTEGER),
    -cas.length,
  ];
}
