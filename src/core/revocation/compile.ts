import type { Certificate } from '../x509/certificate.ts';
import type { BelievedList } from './believe.ts';
import { combined, type Part, partOf } from './combine.ts';
import { dealHashes } from './hash-table.ts';
import type { IndexedList, RevocationIndex } from './index.ts';
import { type IndexHeader, layOutIndex } from './index-file.ts';
import { issuerIdOf } from './issuer-id.ts';
import { settle } from './settle.ts';

export interface AuthorityLists {
  readonly name: string;
  /** The CA certificates that the authority has now. */
  readonly certificates: readonly Certificate[];
  /** Believed under those certificates. */
  readonly lists: readonly BelievedList[];
  /** Whose status no list decides. Default: the self-signed ones of `certificates`. */
  readonly anchors?: readonly Certificate[];
}

export interface CompileRequest {
  /** Every authority that wants lists; what is held of others is dropped. */
  readonly authorities: readonly AuthorityLists[];
  /** What was compiled last: kept where there is nothing newer. */
  readonly held?: RevocationIndex;
  /** Held lists to drop, by the beginning of `signatures`, 16 hex digits or more: one that keeps honest lists out as "older". */
  readonly forget?: readonly string[];
  /** Default 1,048,576: 8 MiB of index. */
  readonly serialsPerAuthority?: number;
}

/** A list that was believed and is not used all the same. */
interface UnusedList {
  readonly authority: string;
  /**
   * `list_older`: one with a higher number or a later date is held. `list_signer_revoked`: its signer does not stand, and a
   * held one of that signer goes, too. `list_forgotten`: a held one that was to be dropped.
   */
  readonly code: 'list_older' | 'delta_without_base' | 'over_quota' | 'list_signer_revoked' | 'list_forgotten';
  readonly detail: string;
}

/** Something to look at about a list that is used. */
interface OddList {
  readonly authority: string;
  /** Its number is far ahead of the one before, while its date is not: every honest list after it would be "older". */
  readonly code: 'list_number_jumps';
  readonly detail: string;
}

export interface CompiledRevocations {
  /** For `openRevocations`. The same lists give the same bytes. */
  readonly bytes: Uint8Array;
  readonly unused: readonly UnusedList[];
  readonly odd: readonly OddList[];
}

const defaultSerials = 1_048_576;

/**
 * Believed lists → the index. Delta lists are worked into their bases; of two lists with one scope the newer counts, and
 * an older one than what is held is not taken back (RFC 5280 §5.2.3); an authority with more serial numbers than its
 * quota loses its own lists and nobody else's.
 */
export function compileRevocations(request: CompileRequest): CompiledRevocations {
  const unused: UnusedList[] = [];
  const odd: OddList[] = [];
  const forget = forgottenBy(request.forget ?? []);
  const quota = request.serialsPerAuthority ?? defaultSerials;
  const authorities = [...request.authorities]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, certificates, lists, anchors }) => {
      const note = (code: UnusedList['code'], detail: string) => unused.push({ authority: name, code, detail });
      const held = heldParts(request.held, name, certificates).filter((part) => {
        if (!forget(part)) return true;
        note('list_forgotten', describe(part));
        return false;
      });
      const fresh = lists.map(partOf);
      const { counting, distrusted } = settle([...held, ...fresh], certificates, anchors);
      for (const { part, detail } of distrusted) note('list_signer_revoked', `${describe(part)}; ${detail}`);
      const stands = (part: Part) => counting.includes(part);
      const heldNow = held.filter(stands);
      const parts = newestOf(combined(fresh.filter(stands), note), heldNow, note);
      for (const part of parts) {
        const jump = heldNow.map((before) => jumpDetail(before, part)).find((detail) => detail !== undefined);
        if (jump !== undefined) odd.push({ authority: name, code: 'list_number_jumps', detail: jump });
      }
      const refused = distrusted.map(({ part, detail }) => ({ issuers: part.header.issuers, detail }));
      const doubt = refused.length === 0 ? undefined : refused;
      const serials = parts.reduce((sum, { revoked }) => sum + revoked.length / 2, 0);
      if (serials <= quota) return { name, parts, overQuota: undefined, distrusted: doubt };
      note('over_quota', `${serials} serial numbers; at most ${quota}`);
      return { name, parts: [], overQuota: serials, distrusted: doubt };
    });
  const header: IndexHeader = {
    format: 2,
    authorities: authorities.map(({ name, parts, overQuota, distrusted }) => ({
      name,
      ...(overQuota === undefined ? {} : { overQuota }),
      ...(distrusted === undefined ? {} : { distrusted }),
      lists: parts.map(({ header: list, revoked }) => ({ ...list, count: revoked.length / 2 })),
    })),
  };
  const { bytes, hashes } = layOutIndex(header);
  for (const [index, { revoked }] of authorities.flatMap(({ parts }) => parts).entries()) {
    const target = hashes[index];
    if (target !== undefined) dealHashes(revoked, target);
  }
  return { bytes, unused, odd };
}

function heldParts(
  held: RevocationIndex | undefined,
  name: string,
  certificates: readonly Certificate[],
): readonly Part[] {
  const current = new Set(certificates.map(issuerIdOf));
  // An authority under a new name has the same CAs: what one of their keys has signed is known by that key.
  const all =
    held?.authorities.get(name)?.lists ?? [...(held?.authorities.values() ?? [])].flatMap(({ lists }) => lists);
  const unique = [...new Map(all.map((list) => [list.signatures, list])).values()];
  return unique.filter(({ issuers }) => issuers.some((id) => current.has(id))).map(heldPart);
}

function heldPart({ hashes, has: _, ...header }: IndexedList): Part {
  return { header, revoked: hashes };
}

function forgottenBy(ids: readonly string[]): (part: Part) => boolean {
  for (const id of ids)
    if (!/^[0-9a-f]{16,64}$/.test(id)) throw new Error(`a held list is named by 16 to 64 hex digits, not by ${id}`);
  return ({ header }) => ids.some((id) => header.signatures.startsWith(id));
}

/** A CA that publishes once a second, and some thousand times by hand, is behind this; a number made to last is not. */
const usualJump = 1000n;

function jumpDetail(before: Part, after: Part): string | undefined {
  const same = ({ header: { issuers, scope } }: Part) => JSON.stringify([issuers, scope]);
  const [from, to] = [before.header.crlNumber, after.header.crlNumber];
  if (from === undefined || to === undefined || same(before) !== same(after)) return undefined;
  const seconds = BigInt(Math.max(0, Math.ceil((after.header.thisUpdate - before.header.thisUpdate) / 1000)));
  const ahead = BigInt(`0x${to}`) - BigInt(`0x${from}`);
  if (ahead <= usualJump + seconds || isDate(to, after)) return undefined;
  return `${describe(after)}; before it ${describe(before)}`;
}

/** A number that is the list's own date: YYYYMMDD with whatever behind it, or seconds or milliseconds of Unix, a day more or less. */
function isDate(crlNumber: string, { header: { thisUpdate } }: Part): boolean {
  const number = BigInt(`0x${crlNumber}`);
  const day = 86_400_000;
  const near = (milliseconds: bigint) => Math.abs(Number(milliseconds) - thisUpdate) <= day;
  const days = [-day, 0, day].map((by) => new Date(thisUpdate + by).toISOString().slice(0, 10).replaceAll('-', ''));
  const digits = number.toString();
  return near(number) || near(number * 1000n) || (digits.length <= 18 && days.some((one) => digits.startsWith(one)));
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

/** With the id by which a held one is forgotten. */
function describe({ header: { crlNumber, thisUpdate, signatures } }: Part): string {
  const number = crlNumber === undefined ? 'no number' : `number ${crlNumber}`;
  return `${number}, ${new Date(thisUpdate).toISOString()} (${signatures.slice(0, 16)})`;
}
