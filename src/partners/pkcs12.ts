import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import forge from 'node-forge';
import { type Pkcs12Certificate, type Pkcs12Protection, readContents } from './pkcs12/contents.ts';

export { describePkcs12, type Pkcs12Protection } from './pkcs12/contents.ts';
export { encodePkcs12, type Pkcs12Form } from './pkcs12/write.ts';

/**
 * PKCS#12 files, whoever wrote them: the modern ones with Node's own functions, RC2 (Java 8, old Windows) with
 * node-forge, which nothing but this file imports. It runs where people and partners' files are, never in a Lambda: a front
 * gets PEM. Never hand a PKCS#12 file to TLS either: its CA certificates would become trusted for servers.
 */
export interface Pkcs12 {
  readonly keys: readonly Pkcs12Key[];
  /** In file order. */
  readonly certificates: readonly Pkcs12Certificate[];
  readonly protection: Pkcs12Protection;
}

interface Pkcs12Key {
  /** Undefined when OpenSSL does not know the kind of key. */
  readonly key: KeyObject | undefined;
  readonly pkcs8: Uint8Array;
  readonly friendlyName?: string;
  /** The certificate of this key; undefined when it is not in the file. */
  readonly certificate?: Pkcs12Certificate;
}

export interface Pkcs12Options {
  /** undefined = none. */
  readonly password?: string;
  /** Of key derivation, over the whole file; default 5 million, some seconds. */
  readonly maxIterations?: number;
}

const defaultMaxIterations = 5_000_000;

/**
 * Opens a PKCS#12 file, DER or BER. ProblemError: `pkcs12_malformed`, `pkcs12_password`, `pkcs12_unsupported`,
 * `pkcs12_too_slow`. What was found may be no key, several keys, keys without a certificate: the caller looks.
 */
export function openPkcs12(bytes: Uint8Array, options: Pkcs12Options = {}): Pkcs12 {
  const { maxIterations = defaultMaxIterations, password } = options;
  const { keys, certificates, protection } = readContents(bytes, password, { maxIterations, rc2: decryptRc2 });
  return {
    certificates,
    protection,
    keys: keys.map(({ pkcs8, friendlyName }) => {
      const key = keyObjectOf(pkcs8);
      const certificate = key === undefined ? undefined : certificates.find(({ der }) => belongs(der, key));
      return { key, pkcs8, friendlyName, certificate };
    }),
  };
}

function keyObjectOf(pkcs8: Uint8Array): KeyObject | undefined {
  try {
    return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  } catch {
    return undefined;
  }
}

function belongs(certificate: Uint8Array, key: KeyObject): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(key);
  } catch {
    return false;
  }
}

function decryptRc2(key: Uint8Array, bits: number, iv: Uint8Array, data: Uint8Array): Uint8Array | undefined {
  const binary = (octets: Uint8Array) => Buffer.from(octets).toString('binary');
  const cipher = forge.rc2.createDecryptionCipher(binary(key), bits);
  cipher.start(binary(iv));
  cipher.update(forge.util.createBuffer(binary(data)));
  if (!cipher.finish(() => true)) return undefined;
  return withoutPadding(Buffer.from(cipher.output.getBytes(), 'binary'));
}

/** RFC 8018 §6.1.1. forge's own check looks at the last octet alone. */
function withoutPadding(padded: Buffer): Uint8Array | undefined {
  const count = padded.at(-1) ?? 0;
  if (count < 1 || count > 8 || padded.length < count) return undefined;
  const padding = padded.subarray(padded.length - count);
  return padding.every((octet) => octet === count) ? padded.subarray(0, padded.length - count) : undefined;
}

/** Why Node's own TLS would not open the file (its message); undefined = it does. */
export function nodeOpens(bytes: Uint8Array, password: string | undefined): string | undefined {
  try {
    createSecureContext({ pfx: Buffer.from(bytes), passphrase: password ?? '' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
