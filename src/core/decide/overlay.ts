import type { Certificate } from '../x509/certificate.ts';
import { siblingsOf } from '../x509/ecdsa-sibling.ts';

/** What is denied at once, whatever the registry says. It can only take away. */
export interface Overlay {
  /** Grows with every change. */
  readonly sequence: number;
  /** Blocked clients by name → why. */
  readonly clients: ReadonlyMap<string, string>;
  /** Blocked certificates by SHA-256 (lower-case hex) → why. */
  readonly certificates: ReadonlyMap<string, string>;
}

export const emptyOverlay: Overlay = { sequence: 0, clients: new Map(), certificates: new Map() };

/**
 * Why this certificate is blocked; undefined: it is not. Its siblings count as the certificate itself, or whoever holds a
 * stolen one could give it another fingerprint.
 */
export function blockOf(certificate: Certificate, overlay: Overlay): string | undefined {
  const { certificates } = overlay;
  if (certificates.size === 0) return undefined;
  const blocked = [certificate.sha256, ...siblingsOf(certificate)].find((sha256) => certificates.has(sha256));
  return blocked === undefined ? undefined : certificates.get(blocked);
}
