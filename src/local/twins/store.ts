import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isRecord } from '../../core/unknown.ts';

const generate = promisify(generateKeyPair);

/** Which key to make. RSA sizes are in bits. */
export type KeySpec =
  | { readonly type: 'ec'; readonly namedCurve: string }
  | { readonly type: 'rsa' | 'rsa-pss'; readonly modulusLength: number }
  | { readonly type: 'ed25519' | 'ed448' };

/**
 * Made-up keys and certificates of this folder's twins, each under the identity of what it stands for, so that a
 * restart and an edit elsewhere keep them: the `curl` lines printed an hour ago still work.
 */
export interface TwinStore {
  readonly folder: string;
  key(id: string, spec: KeySpec): Promise<KeyObject>;
  /** The stored DER under `id` if `usable` says so, else a new one from `make`. */
  certificate(id: string, usable: (der: Uint8Array) => boolean, make: () => Uint8Array): Uint8Array;
  /** A file in the folder, readable by its owner only; gives its path. */
  write(name: string, text: string): string;
  save(): void;
}

interface Stored {
  format: 1;
  keys: Record<string, string>;
  certificates: Record<string, string>;
}

const FILE = 'twins.json';

/** Opens (or makes, 0700) the folder. A damaged store is thrown away: nothing in it is worth more than a second of work. */
export function openTwinStore(folder: string): TwinStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const stored = readStored(join(folder, FILE));
  const pending = new Map<string, Promise<KeyObject>>();
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path); // never a half-written file, never a wider mode than 0600
    return path;
  };
  const key = async (id: string, spec: KeySpec): Promise<KeyObject> => {
    const pem = stored.keys[id];
    if (pem !== undefined) return createPrivateKey(pem);
    const made = await makeKey(spec);
    stored.keys[id] = made.export({ type: 'pkcs8', format: 'pem' }).toString();
    return made;
  };
  return {
    folder,
    key(id, spec) {
      const known = pending.get(id) ?? key(id, spec);
      pending.set(id, known);
      return known;
    },
    certificate(id, usable, make) {
      const before = stored.certificates[id];
      if (before !== undefined) {
        const der = new Uint8Array(Buffer.from(before, 'base64'));
        if (usable(der)) return der;
      }
      const der = make();
      stored.certificates[id] = Buffer.from(der).toString('base64');
      return der;
    },
    write,
    save: () => void write(FILE, JSON.stringify(stored)),
  };
}

/** A fresh private key. */
export async function makeKey(spec: KeySpec): Promise<KeyObject> {
  switch (spec.type) {
    case 'ec':
      return (await generate('ec', { namedCurve: spec.namedCurve })).privateKey;
    case 'rsa':
      return (await generate('rsa', { modulusLength: spec.modulusLength })).privateKey;
    case 'rsa-pss':
      return (await generate('rsa-pss', { modulusLength: spec.modulusLength })).privateKey;
    case 'ed25519':
      return (await generate('ed25519')).privateKey;
    case 'ed448':
      return (await generate('ed448')).privateKey;
  }
}

function readStored(path: string): Stored {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isStored(value)) return value;
  } catch {
    // absent or damaged: start anew
  }
  return { format: 1, keys: {}, certificates: {} };
}

function isStored(value: unknown): value is Stored {
  if (!isRecord(value)) return false;
  const { format, keys, certificates } = value as Partial<Stored>;
  const texts = (map: unknown) => isRecord(map) && Object.values(map).every((text) => typeof text === 'string');
  return format === 1 && texts(keys) && texts(certificates);
}
