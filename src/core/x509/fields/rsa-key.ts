import { DerCursor, tag } from '../der.ts';
import { readOid } from '../oid.ts';
import type { PublicKeyInfo } from './algorithm.ts';

/** One of this many primes in a modulus and the rest of it has no secret: SP 800-89 §5.3.3 looks for the same ones. */
const smallPrimes = primesBelow(752);
/**
 * Products of them, and products of those: what a product leaves of a modulus has the same remainders and a fraction of the
 * length. Below 2³⁰ the last division is one of the processor.
 */
const leaves = productsOf(
  smallPrimes.map((prime) => ({ product: BigInt(prime), prime })),
  1n << 30n,
);
const branches = productsOf(leaves, 1n << 256n);
const whole = branches.reduce((all, { product }) => all * product, 1n);

const known = new WeakMap<PublicKeyInfo, string | undefined>();

/**
 * Why an RSA key is none, whatever its length; undefined for a sound one and for keys of other kinds. With an exponent of
 * 1 anybody makes its signatures, an even one has no inverse, and a modulus with a small factor is soon taken apart.
 */
export function rsaFaultOf(key: PublicKeyInfo): string | undefined {
  if (key.algorithm !== 'rsa' && key.algorithm !== 'rsa-pss') return undefined;
  if (known.has(key)) return known.get(key);
  const fault = faultOf(key.spki);
  known.set(key, fault);
  return fault;
}

/** RFC 8017 §3.1: n is a product of odd primes, 3 ≤ e < n, and e is odd because it has no factor in common with p - 1. */
function faultOf(spki: Uint8Array): string | undefined {
  const { modulus, exponent } = readKey(spki);
  if (exponent === 1n) return 'RSA exponent 1: anybody can sign for this key (RFC 8017 §3.1)';
  if (exponent % 2n === 0n) return `RSA exponent ${shortly(exponent)} is even (RFC 8017 §3.1)`;
  if (exponent >= modulus) return 'RSA exponent not below the modulus (RFC 8017 §3.1)';
  if (modulus % 2n === 0n) return 'RSA modulus is even: it is no product of two odd primes (RFC 8017 §3.1)';
  const factor = smallFactorOf(modulus);
  return factor === undefined ? undefined : `RSA modulus is divisible by ${factor}: the key is broken`;
}

function readKey(spki: Uint8Array): { readonly modulus: bigint; readonly exponent: bigint } {
  const cursor = new DerCursor(spki, 'certificate_malformed');
  cursor.enter(tag.sequence, 'the public key');
  const algorithm = cursor.enter(tag.sequence, 'the algorithm of the public key');
  readOid(cursor, 'the algorithm of the public key');
  while (cursor.more) cursor.next();
  cursor.leave(algorithm);
  cursor.bitString('the public key');
  cursor.enterLast();
  cursor.enter(tag.sequence, 'the RSA key');
  const number = (what: string): bigint => {
    cursor.expect(tag.integer, what);
    return BigInt(`0x${cursor.hex()}`);
  };
  const modulus = number('the modulus');
  return { modulus, exponent: number('the exponent') };
}

function smallFactorOf(modulus: bigint): number | undefined {
  const first = modulus % whole;
  for (const branch of branches) {
    const second = first % branch.product;
    for (const leaf of branch.parts) {
      const rest = Number(second % leaf.product);
      const factor = leaf.parts.find(({ prime }) => rest % prime === 0)?.prime;
      if (factor !== undefined && modulus > BigInt(factor)) return factor;
    }
  }
  return undefined;
}

function primesBelow(limit: number): readonly number[] {
  const primes: number[] = [];
  for (let number = 3; number < limit; number += 2) {
    if (primes.every((prime) => number % prime !== 0)) primes.push(number);
  }
  return primes;
}

function productsOf<T extends { readonly product: bigint }>(
  parts: readonly T[],
  below: bigint,
): readonly { readonly product: bigint; readonly parts: readonly T[] }[] {
  const groups: { product: bigint; parts: T[] }[] = [];
  for (const part of parts) {
    const last = groups.at(-1);
    const joined = (last?.product ?? 1n) * part.product;
    if (last === undefined || joined >= below) groups.push({ product: part.product, parts: [part] });
    else {
      last.product = joined;
      last.parts.push(part);
    }
  }
  return groups;
}

/** For people: an exponent may be as long as the modulus. */
function shortly(number: bigint): string {
  const digits = number.toString();
  return digits.length <= 20 ? digits : `of ${digits.length} digits`;
}
