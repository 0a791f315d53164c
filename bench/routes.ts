import { decide } from '../src/core/decide/decide.ts';
import { IdentityCache } from '../src/core/decide/identities.ts';
import { emptyOverlay } from '../src/core/decide/overlay.ts';
import type { RegistryDocument } from '../src/core/registry/document.ts';
import { loadRegistry } from '../src/core/registry/load.ts';
import { measure } from './measure.ts';
import { at, documentOf, type Pki } from './partners.ts';
import type { BenchmarkOptions, Row } from './report.ts';

const many = { routes: 10_000, rules: 1_000 };
const few = { routes: 10, rules: 10 };

/** A decision about a known certificate: what routes and rules cost, without and with conditions on every route. */
export async function routing(pki: Pki, options: BenchmarkOptions): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const isGuarded of [false, true]) {
    const contenders = [few, many].map((size) => ({
      name: `${size.routes} routes`,
      run: deciding(pki, loadRegistry(wideDocument(pki, size, isGuarded)), size.rules),
    }));
    const [small = Number.NaN, own = Number.NaN] = await measure(contenders, options);
    rows.push({
      what: `decide, 10,000 routes${isGuarded ? ' with conditions' : ''} and 1,000 rules`,
      value: own,
      unit: 'µs',
      baseline: { what: 'with 10 and 10', value: small },
      bar: { kind: 'ratio-at-most', value: 2 },
    });
  }
  return rows;
}

/** Each run asks for another path, so that no one place of a list or a tree is measured. */
function deciding(pki: Pki, registry: ReturnType<typeof loadRegistry>, rules: number): () => unknown {
  const certificate = pki.leaf(1);
  const identities = new IdentityCache();
  let index = 0;
  return () => {
    index = (index + 7) % rules;
    const request = { method: 'GET', path: `/service-${index}/orders/${index}`, address: '198.51.100.9' };
    const { outcome } = decide({ certificate, request, registry, overlay: emptyOverlay, now: at, identities });
    if (outcome !== 'allow') throw new Error('The benchmark is refused.');
    return outcome;
  };
}

function wideDocument(
  pki: Pki,
  { routes, rules }: { readonly routes: number; readonly rules: number },
  isGuarded: boolean,
): RegistryDocument {
  const document = documentOf(pki, 1);
  const place = { file: 'sallyport.yaml', line: 1, column: 1 };
  const require = isGuarded ? [{ any: [{ addresses: ['198.51.100.0/24'] }], at: place }] : undefined;
  return {
    ...document,
    clients: document.clients.map((client) => ({
      ...client,
      allow: Array.from({ length: rules }, (_, index) => ({ pattern: `GET /service-${index}/orders/**`, at: place })),
    })),
    routes: Array.from({ length: routes }, (_, index) => ({
      match: `GET,POST /service-${index}/orders/**`,
      connection: 'erp',
      admits: [],
      ...(require === undefined ? {} : { require }),
      at: place,
    })),
  };
}
