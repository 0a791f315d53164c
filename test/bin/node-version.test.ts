import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { nodeProblem } from '../../bin/node-version.ts';

const root = resolve(import.meta.dirname, '../..');

test.each(['12.22.0', '20.20.2', '22.18.9'])('Node %s is told what to install', (version) => {
  expect(nodeProblem(version)).toMatch(`this is Node ${version}; it needs 22.19 or later`);
});

test.each(['22.19.0', '23.0.0', '24.20.0', '100.0.0'])('Node %s will do', (version) => {
  expect(nodeProblem(version)).toBeUndefined();
});

test('package.json says the same', () => {
  const { engines } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as { engines: { node: string } };
  const oldest = engines.node.replace(/^>=/, '');
  const [major = 0, minor = 0] = oldest.split('.').map(Number);
  expect([nodeProblem(`${oldest}.0`), typeof nodeProblem(`${major}.${minor - 1}.0`)]).toEqual([undefined, 'string']);
});

test.each(['bin/sallyport.ts', 'bin/app.ts'])('%s ends on an older Node before it loads anything else', (program) => {
  const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })";
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(older)}`, resolve(root, program), '--help'],
    { encoding: 'utf8' },
  );
  expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
  expect(stderr).toContain('this is Node 20.1.0');
  expect(stderr.trim().split('\n')).toHaveLength(2);
});

test('the launcher of a checkout starts the sources', () => {
  const help = execFileSync(process.execPath, [resolve(root, 'bin/sallyport.js'), '--help'], { encoding: 'utf8' });
  expect(help).toContain('sallyport init');
});
