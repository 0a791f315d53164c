import { dirname, resolve } from 'node:path';
import { build } from 'esbuild';
import { program } from './run.ts';

/** Once for all tests, before the first: what they start as the CLI. Over what is there, which another run may be using. */
export default async function buildCli(): Promise<void> {
  const root = resolve(import.meta.dirname, '../..');
  await build({
    absWorkingDir: root,
    entryPoints: ['bin/sallyport.ts'],
    outdir: dirname(program),
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node22',
    format: 'esm',
    splitting: true,
    logLevel: 'warning',
  });
}
