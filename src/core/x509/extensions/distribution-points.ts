import { type DerCursor, tag } from '../der.ts';
import { type RelativeDistinguishedName, readRdn } from '../name.ts';
import { readOid } from '../oid.ts';
import { type GeneralName, readGeneralName, readGeneralNames } from './general-name.ts';

/** DistributionPointName, RFC 5280 §4.2.1.13: one of the two. */
export interface DistributionPointName {
  readonly fullName?: readonly GeneralName[];
  readonly relativeName?: RelativeDistinguishedName;
}

/** RFC 5280 §4.2.1.13. */
export interface DistributionPoint extends DistributionPointName {
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
  const { fullName, relativeName } = cursor.peek() === 0xa0 ? readDistributionPointName(cursor, what) : unnamed;
  let reasons: number | undefined;
  let crlIssuer: readonly GeneralName[] | undefined;
  if (cursor.peek() === 0x81) reasons = cursor.namedBits('the reasons of a distribution point', 0x81);
  if (cursor.peek() === 0xa2) crlIssuer = readGeneralNames(cursor, what, 0xa2);
  if (fullName === undefined && relativeName === undefined && crlIssuer === undefined) {
    cursor.fail(`${what} has a point that names nothing`);
  }
  cursor.leave(outer);
  return { fullName, relativeName, reasons, crlIssuer };
}

const unnamed: DistributionPointName = {};

/** The field [0] of a distribution point; EXPLICIT, because the name is a CHOICE (X.680 §31.2.7). */
export function readDistributionPointName(cursor: DerCursor, what: string): DistributionPointName {
  const choice = cursor.enter(0xa0, what);
  const name: DistributionPointName =
    cursor.peek() === 0xa1
      ? { relativeName: readRdn(cursor, what, 0xa1) }
      : { fullName: readGeneralNames(cursor, what, 0xa0) };
  cursor.leave(choice);
  return name;
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
