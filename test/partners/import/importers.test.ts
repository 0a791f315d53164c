import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const products = readdirSync(join(root, 'src/partners/import'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test.each(products)('%s: a command, a part of the page, a test beside the product', (product) => {
  expect(read('src/cli/import/import.ts')).toContain(`.command('${product}')`);
  expect(read('docs/import.md').toLowerCase()).toContain(`\n## ${product}`);
  const tests = readdirSync(import.meta.dirname, { withFileTypes: true }).find(({ name }) => name === product);
  const files = tests === undefined ? [] : readdirSync(join(import.meta.dirname, product));
  expect(files).toContainEqual(expect.stringMatching(/^beside-[a-z-]+\.test\.ts$/));
});
