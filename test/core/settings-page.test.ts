import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsPage, settingsTable } from '../../src/core/settings-page.ts';

test('docs/settings.md is the table (npx node bin/docs.ts)', () => {
  expect(readFileSync(join(import.meta.dirname, '../../docs/settings.md'), 'utf8')).toBe(settingsPage());
});

test('each setting has its paragraph, and says that it is required or what it is without', () => {
  const sections = settingsPage().split('\n## ').slice(1);
  expect(sections.map((section) => section.split('\n')[0])).toEqual(settingsTable.map(({ name }) => name));
  for (const section of sections) expect(section).toMatch(/- Required|- Without it: `[^`]+`/);
});
