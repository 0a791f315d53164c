/** How a part of a PKCS#12 file is encrypted, as far as the file says without a password. */
export interface Encryption {
  /** What people call it: `PBES2 aes-256-cbc, PBKDF2 sha256`, `RC2-40`, `3DES`. */
  readonly name: string;
  readonly iterations: number;
  /** What it takes to open it: `modern` everywhere today, `old` everywhere but to be replaced, `legacy` refused by OpenSSL 3 and Node. */
  readonly generation: 'modern' | 'old' | 'legacy';
}

export const oids = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  encryptedData: '1.2.840.113549.1.7.6',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  pbmac1: '1.2.840.113549.1.5.14',
  scrypt: '1.3.6.1.4.1.11591.4.11',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  safeContentsBag: '1.2.840.113549.1.12.10.1.6',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  hmacSha1: '1.2.840.113549.2.7',
  hmacSha256: '1.2.840.113549.2.9',
  rc2Cbc: '1.2.840.113549.3.2',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  tripleDes: '1.2.840.113549.1.12.1.3',
} as const;

/** Digests of a MAC (RFC 7292 §4) and their block sizes in octets, which its key derivation needs. */
export const macDigests: Readonly<Record<string, readonly [name: string, blockOctets: number]>> = {
  [oids.sha1]: ['sha1', 64],
  '2.16.840.1.101.3.4.2.4': ['sha224', 64],
  [oids.sha256]: ['sha256', 64],
  '2.16.840.1.101.3.4.2.2': ['sha384', 128],
  '2.16.840.1.101.3.4.2.3': ['sha512', 128],
};

/** RFC 8018 §B.1.2. */
export const hmacs: Readonly<Record<string, string>> = {
  [oids.hmacSha1]: 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  [oids.hmacSha256]: 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
  '1.2.840.113549.2.12': 'sha512-224',
  '1.2.840.113549.2.13': 'sha512-256',
};

/** Ciphers of PBES2 that OpenSSL 3 has by default. */
export const ciphers: Readonly<Record<string, readonly [name: string, keyOctets: number]>> = {
  '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16],
  '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24],
  [oids.aes256Cbc]: ['aes-256-cbc', 32],
  '1.2.840.113549.3.7': ['des-ede3-cbc', 24],
};

export interface OldScheme {
  readonly name: string;
  readonly cipher: '3des' | '2des' | 'rc2' | 'rc4';
  readonly keyOctets: number;
  readonly generation: Encryption['generation'];
}

/** RFC 7292 §C: what PKCS#12 had before PBES2. */
export const oldSchemes: Readonly<Record<string, OldScheme>> = {
  '1.2.840.113549.1.12.1.1': { name: 'RC4-128', cipher: 'rc4', keyOctets: 16, generation: 'legacy' },
  '1.2.840.113549.1.12.1.2': { name: 'RC4-40', cipher: 'rc4', keyOctets: 5, generation: 'legacy' },
  [oids.tripleDes]: { name: '3DES', cipher: '3des', keyOctets: 24, generation: 'old' },
  '1.2.840.113549.1.12.1.4': { name: '3DES with two keys', cipher: '2des', keyOctets: 16, generation: 'old' },
  '1.2.840.113549.1.12.1.5': { name: 'RC2-128', cipher: 'rc2', keyOctets: 16, generation: 'legacy' },
  '1.2.840.113549.1.12.1.6': { name: 'RC2-40', cipher: 'rc2', keyOctets: 5, generation: 'legacy' },
};
