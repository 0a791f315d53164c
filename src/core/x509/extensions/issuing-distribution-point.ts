import { type DerCursor, tag } from '../der.ts';
import { type DistributionPointName, readDistributionPointName } from './distribution-points.ts';

/** RFC 5280 §5.2.5: which certificates a revocation list is about. */
export interface IssuingDistributionPoint extends DistributionPointName {
  readonly only?: 'user' | 'ca' | 'attribute';
  /** ReasonFlags: bit n of the list is bit n of the number. Absent: all reasons. */
  readonly onlySomeReasons?: number;
  /** The list has entries of other issuers. */
  readonly indirect: boolean;
}

const what = 'issuingDistributionPoint';
const kinds = [
  ['user', 0x81],
  ['ca', 0x82],
  ['attribute', 0x85],
] as const;

/** Strictly the fields in their order, none with its default, at least one, and at most one of the three kinds. */
export function readIssuingDistributionPoint(cursor: DerCursor): IssuingDistributionPoint {
  const outer = cursor.enter(tag.sequence, what);
  if (!cursor.more) cursor.fail(`${what} is empty`);
  const name = cursor.peek() === 0xa0 ? readDistributionPointName(cursor, what) : {};
  const only = new Map<number, boolean>();
  const readFlag = (field: number): boolean => {
    const found = cursor.peek() === field && readTrue(cursor, field);
    only.set(field, found);
    return found;
  };
  readFlag(0x81);
  readFlag(0x82);
  const onlySomeReasons = cursor.peek() === 0x83 ? cursor.namedBits('onlySomeReasons', 0x83) : undefined;
  const indirect = readFlag(0x84);
  readFlag(0x85);
  cursor.leave(outer);
  const asserted = kinds.filter(([, field]) => only.get(field) === true);
  if (asserted.length > 1) cursor.fail(`${what} is about more than one kind of certificate only`);
  return { ...name, only: asserted[0]?.[0], onlySomeReasons, indirect };
}

/** An IMPLICIT BOOLEAN DEFAULT FALSE that is written must be TRUE (X.690 §11.5). */
function readTrue(cursor: DerCursor, field: number): boolean {
  cursor.expect(field, what);
  if (cursor.stop - cursor.start !== 1 || cursor.byteAt(cursor.start) !== 0xff)
    cursor.fail(`${what} has a flag that is not a DER TRUE`, cursor.start);
  return true;
}
