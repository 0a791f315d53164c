import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type LockFile, sbomOf } from '../../bin/sbom.ts';

const lock: LockFile = {
  packages: {
    '': { name: 'front', version: '1.0.0', license: 'Apache-2.0', dependencies: { '@acme/a': '1', b: '2' } },
    'node_modules/@acme/a': {
      version: '1.0.0',
      license: '(MIT OR Apache-2.0)',
      integrity: `sha512-${Buffer.from([1, 2]).toString('base64')}`,
      dependencies: { b: '1' },
      optionalDependencies: { 'not-installed': '1' },
    },
    'node_modules/@acme/a/node_modules/b': { version: '1.0.0', license: 'MIT', dependencies: { '@acme/a': '1' } },
    'node_modules/b': { version: '2.0.0', license: 'MIT' },
    'node_modules/only-for-tests': { version: '9.0.0', license: 'MIT' },
  },
};
interface Sbom {
  readonly metadata: { readonly component: { readonly components: readonly object[] } };
  readonly components: readonly { readonly purl: string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}
const read = (value: object) => value as Sbom;

test('what the package brings, each where Node would find it, and nothing that is only for building', () => {
  const { dependencies, components } = read(sbomOf(lock, {}));
  expect(dependencies).toEqual([
    { ref: 'pkg:npm/%40acme/a@1.0.0', dependsOn: ['pkg:npm/b@1.0.0'] },
    { ref: 'pkg:npm/b@1.0.0', dependsOn: ['pkg:npm/%40acme/a@1.0.0'] },
    { ref: 'pkg:npm/b@2.0.0', dependsOn: [] },
    { ref: 'pkg:npm/front@1.0.0', dependsOn: ['pkg:npm/%40acme/a@1.0.0', 'pkg:npm/b@2.0.0'] },
  ]);
  expect(components[0]).toMatchObject({
    name: '@acme/a',
    licenses: [{ expression: '(MIT OR Apache-2.0)' }],
    hashes: [{ alg: 'SHA-512', content: '0102' }],
  });
  expect(components[1]).toMatchObject({ licenses: [{ license: { id: 'MIT' } }] });
});

test('the bundles with their digests', () => {
  const { metadata } = read(sbomOf(lock, { 'dist/lambdas/a/index.mjs': 'ab'.repeat(32) }));
  expect(metadata.component.components).toEqual([
    { type: 'file', name: 'dist/lambdas/a/index.mjs', hashes: [{ alg: 'SHA-256', content: 'ab'.repeat(32) }] },
  ]);
});

test('a lock file that does not fit is not described', () => {
  const packages = { '': { name: 'front', version: '1.0.0', license: 'MIT', dependencies: { gone: '1' } } };
  expect(() => sbomOf({ packages }, {})).toThrow('package-lock.json lacks gone');
});

test('our own: undici and the SDK are in it, esbuild and the peers are not', () => {
  const ours = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../package-lock.json'), 'utf8')) as LockFile;
  const names = read(sbomOf(ours, {})).components.map(({ purl }) => purl.replace(/@[^@]*$/, ''));
  expect(names).toEqual(expect.arrayContaining(['pkg:npm/undici', 'pkg:npm/%40aws-sdk/client-s3', 'pkg:npm/cdk-nag']));
  expect(names.filter((name) => /esbuild|jest|aws-cdk-lib|constructs/.test(name))).toEqual([]);
});
