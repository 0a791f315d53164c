import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProblemError } from '../../src/core/problem.ts';
import { readSecretFile, secretFile, secretFilePath } from '../../src/forward/secret-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-secrets-'));
const path = join(folder, 'secrets.json');
afterAll(() => rmSync(folder, { recursive: true }));

const write = (text: string, at = path, mode = 0o600): string => {
  writeFileSync(at, text);
  chmodSync(at, mode);
  return at;
};
const problemOf = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    if (error instanceof ProblemError) return error.problems[0];
    throw error;
  }
  return undefined;
};

test('a secret is read by its name', async () => {
  write('{"erp": "pässword", "toString": "x"}');
  expect(await secretFile(path)('erp')).toBe('pässword');
  await expect(secretFile(path)('crm')).rejects.toThrow('no secret "crm"');
  await expect(secretFile(write('{"erp": "a"}'))('toString')).rejects.toThrow('no secret "toString"');
  expect(secretFilePath('/home/a', 'orders-3f9c')).toBe('/home/a/.config/sallyport/orders-3f9c/secrets.json');
});

test.each([0o644, 0o640, 0o604, 0o620, 0o601])('mode %o is refused with the command that mends it', (mode) => {
  write('{"erp": "hunter2"}', path, mode);
  expect(problemOf(() => readSecretFile(path))).toMatchObject({
    code: 'secret_file_readable',
    found: `mode 0${mode.toString(8)}`,
    remedy: `chmod 600 '${path}'`,
  });
});

test('a file in a git work tree is refused, also behind a link', () => {
  const repository = join(folder, 'repository');
  const inside = join(repository, 'deep', 'secrets.json');
  mkdirSync(join(repository, '.git'), { recursive: true });
  mkdirSync(join(repository, 'deep'));
  write('{"erp": "hunter2"}', inside);
  expect(problemOf(() => readSecretFile(inside))).toMatchObject({
    code: 'secret_file_in_repository',
    found: repository,
  });
  const link = join(folder, 'link.json');
  symlinkSync(inside, link);
  expect(problemOf(() => readSecretFile(link))?.code).toBe('secret_file_in_repository');
});

test.each(['', '[]', 'null', '{"erp": 7}', '{"erp": ""}', '{"erp": "hunter2"', 'hunter2'])(
  '%j is refused without showing it',
  (text) => {
    write(text);
    const problem = problemOf(() => readSecretFile(path));
    expect(problem?.code).toBe('secret_file_malformed');
    expect(JSON.stringify(problem)).not.toContain('hunter2');
  },
);

test('a missing and an over-large file', () => {
  expect(problemOf(() => readSecretFile(join(folder, 'none.json')))?.code).toBe('secret_file_missing');
  write(`{"erp": "${'a'.repeat(70_000)}"}`);
  expect(problemOf(() => readSecretFile(path))?.code).toBe('secret_file_too_large');
});
