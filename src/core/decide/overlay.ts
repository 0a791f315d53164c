import { IdentityIndex } from '../registry/identity-index.ts';
import type { Client } from '../registry/registry.ts';
import { type AddressRange, containsAddress, parseAddress, parseAddressRange } from '../request/address.ts';
import type { Certificate } from '../x509/certificate.ts';
import { siblingsOf } from '../x509/ecdsa-sibling.ts';
import type { Block, Denial } from './block.ts';

/** A block while it has an effect: until when, epoch milliseconds. */
interface Entry {
  readonly why: string;
  readonly until: number;
}

type Entries = ReadonlyMap<string, readonly Entry[]>;

/** What is denied at once, whatever the registry says. It can only take away. */
export interface Overlay {
  /** Names the state of every document it was made of: equal ids, equal overlays. */
  readonly id: string;
  readonly size: number;
  readonly clients: Entries;
  readonly certificates: Entries;
  readonly keys: Entries;
  /** `issuer serial` */
  readonly serials: Entries;
  /** By `Name.key`. */
  readonly cas: Entries;
  readonly identities: readonly {
    readonly index: IdentityIndex;
    readonly issuers: ReadonlySet<string>;
    readonly entry: Entry;
  }[];
  readonly addresses: readonly { readonly range: AddressRange; readonly entry: Entry }[];
}

/** @param id names the documents that the blocks are from */
export function overlayOf(id: string, blocks: readonly Block[]): Overlay {
  const maps = { clients: new Map(), certificates: new Map(), keys: new Map(), serials: new Map(), cas: new Map() };
  const identities: Overlay['identities'][number][] = [];
  const addresses: Overlay['addresses'][number][] = [];
  const add = (map: Map<string, Entry[]>, key: string, entry: Entry): void => {
    map.set(key, [...(map.get(key) ?? []), entry]);
  };
  const place = (denial: Denial, entry: Entry): void => {
    if ('client' in denial) add(maps.clients, denial.client, entry);
    else if ('certificate' in denial) add(maps.certificates, denial.certificate, entry);
    else if ('key' in denial) add(maps.keys, denial.key, entry);
    else if ('serial' in denial) add(maps.serials, `${denial.issuer} ${denial.serial}`, entry);
    else if ('ca' in denial) add(maps.cas, denial.ca, entry);
    else if ('addresses' in denial) addresses.push({ range: parseAddressRange(denial.addresses), entry });
    else {
      const index = new IdentityIndex();
      index.add({ client: nobody, identity: denial.identity });
      identities.push({ index, issuers: new Set(denial.issuers), entry });
    }
  };
  for (const { denies, reason, until } of blocks) {
    const entry = { why: reason, until: until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until) };
    for (const denial of denies) place(denial, entry);
  }
  return { id, size: blocks.length, ...maps, identities, addresses };
}

export const emptyOverlay: Overlay = overlayOf('', []);

/** Stands where an index of identities wants the client: a block is not about whose it is. */
const nobody = {} as Client;

/** Why this client is blocked by its name; undefined: it is not. */
export function clientBlock({ clients }: Overlay, name: string, now: number): string | undefined {
  return clients.size === 0 ? undefined : inEffect(clients.get(name), now);
}

/** Why nothing from this address is decided; undefined: it may be. An address that cannot be read is not looked up. */
export function addressBlock({ addresses }: Overlay, address: string, now: number): string | undefined {
  if (addresses.length === 0) return undefined;
  const bytes = parseAddress(address);
  if (bytes === undefined) return undefined;
  return inEffect(
    addresses.filter(({ range }) => containsAddress(range, bytes)).map(({ entry }) => entry),
    now,
  );
}

/** Of a certificate that could not even be read. */
export function fingerprintBlock({ certificates }: Overlay, sha256: string, now: number): string | undefined {
  return certificates.size === 0 ? undefined : inEffect(certificates.get(sha256), now);
}

/**
 * Why this certificate is blocked; undefined: it is not. Its siblings count as the certificate itself, or whoever holds a
 * stolen one could give it another fingerprint.
 */
export function certificateBlock(leaf: Certificate, overlay: Overlay, now: number): string | undefined {
  const { size, certificates, keys, serials, cas, identities } = overlay;
  if (size === 0) return undefined;
  const found: (readonly Entry[] | undefined)[] = [];
  if (certificates.size > 0)
    for (const sha256 of [leaf.sha256, ...siblingsOf(leaf)]) found.push(certificates.get(sha256));
  if (keys.size > 0) found.push(keys.get(leaf.spkiSha256));
  if (serials.size > 0) found.push(serials.get(`${leaf.issuer.key} ${leaf.serial}`));
  if (cas.size > 0) found.push(cas.get(leaf.issuer.key));
  for (const { index, issuers, entry } of identities) {
    if (issuers.has(leaf.issuer.key) && index.find(leaf).length > 0) found.push([entry]);
  }
  return firstInEffect(found, now);
}

/** Why a path is blocked: a CA on it is, by name or by key. @param path leaf first */
export function pathBlock(path: readonly Certificate[], { keys, cas }: Overlay, now: number): string | undefined {
  if (keys.size === 0 && cas.size === 0) return undefined;
  return firstInEffect(
    path.slice(1).flatMap((ca) => [keys.get(ca.spkiSha256), cas.get(ca.subject.key)]),
    now,
  );
}

function firstInEffect(found: readonly (readonly Entry[] | undefined)[], now: number): string | undefined {
  for (const entries of found) {
    const why = inEffect(entries, now);
    if (why !== undefined) return why;
  }
  return undefined;
}

function inEffect(entries: readonly Entry[] | undefined, now: number): string | undefined {
  return entries?.find(({ until }) => now < until)?.why;
}
