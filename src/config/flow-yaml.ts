import type { Tree } from './tree.ts';

/** Longer ones nobody reads in a message, and nobody needs to paste. */
const maximumLength = 240;

/** What was written, on one line; undefined where a line cannot show it: too long, or with characters beyond ASCII. */
export function flowYaml(tree: Tree): string | undefined {
  const line = lineOf(tree);
  return line !== undefined && line.length <= maximumLength ? line : undefined;
}

function lineOf(tree: Tree): string | undefined {
  if (tree.kind === 'scalar') return flowScalar(tree.text);
  if (tree.kind === 'refused') return undefined;
  const parts =
    tree.kind === 'list'
      ? tree.items.map(lineOf)
      : tree.entries.map(({ key, value }) => joined(flowScalar(key.value), lineOf(value)));
  if (parts.includes(undefined)) return undefined;
  const inside = parts.join(', ');
  if (tree.kind === 'list') return `[${inside}]`;
  return inside === '' ? '{}' : `{ ${inside} }`;
}

function joined(key: string | undefined, value: string | undefined): string | undefined {
  return key === undefined || value === undefined ? undefined : `${key}: ${value}`;
}

/** A text as a scalar that reads the same inside brackets and outside. */
function flowScalar(text: string): string | undefined {
  if (!/^[\x20-\x7e]*$/.test(text)) return undefined;
  if (/^[A-Za-z0-9][A-Za-z0-9._/@-]*$/.test(text)) return text;
  return /["\\]/.test(text) ? `'${text.replaceAll("'", "''")}'` : `"${text}"`;
}
