import { hash } from 'node:crypto';
import { ProblemError } from '../core/problem.ts';
import { derFromPem } from '../core/x509/pem.ts';

/** A certificate as the edge handed it over, unverified. */
export interface Presented {
  readonly der: Uint8Array;
  /** Of `der`, lower-case hex. */
  readonly sha256: string;
  /** The text it came as. */
  readonly pem: string;
}

/** Longer texts are decoded every time: what is kept is a few megabytes at most. */
const maxKeptCharacters = 8192;
const generationSize = 512;

/**
 * The same text is the same octets: a caller that comes again costs one look-up instead of base64 and a hash. Two generations,
 * as in the cache of identities. Nothing is known of a certificate by being here.
 */
export class PresentedCertificates {
  #young = new Map<string, Presented>();
  #old = new Map<string, Presented>();

  /** A PEM that is none becomes an empty certificate: `decide` refuses it by name, with every other reason. */
  of(pem: string): Presented {
    const young = this.#young.get(pem);
    if (young !== undefined) return young;
    const presented = this.#old.get(pem) ?? presentedIn(pem);
    if (pem.length <= maxKeptCharacters) this.#keep(pem, presented);
    return presented;
  }

  #keep(pem: string, presented: Presented): void {
    if (this.#young.size >= generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(pem, presented);
  }
}

function presentedIn(pem: string): Presented {
  const der = derOf(pem);
  return { der, sha256: hash('sha256', der, 'hex'), pem };
}

function derOf(pem: string): Uint8Array {
  try {
    return derFromPem(pem);
  } catch (error) {
    if (error instanceof ProblemError) return new Uint8Array(0);
    throw error;
  }
}
