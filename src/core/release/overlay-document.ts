import { emptyOverlay, type Overlay } from '../decide/overlay.ts';
import { refuse } from '../problem.ts';
import { countOf, damaged, fieldsOf, frontIdForm, momentOf, parseFields, sha256Form, textOf } from './fields.ts';
import type { OverlayKind } from './layout.ts';
import { readableFormatOf } from './manifest.ts';
import { refuseOtherFront } from './pointer.ts';
import { openDocument, type PinnedKey, type Signer, signDocument } from './signed.ts';

/**
 * What is denied at once, whatever the release says. It can only deny: its two members are lists of who is denied and
 * why, and a document with anything else is refused whole, so that "allow" cannot even be said.
 */
export interface OverlayDocument {
  readonly format: number;
  readonly front: string;
  readonly sequence: number;
  readonly issuedAt: string;
  /** Client name → why. */
  readonly clients: Readonly<Record<string, string>>;
  /** SHA-256 (lower-case hex) of a certificate → why. */
  readonly certificates: Readonly<Record<string, string>>;
}

export function writeOverlay(kind: OverlayKind, overlay: OverlayDocument, signer: Signer): Promise<Uint8Array> {
  return signDocument(`overlay/${kind}`, overlay, signer);
}

/**
 * The overlay in signed bytes.
 *
 * @throws ProblemError `document_damaged`, `signature_…`, `format_unknown`, `other_front`, `overlay_allows`
 */
export function openOverlay(
  kind: OverlayKind,
  bytes: Uint8Array,
  keys: readonly PinnedKey[],
  front: string,
): OverlayDocument {
  const document = `the overlay of ${kind}`;
  const fields = parseFields(openDocument(`overlay/${kind}`, bytes, keys), document);
  const format = readableFormatOf(fields);
  const known = ['format', 'front', 'sequence', 'issuedAt', 'clients', 'certificates'];
  for (const key of Object.keys(fields.values)) if (!known.includes(key)) refuseAllowing(document, key);
  refuseOtherFront(textOf(fields, 'front', frontIdForm), front, document);
  const denials = (key: string, form: RegExp): Readonly<Record<string, string>> => {
    const member = fieldsOf(fields.values[key], `${document}, ${key},`);
    for (const [name, why] of Object.entries(member.values)) {
      if (!form.test(name)) damaged(member.document, 'names something that cannot be denied', name.slice(0, 80));
      if (typeof why !== 'string') refuseAllowing(member.document, JSON.stringify(why).slice(0, 80));
    }
    return member.values as Record<string, string>;
  };
  return {
    format,
    front,
    sequence: countOf(fields, 'sequence', 1),
    issuedAt: momentOf(fields, 'issuedAt'),
    clients: denials('clients', frontIdForm),
    certificates: denials('certificates', sha256Form),
  };
}

/** One overlay of several documents: denied is what any of them denies. */
export function mergeOverlays(documents: readonly OverlayDocument[]): Overlay {
  if (documents.length === 0) return emptyOverlay;
  const entries = (member: 'clients' | 'certificates') =>
    documents.flatMap((document) => Object.entries(document[member]));
  return {
    // Every sequence only grows, so their sum names one state of all of them.
    sequence: documents.reduce((sum, document) => sum + document.sequence, 0),
    clients: new Map(entries('clients')),
    certificates: new Map(entries('certificates')),
  };
}

function refuseAllowing(document: string, found: string): never {
  return refuse({
    code: 'overlay_allows',
    message: `${document} says something other than who is denied and why`,
    found,
    allowed: 'clients and certificates, each with the reason of its denial as text',
  });
}
