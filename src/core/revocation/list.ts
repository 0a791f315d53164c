import { DerCursor, tag } from '../x509/der.ts';
import type { Deviation } from '../x509/deviation.ts';
import type { IssuingDistributionPoint } from '../x509/extensions/issuing-distribution-point.ts';
import { type ListExtensions, readListExtensions } from '../x509/extensions/list-extensions.ts';
import { readSignatureAlgorithm, type SignatureAlgorithm } from '../x509/fields/algorithm.ts';
import { readTime } from '../x509/fields/validity.ts';
import { type Name, readName } from '../x509/name.ts';
import type { EntriesPlace } from './entries.ts';

/**
 * A certificate revocation list (RFC 5280 §5.1) as it stands: strict DER, everything but its entries read. Nobody has
 * verified who signed it, and its entries are looked at when somebody has.
 */
export interface UnverifiedList {
  readonly der: Uint8Array;
  readonly tbs: Uint8Array;
  readonly version: 1 | 2;
  readonly issuer: Name;
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number;
  readonly nextUpdate?: number;
  readonly entries: EntriesPlace;
  /** Lower-case hex without leading zeros. */
  readonly crlNumber?: string;
  /** BaseCRLNumber of a delta list, hex; absent: a complete list. */
  readonly deltaBase?: string;
  /** Hex. */
  readonly authorityKeyIdentifier?: string;
  readonly issuingDistributionPoint?: IssuingDistributionPoint;
  /** A critical extension that is not processed here: the list must not be used (RFC 5280 §5.2). */
  readonly unknownCritical?: string;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
  readonly deviations: readonly Deviation[];
}

/** The largest list that is looked at: three million serial numbers. */
export const maximumListBytes = 64 * 1024 * 1024;
const code = 'list_malformed';

/**
 * Reads one DER list. The bytes are kept, not copied.
 *
 * @throws ProblemError `list_malformed`
 */
export function readList(der: Uint8Array): UnverifiedList {
  const cursor = new DerCursor(der, code);
  if (der.length > maximumListBytes) cursor.fail(`a list of more than ${maximumListBytes} bytes`);
  const list = cursor.enter(tag.sequence, 'the list');
  const tbsStart = cursor.at;
  const fields = readTbs(cursor, der);
  const tbs = cursor.slice(tbsStart, cursor.at);
  const algorithmStart = cursor.at;
  cursor.expect(tag.sequence, 'the signature algorithm');
  if (Buffer.compare(fields.algorithm, cursor.slice(algorithmStart, cursor.at)) !== 0) {
    cursor.fail('two signature algorithms that differ (RFC 5280 §5.1.1.2)', algorithmStart);
  }
  if (cursor.bitString('the signature') !== 0) cursor.fail('the signature is not whole bytes');
  const signature = cursor.slice();
  cursor.leave(list);
  cursor.finish();
  const { algorithm: _, extensions, ...rest } = fields;
  return { der, tbs, signature, ...rest, ...extensions, deviations: [...(cursor.deviations ?? [])] };
}

/** TBSCertList, RFC 5280 §5.1.2. */
function readTbs(cursor: DerCursor, der: Uint8Array) {
  const outer = cursor.enter(tag.sequence, 'tbsCertList');
  const version = readVersion(cursor);
  const algorithmStart = cursor.at;
  const signatureAlgorithm = readSignatureAlgorithm(cursor);
  const algorithm = cursor.slice(algorithmStart, cursor.at);
  const issuer = readName(cursor, 'the issuer');
  if (issuer.rdns.length === 0) cursor.fail('the issuer is empty (RFC 5280 §5.1.2.3)');
  const thisUpdate = readTime(cursor, 'thisUpdate');
  const dated = cursor.peek() === tag.utcTime || cursor.peek() === tag.generalizedTime;
  const nextUpdate = dated ? readTime(cursor, 'nextUpdate') : undefined;
  const [start, stop] = readEntriesPlace(cursor);
  let extensions: ListExtensions = {};
  if (cursor.peek() === 0xa0) {
    if (version === 1) cursor.fail('extensions in a list of version 1');
    const explicit = cursor.enter(0xa0, 'the extensions');
    extensions = readListExtensions(cursor);
    cursor.leave(explicit);
  }
  cursor.leave(outer);
  const entries = { bytes: der, start, stop, version, delta: extensions.deltaBase !== undefined };
  return { version, signatureAlgorithm, algorithm, issuer, thisUpdate, nextUpdate, entries, extensions };
}

/** Absent for version 1; written, it must be version 2 (RFC 5280 §5.1.2.1). */
function readVersion(cursor: DerCursor): 1 | 2 {
  if (cursor.peek() !== tag.integer) return 1;
  if (cursor.smallInteger('the version', 1) !== 1) cursor.fail('version 1 in writing, or no version');
  return 2;
}

/** revokedCertificates: absent when there are none (RFC 5280 §5.1.2.6). Written and empty it says the same. */
function readEntriesPlace(cursor: DerCursor): readonly [start: number, stop: number] {
  if (cursor.peek() !== tag.sequence) return [cursor.at, cursor.at];
  cursor.next();
  if (cursor.start === cursor.stop) cursor.deviate('revoked_certificates_empty');
  return [cursor.start, cursor.stop];
}
