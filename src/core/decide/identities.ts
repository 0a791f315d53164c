import type { Registry } from '../registry/registry.ts';
import type { Identified } from './caller/identify.ts';
import type { Overlay } from './overlay.ts';

interface Entry {
  readonly registryId: string;
  readonly overlayId: string;
  readonly revocationsId: string | undefined;
  readonly identified: Identified;
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
  ): Identified | undefined {
    let entry = this.#young.get(sha256);
    if (entry === undefined) {
      entry = this.#old.get(sha256);
      if (entry === undefined) return undefined;
      this.#old.delete(sha256);
      this.#keep(sha256, entry);
    }
    const { registryId, overlayId, identified } = entry;
    const current = registryId === registry.id && overlayId === overlay.id && revocationsId === entry.revocationsId;
    return current && now >= identified.validFrom && now <= identified.validUntil ? identified : undefined;
  }

  set(sha256: string, registry: Registry, overlay: Overlay, identified: Identified, revocationsId?: string): void {
    this.#old.delete(sha256);
    this.#keep(sha256, { registryId: registry.id, overlayId: overlay.id, revocationsId, identified });
  }

  #keep(sha256: string, entry: Entry): void {
    if (this.#young.size >= this.#generationSize && !this.#young.has(sha256)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(sha256, entry);
  }
}
