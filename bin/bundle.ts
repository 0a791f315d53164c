import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type Metafile } from 'esbuild';
import { undiciParts } from './undici-parts.ts';

/**
 * Bundles functions for Lambda's Node 24: `lambdas/<name>/handler.ts` → `dist/lambdas/<name>/index.mjs`, with esbuild's
 * metafile as `dist/lambdas/<name>.json`. All of them, or those that are named: `node bin/bundle.ts [--out FOLDER] [NAME…]`.
 * The same sources give the same bytes, wherever the checkout is.
 */
const root = resolve(import.meta.dirname, '..');
const { values, positionals } = parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true });
const out = resolve(values.out ?? join(root, 'dist/lambdas'));

const all = readdirSync(join(root, 'lambdas'))
  .filter((name) => existsSync(join(root, 'lambdas', name, 'handler.ts')))
  .sort();
const names = positionals.length === 0 ? all : positionals;

for (const name of names) {
  const folder = join(out, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const metafile = await bundle(`lambdas/${name}/handler.ts`, folder);
  writeFileSync(join(out, `${name}.json`), JSON.stringify(metafile));
  for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
    console.log(`${relative(process.cwd(), join(folder, basename(file)))}  ${(bytes / 1024).toFixed(1)} kB`);
  }
}

async function bundle(entry: string, outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [{ in: entry, out: 'index' }],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What is imported later is a file of its own, which a cold start does not read.
    splitting: true,
    chunkNames: '[name]',
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // The runtime brings the SDK.
    external: ['@aws-sdk/*'],
    plugins: [undiciParts(root)],
    // How undici's own build for Node says that it wants one parser only.
    define: { esbuildDetection: '"sallyport"' },
    // What was CommonJS asks for Node's own modules by require, which a module does not have.
    banner: {
      js: "import{createRequire as sallyportRequire}from'node:module';const require=sallyportRequire(import.meta.url);",
    },
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  return metafile;
}
