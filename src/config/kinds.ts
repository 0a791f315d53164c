import type { Kinds, MemberKind, OneOf } from '../core/registry/connection.ts';
import type { Positioned } from '../core/registry/source.ts';
import { type ObjectSpec, object, optional, required } from './object.ts';
import { choice, type Shape } from './shape.ts';
import * as values from './values.ts';

const memberShapes: Readonly<Record<MemberKind, Shape<Positioned<string>>>> = {
  user: values.basicUser,
  secret: values.secretReference,
  header: values.headerName,
};

/**
 * One of the kinds of a table: a kind without members by its name, one with members as a map under its name. Nothing of a
 * kind is repeated here, so that a new row is read at once.
 */
export function oneOf<K extends Kinds>(
  kinds: K,
  spec: Pick<ObjectSpec, 'notHere'> & { example?: string },
): Shape<OneOf<K>> {
  const entries = Object.entries(kinds);
  const words = entries.filter(([, { members }]) => Object.keys(members).length === 0).map(([name]) => name);
  const maps = entries.filter(([name]) => !words.includes(name));
  const word = choice(...words);
  const fields = Object.fromEntries(
    maps.map(([name, { doc, members }]) => [name, optional(object(membersOf(members)), doc)]),
  );
  const map = object(fields, { ...spec, exactlyOne: Object.keys(fields) });
  const onlyWords = maps.length === 0;
  return {
    allowed: onlyWords ? word.allowed : `${words.join(', ')}, or ${map.allowed}`,
    example: onlyWords ? word.example : map.example,
    schema: onlyWords ? word.schema : { anyOf: [word.schema, map.schema] },
    read(tree, reading) {
      if (onlyWords || (tree.kind === 'scalar' && words.includes(tree.text))) {
        const kind = word.read(tree, reading)?.value;
        return kind === undefined ? undefined : ({ kind } as OneOf<K>);
      }
      const read = map.read(tree, reading);
      if (read === undefined) return undefined;
      // `exactlyOne` has seen to it that there is one.
      const kind = Object.keys(fields).find((name) => read[name] !== undefined) ?? '';
      const members = Object.keys(kinds[kind]?.members ?? {}).map((name) => [name, heldIn(read[kind], name)] as const);
      return Object.fromEntries([['kind', kind], ...members]) as OneOf<K>;
    },
  };
}

function membersOf(members: Kinds[string]['members']) {
  return Object.fromEntries(
    Object.entries(members).map(([name, { holds, doc }]) => [name, required(memberShapes[holds], doc)]),
  );
}

function heldIn(members: Readonly<Record<string, unknown>> | undefined, name: string): string | undefined {
  return (members?.[name] as Positioned<string> | undefined)?.value;
}
