import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A row of the table "To add …" in CONTRIBUTING.md. */
export interface Row {
  readonly adds: string;
  /** Files, and folders with a `/` behind. */
  readonly paths: readonly string[];
  readonly tests: readonly string[];
  readonly runsDocs: boolean;
}

const pathsIn = (cell: string): readonly string[] =>
  [...cell.matchAll(/`([a-zA-Z][\w./-]*(?:\.\w+|\/))`/g)].map(([, path]) => path ?? '');

export function readRows(root: string): readonly Row[] {
  const [, table = ''] = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').split('## To add');
  return (table.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('`'))
    .map((line) => {
      const [, adds = '', files = '', tests = '', then = ''] = line.split('|').map((cell) => cell.trim());
      return { adds, paths: pathsIn(files), tests: pathsIn(tests), runsDocs: then.includes('npm run docs') };
    });
}
