import { type DerCursor, tag } from '../der.ts';
import { type RelativeDistinguishedName, readRdn } from '../name.ts';
import { readOid } from '../oid.ts';
import { type GeneralName, readGeneralName, readGeneralNames } from './general-name.ts';

/** RFC 5280 §4.2.1.13. */
export interface DistributionPoint {
  readonly fullName?: readonly GeneralName[];
  readonly relativeName?: RelativeDistinguishedName;
  /** ReasonFlags: bit n of the list is bit n of the number. */
  readonly reasons?: number;
  readonly crlIssuer?: readonly GeneralName[];
}

/** RFC 5280 §4.2.2. */
export interface AccessDescription {
  readonly method: string;
  readonly location: GeneralName;
}

/** cRLDistributionPoints and freshestCRL. */
export function readDistributionPoints(cursor: DerCursor, what: string): readonly DistributionPoint[] {
  const outer = cursor.enter(tag.sequence, what);
  if (!cursor.more) cursor.fail(`${what} is empty`);
  const points: DistributionPoint[] = [];
  while (cursor.more) points.push(readDistributionPoint(cursor, what));
  cursor.leave(outer);
  return points;
}

function readDistributionPoint(cursor: DerCursor, what: string): DistributionPoint {
  const outer = cursor.enter(tag.sequence, what);
  let fullName: readonly GeneralName[] | undefined;
  let relativeName: RelativeDistinguishedName | undefined;
  let reasons: number | undefined;
  let crlIssuer: readonly GeneralName[] | undefined;
  if (cursor.peek() === 0xa0) {
    const choice = cursor.enter(0xa0, what);
    if (cursor.peek() === 0xa1) relativeName = readRdn(cursor, what, 0xa1);
    else fullName = readGeneralNames(cursor, what, 0xa0);
    cursor.leave(choice);
  }
  if (cursor.peek() === 0x81) reasons = cursor.namedBits('the reasons of a distribution point', 0x81);
  if (cursor.peek() === 0xa2) crlIssuer = readGeneralNames(cursor, what, 0xa2);
  if (fullName === undefined && relativeName === undefined && crlIssuer === undefined) {
    cursor.fail(`${what} has a point that names nothing`);
  }
  cursor.leave(outer);
  return { fullName, relativeName, reasons, crlIssuer };
}

/** authorityInfoAccess and subjectInfoAccess. */
export function readAccessDescriptions(cursor: DerCursor, what: string): readonly AccessDescription[] {
  const outer = cursor.enter(tag.sequence, what);
  if (!cursor.more) cursor.fail(`${what} is empty`);
  const descriptions: AccessDescription[] = [];
  while (cursor.more) {
    const description = cursor.enter(tag.sequence, what);
    descriptions.push({ method: readOid(cursor, what), location: readGeneralName(cursor, what) });
    cursor.leave(description);
  }
  cursor.leave(outer);
  return descriptions;
}
