import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { refuse } from '../core/problem.ts';
import type { Signer } from '../core/release/signed.ts';
import { hasCode } from './system-error.ts';

/**
 * The Ed25519 key that signs local releases, from a file of mode 0600; made when there is none.
 *
 * @throws ProblemError `signing_key_exposed`, `signing_key_not_usable`
 */
export function openSigningKey(path: string): Signer {
  const key = readKey(path) ?? makeKey(path);
  const spki = new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }));
  return { spki, sign: async (message) => new Uint8Array(sign(null, message, key)) };
}

function readKey(path: string): KeyObject | undefined {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const mode = statSync(path).mode & 0o777;
  // Windows has no such modes and reports 0666.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    refuse({
      code: 'signing_key_exposed',
      message: 'others on this machine may read or replace the key that signs releases',
      place: { file: path },
      found: `mode ${mode.toString(8).padStart(4, '0')}`,
      allowed: 'mode 0600',
      remedy: `chmod 600 ${path}`,
    });
  }
  const key = decode(pem);
  if (key?.asymmetricKeyType === 'ed25519') return key;
  return refuse({
    code: 'signing_key_not_usable',
    message: 'not an Ed25519 private key',
    place: { file: path },
    allowed: 'PKCS#8 in PEM, unencrypted',
    remedy: 'move the file away: the next publication to a folder makes a new key',
  });
}

function decode(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

function makeKey(path: string): KeyObject {
  const { privateKey } = generateKeyPairSync('ed25519');
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Exclusive: of two that make a key at once, one fails rather than sign with a key that is then overwritten.
  writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  chmodSync(path, 0o600);
  return privateKey;
}
