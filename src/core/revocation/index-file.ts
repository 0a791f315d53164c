import { refuse } from '../problem.ts';
import { isRecord } from '../unknown.ts';
import type { SerialHashes } from './hash-table.ts';
import type { ListScope } from './scope.ts';

/**
 * The binary index: eight octets of magic, the length of the header, the header (JSON, padded with blanks to a multiple
 * of eight), then for each list its hashes, bucket by bucket (see `hash-table.ts`), little-endian words. 8 bytes a serial number.
 */
export interface IndexHeader {
  readonly format: 2;
  readonly authorities: readonly IndexedAuthority[];
}

export interface IndexedAuthority {
  readonly name: string;
  /** Its lists had more serial numbers than it may have: none of them is here. */
  readonly overQuota?: number;
  readonly lists: readonly ListHeader[];
  /** Lists that were believed and do not count, because their signers do not stand: for who asks why one is missing. */
  readonly distrusted?: readonly DistrustedList[];
}

export interface DistrustedList {
  readonly issuers: readonly string[];
  readonly detail: string;
}

export interface ListHeader {
  /** Ids of the CA, one for each of its keys; sorted. */
  readonly issuers: readonly string[];
  /** Ids (name and key) of who signed it: one, or two where a delta is worked in. */
  readonly signers: readonly string[];
  /** Of its CA's name: what its hashes are keyed with. */
  readonly seed: { readonly high: number; readonly low: number };
  /** Epoch milliseconds. */
  readonly thisUpdate: number;
  readonly nextUpdate?: number;
  /** Hex. */
  readonly crlNumber?: string;
  readonly scope: ListScope;
  /** SHA-256 of the list's signature (of base and delta both): stands for its content. */
  readonly signatures: string;
  readonly count: number;
}

const magic = 0x6c726353; // 'Scrl'
const prefixBytes = 16;
const maxHeaderBytes = 1024 * 1024;

/** Reserves the bytes of an index; `hashes` are to be filled in, in the order of the header's lists. */
export function layOutIndex(header: IndexHeader): {
  readonly bytes: Uint8Array;
  readonly hashes: readonly SerialHashes[];
} {
  const json = Buffer.from(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const counts = header.authorities.flatMap(({ lists }) => lists.map(({ count }) => count));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const buffer = new ArrayBuffer(prefixBytes + headerBytes + 8 * total);
  const bytes = new Uint8Array(buffer);
  const view = new DataView(buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, header.format, true);
  view.setUint32(8, headerBytes, true);
  bytes.fill(0x20, prefixBytes, prefixBytes + headerBytes);
  bytes.set(json, prefixBytes);
  return { bytes, hashes: hashesAt(buffer, prefixBytes + headerBytes, counts) };
}

function hashesAt(buffer: ArrayBuffer, start: number, counts: readonly number[]): readonly SerialHashes[] {
  let at = start;
  return counts.map((count) => {
    const hashes = new Uint32Array(buffer, at, 2 * count);
    at += hashes.byteLength;
    return hashes;
  });
}

export interface OpenedIndex {
  readonly header: IndexHeader;
  /** The octets of the header, which stand for the content of every list. */
  readonly headerBytes: Uint8Array;
  readonly hashes: readonly SerialHashes[];
}

/**
 * Takes an index apart without copying it, where its memory is aligned. What a signature over it vouches for is not
 * checked again; its shape is.
 *
 * @throws ProblemError `revocation_index_damaged`
 */
export function openIndex(given: Uint8Array): OpenedIndex {
  const bytes = given.byteOffset % 8 === 0 && given.buffer instanceof ArrayBuffer ? given : Uint8Array.from(given);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < prefixBytes || view.getUint32(0, true) !== magic) damaged('no index of revocations');
  if (view.getUint32(4, true) !== 2) damaged(`format ${view.getUint32(4, true)}`);
  const length = view.getUint32(8, true);
  const start = prefixBytes + length;
  if (length % 8 !== 0 || length > maxHeaderBytes || start > bytes.length) damaged(`a header of ${length} bytes`);
  const headerBytes = bytes.subarray(prefixBytes, start);
  const header = parseHeader(headerBytes);
  const counts = header.authorities.flatMap(({ lists }) => lists.map(({ count }) => count));
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (start + 8 * total !== bytes.length) damaged(`${bytes.length - start} bytes for ${total} serial numbers`);
  return { header, headerBytes, hashes: hashesAt(bytes.buffer as ArrayBuffer, bytes.byteOffset + start, counts) };
}

function parseHeader(bytes: Uint8Array): IndexHeader {
  let header: IndexHeader | undefined;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    damaged('a header that is no JSON');
  }
  return isHeader(header) ? header : damaged('a header of another shape');
}

function isHeader(value: unknown): value is IndexHeader {
  if (!isRecord(value) || value.format !== 2 || !Array.isArray(value.authorities)) return false;
  return value.authorities.every(
    (authority) =>
      isRecord(authority) &&
      typeof authority.name === 'string' &&
      isOptional(authority.overQuota, isCount) &&
      isOptional(authority.distrusted, isDistrusted) &&
      Array.isArray(authority.lists) &&
      authority.lists.every(isList),
  );
}

function isList(value: unknown): boolean {
  return (
    isRecord(value) &&
    isTexts(value.issuers) &&
    isTexts(value.signers) &&
    isRecord(value.seed) &&
    Number.isInteger(value.seed.high) &&
    Number.isInteger(value.seed.low) &&
    Number.isSafeInteger(value.thisUpdate) &&
    isOptional(value.nextUpdate, Number.isSafeInteger) &&
    isOptional(value.crlNumber, (number) => typeof number === 'string') &&
    isRecord(value.scope) &&
    isOptional(value.scope.names, isTexts) &&
    isOptional(value.scope.only, (only) => only === 'user' || only === 'ca' || only === 'attribute') &&
    isOptional(value.scope.reasons, isCount) &&
    typeof value.signatures === 'string' &&
    isCount(value.count)
  );
}

function isDistrusted(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((list) => isRecord(list) && isTexts(list.issuers) && typeof list.detail === 'string')
  );
}

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === 'string');
const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 32;
const isOptional = (value: unknown, is: (value: unknown) => boolean): boolean => value === undefined || is(value);

function damaged(found: string): never {
  return refuse({
    code: 'revocation_index_damaged',
    message: 'the index of revocations is damaged',
    found,
    remedy: 'compile it again from the lists',
  });
}
