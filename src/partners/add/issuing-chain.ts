import type { Certificate } from '../../core/x509/certificate.ts';
import { verifiesSignature } from '../../core/x509/signature.ts';
import { searchChain } from '../inspect/search-chain.ts';

/** A CA that could sign clients, and the chain above it. */
export interface IssuingChain {
  /** The CA that signs clients first, then up. */
  readonly chain: readonly Certificate[];
  readonly complete: boolean;
}

/**
 * The chains that lie in a pile of CA certificates: one for each CA that has signed none of the others. A CA with several
 * certificates (cross-signed, renewed) is one CA, and its best chain is taken.
 */
export function issuingChains(cas: readonly Certificate[], at: number): readonly IssuingChain[] {
  const entities = Map.groupBy(cas, entityOf);
  const lowest = [...entities.values()].filter(
    (own) => !cas.some((other) => !own.includes(other) && signedBy(own, other)),
  );
  return lowest.map((own) => {
    const others = cas.filter((ca) => !own.includes(ca));
    const ways = own.map((ca) => {
      const above = searchChain(ca, others, at);
      return { chain: [ca, ...above.cas], complete: above.complete };
    });
    const [first, ...more] = ways;
    if (first === undefined) throw new Error('a group has one member at least');
    return more.reduce((best, way) => (rank(way, at) > rank(best, at) ? way : best), first);
  });
}

/** Complete and valid, then complete, then as long-lived as can be. */
function rank({ chain, complete }: IssuingChain, at: number): number {
  const until = Math.min(...chain.map(({ notAfter }) => notAfter));
  const valid = chain.every(({ notBefore, notAfter }) => notBefore <= at && at <= notAfter);
  return (complete && valid ? 2e15 : complete ? 1e15 : 0) + until / 10 - chain.length;
}

function signedBy(own: readonly Certificate[], other: Certificate): boolean {
  return own.some((ca) => ca.subject.key === other.issuer.key && verifiesSignature(other, ca));
}

function entityOf({ subject, publicKey }: Certificate): string {
  return `${subject.key} ${Buffer.from(publicKey.spki).toString('base64')}`;
}
