import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcess } from './in-process.ts';

let folder: string;
const clientFile = (name: string) => join(folder, `front/truststore/clients/${name}.yaml`);
const onStore = (command: string, ...args: string[]) =>
  inProcess('--front', join(folder, 'front'), command, ...args, '--store', join(folder, 'releases'));

function addClient(name: string): void {
  const text = readFileSync(clientFile('sample-partner'), 'utf8');
  writeFileSync(
    clientFile(name),
    text.replace('sample-partner', name).replace(/subject: "?[^}"]*"? \}/, `subject: "CN=${name}" }`),
  );
}
const clients = async () =>
  JSON.parse((await onStore('status', '--json')).out).live as { clients: number; sequence: number };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rollback-'));
  expect(await inProcess('--front', join(folder, 'front'), 'init')).toMatchObject({ code: 0 });
  addClient('globex');
  expect(await onStore('publish')).toMatchObject({ code: 0 });
  rmSync(clientFile('globex'));
  addClient('initech');
  expect(await onStore('publish', '--yes')).toMatchObject({ code: 0 });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('shown first; without a terminal only when somebody says so', async () => {
  const shown = await onStore('rollback', '1');
  expect(shown).toMatchObject({ code: 1, err: expect.stringContaining('sallyport rollback 1 --yes') });
  expect(shown.out).toMatch(
    /back to publication 1 [\s\S]*- client initech[\s\S]*stays so:\n +client globex +\(sallyport rollback 1 --readmit globex\)/,
  );
  expect(await clients()).toMatchObject({ clients: 2, sequence: 2 });
  expect((await onStore('rollback', '77')).code).toBe(3);
  expect((await onStore('rollback', '1', '--readmit', 'nobody', '--yes')).code).toBe(3);
  expect((await onStore('rollback', '1', '--max-lost', '0')).code).toBe(1);
});

test('a new sequence; the removed client only by name, and never while it is blocked', async () => {
  expect(await onStore('rollback', '1', '--yes')).toMatchObject({
    code: 0,
    out: expect.stringContaining('sequence 3'),
  });
  expect(await clients()).toMatchObject({ clients: 1 });
  const blocked = await onStore('block', '--reason', 'a test', 'client:sample-partner');
  expect(blocked.code).toBe(0);
  addClient('globex');
  rmSync(clientFile('initech'));
  expect(await onStore('rollback', '1', '--readmit', 'globex', '--yes')).toMatchObject({
    code: 0,
    out: expect.stringContaining('sequence 4'),
  });
  expect(await clients()).toMatchObject({ clients: 2 });
  expect((await onStore('block', 'globex', '--reason', 'leaked')).code).toBe(0);
  rmSync(clientFile('globex'));
  expect(await onStore('publish', '--yes')).toMatchObject({ code: 0 });
  expect(await onStore('rollback', '1', '--readmit', 'globex', '--yes')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/globex is blocked, and would come back: client globex, leaked/),
  });
  expect(await clients()).toMatchObject({ clients: 1 });
}, 60_000);
