import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeDocument } from '../src/core/registry/document.ts';
import { writeSettings } from '../src/core/settings.ts';
import { median, rotated } from './measure.ts';
import { documentOf, openPki, restEventText } from './partners.ts';
import type { Benchmark, BenchmarkOptions, Row } from './report.ts';

/** From the start of a Node process to the end of the handler's module, and to the first answer. */
export const bundleBenchmark: Benchmark = {
  name: 'bundle',
  title: 'Cold start of the authorizer as it is deployed (one bundled file)',
  async run(options) {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
    try {
      return coldStarts(folder, options);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

const root = resolve(import.meta.dirname, '..');

function coldStarts(folder: string, options: BenchmarkOptions): readonly Row[] {
  const bundling = [join(root, 'bin/bundle.ts'), '--out', join(folder, 'lambdas'), 'authorizer'];
  const built = spawnSync(process.execPath, bundling, { encoding: 'utf8' });
  const bundle = join(folder, 'lambdas/authorizer/index.mjs');
  if (built.status !== 0 || !existsSync(bundle)) throw new Error(`bin/bundle.ts made no bundle: ${built.stderr}`);
  const empty = join(folder, 'empty.mjs');
  writeFileSync(empty, 'export async function handler() { return {}; }\n');

  const pki = openPki('P-256');
  const registry = join(folder, 'registry.json');
  writeFileSync(registry, writeDocument(documentOf(pki, 10)));
  const event = join(folder, 'event.json');
  writeFileSync(event, restEventText(pki.leaf(1)));
  const environment = writeSettings({
    release: { kind: 'file', path: registry },
    pointerKey: 'none',
    blocksKey: 'none',
    revocationsKey: 'none',
    maximumAgeSeconds: 900,
    bindingKeys: { kind: 'keys', keys: [Buffer.alloc(32, 7)] },
    stage: 'live',
    domain: 'api.example.com',
    bindExtendedRequestId: 'on',
  });

  const load = (file: string) => `await import(${JSON.stringify(pathToFileURL(file).href)});`;
  const call = (file: string) =>
    `import{readFileSync}from'node:fs';const{handler}=${load(file)}
     process.stdout.write(JSON.stringify(await handler(JSON.parse(readFileSync(${JSON.stringify(event)},'utf8')))));`;
  const programs = [load(bundle), load(empty), call(bundle), call(empty)].map((text, index) => {
    const file = join(folder, `start-${index}.mjs`);
    writeFileSync(file, text);
    return file;
  });
  const start = (program: string): string => {
    const ended = spawnSync(process.execPath, [program], { encoding: 'utf8', env: environment });
    if (ended.status !== 0) throw new Error(`the bundle ended with status ${ended.status}: ${ended.stderr}`);
    return ended.stdout;
  };
  if (!start(programs[2] ?? '').includes('"Effect":"Allow"')) throw new Error('the bundle does not allow the request');

  const times = programs.map((): number[] => []);
  for (let round = 0; round < (options.quick ? 7 : 41); round += 1) {
    for (const index of rotated(programs.length, round)) {
      const begun = performance.now();
      start(programs[index] ?? '');
      times[index]?.push(performance.now() - begun);
    }
  }
  const [loaded = Number.NaN, emptyLoaded = Number.NaN, called = Number.NaN, emptyCalled = Number.NaN] =
    times.map(median);
  const kilobytes = (statSync(bundle).size / 1024).toFixed(0);
  return [
    {
      what: `process start and module, ${kilobytes} KB`,
      value: loaded,
      unit: 'ms',
      baseline: { what: 'an empty handler', value: emptyLoaded },
      bar: { kind: 'ratio-at-most', value: 1.5 },
    },
    {
      what: 'and the first decision, registry of 10 clients in a file',
      value: called,
      unit: 'ms',
      baseline: { what: 'an empty handler, called', value: emptyCalled },
      bar: { kind: 'ratio-at-most', value: 1.8 },
    },
  ];
}
