import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { batchesOf, type Forgotten } from './batches.ts';
import { copyOf } from './copy.ts';
import { edited, filesOf, type Recipe } from './recipe.ts';
import { readRows } from './rows.ts';
import { recipes } from './table.ts';

/**
 * Follows every row of CONTRIBUTING.md in a copy of the tree: with all edits the types are right and the row's tests pass;
 * without one file of them the compiler or a test of the row fails: `npm run recipes`, or `npm run recipes -- WORD` for some.
 */
const root = resolve(import.meta.dirname, '../..');
const [word = ''] = process.argv.slice(2);
const chosen = recipes.filter(({ adds }) => adds.includes(word));
const tests = new Map(readRows(root).map(({ adds, tests: files }) => [adds, files] as const));
const testsOf = ({ adds }: Recipe) => tests.get(adds) ?? [];
const generated = ['docs', 'schema'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => /\.(?:md|json)$/.test(name))
    .map((name) => `${folder}/${name}`),
);
const copy = copyOf(root);
const originals = new Map([...generated, ...chosen.flatMap(filesOf)].map((file) => [file, copy.read(file)] as const));
const failures: string[] = [];
let count = 0;

function check(what: string, isRight: boolean, output: string): void {
  count += 1;
  console.log(`${isRight ? 'ok   ' : 'NO   '} ${what}`);
  if (!isRight) failures.push(`${what}\n${output.trim().split('\n').slice(-80).join('\n')}`);
}

/** The files in which the compiler finds errors. */
function types(): { readonly failed: ReadonlySet<string>; readonly output: string } {
  const { output } = copy.run(['tsc', '--noEmit', '--incremental', '--tsBuildInfoFile', 'node_modules/types.json']);
  return {
    failed: new Set([...output.matchAll(/^([\w./-]+)\(\d+,\d+\): error/gm)].map(([, file]) => `${file}`)),
    output,
  };
}

/** The test files of these recipes that fail; a suite that does not load has failed, too. */
function jest(of: readonly Recipe[]): { readonly failed: ReadonlySet<string>; readonly output: string } {
  const files = [...new Set(of.flatMap(testsOf))];
  const only = of.find((recipe) => recipe.only !== undefined)?.only;
  const { status, output } = copy.run(['jest', '-w', '2', ...files, ...(only === undefined ? [] : ['-t', only])]);
  const failed = new Set([...output.matchAll(/^FAIL (\S+)/gm)].map(([, file]) => `${file}`));
  if ((status === 0) !== (failed.size === 0)) throw new Error(`jest ended with ${status}:\n${output}`);
  return { failed, output };
}

function writePages(): void {
  const { status, output } = copy.run([process.execPath, 'bin/docs.ts']);
  if (status !== 0) throw new Error(`The pages cannot be written:\n${output}`);
}

/** The tree as it is when everything was done but this. */
function follow(without: readonly Forgotten[]): void {
  const isLeft = (recipe: Recipe, file: string) => without.some((one) => one.recipe === recipe && one.file === file);
  for (const [file, text] of originals) {
    if (generated.includes(file) && !chosen.some((recipe) => filesOf(recipe).includes(file))) continue;
    const edits = chosen.flatMap((recipe) => (isLeft(recipe, file) ? [] : recipe.edits));
    copy.write(file, edited(file, text, edits));
  }
}

const all: readonly Forgotten[] = chosen.flatMap((recipe) => filesOf(recipe).map((file) => ({ recipe, file })));
const noticedBy = (who: 'types' | 'test') =>
  all.filter(({ recipe, file }) => file !== undefined && recipe.noticedBy[file] === who);

try {
  follow([]);
  writePages();
  const right = types();
  check('every row followed: the types are right', right.failed.size === 0 && right.output === '', right.output);
  for (const some of [
    chosen.filter(({ only }) => only === undefined),
    ...chosen.filter(({ only }) => only).map((one) => [one]),
  ]) {
    const { failed, output } = some.length === 0 ? { failed: new Set(), output: '' } : jest(some);
    for (const recipe of some)
      check(`${recipe.adds}: its tests pass`, !testsOf(recipe).some((file) => failed.has(file)), output);
  }

  // what a recipe has for itself, so that an error in it is the recipe's
  const ownFiles = (recipe: Recipe) =>
    filesOf(recipe).filter((file) => !chosen.some((other) => other !== recipe && filesOf(other).includes(file)));
  for (const batch of batchesOf(noticedBy('types'), () => [])) {
    follow(batch);
    const { failed, output } = types();
    for (const { recipe, file } of batch)
      check(
        `${recipe.adds}: without ${file} the types are wrong`,
        ownFiles(recipe).some((own) => failed.has(own)),
        output,
      );
  }
  for (const batch of batchesOf(noticedBy('test'), testsOf)) {
    follow(batch);
    // Whoever forgot the file has run this with what is there.
    writePages();
    const { failed, output } = jest(batch.map(({ recipe }) => recipe));
    for (const { recipe, file } of batch)
      check(
        `${recipe.adds}: without ${file} a test fails`,
        testsOf(recipe).some((test) => failed.has(test)),
        output,
      );
  }
  const withPages = chosen.filter(({ pages }) => pages !== undefined).map((recipe) => ({ recipe }));
  for (const batch of batchesOf(withPages, testsOf)) {
    follow([]);
    writePages();
    for (const page of batch.flatMap(({ recipe }) => recipe.pages ?? [])) copy.write(page, originals.get(page));
    const { failed, output } = jest(batch.map(({ recipe }) => recipe));
    for (const { recipe } of batch)
      check(
        `${recipe.adds}: without \`npm run docs\` a test fails`,
        testsOf(recipe).some((test) => failed.has(test)),
        output,
      );
  }
} finally {
  copy.remove();
}
for (const failure of failures) console.log(`\n${failure}`);
console.log(`\n${count - failures.length} passed, ${failures.length} failed`);
if (failures.length > 0) process.exitCode = 1;
