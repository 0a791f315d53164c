import type { Overlay } from '../../core/decide/overlay.ts';
import type { ReasonCode } from '../../core/decide/reasons.ts';
import type { EdgeCode } from '../../core/edge/admits.ts';
import type { Registry } from '../../core/registry/registry.ts';
import type { Twins } from '../twins/twins.ts';
import type { Credentials } from './certificates.ts';

/** One request of the demonstration and what must come of it. */
export interface DemoCall {
  /** For files and JSON: `expired`, `unknown-ca`, … */
  readonly id: string;
  readonly who: string;
  readonly what: string;
  readonly credentials?: Credentials;
  readonly method: string;
  readonly path: string;
  readonly headers?: readonly (readonly [string, string])[];
  /** The loopback address to call from; 127.0.0.1 otherwise. */
  readonly from?: string;
  /** Only while this client is blocked. */
  readonly blocked?: string;
  /** Not through the front: straight to the demo backend. */
  readonly direct?: true;
  readonly expected: {
    readonly status: number | 'closed';
    readonly reason?: ReasonCode | EdgeCode | 'backend_allowlist';
  };
  /** The identity headers are forged: the backend must see the real ones. */
  readonly forged?: true;
}

export interface DemoPlan {
  readonly calls: readonly DemoCall[];
  /** What this registry gives no occasion to show, and why. */
  readonly notShown: readonly string[];
}

export interface DemoFront {
  readonly twins: Twins;
  readonly registry: Registry;
  readonly overlay: Overlay;
  readonly now: number;
  /** Whether other addresses than 127.0.0.1 can be called from: all of 127/8 on Linux, none on macOS. */
  readonly manyAddresses: boolean;
}

export const loopback = '127.0.0.1';
