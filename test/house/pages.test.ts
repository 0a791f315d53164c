import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md') && name !== 'README.md')
  .sort();

test('docs/README.md names every page once', () => {
  const named = [...read('docs/README.md').matchAll(/\]\(([^)#]+\.md)\)/g)].map(([, target]) => target ?? '');
  expect(named.filter((target) => !target.startsWith('../')).sort()).toEqual(pages);
});

test('what is generated stands apart', () => {
  const [, generated = ''] = read('docs/README.md').split('## Generated from tables');
  const named = [...generated.matchAll(/\]\(([^)#]+\.md)\)/g)].map(([, target]) => target ?? '');
  // whole pages only: others carry a marker further down, beside the part that is generated
  expect(named.sort()).toEqual(
    pages.filter((page) => /^<!-- generated from/i.test(read(join('docs', page))) && page !== 'callers.md'),
  );
});

test('every decision says when it was made', () => {
  for (const page of pages.filter((name) => name.startsWith('decisions'))) {
    expect(`${page}: ${read(join('docs', page)).split('\n')[2]}`).toMatch(/: Decided on 20\d\d-[01]\d-[0-3]\d\.$/);
  }
});
