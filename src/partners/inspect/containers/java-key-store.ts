/** What a key store holds that needs no password: the certificates of its keys (each with its chain) and those it trusts. */
export interface KeyStore {
  readonly certificates: readonly Uint8Array[];
  /** Entries with a private key, which stays where it is. */
  readonly keys: number;
}

const maxCertificates = 2000;

/**
 * JKS and JCEKS as sun.security.provider.JavaKeyStore writes them: big-endian, UTF strings with a length before them. Keys are
 * skipped, and the digest at the end, which takes the password, is not looked at: a certificate proves itself. Undefined
 * when the file is damaged, holds another kind of entry, or more than 2,000 certificates. Never throws.
 */
export function readKeyStore(file: Uint8Array): KeyStore | undefined {
  const reader = new Reader(Buffer.from(file.buffer, file.byteOffset, file.length));
  try {
    reader.skip(4);
    const version = reader.number();
    if (version !== 1 && version !== 2) return undefined;
    const entries = reader.number();
    const certificates: Uint8Array[] = [];
    let keys = 0;
    for (let index = 0; index < entries; index += 1) {
      const tag = reader.number();
      if (tag !== 1 && tag !== 2) return undefined;
      reader.skip(reader.short()); // alias
      reader.skip(8); // when it was made
      if (tag === 1) {
        keys += 1;
        reader.skip(reader.number());
      }
      const chain = tag === 1 ? reader.number() : 1;
      for (let link = 0; link < chain; link += 1) {
        if (version === 2) reader.skip(reader.short()); // X.509
        if (certificates.length >= maxCertificates) return undefined;
        certificates.push(reader.take(reader.number()));
      }
    }
    return { certificates, keys };
  } catch (error) {
    if (error instanceof TooShort) return undefined;
    throw error;
  }
}

class TooShort extends Error {}

class Reader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  number(): number {
    return this.take(4).readUInt32BE(0);
  }

  short(): number {
    return this.take(2).readUInt16BE(0);
  }

  skip(length: number): void {
    this.take(length);
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#buffer.length) throw new TooShort();
    const taken = this.#buffer.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
