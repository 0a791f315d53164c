import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as Record<
  'dependencies' | 'devDependencies',
  Record<string, string>
>;
const page = readFileSync(resolve(root, 'docs/dependencies.md'), 'utf8');
const named = new Set(
  page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1])),
);
const declared = { ...manifest.dependencies, ...manifest.devDependencies };

test('every dependency has a reason on docs/dependencies.md, and every reason a dependency', () => {
  expect([...named].sort()).toEqual(Object.keys(declared).sort());
});

test('versions are exact', () => {
  for (const version of Object.values(declared)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

test('the lock file records no address of a registry', () => {
  expect(readFileSync(resolve(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved": "https?:/);
});
