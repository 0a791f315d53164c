import { appendFileSync, existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const files = ['refusals.ndjson', 'refusals.older.ndjson'] as const;
/** About a thousand refusals a file; with the older file twice that. */
const maxBytes = 2_000_000;

/**
 * Keeps refusals (leaf, method, path, address: one JSON object a line) in the state folder, so that `why REFERENCE` can
 * decide again, also after `dev` has ended. The folder is ignored by git and readable by its owner only.
 */
export function openRefusalFile(stateFolder: string): (line: string) => void {
  const [current, older] = files.map((name) => join(stateFolder, name)) as [string, string];
  return (line) => {
    if (existsSync(current) && statSync(current).size > maxBytes) renameSync(current, older);
    appendFileSync(current, `${line}\n`, { mode: 0o600 });
  };
}

/** What has been kept, newest file first; empty when no `dev` has refused anything here. */
export function readRefusalFiles(stateFolder: string): readonly string[] {
  return files
    .map((name) => join(stateFolder, name))
    .flatMap((path) => (existsSync(path) ? [readFileSync(path, 'utf8')] : []));
}
