import { createPrivateKey } from 'node:crypto';
import { readPemBlocks } from '../../src/core/x509/pem.ts';

/** A key and its chain as a PKCS#12 file takes them. */
export function pkcs8From(
  keyPem: string,
  chainPem: string,
): { pkcs8: Uint8Array; certificates: readonly Uint8Array[] } {
  return {
    pkcs8: createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'der' }),
    certificates: readPemBlocks(chainPem).map(({ der }) => der),
  };
}
