import { createDecipheriv } from 'node:crypto';
import { refuse } from '../../core/problem.ts';
import type { BerElement } from '../ber.ts';
import { ciphers, type Encryption, hmacs, type OldScheme, oids, oldSchemes } from './algorithms.ts';
import { derivePbkdf2, derivePkcs12, deriveScrypt, type IterationBudget, type PasswordForm } from './derive.ts';

/** RC2 in CBC mode, padding removed; undefined when the padding is wrong. Node has none, so the caller brings it. */
export type Rc2 = (key: Uint8Array, bits: number, iv: Uint8Array, data: Uint8Array) => Uint8Array | undefined;

export interface Decryption {
  readonly encryption: Encryption;
  /** Undefined when the password is not the one. ProblemError on parameters that cannot be. */
  decrypt(password: PasswordForm, budget: IterationBudget, data: Uint8Array, rc2: Rc2): Uint8Array | undefined;
}

/** Reads an AlgorithmIdentifier as a way to encrypt with a password. */
export function readDecryption(algorithm: BerElement): Decryption {
  const [type, parameters] = algorithm.children;
  const dotted = type?.oid('an encryption algorithm') ?? '';
  if (parameters === undefined) return algorithm.fail(`encryption ${dotted} without parameters`);
  const old = oldSchemes[dotted];
  if (old !== undefined) return readOld(old, parameters);
  if (dotted === oids.pbes2) return readPbes2(parameters);
  return unsupported(`encryption ${dotted}`, 0);
}

function unsupported(name: string, iterations: number): Decryption {
  return {
    encryption: { name, iterations, generation: 'legacy' },
    decrypt: () =>
      refuse({
        code: 'pkcs12_unsupported',
        message: 'the file is encrypted in a way that we do not read',
        found: name,
        remedy: 'have it exported again with AES-256',
      }),
  };
}

function readOld(scheme: OldScheme, parameters: BerElement): Decryption {
  const salt = parameters.child(0, 0x04, 'a salt').content;
  const iterations = parameters.child(1, 0x02, 'an iteration count').number('an iteration count');
  if (scheme.cipher === 'rc4') return unsupported(scheme.name, iterations);
  return {
    encryption: { name: scheme.name, iterations, generation: scheme.generation },
    decrypt: ({ wide }, budget, data, rc2) => {
      budget.spend(2 * iterations);
      const from = { password: wide, salt, iterations };
      const derived = derivePkcs12('sha1', 64, from, 'key', scheme.keyOctets);
      const iv = derivePkcs12('sha1', 64, from, 'iv', 8);
      if (scheme.cipher === 'rc2')
        return data.length % 8 === 0 ? rc2(derived, 8 * scheme.keyOctets, iv, data) : undefined;
      const key = scheme.cipher === '2des' ? Buffer.concat([derived, derived.subarray(0, 8)]) : derived;
      return decipher('des-ede3-cbc', key, iv, data);
    },
  };
}

/** PBES2, RFC 8018 §6.2. */
function readPbes2(parameters: BerElement): Decryption {
  const derivation = parameters.child(0, 0x30, 'a key derivation');
  const scheme = parameters.child(1, 0x30, 'an encryption scheme');
  const cipher = scheme.child(0, 0x06, 'a cipher').oid('a cipher');
  const [name, keyOctets] = ciphers[cipher] ?? [];
  const derive = readDerivation(derivation);
  if (cipher === oids.rc2Cbc) return readPbes2Rc2(scheme.child(1, 0x30, 'the parameters of RC2'), derive);
  if (name === undefined || keyOctets === undefined)
    return unsupported(`PBES2 with cipher ${cipher}`, derive.iterations);
  const iv = scheme.child(1, 0x04, 'an initialisation vector').content;
  const generation = name === 'des-ede3-cbc' ? 'old' : 'modern';
  return {
    encryption: { name: `PBES2 ${name}, ${derive.name}`, iterations: derive.iterations, generation },
    decrypt: ({ narrow }, budget, data) => decipher(name, derive.key(narrow, keyOctets, budget), iv, data),
  };
}

/** Versions of RFC 8018 §B.2.3 that stand for a length of the key in use; from 256 on they are that length. */
const rc2Bits: Readonly<Record<number, number>> = { 160: 40, 120: 64, 58: 128 };

/** RC2-CBC-Parameter, RFC 8018 §B.2.3: `openssl pkcs12 -legacy -certpbe RC2-CBC` writes it. */
function readPbes2Rc2(parameters: BerElement, derive: Derivation): Decryption {
  const [first, second] = parameters.children;
  const version = second === undefined ? undefined : first?.number('the version of RC2');
  const bits = version === undefined ? 32 : (rc2Bits[version] ?? version);
  const name = `PBES2 RC2-${bits}, ${derive.name}`;
  if (bits > 1024 || (version !== undefined && version < 256 && rc2Bits[version] === undefined)) {
    return unsupported(`PBES2 with RC2 of version ${version}`, derive.iterations);
  }
  const iv = parameters.child(second === undefined ? 0 : 1, 0x04, 'an initialisation vector').content;
  const octets = derive.keyOctets ?? bits / 8;
  return {
    encryption: { name, iterations: derive.iterations, generation: 'legacy' },
    decrypt: ({ narrow }, budget, data, rc2) =>
      data.length % 8 === 0 && iv.length === 8 ? rc2(derive.key(narrow, octets, budget), bits, iv, data) : undefined,
  };
}

interface Derivation {
  readonly name: string;
  readonly iterations: number;
  readonly keyOctets: number | undefined;
  key(password: Uint8Array, octets: number, budget: IterationBudget): Buffer;
}

/** PBKDF2 (RFC 8018 §A.2) or scrypt (RFC 7914 §7). */
export function readDerivation(algorithm: BerElement): Derivation {
  const dotted = algorithm.child(0, 0x06, 'a key derivation').oid('a key derivation');
  const parameters = algorithm.child(1, 0x30, 'the parameters of a key derivation');
  const salt = parameters.child(0, 0x04, 'a salt').content;
  if (dotted === oids.scrypt) {
    const [cost = 0, blockSize = 0, parallelization = 0] = parameters.children
      .slice(1)
      .map((one) => one.number('scrypt'));
    return {
      name: 'scrypt',
      iterations: cost,
      keyOctets: undefined,
      key: (password, octets, budget) => {
        // one scrypt block is about as dear as 8 rounds of PBKDF2
        budget.spend(8 * cost * blockSize * parallelization);
        return deriveScrypt(password, salt, { cost, blockSize, parallelization }, octets);
      },
    };
  }
  if (dotted !== oids.pbkdf2) algorithm.fail(`key derivation ${dotted}, which we do not know`);
  const iterations = parameters.child(1, 0x02, 'an iteration count').number('an iteration count');
  const rest = parameters.children.slice(2);
  const keyOctets = rest[0]?.tag === 0x02 ? rest.shift()?.number('a key length') : undefined;
  const digest = rest[0] === undefined ? 'sha1' : hmacs[rest[0].child(0, 0x06, 'a PRF').oid('a PRF')];
  if (digest === undefined) return algorithm.fail('PBKDF2 with a function that we do not know');
  return {
    name: `PBKDF2 ${digest}`,
    iterations,
    keyOctets,
    key: (password, octets, budget) => {
      if (keyOctets !== undefined && keyOctets !== octets) algorithm.fail('PBKDF2 with another key length than needed');
      budget.spend(iterations);
      return derivePbkdf2(password, salt, iterations, octets, digest);
    },
  };
}

function decipher(name: string, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array | undefined {
  try {
    const opened = createDecipheriv(name, key, iv);
    return Buffer.concat([opened.update(data), opened.final()]);
  } catch {
    // wrong padding, a length that is no multiple of a block, an IV of another length
    return undefined;
  }
}
