import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { frontFolder } from '../lib/front-folder.ts';
import { refused, run, step } from './commands.ts';
import { frontUnderJest, loadsBothWays, traceHook, typedUse } from './consumers.ts';
import { filesOf, jsonOf, sha256Of, sizeOf, strangersIn } from './contents.ts';

/** Packs, installs elsewhere and uses what was installed, as two kinds of users do: `npm run test:package`. */
const root = resolve(import.meta.dirname, '../..');
const work = mkdtempSync(join(tmpdir(), 'sallyport-package-'));
const folderOf = (name: string) => {
  const folder = join(work, name);
  mkdirSync(folder);
  return folder;
};
type Versions = Record<'aws-cdk-lib' | 'constructs' | 'aws-cdk', string>;
const manifest = jsonOf<{ version: string; devDependencies: Versions; peerDependencies: Versions }>(
  root,
  'package.json',
);
const node = process.execPath;
const fresh = folderOf('fresh');
const existing = folderOf('existing');
const installed = join(fresh, 'node_modules/sallyport');

function install(folder: string, tarball: string, versions: Partial<Versions>): string {
  const packages = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
  run(folder, ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball, ...packages]);
  return packages.slice(0, 2).join(', ');
}

function deployableFront(folder: string): void {
  const front = frontFolder();
  rmSync(join(folder, 'truststore'), { recursive: true, force: true });
  cpSync(front, folder, { recursive: true });
  rmSync(front, { recursive: true });
}

function same(found: unknown, expected: unknown, what: string): void {
  const [a, b] = [found, expected].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`${what}: found ${a}, expected ${b}`);
}

function main(): void {
  const tarballs = [0o022, 0o077].map((umask) => {
    const folder = folderOf(`packed-${umask}`);
    const before = process.umask(umask);
    step(`npm pack, umask ${umask.toString(8)}`, () => void run(root, ['npm', 'pack', '--pack-destination', folder]));
    process.umask(before);
    return join(folder, readdirSync(folder)[0] ?? '');
  });
  const [tarball = '', again = ''] = tarballs;
  step('both packages are the same bytes', () => {
    same(sha256Of(again), sha256Of(tarball), 'SHA-256 (unless a source changed meanwhile)');
    return `${sizeOf(tarball)}, sha256 ${sha256Of(tarball)}`;
  });

  const { 'aws-cdk': cdk, 'aws-cdk-lib': library, constructs } = manifest.devDependencies;
  step('installs in an empty folder', () =>
    install(fresh, tarball, { 'aws-cdk-lib': library, constructs, 'aws-cdk': cdk }),
  );
  step('holds no test, no source, nothing of this machine, no registry', () => {
    const registry = run(fresh, ['npm', 'config', 'get', 'registry']).trim();
    same(strangersIn(installed, root, registry), [], 'strangers');
    return `${filesOf(installed).length} files, ${sizeOf(installed)}; library ${sizeOf(join(installed, 'dist/lib'))}, programs ${sizeOf(join(installed, 'dist/chunks'))}, functions ${sizeOf(join(installed, 'dist/lambdas'))}`;
  });
  const digests = jsonOf<Record<string, string>>(installed, 'dist/lambdas/digests.json');
  step('the digests and the bill of materials are of these bundles', () => {
    const bundles = filesOf(join(installed, 'dist/lambdas')).filter((file) => file !== 'digests.json');
    const found = bundles.map((file) => [file, sha256Of(join(installed, 'dist/lambdas', file))]);
    same(Object.entries(digests), found, 'digests.json');
    const sbom = jsonOf<{ metadata: { component: { components: { hashes: { content: string }[] }[] } } }>(
      installed,
      'dist/sbom.cdx.json',
    );
    const hashes = sbom.metadata.component.components.map((file) => file.hashes[0]?.content);
    same(hashes, Object.values(digests), 'sbom.cdx.json');
    return Object.keys(digests).join(', ');
  });

  step('sallyport init', () => void run(fresh, ['npx', 'sallyport', 'init']));
  // 1: the sample's CA must not be deployed
  step('sallyport lint --sarif', () => {
    const sarif = JSON.parse(run(fresh, ['npx', 'sallyport', 'lint', '--sarif'], 1)) as {
      runs: { tool: { driver: { semanticVersion: string } } }[];
    };
    same(sarif.runs[0]?.tool.driver.semanticVersion, manifest.version, 'version of the tool');
    return undefined;
  });
  step(
    'sallyport dev --once',
    () => run(fresh, ['npx', 'sallyport', 'dev', '--once', '--port', '0']).match(/^.*each as expected.*$/m)?.[0],
  );
  step('cdk synth of the draft is shown, for no account', () => {
    run(fresh, ['npx', 'cdk', 'synth', '--quiet', '--output', 'shown.out']);
    const manifest = readFileSync(join(fresh, 'shown.out/manifest.json'), 'utf8');
    same(manifest.includes('/cdk-bootstrap/sampleonly/'), true, 'shown only');
    return undefined;
  });
  step('cdk synth of a draft with an account is refused, with words', () => {
    const file = join(fresh, 'sallyport.yaml');
    writeFileSync(file, `${readFileSync(file, 'utf8')}\naws: { account: "222222222222", region: eu-west-1 }\n`);
    const text = refused(fresh, ['npx', 'cdk', 'synth', '--quiet']);
    if (!text.includes('truststore/authorities/sample-ca.pem') || text.includes('    at ')) throw new Error(text);
    return undefined;
  });
  step('cdk synth of a front, by our own stacks', () => {
    deployableFront(fresh);
    run(fresh, ['npx', 'cdk', 'synth', '--quiet']);
    const templates = filesOf(join(fresh, 'cdk.out')).filter((file) => file.endsWith('.template.json'));
    same(templates.length, 3, 'templates');
    const text = templates.map((file) => JSON.stringify(jsonOf(fresh, 'cdk.out', file))).join('');
    same(
      Object.values(digests).filter((digest) => !text.includes(digest)),
      [],
      'digests that the deployment does not name',
    );
    const assets = filesOf(join(fresh, 'cdk.out')).filter((file) => file.endsWith('.mjs'));
    const uploaded = assets.map((file) => sha256Of(join(fresh, 'cdk.out', file))).sort();
    same(
      Object.values(digests).filter((digest) => !uploaded.includes(digest)),
      [],
      'bundles that are not uploaded',
    );
    return templates.join(', ');
  });

  const lowest = (range: string) => range.replace(/^\^/, '');
  step('installs in an existing app, at the lowest of the peers', () =>
    install(existing, tarball, {
      'aws-cdk-lib': lowest(manifest.peerDependencies['aws-cdk-lib']),
      constructs: lowest(manifest.peerDependencies.constructs),
      'aws-cdk': cdk,
    }),
  );
  deployableFront(join(existing, 'front'));
  for (const file of ['app.js', 'cdk.json']) cpSync(join(root, 'examples/existing-app', file), join(existing, file));
  step('cdk synth of examples/existing-app, CommonJS, with the construct in its stack', () => {
    run(existing, ['npx', 'cdk', 'synth', '--quiet']);
    return `${Object.keys(jsonOf<{ Resources: object }>(existing, 'cdk.out/Orders.template.json').Resources).length} resources`;
  });
  step('cdk synth of our own stacks at the lowest of the peers', () => {
    run(existing, [
      'npx',
      'cdk',
      'synth',
      '--quiet',
      '--app',
      'npx --no sallyport-app',
      '--context',
      'front=front',
      '--output',
      'own.out',
    ]);
    return undefined;
  });
  step('require and import give one copy; nothing inside can be reached', () => {
    writeFileSync(join(existing, 'loads.js'), loadsBothWays);
    run(existing, [node, 'loads.js']);
    return undefined;
  });
  step('importing the constructs loads no SDK, undici, commander or cdk-nag', () => {
    writeFileSync(join(existing, 'trace.mjs'), traceHook);
    const imports = `import 'sallyport'; new (await import('aws-cdk-lib')).App();`;
    writeFileSync(join(existing, 'imports.mjs'), imports);
    const urls = JSON.parse(run(existing, [node, '--import', './trace.mjs', 'imports.mjs'])) as string[];
    const seen = (pattern: RegExp) => urls.filter((url) => pattern.test(url));
    same(seen(/node_modules\/(@aws-sdk|@smithy|undici|commander|cdk-nag|node-forge)\//), [], 'loaded');
    if (seen(/sallyport\/dist\/lib\/index\.js$/).length !== 1 || seen(/aws-cdk-lib\//).length === 0)
      throw new Error(`the trace sees nothing: ${urls}`);
    return `${urls.length} modules, ${seen(/sallyport\/dist/).length} of them ours`;
  });
  step('loads and synthesises under jest', () => {
    writeFileSync(join(existing, 'front.test.js'), frontUnderJest);
    const config = JSON.stringify({ rootDir: existing, testEnvironment: 'node', transform: {} });
    run(existing, [node, join(root, 'node_modules/jest/bin/jest.js'), '--config', config]);
    return undefined;
  });
  step('the declarations type-check from CommonJS and from modules', () => {
    for (const name of ['use.cts', 'use.mts']) writeFileSync(join(existing, name), typedUse);
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2022',
      strict: true,
      noEmit: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    };
    writeFileSync(join(existing, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.cts', 'use.mts'] }));
    run(existing, [node, join(root, 'node_modules/typescript/bin/tsc')]);
    return undefined;
  });
}

try {
  main();
} catch (error) {
  console.error(`FAILED ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
