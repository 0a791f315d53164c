import { type DerCursor, tag } from '../der.ts';
import { readAuthorityKeyIdentifier } from '../extensions.ts';
import { oid, readOid } from '../oid.ts';
import { type IssuingDistributionPoint, readIssuingDistributionPoint } from './issuing-distribution-point.ts';

/** What the extensions of a list say (RFC 5280 §5.2). */
export interface ListExtensions {
  readonly crlNumber?: string;
  readonly deltaBase?: string;
  readonly authorityKeyIdentifier?: string;
  readonly issuingDistributionPoint?: IssuingDistributionPoint;
  readonly unknownCritical?: string;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const maxExtensions = 64;

/**
 * Extensions of a list: at least one, none twice. What is critical must be one that is processed: freshestCRL and
 * authorityInfoAccess may not be (§5.2.6, §5.2.7), issuerAltName names somebody whom nobody looks up.
 */
export function readListExtensions(cursor: DerCursor): ListExtensions {
  const outer = cursor.enter(tag.sequence, 'the extensions');
  if (!cursor.more) cursor.fail('the extensions are empty');
  const read: Writable<ListExtensions> = {};
  const seen = new Set<string>();
  while (cursor.more) {
    const extension = cursor.enter(tag.sequence, 'an extension');
    const type = readOid(cursor, 'the type of an extension');
    if (seen.has(type)) cursor.fail(`extension ${type} stands twice`);
    seen.add(type);
    if (seen.size > maxExtensions) cursor.fail(`more than ${maxExtensions} extensions`);
    const critical = cursor.peek() === tag.boolean;
    if (critical && !cursor.boolean('critical')) cursor.fail('critical is FALSE in writing, which DER leaves out');
    cursor.expect(tag.octetString, 'the value of an extension');
    const value = cursor.enterLast();
    switch (type) {
      case oid.crlNumber:
        read.crlNumber = readNumber(cursor, 'cRLNumber');
        break;
      case oid.deltaCrlIndicator:
        read.deltaBase = readNumber(cursor, 'deltaCRLIndicator');
        break;
      case oid.issuingDistributionPoint:
        read.issuingDistributionPoint = readIssuingDistributionPoint(cursor);
        break;
      case oid.authorityKeyIdentifier:
        read.authorityKeyIdentifier = readAuthorityKeyIdentifier(cursor);
        break;
      default:
        if (critical && type !== oid.issuerAltName) read.unknownCritical ??= type;
        cursor.at = cursor.end;
    }
    cursor.leave(value);
    cursor.leave(extension);
  }
  cursor.leave(outer);
  return read;
}

/** CRLNumber ::= INTEGER (0..MAX), at most 20 octets (RFC 5280 §5.2.3), the one that only holds the sign not counted. Lower-case hex without leading zeros. */
function readNumber(cursor: DerCursor, what: string): string {
  cursor.expect(tag.integer, what);
  cursor.checkInteger(what);
  const octets = cursor.stop - cursor.start - (cursor.byteAt(cursor.start) === 0 ? 1 : 0);
  if (octets > 20) cursor.fail(`${what} has ${octets} octets; at most 20 (RFC 5280 §5.2.3)`, cursor.start);
  if (cursor.byteAt(cursor.start) >= 0x80) cursor.fail(`${what} is negative`, cursor.start);
  return cursor.hex().replace(/^0+(?=.)/, '');
}
