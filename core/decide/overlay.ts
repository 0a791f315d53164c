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
