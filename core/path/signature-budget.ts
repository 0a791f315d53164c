import type { Certificate } from '../x509/certificate.ts';
import { verifiesSignature } from '../x509/signature.ts';

/** Verdicts by the issuer's key; they cannot change. CAs of a registry stay, so that their own chain is verified once. */
const verdicts = new WeakMap<Certificate, Map<string, boolean>>();

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
    this.#left -= 1;
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
