import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noteOn, readCheckout } from '../../lib/checkout.ts';
import { maximumAncestors } from '../../src/core/release/turn-back.ts';

const identity = ['-c', 'user.name=Ada Example', '-c', 'user.email=ada@example.com'];
const git = (folder: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

const root = mkdtempSync(join(tmpdir(), 'sallyport-checkout-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A repository with that many commits, a front in a folder of it. */
function repository(name: string, commits: number): string {
  const folder = join(root, name);
  mkdirSync(join(folder, 'front'), { recursive: true });
  git(root, 'init', '--quiet', folder);
  git(folder, 'config', 'user.name', 'Ada Example');
  git(folder, 'config', 'user.email', 'ada@example.com');
  appendFileSync(join(folder, 'front/sallyport.yaml'), 'format: 1\n');
  git(folder, 'add', '.');
  for (let count = 1; count <= commits; count += 1)
    git(folder, ...identity, 'commit', '--quiet', '--allow-empty', '-m', `commit ${count}`);
  return folder;
}

const origin = repository('origin', 5);
const history = git(origin, 'rev-list', 'HEAD').split('\n');

test('the commit, what it descends from, what differs from it, and whose git it is', () => {
  appendFileSync(join(origin, 'front/sallyport.yaml'), '# changed\n');
  appendFileSync(join(origin, 'elsewhere.txt'), 'not of the front\n');
  const found = readCheckout(join(origin, 'front'));
  expect(found).toEqual({
    commit: history[0],
    changed: 1,
    ancestors: history.slice(1).map((commit) => commit.slice(0, 12)),
    shallow: false,
    by: 'Ada Example <ada@example.com>',
  });
  expect(noteOn(found)).toBeUndefined();
});

test('a shallow clone is deepened as far as a template carries, and is then as good as a whole one', () => {
  const clone = join(root, 'shallow');
  git(root, 'clone', '--quiet', '--depth', '1', `file://${origin}`, clone);
  expect(git(clone, 'rev-list', '--count', 'HEAD')).toBe('1');
  const found = readCheckout(clone);
  expect(found).toMatchObject({ commit: history[0], shallow: false });
  expect(found?.ancestors).toEqual(history.slice(1).map((commit) => commit.slice(0, 12)));
});

test('one that cannot be deepened says what it lacks and which command mends it', () => {
  const clone = join(root, 'cut-off');
  git(root, 'clone', '--quiet', '--depth', '2', `file://${origin}`, clone);
  git(clone, 'remote', 'set-url', 'origin', join(root, 'gone'));
  const found = readCheckout(clone);
  expect(found).toMatchObject({ shallow: true, ancestors: [history[1]?.slice(0, 12)] });
  expect(noteOn(found)).toMatch(/2 of the last 301 commits[\s\S]*git fetch --unshallow[\s\S]*fetch-depth: 301/);
});

test('no git, no repository and no commit are the same, and are said', () => {
  const bare = join(root, 'no-repository');
  mkdirSync(bare);
  const empty = join(root, 'no-commit');
  git(root, 'init', '--quiet', empty);
  for (const folder of [bare, empty]) expect(readCheckout(folder)).toBeUndefined();
  const path = process.env.PATH;
  process.env.PATH = bare;
  try {
    expect(readCheckout(origin)).toBeUndefined();
  } finally {
    process.env.PATH = path;
  }
  expect(noteOn(undefined)).toContain('no git commit');
});

test('a long history is cut where CloudFormation still passes it on', () => {
  const long = repository('long', 1);
  const first = git(long, 'rev-parse', 'HEAD');
  // 310 commits in one process: fast-import takes them as text.
  const stream = Array.from(
    { length: 310 },
    (_, index) =>
      `commit refs/heads/long\nmark :${index + 1}\ncommitter Ada <ada@example.com> ${1_700_000_000 + index} +0000\ndata 1\nx\n${
        index === 0 ? `from ${first}\n` : ''
      }\n`,
  ).join('');
  execFileSync('git', ['-C', long, 'fast-import', '--quiet'], { input: stream });
  git(long, 'checkout', '--quiet', 'long');
  const found = readCheckout(long);
  expect(found?.ancestors).toHaveLength(maximumAncestors);
  expect(found?.shallow).toBe(false);
  // With the commit itself, all in one property of a resource whose event carries it twice.
  expect(found?.ancestors.join(',').length).toBeLessThan(4096);
});
