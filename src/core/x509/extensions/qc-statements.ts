import { type DerCursor, tag } from '../der.ts';
import { decodeString } from '../names/character-string.ts';
import { readOid } from '../oid.ts';

/** A qualified certificate statement (RFC 3739 §3.2.6). */
interface QcStatement {
  readonly oid: string;
  /** DER of the statement's information. */
  readonly value?: Uint8Array;
}

/**
 * What a bank certificate says of its holder (ETSI TS 119 495 §5.1). Issuers write it in more ways than the standard has:
 * names as any string, roles one behind the other without a sequence around each, no text beside a role's OID.
 */
interface Psd2 {
  /** By role OID: `PSP_AS`, `PSP_PI`, `PSP_AI`, `PSP_IC`; the name in the certificate for any other. */
  readonly roles: readonly { readonly oid: string; readonly name: string }[];
  readonly authorityName: string;
  readonly authorityId: string;
}

export interface QcStatements {
  readonly statements: readonly QcStatement[];
  readonly psd2?: Psd2;
  /** Why there is no `psd2` although a statement is there: nothing is concluded from it. */
  readonly psd2Problem?: string;
}

const psd2Statement = '0.4.0.19495.2';
const psd2Roles: Readonly<Record<string, string>> = {
  '0.4.0.19495.1.1': 'PSP_AS',
  '0.4.0.19495.1.2': 'PSP_PI',
  '0.4.0.19495.1.3': 'PSP_AI',
  '0.4.0.19495.1.4': 'PSP_IC',
};

export function readQcStatements(cursor: DerCursor): QcStatements {
  const outer = cursor.enter(tag.sequence, 'qcStatements');
  const statements: QcStatement[] = [];
  let psd2: Psd2 | undefined;
  let psd2Problem: string | undefined;
  let psd2Count = 0;
  while (cursor.more) {
    const statement = cursor.enter(tag.sequence, 'a QC statement');
    const dotted = readOid(cursor, 'a QC statement');
    const from = cursor.at;
    const whole = cursor.more;
    if (whole) cursor.skipStrictly();
    if (dotted === psd2Statement) {
      psd2Count += 1;
      psd2Problem = whole ? undefined : 'the PSD2 statement says nothing';
      if (whole) {
        psd2Problem = cursor.attempt(from, cursor.at, () => {
          psd2 = readPsd2(cursor);
        });
      }
    }
    statements.push({ oid: dotted, value: cursor.at > from ? cursor.slice(from, cursor.at) : undefined });
    cursor.leave(statement);
  }
  cursor.leave(outer);
  // two that differ: which one would hold?
  if (psd2Count > 1) psd2Problem = 'the PSD2 statement stands twice';
  return psd2Problem === undefined ? { statements, psd2 } : { statements, psd2Problem };
}

function readPsd2(cursor: DerCursor): Psd2 {
  const outer = cursor.enter(tag.sequence, 'the PSD2 statement');
  const list = cursor.enter(tag.sequence, 'the PSD2 roles');
  const roles: { oid: string; name: string }[] = [];
  while (cursor.more) {
    const role = cursor.peek() === tag.sequence ? cursor.enter(tag.sequence, 'a PSD2 role') : undefined;
    do {
      const dotted = readOid(cursor, 'a PSD2 role');
      const name = cursor.more && cursor.peek() !== tag.oid ? readText(cursor, 'the name of a PSD2 role') : dotted;
      // The OID decides: the text beside it is free, and could claim another role.
      roles.push({ oid: dotted, name: psd2Roles[dotted] ?? name });
    } while (role !== undefined && cursor.more);
    if (role !== undefined) cursor.leave(role);
  }
  cursor.leave(list);
  const authorityName = cursor.more ? readText(cursor, 'the name of the competent authority') : '';
  const authorityId = cursor.more ? readText(cursor, 'the id of the competent authority') : '';
  cursor.leave(outer);
  return { roles, authorityName, authorityId };
}

function readText(cursor: DerCursor, what: string): string {
  const found = cursor.next();
  return decodeString(cursor, found) ?? cursor.fail(`${what} is no text`, cursor.start);
}
