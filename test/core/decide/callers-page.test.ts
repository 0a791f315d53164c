import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callersPage } from '../../../src/core/decide/callers-page.ts';
import { isCallerVisible, reasonCodes } from '../../../src/core/decide/reasons.ts';

test('docs/callers.md is current, and names what a caller may be told and nothing else', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/callers.md'), 'utf8');
  expect(page).toBe(callersPage());
  const named = reasonCodes.filter((code) => page.includes(`"${code}"`));
  expect(named).toEqual(reasonCodes.filter(isCallerVisible));
});
