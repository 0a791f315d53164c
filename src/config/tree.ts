import { Composer, isAlias, isCollection, isMap, isPair, isScalar, isSeq, LineCounter, type Pair, Parser } from 'yaml';
import type { Place, Problem } from '../core/problem.ts';
import type { Positioned } from '../core/registry/source.ts';
import { checkText, printable } from './text.ts';

/**
 * A YAML file as positioned source text. Scalars are what was written, never numbers, dates or booleans: `0012e4` is a
 * serial number and `no` is a word. What YAML can do beyond maps, lists and scalars is refused, because a reviewer
 * reads a file top to bottom and an anchor or merge key makes that reading wrong.
 */
export type Tree =
  | { readonly kind: 'scalar'; readonly text: string; readonly place: Place }
  | { readonly kind: 'list'; readonly items: readonly Tree[]; readonly place: Place }
  | { readonly kind: 'map'; readonly entries: readonly Entry[]; readonly place: Place }
  /** Already reported; whoever reads it says nothing more. */
  | { readonly kind: 'refused'; readonly place: Place };

export interface Entry {
  readonly key: Positioned<string>;
  readonly value: Tree;
}

type Report = (problem: Problem) => void;

const maximumDepth = 32;

/**
 * Bytes of one YAML file → its tree. Every problem goes to `report`; without a tree there is nothing to read further.
 * `file` is what problems are placed in.
 */
export function parseTree(file: string, bytes: Uint8Array, report: Report): Tree | undefined {
  const text = checkText(file, bytes, report);
  if (text === undefined) return undefined;
  const lines = new LineCounter();
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const documents = [
    ...new Composer({ schema: 'failsafe', uniqueKeys: false, merge: false }).compose(
      new Parser(lines.addNewLine).parse(text),
      true,
      text.length,
    ),
  ];
  const errors = documents.flatMap((document) => document.errors);
  const exhausted = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  if (exhausted !== undefined) {
    report(tooDeep(placeOf(exhausted.pos[0]))); // what else the parser says comes of its having given up
    return undefined;
  }
  if (errors.length > 0) {
    for (const error of errors.slice(0, 20)) report(syntaxProblem(text, placeOf(error.pos[0]), error));
    return undefined;
  }
  const [document, second] = documents;
  if (second !== undefined) {
    report(
      feature(placeOf(second.range[0]), 'a second document', 'one document', 'keep one and remove the line `---`'),
    );
    return undefined;
  }
  if (document === undefined || document.contents === null) {
    report({ code: 'file_empty', message: 'the file says nothing', place: { file, line: 1, column: 1 } });
    return undefined;
  }
  if (document.directives.yaml.explicit) {
    report(feature(placeOf(0), 'a %YAML directive', 'no directives', 'remove the line'));
  }
  return treeOf(document.contents, { placeOf, report, depth: 0 });
}

interface Walk {
  placeOf(offset: number): Place;
  readonly report: Report;
  readonly depth: number;
}

function treeOf(node: unknown, above: Walk): Tree {
  const walk = { ...above, depth: above.depth + 1 };
  if (isAlias(node)) {
    const place = walk.placeOf(node.range?.[0] ?? 0);
    walk.report(feature(place, `the alias *${printable(node.source)}`, 'values written out', 'repeat the value here'));
    return { kind: 'refused', place };
  }
  if (!isScalar(node) && !isCollection(node)) return { kind: 'refused', place: walk.placeOf(0) };
  const place = walk.placeOf(node.range?.[0] ?? 0);
  if (node.anchor !== undefined) {
    walk.report(feature(place, `the anchor &${printable(node.anchor)}`, 'values written out', 'remove the anchor'));
  }
  if (node.tag !== undefined) {
    walk.report(feature(place, `the tag ${printable(node.tag)}`, 'values without a tag', 'remove the tag'));
  }
  if (walk.depth > maximumDepth) {
    walk.report(tooDeep(place));
    return { kind: 'refused', place };
  }
  if (isScalar(node)) return { kind: 'scalar', text: String(node.value), place };
  if (isSeq(node)) return { kind: 'list', items: node.items.map((item) => listItem(item, walk)), place };
  if (isMap(node)) return { kind: 'map', entries: entriesOf(node.items, walk), place };
  return { kind: 'refused', place };
}

/** `[a: b]` is a map in a list without braces, which nobody means to write. */
function listItem(item: unknown, walk: Walk): Tree {
  return isPair(item) ? { kind: 'map', entries: entriesOf([item], walk), place: walk.placeOf(0) } : treeOf(item, walk);
}

function entriesOf(pairs: readonly Pair[], walk: Walk): readonly Entry[] {
  const seen = new Map<string, Place>();
  const entries: Entry[] = [];
  for (const pair of pairs) {
    const key = treeOf(pair.key, walk);
    if (key.kind !== 'scalar') {
      if (key.kind !== 'refused')
        walk.report(feature(key.place, `a ${key.kind} as a key`, 'a word as a key', undefined));
      continue;
    }
    const value =
      pair.value === null ? { kind: 'scalar' as const, text: '', place: key.place } : treeOf(pair.value, walk);
    if (key.text === '<<') {
      walk.report(feature(key.place, 'the merge key <<', 'values written out', 'write the keys here'));
      continue;
    }
    const first = seen.get(key.text);
    if (first !== undefined) {
      walk.report({
        code: 'duplicate_key',
        message: `${printable(key.text)} is written twice`,
        place: key.place,
        found: `a second ${printable(key.text)}; the first is on line ${first.line}`,
        allowed: 'each key once',
        remedy: `remove one of the two lines (${first.line} or ${key.place.line})`,
      });
      continue;
    }
    seen.set(key.text, key.place);
    entries.push({ key: { value: key.text, place: key.place }, value });
  }
  return entries;
}

function feature(place: Place, found: string, allowed: string, remedy: string | undefined): Problem {
  return { code: 'yaml_feature', message: 'this part of YAML is not used here', place, found, allowed, remedy };
}

/** Only the character at the place is shown: the rest of the line may be a password that somebody pasted. */
function tooDeep(place: Place): Problem {
  return {
    code: 'too_deep',
    message: 'the file is nested too deeply',
    place,
    allowed: `at most ${maximumDepth} levels`,
  };
}

function syntaxProblem(
  text: string,
  place: Place,
  error: { code: string; message: string; pos: [number, number] },
): Problem {
  const at = String.fromCodePoint(text.codePointAt(error.pos[0]) ?? 0x0a);
  const [message] = error.message.split('\n');
  return {
    code: 'yaml_syntax',
    message: printable(message ?? 'not YAML', ''),
    place,
    found:
      error.pos[0] >= text.length
        ? 'the end of the file'
        : at === '\n' || at === '\r'
          ? 'the end of the line'
          : printable(at),
    allowed: syntaxAllowed[error.code] ?? 'YAML 1.2 maps, lists and scalars',
  };
}

const syntaxAllowed: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'spaces before the first word of a line',
  BAD_INDENT: 'the same number of spaces for keys of one map',
  MISSING_CHAR: 'a closing quote or bracket for each that was opened, a space after `:` and `,`',
  BAD_SCALAR_START: 'quotes around a value that begins with a special character',
  BAD_DQ_ESCAPE: 'single quotes around a value with a backslash, or \\\\ for each',
};
