import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { writeDeclarations } from './declarations.ts';
import { type LockFile, sbomOf } from './sbom.ts';

/**
 * Builds what `npm pack` puts into the package, under dist/; `npm pack` runs it itself. The same sources give the same
 * bytes, wherever the checkout is. docs/decisions/package.md says why the parts are built as they are.
 */
const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
// npm packs the modes of files too, and those are what this machine's umask made them.
process.umask(0o022);
for (const name of ['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md', 'SECURITY.md', 'docs']) settleMode(name);
for (const name of ['sallyport.js', 'sallyport-app.js']) chmodSync(join(root, 'bin', name), 0o755);
for (const part of ['bin', 'chunks', 'lib', 'types', 'schema'])
  rmSync(join(dist, part), { recursive: true, force: true });

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node22',
  legalComments: 'none',
  logLevel: 'warning',
};

// The library: one CommonJS file, which `import`, `require` and jest load alike, so that there is never a second copy.
await build({
  ...common,
  entryPoints: ['lib/index.ts'],
  outfile: join(dist, 'lib/index.js'),
  format: 'cjs',
  define: { 'import.meta.dirname': '__dirname' },
});
// The programs: modules, because commander is one. What they load later stays in files of its own.
await build({
  ...common,
  entryPoints: ['bin/sallyport.ts', 'bin/app.ts'],
  outbase: root,
  outdir: dist,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  splitting: true,
});
const declarations = writeDeclarations(root, join(dist, 'types'));
for (const part of ['lib', 'types']) writeFileSync(join(dist, part, 'package.json'), '{ "type": "commonjs" }\n');

mkdirSync(join(dist, 'schema'));
for (const name of readdirSync(join(root, 'schema'))) {
  writeFileSync(join(dist, 'schema', name), readFileSync(join(root, 'schema', name)));
}

execFileSync(process.execPath, [join(root, 'bin/bundle.ts')], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
const names = readdirSync(join(root, 'lambdas')).sort();
const files = names.flatMap((name) =>
  readdirSync(join(dist, 'lambdas', name))
    .filter((file) => file.endsWith('.mjs'))
    .sort()
    .map((file) => `${name}/${file}`),
);
const digests = Object.fromEntries(files.map((file) => [file, sha256Of(`lambdas/${file}`)]));
writeJson('lambdas/digests.json', digests);
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile;
writeJson(
  'sbom.cdx.json',
  sbomOf(lock, Object.fromEntries(Object.entries(digests).map(([name, digest]) => [`dist/lambdas/${name}`, digest]))),
);
// stdout belongs to `npm pack`, which prints the name of its file there.
process.stderr.write(`built: library, programs, ${declarations} declarations, ${names.length} bundles, SBOM\n`);

function settleMode(path: string): void {
  if (!statSync(join(root, path)).isDirectory()) chmodSync(join(root, path), 0o644);
  else for (const name of readdirSync(join(root, path))) settleMode(join(path, name));
}

function sha256Of(file: string): string {
  return createHash('sha256')
    .update(readFileSync(join(dist, file)))
    .digest('hex');
}

function writeJson(file: string, value: object): void {
  writeFileSync(join(dist, file), `${JSON.stringify(value, null, 2)}\n`);
}
