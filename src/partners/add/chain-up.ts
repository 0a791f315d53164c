import type { Certificate } from '../../core/x509/certificate.ts';
import { nameTextOf } from '../../core/x509/name-text.ts';
import { verifiesSignature } from '../../core/x509/signature.ts';
import { type Gap, letters } from './gap.ts';

export interface ChainUp {
  /** From the CA that issued the first certificate up, as far as what was sent goes. */
  readonly cas: readonly Certificate[];
  /** Absent when it ends in a self-signed root. */
  readonly gap?: Gap;
}

const maximumDepth = 10;

/** The CAs above a certificate, each having signed the one below it. */
export function chainUp(leaf: Certificate, cas: readonly Certificate[]): ChainUp {
  const chain: Certificate[] = [];
  let child = leaf;
  while (!child.selfIssued && chain.length < maximumDepth) {
    const named = cas.filter((ca) => ca.subject.key === child.issuer.key && !chain.includes(ca));
    const issuer = named.find((ca) => verifiesSignature(child, ca));
    if (issuer === undefined) {
      const names = [nameTextOf(child.issuer), nameTextOf(child.subject)] as const;
      const code = named.length > 0 ? 'issuer_signature' : 'issuer_missing';
      return { cas: chain, gap: { code, who: 'partner', text: letters[code](...names) } };
    }
    chain.push(issuer);
    child = issuer;
  }
  return { cas: chain };
}
