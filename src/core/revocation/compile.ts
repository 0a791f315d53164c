import type { Certificate } from '../x509/certificate.ts';
import type { BelievedList } from './believe.ts';
import { combined, type Part, partOf } from './combine.ts';
import { dealHashes } from './hash-table.ts';
import type { IndexedList, RevocationIndex } from './index.ts';
import { type IndexHeader, layOutIndex } from './index-file.ts';
import { issuerIdOf } from './issuer-id.ts';

export interface AuthorityLists {
  readonly name: string;
  /** The CA certificates that the authority has now. */
  readonly certificates: readonly Certificate[];
  /** Believed under those certificates. */
  readonly lists: readonly BelievedList[];
}

export interface CompileRequest {
  /** Every authority that wants lists; what is held of others is dropped. */
  readonly authorities: readonly AuthorityLists[];
  /** What was compiled last: kept where there is nothing newer. */
  readonly held?: RevocationIndex;
  /** Default 1,048,576: 8 MiB of index. */
  readonly serialsPerAuthority?: number;
}

/** A list that was believed and is not used all the same. */
interface UnusedList {
  readonly authority: string;
  /** `list_older`: one with a higher number or a later date is held. */
  readonly code: 'list_older' | 'delta_without_base' | 'over_quota';
  readonly detail: string;
}

export interface CompiledRevocations {
  /** For `openRevocations`. The same lists give the same bytes. */
  readonly bytes: Uint8Array;
  readonly unused: readonly UnusedList[];
}

const defaultSerials = 1_048_576;

/**
 * Believed lists → the index. Delta lists are worked into their bases; of two lists with one scope the newer counts, and
 * an older one than what is held is not taken back (RFC 5280 §5.2.3); an authority with more serial numbers than its
 * quota loses its own lists and nobody else's.
 */
export function compileRevocations(request: CompileRequest): CompiledRevocations {
  const unused: UnusedList[] = [];
  const quota = request.serialsPerAuthority ?? defaultSerials;
  const authorities = [...request.authorities]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, certificates, lists }) => {
      const note = (code: UnusedList['code'], detail: string) => unused.push({ authority: name, code, detail });
      const parts = newestOf(combined(lists.map(partOf), note), heldParts(request.held, name, certificates), note);
      const serials = parts.reduce((sum, { revoked }) => sum + revoked.length / 2, 0);
      if (serials <= quota) return { name, parts };
      note('over_quota', `${serials} serial numbers; at most ${quota}`);
      return { name, parts: [], overQuota: serials };
    });
  const header: IndexHeader = {
    format: 1,
    authorities: authorities.map(({ name, parts, overQuota }) => ({
      name,
      ...(overQuota === undefined ? {} : { overQuota }),
      lists: parts.map(({ header: list, revoked }) => ({ ...list, count: revoked.length / 2 })),
    })),
  };
  const { bytes, hashes } = layOutIndex(header);
  for (const [index, { revoked }] of authorities.flatMap(({ parts }) => parts).entries()) {
    const target = hashes[index];
    if (target !== undefined) dealHashes(revoked, target);
  }
  return { bytes, unused };
}

function heldParts(
  held: RevocationIndex | undefined,
  name: string,
  certificates: readonly Certificate[],
): readonly Part[] {
  const current = new Set(certificates.map(issuerIdOf));
  return (held?.authorities.get(name)?.lists ?? [])
    .filter(({ issuers }) => issuers.some((id) => current.has(id)))
    .map(heldPart);
}

function heldPart({ hashes, has: _, ...header }: IndexedList): Part {
  return { header, revoked: hashes };
}

/** One list for each CA and scope, in an order of their own. */
function newestOf(
  fresh: readonly Part[],
  held: readonly Part[],
  note: (code: UnusedList['code'], detail: string) => void,
): readonly Part[] {
  const newest = new Map<string, Part>();
  for (const part of [...held, ...fresh]) {
    const key = JSON.stringify([part.header.issuers, part.header.scope]);
    const other = newest.get(key);
    if (other === undefined || !isOlder(part, other)) newest.set(key, part);
    else note('list_older', `${describe(part)}; held is ${describe(other)}`);
  }
  return [...newest.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part);
}

function isOlder({ header: list }: Part, { header: other }: Part): boolean {
  if (list.thisUpdate < other.thisUpdate) return true;
  return list.crlNumber !== undefined && other.crlNumber !== undefined && isLess(list.crlNumber, other.crlNumber);
}

function isLess(a: string, b: string): boolean {
  return BigInt(`0x${a}`) < BigInt(`0x${b}`);
}

function describe({ header: { crlNumber, thisUpdate } }: Part): string {
  return `${crlNumber === undefined ? 'no number' : `number ${crlNumber}`}, ${new Date(thisUpdate).toISOString()}`;
}
