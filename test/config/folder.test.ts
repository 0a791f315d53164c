import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readFront, readFrontFiles } from '../../src/config/folder.ts';
import { ProblemError } from '../../src/core/problem.ts';
import { filesWith } from './front-files.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'front-'));
  for (const [path, bytes] of filesWith()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('reads what belongs to a front and nothing else', () => {
  writeFileSync(join(folder, 'package.json'), '{}');
  mkdirSync(join(folder, 'connections'));
  writeFileSync(join(folder, 'connections/erp-ca.pem'), 'x');
  expect([...readFrontFiles(folder).keys()].sort()).toEqual([...filesWith().keys(), 'connections/erp-ca.pem'].sort());
  expect(readFront(folder).problems).toEqual([]);
});

test('a link out of the folder is refused, one within it is read', () => {
  const outside = mkdtempSync(join(tmpdir(), 'outside-'));
  cpSync(join(folder, 'truststore/clients/acme.yaml'), join(outside, 'globex.yaml'));
  symlinkSync(join(outside, 'globex.yaml'), join(folder, 'truststore/clients/globex.yaml'));
  symlinkSync('acme.pem', join(folder, 'truststore/clients/other.pem'));
  const { problems } = readFront(folder);
  expect(problems).toMatchObject([
    { code: 'link_leaves_folder', place: { file: 'truststore/clients/globex.yaml' } },
    { code: 'file_unused', place: { file: 'truststore/clients/other.pem' } },
  ]);
  expect(() => readFrontFiles(folder)).toThrow(ProblemError);
  rmSync(outside, { recursive: true });
});

test('a folder behind a link out of the front is not read', () => {
  const outside = mkdtempSync(join(tmpdir(), 'outside-'));
  symlinkSync(outside, join(folder, 'connections'));
  expect(readFront(folder).problems).toMatchObject([{ code: 'link_leaves_folder', place: { file: 'connections' } }]);
  rmSync(outside, { recursive: true });
});

test('a file that is too large is not read, and hides nothing', () => {
  writeFileSync(join(folder, 'truststore/clients/globex.pem'), new Uint8Array(1024 * 1024 + 1));
  writeFileSync(join(folder, 'sallyport.yaml'), 'format: 3\n');
  const codes = readFront(folder).problems.map(({ code }) => code);
  expect(codes[0]).toBe('file_too_large');
  expect(codes).toContain('value_not_allowed');
});

test('a broken link, a folder that is not there', () => {
  symlinkSync('nowhere', join(folder, 'truststore/clients/x.yaml'));
  expect(readFront(folder).problems).toMatchObject([{ code: 'file_unreadable', found: 'ENOENT' }]);
  expect(readFront(join(folder, 'nowhere')).problems[0]).toMatchObject({ code: 'folder_missing', found: 'ENOENT' });
  rmSync(join(folder, 'sallyport.yaml'));
  expect(readFront(folder).problems.map(({ code }) => code)).toContain('front_missing');
});
