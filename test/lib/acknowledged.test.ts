import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const lib = join(import.meta.dirname, '../../lib');

test('every accepted finding is accepted somewhere', () => {
  const [, table = ''] =
    /const reasons = \{([\s\S]*?)\n\} as const/.exec(readFileSync(join(lib, 'acknowledged.ts'), 'utf8')) ?? [];
  const ids = [...table.matchAll(/^ {2}'([^']+)':/gm)].map(([, id]) => `${id}`);
  const uses = readdirSync(lib, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== 'acknowledged.ts')
    .map((name) => readFileSync(join(lib, name), 'utf8'));
  expect(ids.length).toBeGreaterThan(3);
  expect(ids.filter((id) => !uses.some((text) => text.includes(`'${id}'`)))).toEqual([]);
});
