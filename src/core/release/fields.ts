import { canonicalJson } from '../canonical-json.ts';
import { namePattern } from '../name.ts';
import { type Problem, ProblemError } from '../problem.ts';
import { isRecord } from '../unknown.ts';

/** A JSON object from outside whose members are checked one by one; each check names the document and the member. */
export interface Fields {
  readonly document: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * The object in canonical JSON bytes. Other spellings of the same value (white space, duplicate keys, another order)
 * are refused: one value has one text, and the text is what was signed.
 *
 * @throws ProblemError `document_damaged`
 */
export function parseFields(bytes: Uint8Array, document: string): Fields {
  let values: unknown;
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    values = JSON.parse(text);
  } catch {
    return damaged(document, 'is not JSON in UTF-8');
  }
  const fields = fieldsOf(values, document);
  if (canonicalJson(values) !== text) damaged(document, 'is not in the canonical form in which we write it');
  return fields;
}

export function fieldsOf(value: unknown, document: string): Fields {
  if (!isRecord(value)) return damaged(document, 'is not a JSON object');
  return { document, values: value };
}

/** Refuses members that are not in `known`. */
export function onlyKnown(fields: Fields, known: readonly string[]): void {
  for (const key of Object.keys(fields.values)) {
    if (!known.includes(key))
      damaged(fields.document, 'has a member that does not belong there', key, known.join(', '));
  }
}

export function textOf(fields: Fields, key: string, form: RegExp): string {
  const value = fields.values[key];
  if (typeof value === 'string' && form.test(value)) return value;
  return damaged(fields.document, `has no usable ${key}`, show(value), String(form));
}

/** A whole number from `minimum` to 2^53 − 1. */
export function countOf(fields: Fields, key: string, minimum = 0): number {
  const value = fields.values[key];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum) return value;
  return damaged(fields.document, `has no usable ${key}`, show(value), `a whole number from ${minimum}`);
}

/** A moment as `Date.prototype.toISOString` writes it. */
export function momentOf(fields: Fields, key: string): string {
  const value = textOf(fields, key, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const at = Date.parse(value);
  if (!Number.isNaN(at) && new Date(at).toISOString() === value) return value;
  return damaged(fields.document, `has no usable ${key}`, value, 'a moment in UTC with milliseconds');
}

export function damaged(document: string, what: string, found?: string, allowed?: string): never {
  const problem: Problem = { code: 'document_damaged', message: `${document} ${what}`, found, allowed };
  throw new ProblemError([problem]);
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}

export const sha256Form = /^[0-9a-f]{64}$/;
export const frontIdForm = new RegExp(`^${namePattern}$`);
