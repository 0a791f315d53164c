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

test('docs/architecture.md names every command', () => {
  const [, table = ''] = read('docs/architecture.md').split('## The commands');
  const program = read('src/cli/program.ts');
  const commands = [...program.matchAll(/^ {4}add([A-Z][a-z]+)Command,$/gm)].map(([, name]) => `${name}`.toLowerCase());
  expect(commands.length).toBeGreaterThan(15);
  expect(commands.filter((name) => !new RegExp(`[\`/]${name}\\b`).test(table))).toEqual([]);
});

test('docs/architecture.md has a row for every room', () => {
  const [, table = ''] = read('docs/architecture.md').split('## Where things are');
  const rooms = Object.keys(JSON.parse(read('test/house/imports.json')) as object);
  const places = rooms.map((room) => (/^(bin|lib|lambdas)$/.test(room) ? `\`${room}/\`` : `\`src/${room}/\``));
  expect(places.filter((place) => !table.includes(place))).toEqual([]);
});
