import type { Registry } from '../registry/registry.ts';
import type { Identified } from './caller/identify.ts';
import type { KnownCertificate } from './known-certificate.ts';
import type { Overlay } from './overlay.ts';

/** Whose certificate it is, and what of it is kept. */
export interface KnownCaller extends Identified {
  readonly certificate: KnownCertificate;
}

interface Entry {
  readonly registryId: string;
  readonly overlayId: string;
  readonly revocationsId: string | undefined;
  readonly caller: KnownCaller;
}

const DEFAULT_CAPACITY = 4096;

/**
 * Remembers whom a certificate belongs to, so that a repeated caller costs one hash and no signature. Only successful
 * identification is kept, never a decision: dates, addresses, blocks and rules are looked at every time.
 *
 * An entry counts only for the certificate's SHA-256, the registry, the overlay and the revocations it was made under, and
 * only while every certificate of its path is valid and every list that vouched for it is current.
 */
export class IdentityCache {
  readonly #generationSize: number;
  // Two generations instead of a linked list: eviction is one assignment and a hit in the young one changes nothing.
  #young = new Map<string, Entry>();
  #old = new Map<string, Entry>();

  /** @param capacity most entries held at once */
  constructor(capacity = DEFAULT_CAPACITY) {
    if (!Number.isInteger(capacity) || capacity < 2) throw new Error('an identity cache holds at least 2 entries');
    this.#generationSize = capacity >> 1;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(
    sha256: string,
    registry: Registry,
    overlay: Overlay,
    now: number,
    revocationsId?: string,
  ): KnownCaller | undefined {
    let entry = this.#young.get(sha256);
    if (entry === undefined) {
      entry = this.#old.get(sha256);
      if (entry === undefined) return undefined;
      this.#old.delete(sha256);
      this.#keep(sha256, entry);
    }
    const { registryId, overlayId, caller } = entry;
    const current = registryId === registry.id && overlayId === overlay.id && revocationsId === entry.revocationsId;
    return current && now >= caller.validFrom && now <= caller.validUntil ? caller : undefined;
  }

  set(sha256: string, registry: Registry, overlay: Overlay, caller: KnownCaller, revocationsId?: string): void {
    this.#old.delete(sha256);
    this.#keep(sha256, { registryId: registry.id, overlayId: overlay.id, revocationsId, caller });
  }

  #keep(sha256: string, entry: Entry): void {
    if (this.#young.size >= this.#generationSize && !this.#young.has(sha256)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(sha256, entry);
  }
}
