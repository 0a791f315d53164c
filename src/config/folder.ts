import { type Dirent, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type Problem, ProblemError } from '../core/problem.ts';
import type { ProblemCode } from '../core/problem-codes.ts';
import { maximumListBytes } from '../core/revocation/list.ts';
import { type ParsedFront, parseFront } from './front.ts';
import { type FrontFiles, frontFile } from './front-files.ts';
import { maximumFileBytes, printable } from './text.ts';

const maximumFiles = 250_000;
const maximumTotalBytes = 512 * 1024 * 1024;
/** What a front consists of; everything else in the folder is left alone. */
const folders = ['truststore', 'connections'];

/** A front's folder → what it says, or all problems of the folder and its files. */
export function readFront(folder: string): ParsedFront {
  const { files, problems } = collectFiles(folder);
  const parsed = parseFront(files);
  if (problems.length === 0) return parsed;
  // A file that could not be read is also missing: said once is enough.
  const unread = new Set(problems.map((problem) => problem.place?.file));
  return {
    problems: [
      ...problems,
      ...parsed.problems.filter(({ code, place }) => code !== 'front_missing' || !unread.has(place?.file)),
    ],
  };
}

/**
 * `sallyport.yaml`, `truststore/**` and `connections/**` as bytes.
 *
 * @throws ProblemError with every file that is too large, leaves the folder by a symbolic link, or is no file
 */
export function readFrontFiles(folder: string): FrontFiles {
  const { files, problems } = collectFiles(folder);
  if (problems.length > 0) throw new ProblemError(problems);
  return files;
}

function collectFiles(folder: string): { files: FrontFiles; problems: readonly Problem[] } {
  const files = new Map<string, Uint8Array>();
  const problems: Problem[] = [];
  let root: string;
  try {
    root = realpathSync(folder);
  } catch (error) {
    problems.push({
      code: 'folder_missing',
      message: 'this folder cannot be opened',
      place: { file: printable(folder, '') },
      found: codeOf(error),
      remedy: '--front DIR names the folder of a front',
    });
    return { files, problems };
  }
  const budget = { files: maximumFiles, bytes: maximumTotalBytes };
  for (const path of pathsOf(root, problems)) {
    try {
      const bytes = readBounded(root, path, budget);
      if (bytes !== undefined) files.set(path, bytes);
    } catch (error) {
      problems.push(problemOf(error, path));
    }
  }
  return { files, problems };
}

function* pathsOf(root: string, problems: Problem[]): Generator<string> {
  yield frontFile;
  const open = [...folders];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    let entries: readonly Dirent[];
    try {
      refuseOutside(root, path);
      entries = readdirSync(join(root, path), { withFileTypes: true });
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') problems.push(problemOf(error, path));
      continue;
    }
    for (const entry of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const below = `${path}/${entry.name}`;
      if (entry.isDirectory()) open.push(below);
      else yield below;
    }
  }
}

function readBounded(root: string, path: string, budget: { files: number; bytes: number }): Uint8Array | undefined {
  try {
    lstatSync(join(root, path));
  } catch (error) {
    // sallyport.yaml may be missing: the parser says so with everything else.
    if (codeOf(error) === 'ENOENT' && path === frontFile) return undefined;
    throw error;
  }
  refuseOutside(root, path);
  const status = statSync(join(root, path));
  if (!status.isFile())
    refuseFile(
      path,
      'file_kind',
      'this is no file',
      status.isDirectory() ? 'a link to a folder' : 'a device, pipe or socket',
      'files',
    );
  const maximum = path.endsWith('.crl') ? maximumListBytes : maximumFileBytes;
  if (status.size > maximum) {
    refuseFile(path, 'file_too_large', 'the file is too large', `${status.size} bytes`, `at most ${maximum} bytes`);
  }
  budget.files -= 1;
  budget.bytes -= status.size;
  if (budget.files < 0 || budget.bytes < 0) {
    refuseFile(
      path,
      'front_too_large',
      'the front is too large',
      'more than fits',
      `${maximumFiles} files, ${maximumTotalBytes} bytes`,
    );
  }
  return readFileSync(join(root, path));
}

/** A link may point within the folder; one that leaves it would publish what no reviewer saw. */
function refuseOutside(root: string, path: string): void {
  const inside = relative(root, realpathSync(join(root, path)));
  if (inside === '..' || inside.startsWith(`..${sep}`) || inside.startsWith(sep)) {
    refuseFile(
      path,
      'link_leaves_folder',
      'a symbolic link leaves the folder',
      'a link to somewhere else',
      "files within the front's folder",
    );
  }
}

function refuseFile(path: string, code: ProblemCode, message: string, found: string, allowed: string): never {
  throw new ProblemError([
    {
      code,
      message,
      place: { file: printable(path, '') },
      found,
      allowed,
      remedy: `replace or remove ${printable(path, '')}`,
    },
  ]);
}

function problemOf(error: unknown, path: string): Problem {
  const problem = error instanceof ProblemError ? error.problems[0] : undefined;
  if (problem !== undefined) return problem;
  return {
    code: 'file_unreadable',
    message: 'the file cannot be read',
    place: { file: printable(path, '') },
    found: codeOf(error),
  };
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'an unknown error';
}
