import { impactOf } from '../src/core/impact/impact.ts';
import type { RegistryDocument } from '../src/core/registry/document.ts';
import { plan } from '../src/core/release/plan.ts';
import { median } from './measure.ts';
import { at } from './partners.ts';
import type { BenchmarkOptions, Row } from './report.ts';

const clientCount = 10_000;
const routeCount = 100;

/** What `plan` and `publish` wait for: everybody decided under two releases, of which one loses a CA, rules and clients. */
export function planning(document: RegistryDocument, options: BenchmarkOptions): Row {
  const before = {
    ...document,
    clients: document.clients.slice(0, clientCount),
    routes: document.routes.slice(0, routeCount),
  };
  const after = {
    ...before,
    clients: before.clients.flatMap((client, index) => {
      if (index % 100 === 99) return [];
      return index % 10 === 9 ? [{ ...client, addresses: ['203.0.113.0/24'] }] : [client];
    }),
    routes: before.routes.slice(1),
  };
  const times: number[] = [];
  for (let round = 0; round < (options.quick ? 1 : 3); round += 1) {
    const start = performance.now();
    const { changes } = plan({ document: before }, { document: after });
    const { lost } = impactOf(before, after, at);
    times.push(performance.now() - start);
    // a client that has gone is lost, whatever else
    if (changes.length === 0 || lost.length < clientCount / 100) throw new Error('The plan has missed somebody.');
  }
  const start = performance.now();
  JSON.stringify([before, after]);
  return {
    what: `plan: ${clientCount} clients of ${before.authorities.length} authorities decided under two releases`,
    value: median(times),
    unit: 'ms',
    baseline: { what: 'JSON.stringify of both', value: performance.now() - start },
    bar: { kind: 'at-most', value: 5_000 },
  };
}
