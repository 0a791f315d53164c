import type { Block, Denial } from '../decide/block.ts';
import { type Overlay, overlayOf } from '../decide/overlay.ts';
import { refuse } from '../problem.ts';
import { parseAddressRange } from '../request/address.ts';
import { isRecord } from '../unknown.ts';
import {
  damaged,
  type Fields,
  fieldsOf,
  frontIdForm,
  momentOf,
  onlyKnown,
  parseFields,
  sha256Form,
  textOf,
} from './fields.ts';
import type { OverlayKind } from './layout.ts';
import { readableFormatOf } from './manifest.ts';
import { refuseOtherFront } from './pointer.ts';
import { openDocument, type PinnedKey, type Signer, signDocument } from './signed.ts';

/** Says that a block no longer counts. */
export interface Lift {
  /** The block's id. */
  readonly block: string;
  readonly reason: string;
  readonly by: string;
  readonly at: string;
}

interface EntriesOf {
  readonly blocks: Block;
  readonly lifts: Lift;
}

/**
 * Everything that was ever blocked, or lifted, in its order. Entries are only added, so the sequence of a document is how
 * many it has: none can go without the number saying so.
 */
export interface OverlayDocument<K extends OverlayKind = OverlayKind> {
  readonly format: number;
  readonly front: string;
  readonly issuedAt: string;
  readonly entries: readonly EntriesOf[K][];
}

/** More than this belongs into a release. */
export const maximumEntries = 5000;

export function writeOverlay<K extends OverlayKind>(
  kind: K,
  document: OverlayDocument<K>,
  signer: Signer,
): Promise<Uint8Array> {
  return signDocument(`overlay/${kind}`, { ...document, sequence: document.entries.length }, signer);
}

/**
 * The document in signed bytes. What it cannot say is "allow": an entry with a member of another kind is refused whole.
 *
 * @throws ProblemError `document_damaged`, `signature_…`, `format_unknown`, `other_front`, `overlay_allows`
 */
export function openOverlay<K extends OverlayKind>(
  kind: K,
  bytes: Uint8Array,
  keys: readonly PinnedKey[],
  front: string,
): OverlayDocument<K> {
  const document = `the overlay of ${kind}`;
  const fields = parseFields(openDocument(`overlay/${kind}`, bytes, keys), document);
  const format = readableFormatOf(fields);
  onlyKnown(fields, ['format', 'front', 'sequence', 'issuedAt', 'entries']);
  refuseOtherFront(textOf(fields, 'front', frontIdForm), front, document);
  const { entries, sequence } = fields.values;
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > maximumEntries)
    return damaged(document, 'has no usable entries', undefined, `1 to ${maximumEntries}`);
  if (sequence !== entries.length) damaged(document, 'lacks entries', String(sequence), String(entries.length));
  const read: (fields: Fields) => Block | Lift = kind === 'blocks' ? blockOf : liftOf;
  return {
    format,
    front,
    issuedAt: momentOf(fields, 'issuedAt'),
    entries: entries.map((entry, index) =>
      read(fieldsOf(entry, `${document}, entry ${index + 1},`)),
    ) as unknown as readonly EntriesOf[K][],
  };
}

/** What the documents deny together. */
export function overlayFrom(
  blocks: OverlayDocument<'blocks'> | undefined,
  lifts: OverlayDocument<'lifts'> | undefined,
): Overlay {
  const lifted = new Set(lifts?.entries.map(({ block }) => block));
  const counting = blocks?.entries.filter(({ id }) => !lifted.has(id)) ?? [];
  // One by one, never as a sum: two documents that changed at once are another state than either.
  return overlayOf(`${blocks?.entries.length ?? 0} ${lifts?.entries.length ?? 0}`, counting);
}

/** Whether `next` only adds to `seen`: whoever signs can leave an entry out, and whoever has read it notices. */
export function adds(seen: OverlayDocument, next: OverlayDocument): boolean {
  return seen.entries.every((entry, index) => JSON.stringify(entry) === JSON.stringify(next.entries[index]));
}

const idForm = /^[a-z0-9]{8}$/;
const textForm = /^[^\p{Cc}]{1,300}$/u;

/** @throws ProblemError `document_damaged`, `overlay_allows` */
export function blockOf(fields: Fields): Block {
  onlyKnown(fields, ['id', 'target', 'denies', 'reason', 'by', 'at', 'until']);
  const { denies } = fields.values;
  if (!Array.isArray(denies) || denies.length === 0) return damaged(fields.document, 'denies nothing');
  return {
    id: textOf(fields, 'id', idForm),
    target: textOf(fields, 'target', textForm),
    denies: denies.map((denial) => denialOf(denial, fields.document)),
    reason: textOf(fields, 'reason', textForm),
    by: textOf(fields, 'by', textForm),
    at: momentOf(fields, 'at'),
    ...(fields.values.until === undefined ? {} : { until: momentOf(fields, 'until') }),
  };
}

function liftOf(fields: Fields): Lift {
  onlyKnown(fields, ['block', 'reason', 'by', 'at']);
  return {
    block: textOf(fields, 'block', idForm),
    reason: textOf(fields, 'reason', textForm),
    by: textOf(fields, 'by', textForm),
    at: momentOf(fields, 'at'),
  };
}

/** What each kind of denial holds beside nothing else. */
const denialForms: readonly Readonly<Record<string, (value: unknown) => boolean>>[] = [
  { client: matching(frontIdForm) },
  { certificate: matching(sha256Form) },
  { key: matching(sha256Form) },
  { serial: matching(/^(?:0|[1-9a-f][0-9a-f]{0,63})$/), issuer: matching(/^.{1,20000}$/su) },
  { ca: matching(/^.{1,20000}$/su) },
  { identity: isIdentity, issuers: (value) => Array.isArray(value) && value.every(matching(/^.{1,20000}$/su)) },
  { addresses: isRange },
];

function denialOf(value: unknown, document: string): Denial {
  const fits = denialForms.some((form) => {
    if (!isRecord(value)) return false;
    const members = Object.keys(form);
    return (
      Object.keys(value).length === members.length && members.every((member) => form[member]?.(value[member]) === true)
    );
  });
  return fits ? (value as Denial) : refuseAllowing(document, JSON.stringify(value).slice(0, 80));
}

function matching(form: RegExp): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && form.test(value);
}

function isIdentity(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value.kind === 'string' &&
    ['subject', 'san', 'subject-glob', 'san-glob', 'key'].includes(value.kind)
  );
}

function isRange(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    parseAddressRange(value);
    return true;
  } catch {
    return false;
  }
}

function refuseAllowing(document: string, found: string): never {
  return refuse({
    code: 'overlay_allows',
    message: `${document} says something other than who is denied and why`,
    found,
    allowed: 'a client, certificate, key, serial number, CA, registered identity or range of addresses',
  });
}
