import { hash } from 'node:crypto';
import { ProblemError } from '../core/problem.ts';
import { derFromPem } from '../core/x509/pem.ts';

/** A certificate as the edge handed it over, unverified. */
export interface Presented {
  /** Empty where the text is none. */
  readonly der: Uint8Array;
  /** Of `der`, lower-case hex. */
  readonly sha256: string;
  /** The text it came as. */
  readonly pem: string;
}

/** Longer texts are decoded every time: what is kept is a megabyte at most for usual certificates, four for any. */
const maxKeptCharacters = 8192;
const generationSize = 256;

/**
 * The same text is the same octets: a caller that comes again costs one look-up instead of base64 and a hash. Two generations,
 * as in the cache of identities. Nothing is known of a certificate by being here.
 */
export class PresentedCertificates {
  /** Text → SHA-256. The octets are not kept: a request that needs them has brought the text. */
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  /** A PEM that is none becomes an empty certificate: `decide` refuses it by name, with every other reason. */
  of(pem: string): Presented {
    const young = this.#young.get(pem);
    if (young !== undefined) return new PresentedText(pem, young);
    const old = this.#old.get(pem);
    const presented = old === undefined ? presentedIn(pem) : new PresentedText(pem, old);
    if (pem.length <= maxKeptCharacters) this.#keep(pem, presented.sha256);
    return presented;
  }

  #keep(pem: string, sha256: string): void {
    if (this.#young.size >= generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(pem, sha256);
  }
}

class PresentedText implements Presented {
  readonly pem: string;
  readonly sha256: string;
  #der: Uint8Array | undefined;

  constructor(pem: string, sha256: string, der?: Uint8Array) {
    this.pem = pem;
    this.sha256 = sha256;
    this.#der = der;
  }

  get der(): Uint8Array {
    this.#der ??= derOf(this.pem);
    return this.#der;
  }
}

function presentedIn(pem: string): Presented {
  const der = derOf(pem);
  return new PresentedText(pem, hash('sha256', der, 'hex'), der);
}

function derOf(pem: string): Uint8Array {
  try {
    return derFromPem(pem);
  } catch (error) {
    if (error instanceof ProblemError) return new Uint8Array(0);
    throw error;
  }
}
