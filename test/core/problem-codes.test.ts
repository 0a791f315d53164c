import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemCodes } from '../../src/core/problem-codes.ts';
import { problemsPage } from '../../src/core/problem-page.ts';

const root = join(import.meta.dirname, '../..');
const sources = ['src', 'lambdas', 'lib', 'bin']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter((name) => name.endsWith('.ts') && name !== 'src/core/problem-codes.ts')
  .map((name) => readFileSync(join(root, name), 'utf8'));
const literals = new Set(
  sources.flatMap((text) => [...text.matchAll(/['`]([a-z0-9]+(?:_[a-z0-9]+)+)['`]/g)].map(([, word]) => word)),
);

test('docs/problems.md is the table (npx node bin/docs.ts)', () => {
  expect(readFileSync(join(root, 'docs/problems.md'), 'utf8')).toBe(problemsPage());
});

test('every code of the table is one that some check gives; the compiler refuses the others', () => {
  expect(Object.keys(problemCodes).filter((code) => !literals.has(code))).toEqual([]);
});

test('each says what it means in one sentence', () => {
  for (const [code, says] of Object.entries(problemCodes)) {
    expect(code).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)+$/);
    expect(says).toMatch(/^[A-Z`].{10,120}\.$/);
  }
});
