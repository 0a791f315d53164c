import { isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument, visit, type YAMLMap, type YAMLSeq } from 'yaml';

/** One change of a key at the top of a file. Values are YAML as they shall stand there, on one line. */
export type YamlChange =
  | { readonly key: string; readonly append: string }
  | { readonly key: string; readonly set: string }
  /** Items of a list, by their place; not all of them. */
  | { readonly key: string; readonly remove: readonly number[] }
  /** Of the condition that begins there (1-based): one more address, or one more alternative. */
  | { readonly condition: YamlPosition; readonly address: string }
  | { readonly condition: YamlPosition; readonly or: string };

export interface YamlPosition {
  readonly line: number;
  readonly column: number;
}

/**
 * The text with the changes and everything else byte for byte as it was, comments included. Undefined when the file is
 * not a map, or the key is there but is no list (`append`) or no single value (`set`): then a person has to do it.
 * Positions are of the text as it is given: those changes are made first, the last line first.
 */
export function editYaml(text: string, changes: readonly YamlChange[]): string | undefined {
  const placeOf = (change: YamlChange) => ('condition' in change ? change.condition : { line: 0, column: 0 });
  const ordered = [...changes].sort((a, b) => {
    const [one, other] = [placeOf(a), placeOf(b)];
    return other.line - one.line || other.column - one.column;
  });
  let edited: string | undefined = text;
  for (const change of ordered) edited = edited === undefined ? undefined : editOnce(edited, change);
  return edited !== undefined && onlyThere(text, edited, changes) ? edited : undefined;
}

/** Read again: still a map, and different under the keys that were meant only. Layouts are too many to trust in. */
function onlyThere(before: string, after: string, changes: readonly YamlChange[]): boolean {
  const [old, now] = [valuesOf(before), valuesOf(after)];
  if (old === undefined || now === undefined) return false;
  const keys = new Set(changes.flatMap((change) => ('key' in change ? [change.key] : [])));
  const differing = [...new Set([...old.keys(), ...now.keys()])].filter((key) => old.get(key) !== now.get(key));
  const unmeant = differing.filter((key) => !keys.has(key));
  return unmeant.length <= changes.filter((change) => 'condition' in change).length;
}

/** Of each key at the top, as JSON. */
function valuesOf(text: string): ReadonlyMap<string, string> | undefined {
  const document = parseDocument(text, { schema: 'failsafe' });
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined;
  return new Map(Object.entries(document.toJS() as object).map(([key, value]) => [key, JSON.stringify(value)]));
}

function editOnce(text: string, change: YamlChange): string | undefined {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { schema: 'failsafe', keepSourceTokens: true, lineCounter });
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined;
  if ('condition' in change) {
    const { line, column } = change.condition;
    const start = (lineCounter.lineStarts[line - 1] ?? Number.NaN) + column - 1;
    const node = collectionAt(document.contents, start);
    return node === undefined ? undefined : conditionWidened(text, node, change);
  }
  const pair = pairOf(document.contents, change.key);
  if ('remove' in change) {
    return pair !== undefined && isSeq(pair.value) ? without(text, pair.value, change.remove) : undefined;
  }
  const value = 'set' in change ? change.set : change.append;
  if (pair === undefined) {
    const end = text === '' || text.endsWith('\n') ? '' : '\n';
    return `${text}${end}${change.key}: ${'set' in change ? value : `[${value}]`}\n`;
  }
  if ('append' in change) return isSeq(pair.value) ? appended(text, pair.value, value) : undefined;
  if (isSeq(pair.value) && pair.value.flow === true) return spliced(text, pair.value.range, value);
  return isScalar(pair.value) ? spliced(text, pair.value.range, value) : undefined;
}

type Collection = YAMLMap | YAMLSeq;

function collectionAt(contents: YAMLMap, start: number): Collection | undefined {
  let found: Collection | undefined;
  visit(contents, {
    Collection: (_, node) => {
      if (node.range?.[0] !== start || (!isMap(node) && !isSeq(node))) return undefined;
      found = node;
      return visit.BREAK;
    },
  });
  return found;
}

/** A list of addresses, `{ addresses: … }`, one other condition, or `{ any: … }` of them. */
function conditionWidened(
  text: string,
  node: Collection,
  change: { readonly address: string } | { readonly or: string },
): string | undefined {
  if (isSeq(node)) return 'address' in change ? appended(text, node, change.address) : undefined;
  const any = pairOf(node, 'any')?.value;
  if ('address' in change) {
    const holders = isSeq(any) ? any.items.filter((item) => isMap(item)) : [node];
    const addresses = holders.map((holder) => pairOf(holder, 'addresses')?.value).find((value) => isSeq(value));
    return addresses === undefined ? undefined : appended(text, addresses, change.address);
  }
  if (isSeq(any)) return appended(text, any, change.or);
  const value = node.items.at(-1)?.value;
  const [start, end] = [
    node.range?.[0],
    node.flow === true ? node.range?.[1] : isScalar(value) ? value.range?.[1] : undefined,
  ];
  if (start === undefined || end === undefined) return undefined;
  const own = text.slice(start, end);
  const widened = node.flow === true ? `{ any: [${own}, ${change.or}] }` : `any: [{ ${own} }, ${change.or}]`;
  return text.slice(0, start) + widened + text.slice(start + own.length);
}

/** Each item goes with its line, or with the comma behind it. */
function without(text: string, list: YAMLSeq, places: readonly number[]): string | undefined {
  const ranges = list.items.map((item) =>
    typeof item === 'object' && item !== null && 'range' in item ? (item.range as number[] | null) : null,
  );
  if (places.length >= ranges.length) return undefined;
  let edited = text;
  for (const place of [...new Set(places)].sort((a, b) => b - a)) {
    const [own, before, after] = [ranges[place], ranges[place - 1], ranges[place + 1]];
    const [start, end] = own ?? [];
    if (start === undefined || end === undefined) return undefined;
    if (list.flow === true) {
      const [from, to] = after ? [start, after[0]] : [before?.[1], end];
      if (from === undefined || to === undefined) return undefined;
      edited = edited.slice(0, from) + edited.slice(to);
      // the one behind it now stands where it stood
      if (after?.[0] !== undefined) ranges[place + 1] = [start, start];
      ranges.splice(place, 1);
      continue;
    }
    const lineStart = edited.lastIndexOf('\n', start) + 1;
    const lastCharacter = edited.slice(0, end).trimEnd().length;
    const lineEnd = edited.indexOf('\n', lastCharacter);
    edited = edited.slice(0, lineStart) + (lineEnd < 0 ? '' : edited.slice(lineEnd + 1));
  }
  return edited;
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

function spliced(text: string, range: readonly number[] | null | undefined, value: string): string | undefined {
  const [start, end] = range ?? [];
  return start === undefined || end === undefined ? undefined : text.slice(0, start) + value + text.slice(end);
}

function appended(text: string, list: YAMLSeq, value: string): string | undefined {
  const last = list.items.at(-1);
  const range = typeof last === 'object' && last !== null && 'range' in last ? (last.range as number[] | null) : null;
  const end = range?.[1];
  if (end === undefined) return undefined;
  if (list.flow === true) return `${text.slice(0, end)}, ${value}${text.slice(end)}`;
  const token = list.srcToken;
  if (token?.type !== 'block-seq') return undefined;
  // the last item may end behind its line: back to its last character, then to the end of that line (a comment may follow)
  const lastCharacter = text.slice(0, end).trimEnd().length;
  const lineEnd = text.indexOf('\n', lastCharacter);
  const at = lineEnd < 0 ? text.length : lineEnd;
  return `${text.slice(0, at)}\n${' '.repeat(token.indent)}- ${value}${text.slice(at)}`;
}
