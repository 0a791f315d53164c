import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STATE_FOLDER } from '../state-folder.ts';

const FILE = 'dev.json';
export const devStateFile = FILE;

/** What a running (or the last) `dev` tells the other commands. Paths are relative to the state folder. */
export interface DevState {
  readonly format: 1;
  readonly domain: string;
  readonly address: string;
  readonly port: number;
  /** CA of the listener's own certificate. */
  readonly serverAuthority: string;
  /** Client → certificate (with chain) and key of its first identity. */
  readonly clients: Readonly<
    Record<
      string,
      {
        readonly certificate: string;
        readonly key: string;
        /** Token issuer → access token bound to that certificate, for clients that are asked for one. */
        readonly tokens?: Readonly<Record<string, string>>;
      }
    >
  >;
}

/** Undefined: no `dev` has run in this folder. */
export function readDevState(front: string): DevState | undefined {
  try {
    const value = JSON.parse(readFileSync(join(front, STATE_FOLDER, FILE), 'utf8')) as Partial<DevState>;
    if (value.format !== 1 || typeof value.port !== 'number' || typeof value.clients !== 'object') return undefined;
    return value as DevState;
  } catch {
    return undefined;
  }
}
