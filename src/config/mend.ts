import { flowYaml } from './flow-yaml.ts';
import type { Reader, Reading } from './reading.ts';
import { printable } from './text.ts';
import type { Tree } from './tree.ts';

/**
 * Remedies of the field tables. A line to paste holds what was written and words of the grammar, and is read before it is
 * told; an example of the documentation says what is allowed and is never pasted: it is somebody else's address.
 */

/** What a key most likely was meant to say: the first of the candidates that the key accepts, as a line to paste. */
export function mended(
  reader: Reader,
  { key, isTrial }: Pick<Reading, 'key' | 'isTrial'>,
  candidates: readonly Tree[],
): string | undefined {
  if (isTrial) return undefined;
  for (const candidate of candidates) {
    const line = accepts(reader, key, candidate) ? flowYaml(candidate) : undefined;
    if (line !== undefined) return pasted(key, line);
  }
  return undefined;
}

function accepts(reader: Reader, key: string, tree: Tree): boolean {
  let isAccepted = true;
  const value = reader.read(tree, {
    key,
    isTrial: true,
    report: () => {
      isAccepted = false;
    },
  });
  return isAccepted && value !== undefined;
}

/** Examples stand behind what is allowed, unless that shows them already, or is a number between two others. */
export function withExample(allowed: string, key: string, example: string): string {
  const bare = unquoted(example);
  if (example === '' || allowed.includes(bare) || /^[0-9]+$/.test(bare)) return allowed;
  return `${allowed}; for example ${pasted(key, example)}`;
}

/** A value in place of a list of it, a list of one in place of its value. */
export function otherKinds(tree: Tree): readonly Tree[] {
  const { place } = tree;
  if (tree.kind === 'refused' || (tree.kind === 'scalar' && tree.text === '')) return [];
  const [only, second] = tree.kind === 'list' ? tree.items : [];
  const inside = only !== undefined && second === undefined ? [only] : [];
  return [...inside, { kind: 'list', items: [tree], place }];
}

export function wrongKind(
  shape: Reader & { readonly allowed: string; readonly example: string },
  tree: Tree,
  reading: Reading,
): undefined {
  if (tree.kind === 'refused') return undefined;
  const isEmpty = tree.kind === 'scalar' && tree.text === '';
  reading.report({
    code: 'value_kind',
    message: `${reading.key} is not written as it has to be`,
    place: tree.place,
    found: isEmpty ? 'nothing' : tree.kind === 'scalar' ? 'a single value' : `a ${tree.kind}`,
    allowed: withExample(shape.allowed, reading.key, shape.example),
    remedy: mended(shape, reading, otherKinds(tree)),
  });
  return undefined;
}

export function pasted(key: string, value: string): string {
  return key.startsWith('- ') ? `- ${value}` : `${printable(key, '')}: ${value}`;
}

export function unquoted(example: string): string {
  return /^(["']).*\1$/.test(example) ? example.slice(1, -1) : example;
}
