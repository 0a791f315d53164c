import { canonicalJson } from '../core/canonical-json.ts';
import { countOf, damaged, momentOf, onlyKnown, parseFields, sha256Form, textOf } from '../core/release/fields.ts';
import { endedKeyOf, isPublicationKey, publicationKeyOf, publicationsPrefix } from '../core/release/layout.ts';
import { currentFormat, readableFormatOf } from '../core/release/manifest.ts';
import { readObject, type Store } from '../core/release/store.ts';

/**
 * One publication: who wanted what, when and why. Written before the first step, never changed; its number can be
 * claimed once, which is how two publishers find out about each other.
 */
export interface Publication {
  readonly format: number;
  readonly publication: number;
  /** The release that is to be live when it is done. */
  readonly release: string;
  /** The release that was live when it began; null for the first one. */
  readonly parent: string | null;
  readonly by: string;
  /** UTC with milliseconds. */
  readonly at: string;
  /** The commit of the files; null when they are in none. */
  readonly commit: string | null;
  readonly reason: string | null;
}

/** A number must be free: `lost` when somebody else has it. */
export async function claimPublication(store: Store, publication: Publication): Promise<'claimed' | 'lost'> {
  const body = new TextEncoder().encode(canonicalJson(publication));
  // A record that nobody can read would stand in the way of every later publication.
  parsePublication(body);
  const result = await store.put(publicationKeyOf(publication.publication), body, { ifNoneMatch: '*' });
  return result === 'lost' ? 'lost' : 'claimed';
}

export async function readPublication(store: Store, publication: number): Promise<Publication | undefined> {
  const found = await readObject(store, publicationKeyOf(publication));
  return found === undefined ? undefined : parsePublication(found.body);
}

export interface LaterPublications {
  /** Those that were not given up, in order. */
  readonly open: readonly Publication[];
  /** The highest number taken, given up or not; `after` when there is none. */
  readonly highest: number;
}

/** The publications numbered above `after`. */
export async function publicationsAfter(store: Store, after: number): Promise<LaterPublications> {
  const keys = await store.list(publicationsPrefix, publicationKeyOf(after));
  const numbers = keys.flatMap((key) => (isPublicationKey(key) ? [Number(key.slice(-17, -5))] : []));
  const open = numbers.filter((number) => !keys.includes(endedKeyOf(number)));
  const found = await Promise.all(open.map((number) => readPublication(store, number)));
  return { open: found.filter((publication) => publication !== undefined), highest: Math.max(after, ...numbers) };
}

/** Says that a publication was given up and rolled back, so that the next one need not wait for it. */
export async function endPublication(store: Store, publication: number, at: string, why: string): Promise<void> {
  const body = new TextEncoder().encode(canonicalJson({ format: currentFormat, publication, at, why }));
  // Lost: somebody said so already.
  await store.put(endedKeyOf(publication), body, { ifNoneMatch: '*' });
}

export function parsePublication(bytes: Uint8Array): Publication {
  const document = 'the record of a publication';
  const fields = parseFields(bytes, document);
  const format = readableFormatOf(fields);
  onlyKnown(fields, ['format', 'publication', 'release', 'parent', 'by', 'at', 'commit', 'reason']);
  const optional = (key: 'commit' | 'reason', form: RegExp): string | null =>
    fields.values[key] === null ? null : textOf(fields, key, form);
  const publication = countOf(fields, 'publication', 1);
  if (publication > 999_999_999_999) damaged(document, 'has a number with more than twelve digits');
  return {
    format,
    publication,
    release: textOf(fields, 'release', sha256Form),
    parent: fields.values.parent === null ? null : textOf(fields, 'parent', sha256Form),
    by: textOf(fields, 'by', /^[^\p{Cc}]{1,300}$/u),
    at: momentOf(fields, 'at'),
    commit: optional('commit', /^[0-9a-f]{7,64}$/),
    reason: optional('reason', /^[^\p{Cc}]{1,1000}$/u),
  };
}

/** For people: `publication 7 by alice of 2026-11-22T10:00:00.000Z (commit 0123abc): new partner`. */
export function describePublication(publication: Publication): string {
  const commit = publication.commit === null ? '' : ` (commit ${publication.commit.slice(0, 12)})`;
  const reason = publication.reason === null ? '' : `: ${publication.reason}`;
  return `publication ${publication.publication} by ${publication.by} of ${publication.at}${commit}${reason}`;
}
