import type { Certificate } from '../../core/x509/certificate.ts';

export interface RevocationQuestion {
  /** Leaf first, anchor last. */
  readonly path: readonly Certificate[];
  readonly anchors: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  /** DER. */
  readonly lists: readonly Uint8Array[];
  readonly at: number;
}

export function revocationProblemOf(_question: RevocationQuestion): string | undefined {
  return undefined;
}
