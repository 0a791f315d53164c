import { hash, pbkdf2Sync, scryptSync } from 'node:crypto';
import { refuse } from '../../core/problem.ts';

const code = 'pkcs12_malformed';

/** What deriving keys may cost over one whole file: iterations are whatever the file says, and a file comes from outside. */
export class IterationBudget {
  #left: number;
  readonly #limit: number;

  constructor(limit: number) {
    this.#left = limit;
    this.#limit = limit;
  }

  spend(iterations: number): void {
    if (iterations < 1) refuse({ code, message: 'a key derivation without iterations' });
    this.#left -= iterations;
    if (this.#left < 0) {
      refuse({ code: 'pkcs12_too_slow', message: 'more iterations than we do', allowed: `${this.#limit} in one file` });
    }
  }
}

/**
 * One way to turn a password into octets. RFC 7292 §B.1 wants UTF-16BE with two zero octets behind; no password is either
 * those two alone or nothing at all, and before 1.1 OpenSSL widened each octet of the UTF-8. The MAC says which was meant.
 */
export interface PasswordForm {
  readonly wide: Uint8Array;
  /** For PBKDF2 (RFC 8018): UTF-8. */
  readonly narrow: Uint8Array;
}

export function passwordForms(password: string | undefined): readonly PasswordForm[] {
  const narrow = Buffer.from(password ?? '', 'utf8');
  const usual = { wide: Buffer.from(`${password ?? ''}\0`, 'utf16le').swap16(), narrow };
  if (narrow.length === 0) return [usual, { wide: new Uint8Array(), narrow }];
  const ascii = narrow.length === (password ?? '').length;
  if (ascii) return [usual];
  return [
    usual,
    {
      wide: Buffer.from(`${narrow.toString('latin1')}\0`, 'utf16le').swap16(),
      narrow: Buffer.from(password ?? '', 'latin1'),
    },
  ];
}

export type KeyMaterial = 'key' | 'iv' | 'mac';
const diversifiers: Readonly<Record<KeyMaterial, number>> = { key: 1, iv: 2, mac: 3 };

/** The key derivation of RFC 7292 §B.2. */
export function derivePkcs12(
  digest: string,
  blockOctets: number,
  { password, salt, iterations }: { password: Uint8Array; salt: Uint8Array; iterations: number },
  material: KeyMaterial,
  octets: number,
): Buffer {
  const diversifier = Buffer.alloc(blockOctets, diversifiers[material]);
  const blocks = Buffer.concat([repeated(salt, blockOctets), repeated(password, blockOctets)]);
  const out: Buffer[] = [];
  for (let have = 0; have < octets; ) {
    let round = hash(digest, Buffer.concat([diversifier, blocks]), 'buffer');
    for (let count = 1; count < iterations; count += 1) round = hash(digest, round, 'buffer');
    out.push(round);
    have += round.length;
    const added = repeated(round, blockOctets);
    for (let from = 0; from < blocks.length; from += blockOctets) {
      let carry = 1;
      for (let index = blockOctets - 1; index >= 0; index -= 1) {
        carry += (blocks[from + index] ?? 0) + (added[index] ?? 0);
        blocks[from + index] = carry & 0xff;
        carry >>= 8;
      }
    }
  }
  return Buffer.concat(out).subarray(0, octets);
}

/** Copies, to the next multiple of a block. */
function repeated(octets: Uint8Array, blockOctets: number): Buffer {
  if (octets.length === 0) return Buffer.alloc(0);
  return Buffer.alloc(blockOctets * Math.ceil(octets.length / blockOctets), octets);
}

export function derivePbkdf2(
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  octets: number,
  digest: string,
) {
  return pbkdf2Sync(password, salt, iterations, octets, digest);
}

/** RFC 7914, within 64 MiB. */
export function deriveScrypt(
  password: Uint8Array,
  salt: Uint8Array,
  { cost, blockSize, parallelization }: { cost: number; blockSize: number; parallelization: number },
  octets: number,
): Buffer {
  try {
    return scryptSync(password, salt, octets, { N: cost, r: blockSize, p: parallelization, maxmem: 64 * 1024 * 1024 });
  } catch {
    return refuse({ code, message: 'scrypt parameters that cannot be, or that need more than 64 MiB' });
  }
}
