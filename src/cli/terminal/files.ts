import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readFront } from '../../config/folder.ts';
import type { FrontConfig } from '../../config/front.ts';
import { frontFile } from '../../config/front-files.ts';
import type { Problem } from '../../core/problem.ts';
import { cannotDecide, systemCodeOf } from './failure.ts';

const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** A file that an argument names; `what` it is, for the message when it cannot be read. */
export function readBytesFile(path: string, what: string): Buffer {
  try {
    const bytes = readFileSync(path);
    if (bytes.length <= MAX_FILE_BYTES) return bytes;
    return cannotDecide(`${path} is larger than ${MAX_FILE_BYTES} bytes`, `give ${what} as a file of its own`);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === undefined) throw error;
    const why: Record<string, string> = {
      ENOENT: 'there is no such file',
      EACCES: 'you may not read it',
      EISDIR: 'it is a folder',
    };
    return cannotDecide(`cannot read ${path} (${what}): ${why[code] ?? code}`, 'check the path', { cause: error });
  }
}

export function readTextFile(path: string, what: string): string {
  return readBytesFile(path, what).toString('utf8');
}

/** The front in a folder, without a single problem; every problem is printed otherwise. */
export function readFrontOf(folder: string): FrontConfig {
  const { config, problems } = readFront(folder);
  return config ?? frontRefused(folder, problems);
}

/** Ends the command because of what is wrong with a front's files. */
export function frontRefused(folder: string, problems: readonly Problem[]): never {
  if (!existsSync(join(folder, frontFile))) {
    const where = folder === '.' ? '' : ` ${folder}`;
    return cannotDecide(`there is no ${frontFile} in ${resolve(folder)}`, `sallyport init${where}   (or: --front DIR)`);
  }
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return cannotDecide(`the front in ${folder} has ${count}:`, 'correct the files and run it again', { problems });
}
