import type { IdentityDocument } from '../registry/document.ts';

/**
 * What one part of a block denies. A denial may be too wide, never too narrow: a renamed client, a certificate with
 * another fingerprint, a CA that was cross-signed or got a new key under its old name must not evade it.
 */
export type Denial =
  | { readonly client: string }
  /** SHA-256 (lower-case hex) of a certificate; its siblings are meant with it, see ecdsa-sibling.ts. */
  | { readonly certificate: string }
  /** SHA-256 (lower-case hex) of the SPKI of the client's key, or of a CA on its path. */
  | { readonly key: string }
  /** Of the issuer with this `Name.key`, whatever its key. */
  | { readonly serial: string; readonly issuer: string }
  /** A CA by name: every certificate that says it was issued by it, and every path that it is on. */
  | { readonly ca: string }
  /** Whoever a registered identity recognises, under issuers with these `Name.key`s, whatever its client is called today. */
  | {
      readonly identity: Exclude<IdentityDocument, { readonly kind: 'certificate' }>;
      readonly issuers: readonly string[];
    }
  /** One address, or a range. */
  | { readonly addresses: string };

/** One block, as somebody has made it. It is never changed: it is lifted, or its time ends. */
export interface Block {
  /** Eight characters of `[a-z0-9]`: what `unblock` takes. */
  readonly id: string;
  /** What was typed, for people. */
  readonly target: string;
  readonly denies: readonly Denial[];
  readonly reason: string;
  readonly by: string;
  /** UTC with milliseconds. */
  readonly at: string;
  /** Its effect ends then; the block stays in the record. */
  readonly until?: string;
}
