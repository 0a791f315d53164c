import { tlv } from '../../src/core/x509/write-der.ts';
import type { Random } from './random.ts';

/** A DER structure taken apart, also inside OCTET STRING and BIT STRING, so that it can be changed and put together again. */
interface Node {
  tag: number;
  /** In front of the children: the count of unused bits of a BIT STRING. */
  prefix: Uint8Array;
  content: Uint8Array;
  children: Node[] | undefined;
}

const nothing = new Uint8Array();

function takeApart(bytes: Uint8Array, depth = 0): Node[] | undefined {
  const nodes: Node[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    let start = at + 2;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      if (octets === 0 || octets > 3) return undefined;
      length = 0;
      for (let index = 0; index < octets; index += 1) length = length * 256 + (bytes[start + index] ?? 0);
      start += octets;
    }
    if (start + length > bytes.length) return undefined;
    nodes.push(nodeOf(tag, bytes.subarray(start, start + length), depth));
    at = start + length;
  }
  return nodes;
}

function nodeOf(tag: number, content: Uint8Array, depth: number): Node {
  const leaf: Node = { tag, prefix: nothing, content, children: undefined };
  if (depth > 24 || content.length === 0) return leaf;
  if ((tag & 0x20) !== 0) return { ...leaf, children: takeApart(content, depth + 1) };
  if (tag === 0x04) return { ...leaf, children: takeApart(content, depth + 1) };
  if (tag === 0x03 && content[0] === 0) {
    return { ...leaf, prefix: content.subarray(0, 1), children: takeApart(content.subarray(1), depth + 1) };
  }
  return leaf;
}

function putTogether({ tag, prefix, content, children }: Node): Uint8Array {
  return tlv(tag, ...(children === undefined ? [content] : [prefix, ...children.map(putTogether)]));
}

function all(nodes: readonly Node[], into: Node[] = []): Node[] {
  for (const node of nodes) {
    into.push(node);
    if (node.children !== undefined) all(node.children, into);
  }
  return into;
}

const tags = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1e, 0x30, 0x31, 0x80, 0x81, 0x82, 0x86,
  0x87, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4,
];
const contents = [
  '',
  '00',
  'ff',
  '80',
  '7f',
  '0000',
  'ff00',
  '0080',
  '00ff',
  'ffffffffff',
  '2a',
  '2a8648',
  '55040380',
  '2e',
  '2a2e2a',
];

/**
 * One to four changes to a structure that stays DER: elements left out, repeated, exchanged, of another type, with telling or
 * long contents, nested; and now and then a length that lies. What is no DER comes back with a byte changed.
 */
export function mutateDer(random: Random, sample: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const nodes = takeApart(sample);
  if (nodes === undefined || nodes.length === 0) return nothing;
  for (let changes = 1 + random.int(4); changes > 0; changes -= 1) change(random, nodes, others);
  const bytes = Buffer.concat(nodes.map(putTogether));
  return random.chance(12) ? withLyingLength(random, bytes) : bytes;
}

function change(random: Random, nodes: Node[], others: readonly Uint8Array[]): void {
  const flat = all(nodes);
  const node = random.pick(flat);
  const parent = flat.find(({ children }) => children?.includes(node))?.children ?? nodes;
  const at = parent.indexOf(node);
  switch (random.int(10)) {
    case 0:
      if (parent.length > 1 || parent !== nodes) parent.splice(at, 1);
      break;
    case 1: {
      // many of one kind are somebody's attack
      const times = random.chance(10) ? random.int(500) : 1;
      if (putTogether(node).length * times < 60_000) parent.splice(at, 0, ...Array.from({ length: times }, () => node));
      break;
    }
    case 2: {
      const other = random.int(parent.length);
      const [a, b] = [parent[at], parent[other]];
      if (a !== undefined && b !== undefined) {
        parent[at] = b;
        parent[other] = a;
      }
      break;
    }
    case 3:
      node.tag = random.chance(4) ? random.int(256) : random.pick(tags);
      break;
    case 4:
      node.children = undefined;
      node.content = Buffer.from(random.pick(contents), 'hex');
      break;
    case 5:
      node.children = undefined;
      node.content = random.bytes(random.chance(10) ? random.int(20_000) : random.int(40));
      break;
    case 6: {
      const changed = Uint8Array.from(node.content);
      const index = random.int(Math.max(1, changed.length));
      changed[index] = (changed[index] ?? 0) ^ (1 << random.int(8));
      if (node.children === undefined) node.content = changed;
      break;
    }
    case 7: {
      let inner: Node = { ...node };
      const depth = random.chance(10) ? random.int(120) : 1;
      const tag = random.pick([0x30, 0x31, 0xa0, 0x04]);
      for (let level = 0; level < depth; level += 1)
        inner = { tag, prefix: nothing, content: nothing, children: [inner] };
      parent[at] = inner;
      break;
    }
    case 8: {
      const donor = all(takeApart(random.pick(others)) ?? []);
      if (donor.length > 0) parent[at] = random.pick(donor);
      break;
    }
    default: {
      const own = random.pick(flat);
      // never into itself: that would have no end
      if (!all([own]).includes(node)) parent.splice(at, 0, own);
    }
  }
}

function withLyingLength(random: Random, bytes: Buffer): Uint8Array {
  const at = 1 + random.int(Math.max(1, bytes.length - 1));
  const lie = random.pick(['80', '81ff', '8180', '820001', '83ffffff', '84ffffffff', '88ffffffffffffffff', 'ff']);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(lie, 'hex'), bytes.subarray(at + 1)]);
}
