import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstDeployPage } from '../src/cli/doctor/live-page.ts';
import { schemaFiles } from '../src/config/schema.ts';
import { callersPage } from '../src/core/decide/callers-page.ts';
import { reasonsPage } from '../src/core/decide/reasons-page.ts';
import { headersPage } from '../src/core/header-page.ts';
import { lintPage } from '../src/core/lint/page.ts';
import { problemsPage } from '../src/core/problem-page.ts';
import { settingsPage } from '../src/core/settings-page.ts';
import { failuresPage } from '../src/forward/failure-page.ts';
import { otherReadersPage } from '../src/partners/inspect/readers/other-readers.ts';

// Writes the pages of docs/ and the schemas that are generated from tables. Tests check that what is committed is current.
const pages = {
  reasons: reasonsPage(),
  callers: callersPage(),
  settings: settingsPage(),
  failures: failuresPage(),
  problems: problemsPage(),
  headers: headersPage(),
  'first-deploy': firstDeployPage(),
  lint: lintPage(),
  'other-readers': otherReadersPage(),
};
for (const [name, text] of Object.entries(pages)) {
  writeFileSync(join(import.meta.dirname, `../docs/${name}.md`), text);
}
for (const [name, text] of schemaFiles()) writeFileSync(join(import.meta.dirname, '../schema', name), text);
