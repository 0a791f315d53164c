import { refuse } from '../problem.ts';
import { countOf, fieldsOf, frontIdForm, momentOf, onlyKnown, parseFields, sha256Form, textOf } from './fields.ts';
import { readableFormatOf } from './manifest.ts';
import { openDocument, type PinnedKey, type Signer, signDocument } from './signed.ts';

/** Which release is live. */
export interface Pointer {
  readonly format: number;
  /** The front's id: a pointer of another front is refused, whatever key signed it. */
  readonly front: string;
  /** Grows by one with every pointer of the front; a rollback is a higher sequence that names an older release. */
  readonly sequence: number;
  readonly release: string;
  /** What the domain's truststore is (S3 object key and version), when the pointer was written. */
  readonly truststore: { readonly key: string; readonly version: string };
  /** UTC with milliseconds. For people; nothing is decided by it. */
  readonly issuedAt: string;
  /** The release that was live before; null for the first one. */
  readonly parent: string | null;
  /** The record in `publications/` of which this is a step. */
  readonly publication: number;
}

export function writePointer(pointer: Pointer, signer: Signer): Promise<Uint8Array> {
  return signDocument('pointer', pointer, signer);
}

/**
 * The pointer in signed bytes: signature first, then form, then the front it was written for.
 *
 * @throws ProblemError `document_damaged`, `signature_…`, `format_unknown`, `other_front`
 */
export function openPointer(bytes: Uint8Array, keys: readonly PinnedKey[], front: string): Pointer {
  const document = 'the pointer';
  const fields = parseFields(openDocument('pointer', bytes, keys), document);
  const format = readableFormatOf(fields);
  onlyKnown(fields, ['format', 'front', 'sequence', 'release', 'truststore', 'issuedAt', 'parent', 'publication']);
  refuseOtherFront(textOf(fields, 'front', frontIdForm), front, document);
  const truststore = fieldsOf(fields.values.truststore, `${document}, truststore,`);
  onlyKnown(truststore, ['key', 'version']);
  return {
    format,
    front,
    sequence: countOf(fields, 'sequence', 1),
    release: textOf(fields, 'release', sha256Form),
    truststore: {
      key: textOf(truststore, 'key', /^truststore\/[0-9a-f]{64}\.pem$/),
      version: textOf(truststore, 'version', /^[\x21-\x7e]{1,1024}$/),
    },
    issuedAt: momentOf(fields, 'issuedAt'),
    parent: fields.values.parent === null ? null : textOf(fields, 'parent', sha256Form),
    publication: countOf(fields, 'publication', 1),
  };
}

export function refuseOtherFront(found: string, front: string, document: string): void {
  if (found === front) return;
  refuse({ code: 'other_front', message: `${document} was written for another front`, found, allowed: front });
}

/**
 * Refuses a document older than one that was seen (a warm reader) or than the floor (a cold one): both are replays.
 * The same sequence with other content would be two documents under one number, and is refused as well.
 *
 * @throws ProblemError `sequence_replayed`, `sequence_below_floor`
 */
export function refuseReplay(
  document: { readonly name: string; readonly sequence: number; readonly content: string },
  known: { readonly floor: number; readonly seen?: { readonly sequence: number; readonly content: string } },
): void {
  const { name, sequence, content } = document;
  if (sequence < known.floor) {
    refuse({
      code: 'sequence_below_floor',
      message: `${name} is older than the newest one that was ever published`,
      found: `sequence ${sequence}`,
      allowed: `${known.floor} or more`,
      remedy: 'somebody has put an older one in its place: docs/floors.md says how the newest one comes back',
    });
  }
  const { seen } = known;
  if (seen === undefined || sequence > seen.sequence) return;
  if (sequence === seen.sequence && content === seen.content) return;
  refuse({
    code: 'sequence_replayed',
    message: `${name} is older than the one that was read before`,
    found: `sequence ${sequence}${sequence === seen.sequence ? ' with other content' : ''}`,
    allowed: `${seen.sequence} as it was, or more`,
  });
}
