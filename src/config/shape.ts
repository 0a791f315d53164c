import { nearest } from '../core/nearest.ts';
import { type Place, type Problem, ProblemError } from '../core/problem.ts';
import type { Positioned } from '../core/registry/source.ts';
import { mended, unquoted, withExample, wrongKind } from './mend.ts';
import type { Reading } from './reading.ts';
import { printable } from './text.ts';
import type { Tree } from './tree.ts';

/** JSON Schema, draft 7: what editors read. */
export type JsonSchema = { readonly [key: string]: unknown };

/**
 * One description of a value: the parser (`read`) and the editors' schema come from the same object, so they cannot
 * say different things. `read` reports every problem and gives `undefined` when there was one.
 */
export interface Shape<T> {
  readonly allowed: string;
  /** As it would stand behind its key: what is allowed, for people; never a line to paste. */
  readonly example: string;
  readonly schema: JsonSchema;
  read(tree: Tree, reading: Reading): T | undefined;
}

export interface TextSpec<T> {
  readonly allowed: string;
  readonly example: string;
  readonly pattern?: string;
  /** True for what may be a secret typed by mistake: then it is never repeated in a message. */
  readonly hidden?: boolean;
  /** Throws ProblemError; `undefined` means "not allowed" with the message every text has. */
  parse(text: string): T | undefined;
  /** What the text most likely was meant to be, in the words of who wrote it; told when it is allowed. */
  meant?(text: string): string | undefined;
}

export function text<T>(spec: TextSpec<T>): Shape<Positioned<T>> {
  const { allowed, example } = spec;
  const read = (tree: Tree, reading: Reading): Positioned<T> | undefined => {
    if (tree.kind !== 'scalar') return wrongKind({ read, allowed, example }, tree, reading);
    const found = spec.hidden === true ? 'a value that is not shown here' : printable(tree.text);
    const refused = (problem?: Problem): undefined => {
      const meant = spec.meant?.(tree.text);
      const candidates = meant === undefined || meant === tree.text ? [] : [{ ...tree, text: meant }];
      reading.report({
        code: problem?.code ?? 'value_not_allowed',
        message: problem?.message ?? `${reading.key} does not accept this value`,
        place: tree.place,
        found: problem?.found === undefined || spec.hidden === true ? found : asciiOf(problem.found),
        allowed: withExample(problem?.allowed ?? allowed, reading.key, example),
        remedy: problem?.remedy === undefined ? mended({ read }, reading, candidates) : asciiOf(problem.remedy),
      });
    };
    try {
      const value = spec.parse(tree.text);
      return value === undefined ? refused() : { value, place: tree.place };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return refused(error.problems[0]);
    }
  };
  return {
    allowed,
    example,
    schema: {
      type: 'string',
      ...(spec.pattern === undefined ? {} : { pattern: spec.pattern }),
      examples: [unquoted(example)],
    },
    read,
  };
}

export function choice<T extends string>(...values: readonly T[]): Shape<Positioned<T>> {
  const allowed = values.join(', ');
  const shape = text<T>({
    allowed,
    example: values[0] ?? '',
    parse(written) {
      const value = values.find((candidate) => candidate === written);
      if (value !== undefined) return value;
      const near = nearest(written, values);
      throw new ProblemError([
        {
          code: 'value_not_allowed',
          message: near === undefined ? 'this is not one of the choices' : `did you mean ${near}?`,
        },
      ]);
    },
    meant: (written) => nearest(written, values),
  });
  return { ...shape, schema: { type: 'string', enum: values } };
}

/** Booleans and numbers keep their JSON type in the schema, because that is how editors read the same text. */
export function flag(example: boolean): Shape<Positioned<boolean>> {
  const shape = text<boolean>({
    allowed: 'true or false',
    example: String(example),
    parse: (written) => (written === 'true' ? true : written === 'false' ? false : undefined),
    meant: (written) =>
      /^(true|yes|on)$/i.test(written) ? 'true' : /^(false|no|off)$/i.test(written) ? 'false' : undefined,
  });
  return { ...shape, schema: { type: 'boolean' } };
}

export function integer(minimum: number, maximum: number, example: number): Shape<Positioned<number>> {
  const shape = text<number>({
    allowed: `a whole number, ${minimum} to ${maximum}`,
    example: String(example),
    parse(written) {
      const value = /^(0|[1-9][0-9]{0,14})$/.test(written) ? Number(written) : undefined;
      return value !== undefined && value >= minimum && value <= maximum ? value : undefined;
    },
  });
  return { ...shape, schema: { type: 'integer', minimum, maximum } };
}

export interface ListOf<T> {
  readonly items: readonly T[];
  readonly place: Place;
}

export function list<T>(of: Shape<T>, minimum: number, maximum: number): Shape<ListOf<T>> {
  const allowed = `a list of ${minimum} to ${maximum}: each ${of.allowed}`;
  const example = `[${of.example}]`;
  return {
    allowed,
    example,
    schema: { type: 'array', items: of.schema, minItems: minimum, maxItems: maximum },
    read(tree, reading) {
      if (tree.kind !== 'list') return wrongKind(this, tree, reading);
      if (tree.items.length < minimum || tree.items.length > maximum) {
        reading.report({
          code: tree.items.length < minimum ? 'list_too_short' : 'list_too_long',
          message: `${reading.key} has too ${tree.items.length < minimum ? 'few' : 'many'} entries`,
          place: tree.place,
          found: `${tree.items.length}`,
          allowed: withExample(`${minimum} to ${maximum}`, reading.key, example),
        });
        return undefined;
      }
      const items: T[] = [];
      for (const item of tree.items) {
        const value = of.read(item, { ...reading, key: `- ${reading.key}` });
        if (value !== undefined) items.push(value);
      }
      return items.length === tree.items.length ? { items, place: tree.place } : undefined;
    },
  };
}

/** A map whose keys are names that people choose. */
export function named<T>(key: Shape<Positioned<string>>, of: Shape<T>, maximum: number): Shape<NamedOf<T>> {
  const allowed = `a map of up to ${maximum} names: each ${of.allowed}`;
  const example = `{ ${key.example}: ${of.example} }`;
  return {
    allowed,
    example,
    schema: { type: 'object', propertyNames: key.schema, additionalProperties: of.schema, maxProperties: maximum },
    read(tree, reading) {
      if (tree.kind !== 'map') return wrongKind(this, tree, reading);
      if (tree.entries.length > maximum) {
        reading.report({
          code: 'list_too_long',
          message: `${reading.key} has too many entries`,
          place: tree.place,
          found: `${tree.entries.length}`,
          allowed: `at most ${maximum}`,
        });
        return undefined;
      }
      const entries: { name: Positioned<string>; value: T }[] = [];
      for (const entry of tree.entries) {
        const name = key.read({ kind: 'scalar', text: entry.key.value, place: entry.key.place }, reading);
        const value = of.read(entry.value, { ...reading, key: entry.key.value });
        if (name !== undefined && value !== undefined) entries.push({ name, value });
      }
      return entries.length === tree.entries.length
        ? { entries, names: tree.entries.map((e) => e.key.value) }
        : undefined;
    },
  };
}

export interface NamedOf<T> {
  readonly entries: readonly { readonly name: Positioned<string>; readonly value: T }[];
  readonly names: readonly string[];
}

function asciiOf(message: string): string {
  return /^[\x20-\x7e]{0,400}$/.test(message) ? message : printable(message, '');
}
