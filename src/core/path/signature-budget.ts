import type { Certificate, PublicKeyInfo } from '../x509/certificate.ts';
import { verifiesSignature } from '../x509/signature.ts';

/** Verdicts by the issuer's key; they cannot change. CAs of a registry stay, so that their own chain is verified once. */
const verdicts = new WeakMap<Certificate, Map<string, boolean>>();

/** What one check costs, in checks of P-256 (about 0.1 ms): measured on OpenSSL 3.5, rounded up. */
function costOf({ algorithm, curve, bits = 0 }: PublicKeyInfo): number {
  if (algorithm === 'ec') return curve === 'P-256' ? 1 : curve === 'P-384' ? 4 : 10;
  if (algorithm === 'ed448') return 4;
  return Math.max(1, Math.ceil(bits / 4096)) ** 2;
}

/**
 * Counts signature checks over one search, remembered ones included, so that the same input always ends the same way.
 * CAs that share names and keys make the number of possible paths exponential; this is what bounds it.
 */
export class SignatureBudget {
  #left: number;

  constructor(checks: number) {
    this.#left = checks;
  }

  get exhausted(): boolean {
    return this.#left <= 0;
  }

  /** Whether the key of `issuer` signed `signed`; undefined when the budget is used up. */
  verifies(signed: Certificate, issuer: Certificate): boolean | undefined {
    if (this.exhausted) return undefined;
    this.#left -= costOf(issuer.publicKey);
    let known = verdicts.get(signed);
    if (known === undefined) {
      known = new Map();
      verdicts.set(signed, known);
    }
    const remembered = known.get(issuer.spkiSha256);
    if (remembered !== undefined) return remembered;
    const verdict = verifiesSignature(signed, issuer);
    known.set(issuer.spkiSha256, verdict);
    return verdict;
  }
}
