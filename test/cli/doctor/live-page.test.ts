import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { liveClaims } from '../../../src/cli/doctor/live-claims.ts';
import { firstDeployPage } from '../../../src/cli/doctor/live-page.ts';

test('docs/first-deploy.md is current', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../../docs/first-deploy.md'), 'utf8');
  expect(page).toBe(firstDeployPage());
});

test('every claim says how to look and what happens if it is wrong, and breaks no table', () => {
  for (const { claim, how, otherwise } of liveClaims) {
    for (const text of [claim, how, otherwise]) expect(text).toMatch(/^[^|\n]{10,}$/);
  }
});
