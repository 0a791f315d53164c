import { execFileSync } from 'node:child_process';
import manifest from '../package.json' with { type: 'json' };
import type { Checkout } from '../src/config/front.ts';
import { maximumAncestors, shortCommit } from '../src/core/release/turn-back.ts';

/** Of this software. */
export const softwareVersion: string = manifest.version;

/**
 * The checkout that a folder is in; undefined without git, outside of every repository, and before the first commit. A shallow clone, as
 * pipelines make them, is deepened: with one commit of history every deploy would look like one that turns back.
 */
export function readCheckout(folder: string): Checkout | undefined {
  const commit = git(folder, 'rev-parse', '--verify', '--quiet', 'HEAD');
  if (commit === undefined) return undefined;
  let ancestors = ancestorsIn(folder);
  let shallow = isShallow(folder, ancestors);
  if (shallow) {
    git(folder, 'fetch', '--quiet', '--no-tags', `--deepen=${maximumAncestors}`);
    ancestors = ancestorsIn(folder);
    shallow = isShallow(folder, ancestors);
  }
  const changed = git(folder, 'status', '--porcelain', '--', '.')?.split('\n').filter(Boolean).length ?? 0;
  const by = git(folder, 'var', 'GIT_COMMITTER_IDENT')?.replace(/ \d+ [+-]\d{4}$/, '');
  return { commit, changed, ancestors, shallow, ...(by === undefined ? {} : { by: printable(by) }) };
}

function ancestorsIn(folder: string): readonly string[] {
  const listed = git(folder, 'rev-list', `--max-count=${maximumAncestors + 1}`, 'HEAD') ?? '';
  return listed.split('\n').filter(Boolean).slice(1).map(shortCommit);
}

/** What whoever deploys has to know about it; undefined when there is nothing. */
export function noteOn(checkout: Checkout | undefined): string | undefined {
  if (checkout === undefined)
    return 'The folder of the front is in no git commit: a deploy from older files cannot be told from one of newer files.';
  if (!checkout.shallow) return undefined;
  return `This is a shallow clone with ${checkout.ancestors.length + 1} of the last ${maximumAncestors + 1} commits, and git could not fetch more: a deploy is refused when the deployed commit is not among them. git fetch --unshallow, or fetch-depth: ${maximumAncestors + 1} in the pipeline.`;
}

/** A shallow clone with enough of history is as good as a whole one. */
const isShallow = (folder: string, ancestors: readonly string[]): boolean =>
  ancestors.length < maximumAncestors && git(folder, 'rev-parse', '--is-shallow-repository') === 'true';

/** What git prints, trimmed; undefined when it fails or is not there. Never asks anybody, and waits half a minute for a server. */
function git(folder: string, ...args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', ['-C', folder, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 30_000,
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
    }).trim();
  } catch {
    return undefined;
  }
}

const printable = (text: string): string => text.replace(/\p{Cc}/gu, ' ').slice(0, 200);
