import type { PathShape } from './alike.ts';
import { hasMethod, methodsOf, type Pattern } from './pattern.ts';

interface Node<T> {
  readonly literals: Map<string, Node<T>>;
  star?: Node<T>;
  /** Patterns that end here: as they are, with a trailing slash, with `/**`. */
  readonly ends: Entry<T>[];
  readonly slashed: Entry<T>[];
  readonly below: Entry<T>[];
}

interface Entry<T> {
  readonly pattern: Pattern;
  readonly value: T;
}

/**
 * Patterns by their segments, so that the time to find one is that of the path, whatever their number. A node is reached
 * one way only; the order in which they are visited is that of `compareSpecificity`.
 */
export class PatternTrie<T> {
  readonly #root: Node<T> = makeNode();

  constructor(values: Iterable<T>, patternOf: (value: T) => Pattern) {
    for (const value of values) this.#add({ pattern: patternOf(value), value });
  }

  /** The most specific one that takes the request; of equally specific ones the first. */
  first(method: string, path: PathShape): T | undefined {
    const take = ({ pattern, value }: Entry<T>) => (hasMethod(pattern, method) ? { value } : undefined);
    return visit(this.#root, path, 0, take)?.value;
  }

  /** All whose paths have this one, the most specific first. */
  all(path: PathShape): readonly T[] {
    const found: T[] = [];
    visit(this.#root, path, 0, ({ value }) => {
      found.push(value);
      return undefined;
    });
    return found;
  }

  /** All that share some path with `pattern`, whatever the methods. */
  meeting(pattern: Pattern): readonly T[] {
    const found: T[] = [];
    meet(this.#root, pattern, 0, found);
    return found;
  }

  #add(entry: Entry<T>): void {
    let node = this.#root;
    for (const segment of entry.pattern.segments) node = childOf(node, segment);
    const { subtree, trailingSlash } = entry.pattern;
    const list = subtree ? node.below : trailingSlash ? node.slashed : node.ends;
    const size = methodsOf(entry.pattern).size;
    // fewer methods first, and the first of as many stays first
    const behind = list.findIndex(({ pattern }) => methodsOf(pattern).size > size);
    list.splice(behind < 0 ? list.length : behind, 0, entry);
  }
}

function makeNode<T>(): Node<T> {
  return { literals: new Map(), ends: [], slashed: [], below: [] };
}

function childOf<T>(node: Node<T>, segment: string): Node<T> {
  if (segment === '*') {
    node.star ??= makeNode();
    return node.star;
  }
  let child = node.literals.get(segment);
  if (child === undefined) {
    child = makeNode();
    node.literals.set(segment, child);
  }
  return child;
}

/** A path that ends here before a literal, that before `*`, that before `/**`. Ends with the first answer of `take`. */
function visit<T, R>(
  node: Node<T>,
  path: PathShape,
  depth: number,
  take: (entry: Entry<T>) => R | undefined,
): R | undefined {
  const segment = path.segments[depth];
  let found: R | undefined;
  if (segment === undefined) {
    found = firstOf(path.trailingSlash ? node.slashed : node.ends, take);
  } else {
    const literal = node.literals.get(segment);
    if (literal !== undefined) found = visit(literal, path, depth + 1, take);
    if (found === undefined && node.star !== undefined) found = visit(node.star, path, depth + 1, take);
  }
  return found ?? firstOf(node.below, take);
}

function firstOf<T, R>(entries: readonly Entry<T>[], take: (entry: Entry<T>) => R | undefined): R | undefined {
  for (const entry of entries) {
    const found = take(entry);
    if (found !== undefined) return found;
  }
  return undefined;
}

function meet<T>(node: Node<T>, pattern: Pattern, depth: number, found: T[]): void {
  const segment = pattern.segments[depth];
  add(found, node.below);
  if (segment === undefined) {
    if (pattern.subtree) everything(node, found, true);
    else add(found, pattern.trailingSlash ? node.slashed : node.ends);
    return;
  }
  if (node.star !== undefined) meet(node.star, pattern, depth + 1, found);
  if (segment === '*') for (const child of node.literals.values()) meet(child, pattern, depth + 1, found);
  else {
    const child = node.literals.get(segment);
    if (child !== undefined) meet(child, pattern, depth + 1, found);
  }
}

/** `known`: what is below this node has been added. */
function everything<T>(node: Node<T>, found: T[], known: boolean): void {
  add(found, node.ends);
  add(found, node.slashed);
  if (!known) add(found, node.below);
  if (node.star !== undefined) everything(node.star, found, false);
  for (const child of node.literals.values()) everything(child, found, false);
}

function add<T>(found: T[], entries: readonly Entry<T>[]): void {
  for (const { value } of entries) found.push(value);
}
