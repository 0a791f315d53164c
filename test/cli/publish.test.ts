import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sallyport as runCli } from './run.ts';

let folder: string;

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(command: string, args: readonly string[]): Promise<Run> {
  return new Promise((done) => {
    execFile(command, args, { cwd: folder, encoding: 'utf8' }, (error, out, err) => {
      done({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}
const sallyport = (...args: string[]) =>
  runCli(['--front', 'front', ...args], folder, { env: { NO_COLOR: '1', AWS_EC2_METADATA_DISABLED: 'true' } });
const git = (...args: string[]) =>
  run('git', ['-C', 'front', '-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args]);
const client = (name: string) => join(folder, `front/truststore/clients/${name}.yaml`);

function addClient(name: string): void {
  copyFileSync(client('sample-partner'), client(name));
  const text = readFileSync(client(name), 'utf8');
  writeFileSync(
    client(name),
    text.replace('sample-partner', name).replace(/subject: "?[^}"]*"? \}/, `subject: "CN=${name}" }`),
  );
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'publish-'));
  expect(await sallyport('init')).toMatchObject({ code: 0 });
}, 30_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a folder as store: first release, addition, removal, status and history', async () => {
  for (const command of ['status', 'releases']) {
    expect(await sallyport(command, '--store', 'releases')).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringMatching(/there is no folder releases[\s\S]*sallyport publish --store releases/),
    });
  }
  const first = await sallyport('publish', '--store', 'releases', '--reason', 'the first one');
  expect(first).toMatchObject({
    code: 0,
    out: expect.stringMatching(/\+ client sample-partner[\s\S]*live: release [0-9a-f]{12}, sequence 1,/),
  });
  expect((await sallyport('publish', '--store', 'releases')).out).toMatch(/nothing to publish/);

  expect((await sallyport('status', '--store', 'releases', '--exit-code')).code).toBe(0);
  // Lines that move are no change of who comes in, and no other release.
  writeFileSync(client('sample-partner'), `# a comment\n${readFileSync(client('sample-partner'), 'utf8')}`);
  expect((await sallyport('publish', '--store', 'releases')).out).toMatch(/nothing to publish/);

  addClient('globex');
  expect((await sallyport('status', '--store', 'releases', '--exit-code')).code).toBe(1);
  const before = await sallyport('status', '--store', 'releases');
  expect(before.out.trim().split('\n').at(-1)).toBe(
    'the live release differs from your files: run `sallyport publish`',
  );
  expect(before.out).toContain('+ client globex');
  const added = JSON.parse((await sallyport('publish', '--store', 'releases', '--json')).out);
  expect(added).toMatchObject({
    format: 1,
    outcome: 'published',
    sequence: 2,
    changes: [{ kind: 'addition', subject: 'client globex' }],
  });

  rmSync(client('globex'));
  // without a terminal nobody is locked out unless somebody has said so
  expect(await sallyport('publish', '--store', 'releases')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/nothing was published: 1 client would be refused[\s\S]*globex\n[\s\S]*--max-lost 1/),
  });
  expect((await sallyport('publish', '--store', 'releases', '--max-lost', '0')).code).toBe(1);
  expect(
    (await sallyport('publish', '--store', 'releases', '--max-lost', '1', '--reason', 'globex left')).out,
  ).toContain('- client globex');
  const status = JSON.parse((await sallyport('status', '--store', 'releases', '--json')).out);
  expect(status).toMatchObject({ format: 1, live: { sequence: 3, clients: 1 }, same: true, changes: [], drift: [] });
  const releases = JSON.parse((await sallyport('releases', '--store', 'releases', '--json', '--limit', '2')).out);
  expect(releases.releases).toMatchObject([
    { publication: 3, state: 'live', reason: 'globex left' },
    { publication: 2, state: 'replaced' },
  ]);
  expect((await sallyport('releases', '--store', 'releases')).out).toMatch(
    /live[\s\S]*globex left[\s\S]*the first one/,
  );
}, 60_000);

test('files that do not build on the live commit are refused (1), unless that is said', async () => {
  await git('init', '-q');
  await git('add', '.');
  await git('commit', '-q', '-m', 'one');
  expect(await sallyport('publish', '--store', 'history')).toMatchObject({ code: 0 });
  await git('checkout', '-q', '--orphan', 'other');
  addClient('initech');
  await git('add', '.');
  await git('commit', '-q', '-m', 'two');
  const refused = await sallyport('publish', '--store', 'history');
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/not in the history of your files[\s\S]*--any-history/);
  expect(await sallyport('publish', '--store', 'history', '--any-history')).toMatchObject({ code: 0 });
  rmSync(client('initech'));
  expect((await sallyport('publish', '--store', 'history', '--yes')).err).toMatch(/1 file not as in commit/);
}, 60_000);

test('wrong usage is 2, a front without an account 3 with the line that mends it, a damaged store 3', async () => {
  expect((await sallyport('releases', '--limit', 'all', '--store', 'releases')).code).toBe(2);
  const nowhere = await sallyport('publish');
  expect(nowhere).toMatchObject({ code: 3, err: expect.stringContaining('aws: {') });
  writeFileSync(join(folder, 'releases/pointer.json'), '{}');
  expect(await sallyport('status', '--store', 'releases')).toMatchObject({
    code: 3,
    err: expect.stringContaining('the signed pointer'),
  });
}, 60_000);

test('floors that were deleted: every command says so, and status --restore-floors shows them, then sets them', async () => {
  await sallyport('publish', '--store', 'lost');
  addClient('initech');
  await sallyport('publish', '--store', 'lost');
  rmSync(client('initech'));
  const path = join(folder, 'lost/parameters.json');
  const values = JSON.parse(readFileSync(path, 'utf8'));
  expect(values).toMatchObject({ floor: '2', 'floor-blocks': '0', 'floor-lifts': '0' });
  writeFileSync(path, JSON.stringify({ ...values, floor: undefined, 'floor-blocks': undefined }));
  for (const command of ['status', 'publish', 'releases'])
    expect(await sallyport(command, '--store', 'lost')).toMatchObject({
      code: 3,
      err: expect.stringContaining('sallyport status --restore-floors'),
    });
  const shown = await sallyport('status', '--store', 'lost', '--restore-floors');
  expect(shown).toMatchObject({ code: 1, err: expect.stringContaining('nothing was written; --yes') });
  expect(shown.out).toMatch(/missing: floor, the floor of pointer\.json\n +highest sequence among the versions: 2 /);
  expect(JSON.parse(readFileSync(path, 'utf8')).floor).toBeUndefined();
  const set = await sallyport('status', '--store', 'lost', '--restore-floors', '--yes');
  expect(set).toMatchObject({ code: 0, out: expect.stringMatching(/set: floor to 2\nset: floor-blocks to 0\n$/) });
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(values);
  expect((await sallyport('status', '--store', 'lost', '--restore-floors')).out).toContain('no floor is missing');
  expect(await sallyport('status', '--store', 'lost', '--yes')).toMatchObject({ code: 2 });
}, 60_000);
