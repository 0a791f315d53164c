import { hash } from 'node:crypto';
import { refuse } from '../problem.ts';
import type { Certificate } from '../x509/certificate.ts';
import { hasHash, openTable, type SerialHashes } from './hash-table.ts';
import { type IndexedAuthority, type ListHeader, openIndex } from './index-file.ts';
import { type Seed, SerialHash } from './serial-hash.ts';

/** One list, ready to be asked. */
export interface IndexedList extends ListHeader {
  readonly hashes: SerialHashes;
  /** Whether the list revokes this certificate of its issuer. */
  has(certificate: Certificate): boolean;
}

/** What is known about revoked certificates, authority by authority: a list counts only in the one that believed it. */
export interface RevocationIndex {
  /** Differs whenever any list does. SHA-256, lower-case hex. */
  readonly id: string;
  readonly authorities: ReadonlyMap<string, RevocationsOfAuthority>;
  /** Why there is none: what stands in for an index that could not be read. Nobody is let in on the word of such a one. */
  readonly unreadable?: string;
}

/** In the place of an index that could not be read, so that authorities with lists are closed and all others decide. */
export const unreadableRevocations = (why: string): RevocationIndex => ({
  id: 'unreadable',
  authorities: new Map(),
  unreadable: why,
});

interface RevocationsOfAuthority extends Pick<IndexedAuthority, 'name' | 'overQuota' | 'distrusted'> {
  readonly lists: readonly IndexedList[];
  /** The lists of a CA, by its id. */
  of(issuerId: string): readonly IndexedList[];
}

/**
 * Opens what `compileRevocations` wrote; no byte is copied. The bytes must come from a source that vouches for them.
 *
 * @throws ProblemError `revocation_index_damaged`
 */
export function openRevocations(bytes: Uint8Array): RevocationIndex {
  const { header, headerBytes, hashes } = openIndex(bytes);
  let taken = 0;
  const authorities = header.authorities.map(({ name, overQuota, lists, distrusted }): RevocationsOfAuthority => {
    const opened = lists.map((list) => {
      const own = hashes[taken];
      taken += 1;
      return openList(list, own ?? new Uint32Array());
    });
    const byIssuer = new Map<string, IndexedList[]>();
    for (const list of opened) {
      for (const issuer of list.issuers) byIssuer.set(issuer, [...(byIssuer.get(issuer) ?? []), list]);
    }
    return { name, overQuota, distrusted, lists: opened, of: (issuerId) => byIssuer.get(issuerId) ?? [] };
  });
  return {
    id: hash('sha256', headerBytes, 'hex'),
    authorities: new Map(authorities.map((authority) => [authority.name, authority])),
  };
}

function openList(header: ListHeader, hashes: SerialHashes): IndexedList {
  const hashed = new SerialHash(header.seed);
  const table =
    openTable(hashes) ??
    refuse({
      code: 'revocation_index_damaged',
      message: 'the index of revocations is damaged',
      found: 'serial numbers out of order',
      remedy: 'compile it again from the lists',
    });
  return {
    ...header,
    hashes,
    has({ serial }) {
      hashed.take(serialView, 0, serialOctets(serial));
      return hasHash(table, hashed.high >>> 0, hashed.low >>> 0);
    },
  };
}

/** How a list of this seed would have the certificate, unsigned words; undefined: it cannot name it. */
export function serialHashOf(seed: Seed, { serial }: Certificate): Seed | undefined {
  const octets = serialOctets(serial);
  if (octets === 0) return undefined;
  const hashed = new SerialHash(seed);
  hashed.take(serialView, 0, octets);
  return { high: hashed.high >>> 0, low: hashed.low >>> 0 };
}

/** Whether a list can name this certificate at all: not without a serial number, nor with one that no list can hold. */
export function canBeListed({ serial }: Certificate): boolean {
  return serialOctets(serial) > 0;
}

/** One for all look-ups: no serial number that a list can hold (127 octets) is longer. */
const serialBytes = new Uint8Array(128);
const serialView = new DataView(serialBytes.buffer);

/** Writes a certificate's serial number as the shortest INTEGER, as a list has it. Returns its length; 0: no list can have it. */
function serialOctets(serial: string): number {
  if (serial.startsWith('-')) return negativeOctets(BigInt(`0x${serial.slice(1)}`));
  const octets = (serial.length + 1) >> 1;
  if (octets === 0 || octets > 127) return 0;
  let at = serialBytes.length - 1;
  for (let digit = serial.length - 1; digit >= 0; digit -= 2) {
    serialBytes[at] = digitAt(serial, digit) | (digit > 0 ? digitAt(serial, digit - 1) << 4 : 0);
    at -= 1;
  }
  const signed = (serialBytes[at + 1] ?? 0) >= 0x80;
  if (signed) {
    serialBytes[at] = 0;
    at -= 1;
  }
  serialBytes.copyWithin(0, at + 1);
  return octets + (signed ? 1 : 0);
}

function digitAt(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  return unit <= 0x39 ? unit - 0x30 : unit - 0x57;
}

/** Two's complement (X.690 §8.3.3). Some CAs have made negative serial numbers, and revoke them too. */
function negativeOctets(magnitude: bigint): number {
  const octets = Math.floor((magnitude - 1n).toString(2).length / 8) + 1;
  if (magnitude === 0n || octets > 127) return 0;
  const hex = (2n ** BigInt(8 * octets) - magnitude).toString(16).padStart(2 * octets, '0');
  serialBytes.set(Buffer.from(hex, 'hex'));
  return octets;
}
