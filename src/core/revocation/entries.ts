import { DerCursor, tag } from '../x509/der.ts';
import { readTime } from '../x509/fields/validity.ts';
import { oid, readOid } from '../x509/oid.ts';
import type { SerialHashes } from './hash-table.ts';
import { type Seed, SerialHash } from './serial-hash.ts';

export interface ScannedEntries {
  /** Entries that revoke. */
  readonly count: number;
  /** In the order of the list. */
  readonly revoked: SerialHashes;
  /** What a delta list takes out of its base (removeFromCRL). */
  readonly removed: SerialHashes;
  /** The first critical extension of an entry that is not processed here: the list must not be used (RFC 5280 §5.3). */
  readonly unknownCritical?: string;
  /** Some entry names its own issuer, as only an indirect list does. */
  readonly indirect: boolean;
}

export interface EntriesPlace {
  readonly bytes: Uint8Array;
  /** The contents of revokedCertificates; start = stop when there are none. */
  readonly start: number;
  readonly stop: number;
  /** Entries of version 1 have no extensions. */
  readonly version: 1 | 2;
  readonly delta: boolean;
}

/** SEQUENCE, INTEGER of one octet, UTCTime: no entry is shorter, so that what is there bounds what is allocated. */
const shortestEntry = 2 + 3 + 15;

/** SEQUENCE and INTEGER, without the low seven bits of their lengths. */
const usualHead = 0x30000200;

const removeFromCrl = 8;
const maxEntryExtensions = 16;

/**
 * Every entry of a list, once: checked strictly (RFC 5280 §5.1.2.6, §5.3) and hashed. By offset, without an object per
 * entry: the usual entry (short lengths, UTCTime, at most a reason) is read here in line, any other by the cursor.
 *
 * @throws ProblemError `list_malformed`
 */
export function scanEntries(place: EntriesPlace, seed: Seed): ScannedEntries {
  const { bytes, start, stop } = place;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const cursor = new DerCursor(bytes, 'list_malformed', start, stop);
  const most = Math.floor((stop - start) / shortestEntry);
  const revoked = new Uint32Array(2 * most);
  const serial = new SerialHash(seed);
  const oddities = new Oddities(cursor, place);
  const removed: number[] = [];
  let count = 0;
  let at = start;
  while (at < stop) {
    // The usual head: SEQUENCE and INTEGER, both with a length of one octet. One read, four octets.
    const head = at + shortestEntry <= stop ? view.getUint32(at) : 0;
    let serialAt = at + 2;
    let end = serialAt + ((head >>> 16) & 0xff);
    let length = head & 0xff;
    if ((head & 0xff80ff80) !== usualHead || end > stop) {
      cursor.at = at;
      cursor.expect(tag.sequence, 'an entry');
      serialAt = cursor.start;
      end = cursor.stop;
      length = end - serialAt > 2 && view.getUint8(serialAt) === tag.integer ? view.getUint8(serialAt + 1) : 0;
    }
    const timeAt = serialAt + 2 + length;
    // a serial number of more than 127 octets is nobody's
    if (length === 0 || length >= 0x80 || timeAt + 15 > end) {
      cursor.fail('an entry without a serial number and a date', serialAt);
    }
    if (length > 1) {
      const first = view.getUint16(serialAt + 2) >> 7;
      if (first === 0 || first === 0x1ff) cursor.fail('a serial number that is not a minimal INTEGER', serialAt);
    }
    let after = timeAt + 15;
    if (!isUsualTime(view, timeAt)) {
      cursor.at = timeAt;
      cursor.end = end;
      readTime(cursor, 'the revocation date');
      after = cursor.at;
      cursor.end = stop;
    }
    let removes = false;
    if (after < end) {
      const reason = end - after === 14 && place.version === 2 ? usualReason(view, after) : -1;
      removes = reason >= 0 && reason < removeFromCrl - 1 ? false : oddities.read(after, end);
    }
    serial.take(view, serialAt + 2, timeAt);
    if (removes) removed.push(serial.high, serial.low);
    else {
      revoked[2 * count] = serial.high;
      revoked[2 * count + 1] = serial.low;
      count += 1;
    }
    at = end;
  }
  return {
    count,
    revoked: revoked.subarray(0, 2 * count),
    removed: Uint32Array.from(removed),
    unknownCritical: oddities.unknownCritical,
    indirect: oddities.indirect,
  };
}

/** Last day of a month, both as two decimal digits of four bits each; 0: no month. */
const lastDays = new Uint8Array(256);
for (const [index, day] of [0x31, 0x28, 0x31, 0x30, 0x31, 0x30, 0x31, 0x31, 0x30, 0x31, 0x30, 0x31].entries()) {
  lastDays[index < 9 ? index + 1 : index + 7] = day;
}

/**
 * A UTCTime `YYMMDDhhmmssZ`; what this does not know (29 February), readTime decides. Four reads of four octets, and no
 * branch but the last: there is one date for each of millions of entries.
 */
function isUsualTime(view: DataView, at: number): boolean {
  const year = view.getInt32(at); // tag, length, YY
  const date = view.getInt32(at + 4); // MMDD
  const time = view.getInt32(at + 8); // hhmm
  const rest = view.getInt32(at + 11); // the last digit of mm, ss, Z
  // the high half of an ASCII digit is 3, and still is when 6 has been added
  const strange =
    ((year ^ 0x170d3030) & 0xfffff0f0) |
    (((year + 0x0606) ^ 0x3030) & 0xf0f0) |
    ((date ^ 0x30303030) & 0xf0f0f0f0) |
    (((date + 0x06060606) ^ 0x30303030) & 0xf0f0f0f0) |
    ((time ^ 0x30303030) & 0xf0f0f0f0) |
    (((time + 0x06060606) ^ 0x30303030) & 0xf0f0f0f0) |
    ((rest ^ 0x3030305a) & 0xf0f0f0ff) |
    (((rest + 0x06060600) ^ 0x30303000) & 0xf0f0f000);
  const month = ((date >>> 20) & 0xf0) | ((date >>> 16) & 0x0f);
  const day = ((date >>> 4) & 0xf0) | (date & 0x0f);
  const hour = ((time >>> 20) & 0xf0) | ((time >>> 16) & 0x0f);
  // negative when any of them is
  const outside =
    ((lastDays[month] ?? 0) - day) |
    (day - 1) |
    (0x23 - hour) |
    (5 - ((time >>> 8) & 0x0f)) |
    (5 - ((rest >>> 16) & 0x0f));
  return strange === 0 && outside >= 0;
}

/** The reasonCode of extensions that hold nothing else: `30 0c 30 0a 06 03 55 1d 15 04 03 0a 01` and the reason; or -1. */
function usualReason(view: DataView, at: number): number {
  const usual =
    view.getUint32(at) === 0x300c300a &&
    view.getInt32(at + 4) === 0x0603551d &&
    view.getInt32(at + 8) === 0x1504030a &&
    view.getUint8(at + 12) === 0x01;
  return usual ? view.getUint8(at + 13) : -1;
}

/** CRLReason, RFC 5280 §5.3.1; 7 is not used. */
const isReason = (value: number) => value <= 10 && value !== 7;

/** Entry extensions other than the usual reason. */
class Oddities {
  readonly #cursor: DerCursor;
  readonly #place: EntriesPlace;
  unknownCritical: string | undefined;
  indirect = false;

  constructor(cursor: DerCursor, place: EntriesPlace) {
    this.#cursor = cursor;
    this.#place = place;
  }

  /** crlEntryExtensions; true when the entry takes the certificate out of the base list. */
  read(start: number, stop: number): boolean {
    const cursor = this.#cursor;
    if (this.#place.version === 1) cursor.fail('an entry with extensions in a list of version 1', start);
    const level = cursor.end;
    cursor.at = start;
    cursor.end = stop;
    const outer = cursor.enter(tag.sequence, 'the extensions of an entry');
    if (!cursor.more) cursor.fail('the extensions of an entry are empty');
    let reason = 0;
    const seen: string[] = [];
    while (cursor.more) {
      const extension = cursor.enter(tag.sequence, 'an extension of an entry');
      const type = readOid(cursor, 'the type of an extension');
      if (seen.includes(type)) cursor.fail(`extension ${type} stands twice in an entry`);
      if (seen.push(type) > maxEntryExtensions) cursor.fail(`an entry with more than ${maxEntryExtensions} extensions`);
      const critical = cursor.peek() === tag.boolean;
      if (critical && !cursor.boolean('critical')) cursor.fail('critical is FALSE in writing, which DER leaves out');
      cursor.expect(tag.octetString, 'the value of an extension');
      const value = cursor.enterLast();
      if (type === oid.reasonCode) reason = readReason(cursor);
      else if (type === oid.invalidityDate) readGeneralizedTime(cursor);
      else {
        if (type === oid.certificateIssuer) this.indirect = true;
        else if (critical) this.unknownCritical ??= type;
        cursor.at = cursor.end;
      }
      cursor.leave(value);
      cursor.leave(extension);
    }
    cursor.leave(outer);
    cursor.finish();
    cursor.end = level;
    if (reason === removeFromCrl && !this.#place.delta)
      cursor.fail('removeFromCRL in a list that is no delta (RFC 5280 §5.3.1)', start);
    return reason === removeFromCrl;
  }
}

function readReason(cursor: DerCursor): number {
  cursor.expect(0x0a, 'reasonCode');
  const value = cursor.byteAt(cursor.start);
  if (cursor.stop - cursor.start !== 1 || !isReason(value)) cursor.fail('reasonCode is no reason', cursor.start);
  return value;
}

function readGeneralizedTime(cursor: DerCursor): void {
  if (cursor.peek() !== tag.generalizedTime) cursor.fail('invalidityDate is not a GeneralizedTime');
  readTime(cursor, 'invalidityDate');
}
