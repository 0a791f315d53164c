import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { nodeProblem } from '../../bin/node-version.ts';
import { engines, nodeReleaseOf } from '../../src/core/node-release.ts';

const root = resolve(import.meta.dirname, '../..');

test.each(['12.22.0', '20.20.2', '22.18.9'])('Node %s is told what to install', (version) => {
  expect(nodeProblem(version)).toMatch(`this is Node ${version}; it needs 22.19 or later`);
});

test.each(['22.19.0', '23.0.0', '24.20.0', '100.0.0'])('Node %s starts', (version) => {
  expect(nodeProblem(version)).toBeUndefined();
});

test('package.json says the same', () => {
  const manifest = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
    engines: { node: string };
    devDependencies: { node: string };
  };
  expect(manifest.engines.node).toBe(engines);
  expect(nodeReleaseOf(manifest.devDependencies.node)).toEqual({ state: 'good' });
});

test('on a Node with holes the command line works and no listener is opened', () => {
  const [on, program] = [onNode('24.18.0'), resolve(root, 'bin/sallyport.ts')];
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [...on, program, ...args], { encoding: 'utf8', cwd: root });
  expect(run('lint').stderr).not.toContain('24.18.0');
  const { status, stdout, stderr } = run('dev', '--once', '--port', '0');
  expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
  expect(stderr).toContain('Node 24.18.0 lacks the security fixes');
  expect(stderr).toContain('24.18.1 has them');
});

function onNode(version: string): string[] {
  const code = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

test.each(['bin/sallyport.ts', 'bin/app.ts'])('%s ends on an older Node before it loads anything else', (program) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...onNode('20.1.0'), resolve(root, program), '--help'],
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
