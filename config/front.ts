import type { Problem } from '../core/problem.ts';
import type { ConnectionConfig } from '../core/registry/connection.ts';
import type { RegistryDocument } from '../core/registry/document.ts';

/** Path relative to the front's folder, with `/` → the file's bytes. */
export type FrontFiles = ReadonlyMap<string, Uint8Array>;

export interface TierConfig {
  /** Requests a second, sustained. */
  readonly perSecond: number;
  /** Requests at once. */
  readonly burst: number;
  readonly perDay?: number;
}

export interface DomainConfig {
  readonly name: string;
  readonly hostedZone?: { readonly id: string; readonly name: string };
  /** ARN of an ACM certificate, when DNS is not in Route 53. */
  readonly certificate?: string;
}

/** A front that has no problem left: what is deployed (connections, tiers, domain) and what is published (the registry). */
export interface FrontConfig {
  readonly id: string;
  readonly label: string;
  readonly stage: 'production' | 'test';
  readonly aws?: { readonly account: string; readonly region: string };
  readonly support: { readonly email?: string; readonly url?: string };
  readonly domain?: DomainConfig;
  readonly egress?: { readonly zones: number };
  readonly tiers: ReadonlyMap<string, TierConfig>;
  readonly connections: ReadonlyMap<string, ConnectionConfig>;
  readonly registry: RegistryDocument;
}

export interface ParsedFront {
  /** Only when there is no problem. */
  readonly config?: FrontConfig;
  /** All of them, in the order of files and lines. */
  readonly problems: readonly Problem[];
}
