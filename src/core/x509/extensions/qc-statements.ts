import { type DerCursor, tag } from '../der.ts';
import { decodeString } from '../names/character-string.ts';
import { readOid } from '../oid.ts';

/** A qualified certificate statement (RFC 3739 §3.2.6). */
interface QcStatement {
  readonly oid: string;
  /** DER of the statement's information. */
  readonly value?: Uint8Array;
}

/** What a bank certificate says of its holder (ETSI TS 119 495 §5.1). */
interface Psd2 {
  /** By role OID: `PSP_AS`, `PSP_PI`, `PSP_AI`, `PSP_IC`; the name in the certificate for any other. */
  readonly roles: readonly { readonly oid: string; readonly name: string }[];
  readonly authorityName: string;
  readonly authorityId: string;
}

export interface QcStatements {
  readonly statements: readonly QcStatement[];
  readonly psd2?: Psd2;
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
  while (cursor.more) {
    const statement = cursor.enter(tag.sequence, 'a QC statement');
    const dotted = readOid(cursor, 'a QC statement');
    const from = cursor.at;
    if (dotted === psd2Statement) {
      if (psd2 !== undefined) cursor.fail('the PSD2 statement stands twice');
      psd2 = readPsd2(cursor);
    } else if (cursor.more) cursor.skipStrictly();
    statements.push({ oid: dotted, value: cursor.at > from ? cursor.slice(from, cursor.at) : undefined });
    cursor.leave(statement);
  }
  cursor.leave(outer);
  return { statements, psd2 };
}

function readPsd2(cursor: DerCursor): Psd2 {
  const outer = cursor.enter(tag.sequence, 'the PSD2 statement');
  const list = cursor.enter(tag.sequence, 'the PSD2 roles');
  const roles: { oid: string; name: string }[] = [];
  while (cursor.more) {
    const role = cursor.enter(tag.sequence, 'a PSD2 role');
    const dotted = readOid(cursor, 'a PSD2 role');
    const name = readUtf8(cursor, 'the name of a PSD2 role');
    // The OID decides: the text beside it is free, and could claim another role.
    roles.push({ oid: dotted, name: psd2Roles[dotted] ?? name });
    cursor.leave(role);
  }
  cursor.leave(list);
  const authorityName = readUtf8(cursor, 'the name of the competent authority');
  const authorityId = readUtf8(cursor, 'the id of the competent authority');
  cursor.leave(outer);
  return { roles, authorityName, authorityId };
}

function readUtf8(cursor: DerCursor, what: string): string {
  cursor.expect(tag.utf8String, what);
  return decodeString(cursor, tag.utf8String) ?? '';
}
