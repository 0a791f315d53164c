import type { Certificate } from '../../core/x509/certificate.ts';

/** A made-up certificate that counts as one registered identity of a client. */
export interface TwinIdentity {
  readonly client: string;
  /** Position in the client's `identities`, from 0. */
  readonly index: number;
  readonly authority?: string;
  readonly certificate: Certificate;
  /** Leaf and intermediates, as a partner would send them. */
  readonly chainPem: string;
  readonly keyPem: string;
}
