import { type DerCursor, tag } from '../der.ts';
import { type GeneralName, readGeneralName } from './general-name.ts';

/** RFC 5280 §4.2.1.10. The subtrees are GeneralNames read as ranges: an `ip` holds address and mask, and reads `192.0.2.0/24`. */
export interface NameConstraints {
  readonly permitted?: readonly GeneralName[];
  readonly excluded?: readonly GeneralName[];
}

export function readNameConstraints(cursor: DerCursor): NameConstraints {
  const outer = cursor.enter(tag.sequence, 'nameConstraints');
  const permitted = cursor.peek() === 0xa0 ? readSubtrees(cursor, 0xa0) : undefined;
  const excluded = cursor.peek() === 0xa1 ? readSubtrees(cursor, 0xa1) : undefined;
  if (permitted === undefined && excluded === undefined) cursor.fail('nameConstraints is empty');
  cursor.leave(outer);
  return { permitted, excluded };
}

function readSubtrees(cursor: DerCursor, wanted: number): readonly GeneralName[] {
  const outer = cursor.enter(wanted, 'the subtrees of nameConstraints');
  if (!cursor.more) cursor.fail('the subtrees of nameConstraints are empty');
  const subtrees: GeneralName[] = [];
  while (cursor.more) {
    const subtree = cursor.enter(tag.sequence, 'a subtree of nameConstraints');
    subtrees.push(readGeneralName(cursor, 'a subtree of nameConstraints', true));
    // RFC 5280: minimum is zero, which DER leaves out, and maximum is absent.
    if (cursor.more) cursor.fail('a subtree of nameConstraints with a minimum or a maximum');
    cursor.leave(subtree);
  }
  cursor.leave(outer);
  return subtrees;
}
