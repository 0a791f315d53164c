import type { Overlay } from '../core/decide/overlay.ts';
import type { Registry } from '../core/registry/registry.ts';
import type { RevocationIndex } from '../core/revocation/index.ts';

/** What decides, of one moment: never the registry of one release beside the overlay of another. */
export interface Live {
  readonly registry: Registry;
  readonly overlay: Overlay;
  /** What revocation lists say; absent: none has been read. */
  readonly revocations?: RevocationIndex;
}
