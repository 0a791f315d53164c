import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/**
 * In a checkout: bundles the functions that are missing or older than their sources, so that what is deployed is what is checked
 * out. In an installed package there is nothing to build: its functions are part of it.
 */
export function buildStaleBundles(say: (line: string) => void): void {
  const bundler = join(root, 'bin/bundle.ts');
  if (!existsSync(bundler)) return;
  const names = readdirSync(join(root, 'lambdas')).filter((name) =>
    existsSync(join(root, 'lambdas', name, 'handler.ts')),
  );
  const newest = Math.max(
    newestIn(join(root, 'lambdas')),
    newestIn(join(root, 'src')),
    newestIn(join(root, 'package.json')),
  );
  const stale = names.filter((name) => {
    const bundle = statSync(join(root, 'dist/lambdas', name, 'index.mjs'), { throwIfNoEntry: false });
    return bundle === undefined || bundle.mtimeMs < newest;
  });
  if (stale.length === 0) return;
  say(`bundling ${stale.join(', ')}: not built from these sources yet`);
  // Its own lines are for whoever builds; the CDK reads this process's stdout as nothing of its own, either.
  execFileSync(process.execPath, [bundler, ...stale], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

function newestIn(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}
