import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyPair } from '../../pki.ts';

const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The same Ed25519 pair in every run, so that a found input means the same tomorrow. It signs nothing but fuzz. */
export function fixedKey(seed: number): KeyPair {
  const key = Buffer.concat([pkcs8Head, Buffer.alloc(32, seed)]);
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}
