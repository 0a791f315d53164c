import { IdentityCache } from '../src/core/decide/identities.ts';
import { documentId, type RegistryDocument, writeDocument } from '../src/core/registry/document.ts';
import { loadRegistry } from '../src/core/registry/load.ts';
import { mustAllow, openAuthorizer } from './authorizer.ts';
import { compiling } from './compilation.ts';
import { measure, median, rotated } from './measure.ts';
import { documentOf, openPki, type Pki, restEventText } from './partners.ts';
import type { Benchmark, BenchmarkOptions, Row } from './report.ts';
import { routing } from './routes.ts';

const many = 100_000;

/** A registry of 100,000 clients, and one of 10,000 routes: what it costs to load, and what it adds to a decision. */
export const registryBenchmark: Benchmark = {
  name: 'registry',
  title: 'Registry of 100,000 clients, beside one of 10',
  async run(options) {
    const pki = openPki('P-256');
    return [
      ...(await decisions(pki, options)),
      ...(await routing(pki, options)),
      loading(documentOf(pki, many), options),
      ...compiling(options),
    ];
  },
};

async function decisions(pki: Pki, options: BenchmarkOptions): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const leaves = Array.from({ length: 256 }, (_, index) => restEventText(pki.leaf(index + 2)));
  const registries = [10, many].map((count) => loadRegistry(documentOf(pki, count)));
  for (const isRepeated of [true, false]) {
    const contenders = [];
    for (const registry of registries) {
      const authorizer = openAuthorizer(registry, () => new IdentityCache());
      mustAllow(await authorizer.handle(leaves[0] ?? ''));
      let index = 0;
      const run = () => {
        index = (index + 1) % leaves.length;
        if (index === 0 && !isRepeated) authorizer.forget();
        return authorizer.handle(leaves[isRepeated ? 0 : index] ?? '');
      };
      contenders.push({ name: `${registry.clients.size} clients`, run });
    }
    const [few = Number.NaN, own = Number.NaN] = await measure(contenders, options);
    rows.push({
      what: isRepeated ? 'repeated certificate, whole handler' : 'first-seen certificate, whole handler',
      value: own,
      unit: 'µs',
      baseline: { what: 'with 10 clients', value: few },
      bar: { kind: 'ratio-at-most', value: 1.2 },
    });
  }
  return rows;
}

/** From the bytes of a release to a registry that decides; the digest was checked on the bytes before. */
function loading(document: RegistryDocument, options: BenchmarkOptions): Row {
  const text = writeDocument(document);
  const id = documentId(document);
  const parse = () => JSON.parse(text) as RegistryDocument;
  const load = () => {
    if (loadRegistry(parse(), id).clients.size !== many) throw new Error('The registry has lost clients.');
  };
  const works = [load, parse];
  const times = works.map((): number[] => []);
  for (let round = 0; round < (options.quick ? 3 : 9); round += 1) {
    for (const index of rotated(works.length, round)) {
      const start = performance.now();
      works[index]?.();
      times[index]?.push(performance.now() - start);
    }
  }
  const [own = Number.NaN, parsing = Number.NaN] = times.map(median);
  return {
    what: `load (${Math.round(text.length / 1e6)} MB of JSON)`,
    value: own,
    unit: 'ms',
    baseline: { what: 'JSON.parse alone', value: parsing },
    bar: { kind: 'at-most', value: 500 },
  };
}
