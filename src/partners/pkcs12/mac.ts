import { createHmac, timingSafeEqual } from 'node:crypto';
import type { BerElement } from '../ber.ts';
import { hmacs, macDigests, oids } from './algorithms.ts';
import { readDerivation } from './decrypt.ts';
import { derivePkcs12, type IterationBudget, type PasswordForm } from './derive.ts';

export interface Mac {
  /** `HMAC-sha256`, `PBMAC1 sha256`. */
  readonly name: string;
  readonly iterations: number;
  fits(password: PasswordForm, budget: IterationBudget, data: Uint8Array): boolean;
}

/** MacData of RFC 7292 §4, or PBMAC1 in it (RFC 9579). */
export function readMac(macData: BerElement): Mac {
  const digestInfo = macData.child(0, 0x30, 'the MAC');
  const algorithm = digestInfo.child(0, 0x30, 'the algorithm of the MAC');
  const expected = digestInfo.children[1]?.octets() ?? digestInfo.fail('a MAC without its value');
  const dotted = algorithm.child(0, 0x06, 'the algorithm of the MAC').oid('the algorithm of the MAC');
  if (dotted === oids.pbmac1) return readPbmac1(algorithm, expected);
  const salt = macData.children[1]?.octets() ?? macData.fail('a MAC without its salt');
  const iterations = macData.children[2]?.number('the iterations of the MAC') ?? 1;
  const [digest, blockOctets] = macDigests[dotted] ?? [];
  if (digest === undefined || blockOctets === undefined) return algorithm.fail(`MAC ${dotted}, which we do not know`);
  return {
    name: `HMAC-${digest}`,
    iterations,
    fits: ({ wide }, budget, data) => {
      budget.spend(iterations);
      const octets = expected.length;
      const key = derivePkcs12(digest, blockOctets, { password: wide, salt, iterations }, 'mac', digestOctets(digest));
      const found = createHmac(digest, key).update(data).digest();
      return octets === found.length && timingSafeEqual(found, expected);
    },
  };
}

function digestOctets(digest: string): number {
  return digest === 'sha1' ? 20 : Number(digest.slice(3)) / 8;
}

/** RFC 9579 §4: PBKDF2 must say how long the key is. */
function readPbmac1(algorithm: BerElement, expected: Uint8Array): Mac {
  const parameters = algorithm.child(1, 0x30, 'the parameters of PBMAC1');
  const derivation = readDerivation(parameters.child(0, 0x30, 'a key derivation'));
  const scheme = parameters.child(1, 0x30, 'a MAC');
  const digest = hmacs[scheme.child(0, 0x06, 'a MAC').oid('a MAC')];
  if (digest === undefined) return scheme.fail('PBMAC1 with a MAC that we do not know');
  const { keyOctets, iterations } = derivation;
  if (keyOctets === undefined || keyOctets < 20 || keyOctets > 64)
    return scheme.fail('PBMAC1 without a usable key length');
  return {
    name: `PBMAC1 ${digest}`,
    iterations,
    fits: ({ narrow }, budget, data) => {
      const found = createHmac(digest, derivation.key(narrow, keyOctets, budget))
        .update(data)
        .digest();
      return expected.length === found.length && timingSafeEqual(found, expected);
    },
  };
}
