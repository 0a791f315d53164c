import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { edited, filesOf } from './recipe.ts';
import { readRows } from './rows.ts';
import { recipes } from './table.ts';

/** `npm run recipes` follows them; this holds the rows and the recipes together, and the anchors where they are. */
const root = resolve(import.meta.dirname, '../..');
const rows = readRows(root);

test('every row of CONTRIBUTING.md has a recipe, and every recipe a row', () => {
  expect(recipes.map(({ adds }) => adds)).toEqual(rows.map(({ adds }) => adds));
});

test.each(recipes)('$adds: edits the files that its row names, and no other', (recipe) => {
  const row = rows.find(({ adds }) => adds === recipe.adds);
  const paths = row?.paths ?? [];
  const names = (path: string, file: string) => (path.endsWith('/') ? file.startsWith(path) : file === path);
  const files = filesOf(recipe);
  expect(files.filter((file) => !paths.some((path) => names(path, file)))).toEqual([]);
  expect(paths.filter((path) => !files.some((file) => names(path, file)))).toEqual([]);
  expect(Object.keys(recipe.noticedBy).sort()).toEqual([...files].sort());
  expect(recipe.pages !== undefined).toBe(row?.runsDocs);
});

test.each(recipes)('$adds: its anchors are where they were', ({ edits }) => {
  for (const { file, before } of edits)
    if (before !== undefined) edited(file, readFileSync(resolve(root, file), 'utf8'), edits);
});
