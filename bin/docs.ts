import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonsPage } from '../core/decide/reasons-page.ts';

// Writes the pages of docs/ that are generated from tables. Tests check that what is committed is current.
writeFileSync(join(import.meta.dirname, '../docs/reasons.md'), reasonsPage());
