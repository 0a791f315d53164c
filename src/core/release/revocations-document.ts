import { refuse } from '../problem.ts';
import {
  countOf,
  damaged,
  fieldsOf,
  frontIdForm,
  momentOf,
  onlyKnown,
  parseFields,
  sha256Form,
  textOf,
} from './fields.ts';
import { revocationIndexKeyOf } from './layout.ts';
import { checkDigest, digestOf, type ObjectDigest, readableFormatOf } from './manifest.ts';
import { refuseOtherFront } from './pointer.ts';
import { openDocument, type PinnedKey, type Signer, signDocument } from './signed.ts';

/**
 * Which index of revocations counts. The signature stands beside the index and not around it, so that megabytes are
 * neither encoded nor parsed: what it covers is the index's digest.
 */
export interface RevocationsDocument {
  readonly format: number;
  /** The front's id. */
  readonly front: string;
  /** Grows by one with every document of the front. */
  readonly sequence: number;
  /** UTC with milliseconds. For people; nothing is decided by it. */
  readonly issuedAt: string;
  /** Who ran the job, and why; for the record. */
  readonly by: string;
  readonly reason: string | null;
  readonly index: ObjectDigest;
  /** How long each authority's lists hold, for people and alarms; the index itself decides. */
  readonly authorities: readonly AuthorityFreshness[];
}

export interface AuthorityFreshness {
  readonly name: string;
  readonly lists: number;
  /** The first moment at which one of its lists is out of date; null: it has none, or none that ends. */
  readonly until: string | null;
}

/** 64 MiB are eight million serial numbers; an authorizer holds two of them while one takes the place of the other. */
export const maximumIndexBytes = 64 * 1024 * 1024;
const textForm = /^.{1,500}$/su;
const maximumAuthorities = 1000;

export const writeRevocations = (document: RevocationsDocument, signer: Signer): Promise<Uint8Array> =>
  signDocument('revocations', document, signer);

/**
 * The document in signed bytes: signature first, then form, then the front it was written for.
 *
 * @throws ProblemError `document_damaged`, `signature_…`, `format_unknown`, `other_front`
 */
export function openRevocationsDocument(
  bytes: Uint8Array,
  keys: readonly PinnedKey[],
  front: string,
): RevocationsDocument {
  const name = 'the document of revocations';
  const fields = parseFields(openDocument('revocations', bytes, keys), name);
  const format = readableFormatOf(fields);
  onlyKnown(fields, ['format', 'front', 'sequence', 'issuedAt', 'by', 'reason', 'index', 'authorities']);
  refuseOtherFront(textOf(fields, 'front', frontIdForm), front, name);
  const index = fieldsOf(fields.values.index, `${name}, index,`);
  onlyKnown(index, ['sha256', 'bytes']);
  const { authorities } = fields.values;
  if (!Array.isArray(authorities) || authorities.length > maximumAuthorities)
    return damaged(name, 'has no usable authorities', undefined, `at most ${maximumAuthorities}`);
  const digest = { sha256: textOf(index, 'sha256', sha256Form), bytes: countOf(index, 'bytes', 1) };
  if (digest.bytes > maximumIndexBytes)
    damaged(name, 'names an index that is too large', `${digest.bytes} bytes`, `at most ${maximumIndexBytes}`);
  return {
    format,
    front,
    sequence: countOf(fields, 'sequence', 1),
    issuedAt: momentOf(fields, 'issuedAt'),
    by: textOf(fields, 'by', textForm),
    reason: fields.values.reason === null ? null : textOf(fields, 'reason', textForm),
    index: digest,
    authorities: authorities.map((value: unknown) => freshnessIn(value, name)),
  };
}

function freshnessIn(value: unknown, name: string): AuthorityFreshness {
  const fields = fieldsOf(value, `${name}, authorities,`);
  onlyKnown(fields, ['name', 'lists', 'until']);
  return {
    name: textOf(fields, 'name', frontIdForm),
    lists: countOf(fields, 'lists'),
    until: fields.values.until === null ? null : momentOf(fields, 'until'),
  };
}

/**
 * Refuses an index that is not the one that was signed.
 *
 * @throws ProblemError `document_damaged`
 */
export function checkIndex(bytes: Uint8Array, { index }: Pick<RevocationsDocument, 'index'>): void {
  checkDigest(bytes, index, revocationIndexKeyOf(index.sha256));
}

/** @throws ProblemError `revocations_too_large` */
export function indexDigestOf(bytes: Uint8Array): ObjectDigest {
  if (bytes.length <= maximumIndexBytes) return digestOf(bytes);
  return refuse({
    code: 'revocations_too_large',
    message: 'the lists of all authorities together have more serial numbers than an authorizer may hold',
    found: `${bytes.length} bytes`,
    allowed: `${maximumIndexBytes} bytes, 8 for each serial number`,
    remedy: 'split the partners over two fronts, or write revocation: { none: … } where you take clients out by hand',
  });
}
