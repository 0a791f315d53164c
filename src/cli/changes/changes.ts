import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { readFrontFiles } from '../../config/folder.ts';
import { type ParsedFront, parseFront } from '../../config/front.ts';
import type { FrontFiles } from '../../config/front-files.ts';
import type { CommonOptions } from '../terminal/command.ts';
import { cannotDecide } from '../terminal/failure.ts';
import type { Output } from '../terminal/output.ts';
import { changeLines, type FileChange, printDiff } from '../terminal/text-diff.ts';

export interface ChangeOptions extends CommonOptions {
  readonly yes?: boolean;
}

/** The front as it would be. */
export function frontAfter(folder: string, changes: readonly FileChange[]): ParsedFront {
  const files = new Map<string, Uint8Array>(readFrontFiles(folder));
  for (const { file, after } of changes) {
    if (after === undefined) files.delete(file);
    else files.set(file, Buffer.from(after));
  }
  return parseFront(files);
}

export function textIn(files: FrontFiles, file: string): string | undefined {
  const bytes = files.get(file);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
}

export function printChanges(changes: readonly FileChange[], output: Output): void {
  for (const change of changes) {
    const word = change.before === undefined ? ' (new)' : change.after === undefined ? ' (removed)' : '';
    printDiff(`${change.file}${word}`, changeLines(change), output);
  }
}

/**
 * All of them, or as good as: everything is written beside first, then put in its place. Refuses, and leaves all as it
 * was, when a file is no longer what was shown.
 */
export function writeChanges(folder: string, changes: readonly FileChange[]): void {
  const root = realpathSync(folder);
  const staged: string[] = [];
  try {
    for (const { file, before, after } of changes) {
      const path = join(root, file);
      const now = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
      if (now !== before) cannotDecide(`${file} has changed while it was looked at`, 'run it again');
      if (after === undefined) continue;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(`${path}.new`, after, { flag: 'wx' });
      staged.push(`${path}.new`);
    }
    for (const { file, before, after } of changes) {
      const path = join(root, file);
      if (after === undefined) rmSync(path);
      else if (before === undefined) {
        linkSync(`${path}.new`, path); // fails when somebody has made it in the meantime
        rmSync(`${path}.new`);
      } else renameSync(`${path}.new`, path);
    }
  } catch (error) {
    for (const path of staged) rmSync(path, { force: true });
    if (error instanceof Error && 'code' in error) {
      cannotDecide(`cannot write: ${error.message}`, 'look at the folder, then run it again', { cause: error });
    }
    throw error;
  }
}
