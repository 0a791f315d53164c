import { isName } from '../core/name.ts';
import { nearest } from '../core/nearest.ts';
import type { Place, Problem } from '../core/problem.ts';
import { mended, otherKinds, pasted, withExample, wrongKind } from './mend.ts';
import type { Reading } from './reading.ts';
import type { JsonSchema, Shape } from './shape.ts';
import { printable } from './text.ts';
import type { Entry } from './tree.ts';

export interface Field<T, R extends boolean> {
  readonly shape: Shape<T>;
  readonly doc: string;
  readonly required: R;
}

export function required<T>(shape: Shape<T>, doc: string): Field<T, true> {
  return { shape, doc, required: true };
}

export function optional<T>(shape: Shape<T>, doc: string): Field<T, false> {
  return { shape, doc, required: false };
}

type Fields = Readonly<Record<string, Field<unknown, boolean>>>;
type ValueOf<F> = F extends Field<infer T, boolean> ? T : never;
type RequiredKeys<F extends Fields> = { [K in keyof F]: F[K]['required'] extends true ? K : never }[keyof F];

export type ObjectOf<F extends Fields> = { readonly place: Place } & {
  readonly [K in RequiredKeys<F>]: ValueOf<F[K]>;
} & { readonly [K in Exclude<keyof F, RequiredKeys<F>>]?: ValueOf<F[K]> };

export interface ObjectSpec {
  /** What an example shows; the required fields when left out. */
  readonly example?: string;
  /** The key that repeats the name of its file. */
  readonly named?: string;
  /** Exactly one of these keys must be there. */
  readonly exactlyOne?: readonly string[];
  readonly atLeastOne?: readonly string[];
  /** Key → what to write instead, for keys that other products or later versions have. */
  readonly notHere?: Readonly<Record<string, string>>;
}

export function object<F extends Fields>(fields: F, spec: ObjectSpec = {}): Shape<ObjectOf<F>> {
  const keys = Object.keys(fields);
  const requiredKeys = keys.filter((key) => fields[key]?.required);
  const allowed = `a map with ${keys.join(', ')}`;
  const example =
    spec.example ?? `{ ${requiredKeys.map((key) => `${key}: ${fields[key]?.shape.example}`).join(', ')} }`;
  return {
    allowed,
    example,
    schema: objectSchema(fields, requiredKeys, spec),
    read(tree, reading) {
      if (tree.kind !== 'map') return wrongKind(this, tree, reading);
      const value: Record<string, unknown> = { place: tree.place };
      let complete = true;
      // Keys that an unknown one was most likely meant to be: they are not also missing.
      const meant = new Set<string>();
      const found = new Map(tree.entries.map((entry) => [entry.key.value, entry]));
      for (const entry of tree.entries) {
        const field = Object.hasOwn(fields, entry.key.value) ? fields[entry.key.value] : undefined;
        if (field === undefined) {
          const near = nearest(
            entry.key.value,
            keys.filter((key) => !found.has(key)),
          );
          if (near !== undefined) meant.add(near);
          reading.report(unknownKey(entry, near, fields, spec, reading));
          complete = false;
          continue;
        }
        const read = field.shape.read(entry.value, { ...reading, key: entry.key.value });
        if (read === undefined) complete = false;
        else value[entry.key.value] = read;
      }
      for (const key of requiredKeys) {
        if (found.has(key) || meant.has(key)) continue;
        const field = fields[key];
        reading.report({
          code: 'key_missing',
          message: `${key} is missing`,
          place: tree.place,
          found:
            found.size === 0
              ? 'an empty map'
              : `only ${[...found.keys()]
                  .slice(0, 12)
                  .map((k) => printable(k, ''))
                  .join(', ')}`,
          allowed: withExample(`${key}: ${field?.shape.allowed}`, key, field?.shape.example ?? ''),
          remedy: key === spec.named ? nameOfFile(key, tree.place) : undefined,
        });
        complete = false;
      }
      const strangers = tree.entries.some((entry) => !keys.includes(entry.key.value));
      if (!strangers && !hasOneOf(tree.place, found, fields, spec, reading)) complete = false;
      // The record holds a value for every required key at this point, each from its own shape.
      return complete ? (value as ObjectOf<F>) : undefined;
    },
  };
}

function hasOneOf(
  place: Place,
  found: ReadonlyMap<string, Entry>,
  fields: Fields,
  spec: ObjectSpec,
  reading: Reading,
): boolean {
  const among = spec.exactlyOne ?? spec.atLeastOne;
  if (among === undefined) return true;
  const present = among.filter((key) => found.has(key));
  if (present.length === 1 || (spec.atLeastOne !== undefined && present.length > 0)) return true;
  const [first = ''] = among;
  const choice = `${spec.exactlyOne === undefined ? 'at least' : 'exactly'} one of ${among.join(', ')}`;
  reading.report({
    code: present.length === 0 ? 'key_missing' : 'keys_exclude_each_other',
    message:
      present.length === 0 ? `one of ${among.join(', ')} is missing` : `${present.join(' and ')} exclude each other`,
    place: present.length === 0 ? place : (found.get(present[1] ?? '')?.key.place ?? place),
    found: present.length === 0 ? 'none of them' : present.join(', '),
    allowed: present.length === 0 ? withExample(choice, first, fields[first]?.shape.example ?? '') : choice,
    remedy: present.length === 0 ? undefined : `keep one of ${present.join(', ')} and remove the other`,
  });
  return false;
}

function unknownKey(
  entry: Entry,
  near: string | undefined,
  fields: Fields,
  spec: ObjectSpec,
  reading: Reading,
): Problem {
  const written = entry.key.value;
  const instead =
    spec.notHere !== undefined && Object.hasOwn(spec.notHere, written) ? spec.notHere[written] : undefined;
  return {
    code: 'key_unknown',
    message: near === undefined ? 'this key is not known here' : `this key is not known here; did you mean ${near}?`,
    place: entry.key.place,
    found: printable(written),
    allowed: Object.keys(fields).join(', '),
    remedy: instead ?? (near === undefined ? `remove ${printable(written)}` : renamed(entry, near, fields, reading)),
  };
}

/** The value stands again in the line only if the key takes it: what it does not take may be a password. */
function renamed({ key, value }: Entry, near: string, fields: Fields, { isTrial }: Reading): string {
  const field = fields[near];
  const line =
    field === undefined ? undefined : mended(field.shape, { key: near, isTrial }, [value, ...otherKinds(value)]);
  return line ?? `write ${near} in place of ${printable(key.value)}`;
}

function nameOfFile(key: string, { file }: Place): string | undefined {
  const name = /([^/]+)\.yaml$/.exec(file ?? '')?.[1];
  return name === undefined || !isName(name) ? undefined : pasted(key, name);
}

function objectSchema(fields: Fields, requiredKeys: readonly string[], spec: ObjectSpec): JsonSchema {
  const among = spec.exactlyOne ?? spec.atLeastOne;
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(fields).map(([key, field]) => [key, { ...field.shape.schema, description: field.doc }]),
    ),
    ...(requiredKeys.length > 0 ? { required: requiredKeys } : {}),
    ...(among === undefined
      ? {}
      : { [spec.exactlyOne === undefined ? 'anyOf' : 'oneOf']: among.map((key) => ({ required: [key] })) }),
    additionalProperties: false,
  };
}
