import type { PathShape } from './alike.ts';
import { methodsOf, type Pattern } from './pattern.ts';

const bitOf: ReadonlyMap<string, number> = new Map(
  [...methodsOf({ methods: 'ANY' })].map((method, index) => [method, 1 << index]),
);

function bitsOf(methods: ReadonlySet<string>): number {
  return [...methods].reduce((bits, method) => bits | (bitOf.get(method) ?? 0), 0);
}

/** Most nodes have one thing only: what is not there costs no memory that a look-up would have to fetch. */
interface Node<T> {
  /** Of the only literal, or the first of `literals`. */
  literal: string | undefined;
  child: Node<T> | undefined;
  literals: Map<string, Node<T>> | undefined;
  star: Node<T> | undefined;
  /** Patterns that end here: as they are, with a trailing slash, with `/**`. */
  ends: Entry<T>[] | undefined;
  slashed: Entry<T>[] | undefined;
  below: Entry<T>[] | undefined;
}

interface Entry<T> {
  /** A bit for each method: a set would have to be fetched from elsewhere. */
  readonly methods: number;
  readonly size: number;
  readonly value: T;
}

/**
 * Patterns by their segments, so that the time to find one is that of the path, whatever their number. A node is reached
 * one way only; the order in which they are visited is that of `compareSpecificity`.
 */
export class PatternTrie<T> {
  readonly #root: Node<T> = makeNode();

  constructor(values: Iterable<T>, patternOf: (value: T) => Pattern) {
    for (const value of values) this.#add(patternOf(value), value);
  }

  /** The most specific one that takes the request; of equally specific ones the first. */
  first(method: string, path: PathShape): T | undefined {
    const bit = bitOf.get(method);
    if (bit === undefined) return undefined;
    return visit(this.#root, path, 0, (entry) => ((entry.methods & bit) === 0 ? undefined : entry))?.value;
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

  #add({ segments, subtree, trailingSlash, ...pattern }: Pattern, value: T): void {
    let node = this.#root;
    for (const segment of segments) node = childOf(node, segment);
    const place = subtree ? 'below' : trailingSlash ? 'slashed' : 'ends';
    node[place] ??= [];
    const list = node[place];
    const methods = methodsOf(pattern);
    // fewer methods first, and the first of as many stays first
    const behind = list.findIndex(({ size }) => size > methods.size);
    const entry = { methods: bitsOf(methods), size: methods.size, value };
    list.splice(behind < 0 ? list.length : behind, 0, entry);
  }
}

function makeNode<T>(): Node<T> {
  return {
    literal: undefined,
    child: undefined,
    literals: undefined,
    star: undefined,
    ends: undefined,
    slashed: undefined,
    below: undefined,
  };
}

function childOf<T>(node: Node<T>, segment: string): Node<T> {
  if (segment === '*') {
    node.star ??= makeNode();
    return node.star;
  }
  const known = literalOf(node, segment);
  if (known !== undefined) return known;
  const child = makeNode<T>();
  if (node.child === undefined || node.literal === undefined) {
    node.literal = segment;
    node.child = child;
  } else {
    node.literals ??= new Map([[node.literal, node.child]]);
    node.literals.set(segment, child);
  }
  return child;
}

function literalOf<T>(node: Node<T>, segment: string): Node<T> | undefined {
  if (node.literals !== undefined) return node.literals.get(segment);
  return node.literal === segment ? node.child : undefined;
}

function childrenOf<T>({ literals, child }: Node<T>): Iterable<Node<T>> {
  return literals?.values() ?? (child === undefined ? [] : [child]);
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
    const literal = literalOf(node, segment);
    if (literal !== undefined) found = visit(literal, path, depth + 1, take);
    if (found === undefined && node.star !== undefined) found = visit(node.star, path, depth + 1, take);
  }
  return found ?? firstOf(node.below, take);
}

function firstOf<T, R>(
  entries: readonly Entry<T>[] | undefined,
  take: (entry: Entry<T>) => R | undefined,
): R | undefined {
  if (entries === undefined) return undefined;
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
  if (segment === '*') for (const child of childrenOf(node)) meet(child, pattern, depth + 1, found);
  else {
    const child = literalOf(node, segment);
    if (child !== undefined) meet(child, pattern, depth + 1, found);
  }
}

/** `known`: what is below this node has been added. */
function everything<T>(node: Node<T>, found: T[], known: boolean): void {
  add(found, node.ends);
  add(found, node.slashed);
  if (!known) add(found, node.below);
  if (node.star !== undefined) everything(node.star, found, false);
  for (const child of childrenOf(node)) everything(child, found, false);
}

function add<T>(found: T[], entries: readonly Entry<T>[] | undefined): void {
  for (const { value } of entries ?? []) found.push(value);
}
