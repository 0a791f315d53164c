import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

test('importing the constructs loads no SDK, no undici and no commander', () => {
  const entry = pathToFileURL(resolve(import.meta.dirname, '../../lib/index.ts')).href;
  const script = `
    import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ load(url, context, next) { seen.push(url); return next(url, context); } });
    await import(${JSON.stringify(entry)});
    const cached = Object.keys((await import('node:module')).default._cache ?? {});
    console.log(JSON.stringify([...seen, ...cached]));
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const loaded = JSON.parse(output) as string[];
  expect(loaded.some((url) => url.includes('aws-cdk-lib'))).toBe(true);
  const packages = loaded.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []);
  const outside = [...new Set(packages)].filter((name) =>
    /^(@aws-sdk|@smithy|undici|commander|cdk-nag|esbuild|node-forge)/.test(name),
  );
  expect(outside).toEqual([]);
  expect(loaded.filter((url) => /\/(cli|forward|publish|lambdas|local|aws)\/[^/]+\.ts$/.test(url))).toEqual([]);
});
