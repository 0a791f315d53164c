import { execFile } from 'node:child_process';

/** What git knows about a folder; nothing when git is not there or the folder is in no repository. */
export interface GitFacts {
  readonly commit: string | null;
  /** Files of the folder that differ from the commit. */
  readonly changed: number;
}

export async function readGitFacts(folder: string): Promise<GitFacts> {
  const head = await git(folder, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  if (head.status !== 0) return { commit: null, changed: 0 };
  const status = await git(folder, ['status', '--porcelain', '--', '.']);
  return { commit: head.output.trim(), changed: status.output.split('\n').filter((line) => line !== '').length };
}

/** Whether `commit` is in the history of what is checked out; undefined when git cannot tell. */
export async function isAncestor(folder: string, commit: string): Promise<boolean | undefined> {
  const { status } = await git(folder, ['merge-base', '--is-ancestor', commit, 'HEAD']);
  return status === 0 ? true : status === 1 ? false : undefined;
}

/** From the root of the repository to the folder, `fronts/orders/`, empty at the root; undefined in no repository. */
export async function readGitPrefix(folder: string): Promise<string | undefined> {
  const { status, output } = await git(folder, ['rev-parse', '--show-prefix']);
  return status === 0 ? output.trim() : undefined;
}

function git(folder: string, args: readonly string[]): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    execFile('git', ['-C', folder, ...args], { encoding: 'utf8' }, (error, output) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
      resolve({ status, output });
    });
  });
}
