import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/fidelity.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| point'))
  .map((line) => line.slice(2, -2).split(/(?<!\\) \| /));

/** Of the local front and of its listener, which has a room of its own. */
const tests = ['test/local', 'test/serve']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter((name) => name.endsWith('.test.ts') && !name.endsWith('fidelity.test.ts'))
  .map((name) => readFileSync(join(root, name), 'utf8'))
  .join('\n');

test('every row has a point, what there is of it here, and where it can be shown', () => {
  expect(rows.length).toBeGreaterThan(50);
  for (const row of rows) {
    expect(row).toHaveLength(3);
    expect(['local', 'emulator', 'live']).toContain(row[2]);
    // Either a test, or a plain "not", or the place of its own tests.
    expect(row[1]).toMatch(/"|\*\*not\*\*|its own tests/);
  }
});

test('every test that the page names exists', () => {
  const named = rows.flatMap(([, here = '']) => [...here.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title));
  const missing = named.map((title) => title.replaceAll('\\|', '|')).filter((title) => !tests.includes(title));
  expect(missing).toEqual([]);
});
