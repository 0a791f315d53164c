import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { frontFolder } from './front-folder.ts';
import { haveBundles } from './templates.ts';

const root = resolve(import.meta.dirname, '../..');

test('examples/existing-app synthesises: a CommonJS app that requires the constructs', () => {
  haveBundles();
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-existing-'));
  // Stands in for the installed package: the sources of this checkout under its name.
  const hook = join(folder, 'hook.cjs');
  writeFileSync(
    hook,
    `require('node:module').registerHooks({
      resolve: (name, context, next) =>
        name === 'sallyport'
          ? { url: ${JSON.stringify(pathToFileURL(join(root, 'lib/index.ts')).href)}, shortCircuit: true, format: 'module-typescript' }
          : next(name, context),
    });`,
  );
  execFileSync(process.execPath, ['-r', hook, join(root, 'examples/existing-app/app.js')], {
    cwd: folder,
    env: {
      ...process.env,
      CDK_OUTDIR: join(folder, 'out'),
      CDK_CONTEXT_JSON: JSON.stringify({ front: frontFolder() }),
    },
    stdio: 'pipe',
  });
  const template = readFileSync(join(folder, 'out/Orders.template.json'), 'utf8');
  expect(template).toContain('"DisableExecuteApiEndpoint": true');
  expect(template).toContain('apigateway:PATCH');
});
