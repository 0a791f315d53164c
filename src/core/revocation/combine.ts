import { hash } from 'node:crypto';
import type { BelievedList } from './believe.ts';
import { dealHashes, hasHash, openTable, type SerialHashes } from './hash-table.ts';
import type { ListHeader } from './index-file.ts';
import { scopeOf } from './scope.ts';
import { seedOf } from './serial-hash.ts';

/** One list of the index in the making. */
export interface Part {
  readonly header: Omit<ListHeader, 'count'>;
  readonly revoked: SerialHashes;
  /** A delta list, not yet worked into its base. */
  readonly delta?: { readonly base: string; readonly removed: SerialHashes };
  readonly authorityKeyIdentifier?: string;
}

export function partOf({ list, issuers, signer, entries }: BelievedList): Part {
  const { thisUpdate, nextUpdate, crlNumber, deltaBase, authorityKeyIdentifier } = list;
  return {
    header: {
      issuers: [...issuers].sort(),
      signers: [signer],
      seed: seedOf(list.issuer),
      thisUpdate,
      ...(nextUpdate === undefined ? {} : { nextUpdate }),
      ...(crlNumber === undefined ? {} : { crlNumber }),
      scope: scopeOf(list.issuer, list.issuingDistributionPoint),
      signatures: hash('sha256', list.signature, 'hex'),
    },
    revoked: entries.revoked,
    ...(deltaBase === undefined ? {} : { delta: { base: deltaBase, removed: entries.removed } }),
    authorityKeyIdentifier,
  };
}

/** Complete lists, each with the newest delta list that fits it worked in. */
export function combined(
  parts: readonly Part[],
  note: (code: 'delta_without_base', detail: string) => void,
): readonly Part[] {
  const bases = parts.filter(({ delta }) => delta === undefined);
  for (const delta of parts.filter((part) => part.delta !== undefined)) {
    if (bases.some((base) => fits(base, delta))) continue;
    const { header } = delta;
    note('delta_without_base', `number ${header.crlNumber ?? '(none)'} needs a base from ${delta.delta?.base} on`);
  }
  return paired(parts).map(({ base, delta }) => (delta === undefined ? base : workedIn(base, delta)));
}

/** A complete list, and the newest delta list that fits it where that is newer. */
export interface Pair {
  readonly base: Part;
  readonly delta?: Part;
}

export function paired(parts: readonly Part[]): readonly Pair[] {
  return parts
    .filter(({ delta }) => delta === undefined)
    .map((base) => {
      const newest = parts
        .filter((delta) => fits(base, delta))
        .reduce<Part | undefined>(
          (best, delta) => (best === undefined || numberOf(delta) > numberOf(best) ? delta : best),
          undefined,
        );
      return newest === undefined || numberOf(newest) <= numberOf(base) ? { base } : { base, delta: newest };
    });
}

/** RFC 5280 §5.2.4 and §6.3.3 (c): the same CA, scope and key, and a base that is not older than the one the delta began from. */
function fits(base: Part, delta: Part): boolean {
  if (delta.delta === undefined || delta.header.crlNumber === undefined || base.header.crlNumber === undefined) {
    return false;
  }
  const same = ({ header: { issuers, scope }, authorityKeyIdentifier }: Part) =>
    JSON.stringify([issuers, scope, authorityKeyIdentifier]);
  return same(base) === same(delta) && numberOf(base) >= BigInt(`0x${delta.delta.base}`);
}

function numberOf({ header: { crlNumber } }: Part): bigint {
  return BigInt(`0x${crlNumber ?? '0'}`);
}

/** The combination holds as long as both do: when the delta has lapsed, a later one is due. */
function workedIn(base: Part, { header, revoked, delta }: Part): Part {
  const kept = delta === undefined ? base.revoked : without(base.revoked, delta.removed);
  const ends = [base.header.nextUpdate, header.nextUpdate].filter((end) => end !== undefined);
  return {
    header: {
      ...header,
      signers: [...new Set([...base.header.signers, ...header.signers])].sort(),
      ...(ends.length === 0 ? {} : { nextUpdate: Math.min(...ends) }),
      signatures: hash('sha256', `${base.header.signatures} ${header.signatures}`, 'hex'),
    },
    revoked: joined(kept, revoked),
  };
}

function joined(a: SerialHashes, b: SerialHashes): SerialHashes {
  const both = new Uint32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** What the delta takes out. A serial number that it also lists is put in again after this. */
function without(hashes: SerialHashes, removed: SerialHashes): SerialHashes {
  const dealt = new Uint32Array(removed.length);
  dealHashes(removed, dealt);
  const table = openTable(dealt);
  if (removed.length === 0 || table === undefined) return hashes;
  // a hash stays or goes with both of its words
  return hashes.filter((_, index) => {
    const first = index - (index % 2);
    return !hasHash(table, hashes[first] ?? 0, hashes[first + 1] ?? 0);
  });
}
