import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFront } from '../../src/config/folder.ts';
import { schemaLine } from '../../src/config/schema.ts';
import { loadRegistry, truststoreOf } from '../../src/core/registry/load.ts';
import { markerOf } from '../../src/core/x509/marker.ts';

const root = join(import.meta.dirname, '../..');
const { config, problems } = readFront(root);

test('the committed sample has no problem', () => {
  expect(problems).toEqual([]);
  expect(config?.registry.clients.length).toBeGreaterThanOrEqual(5);
});

test('it shows every kind of identity and condition', () => {
  const clients = config?.registry.clients ?? [];
  const kinds = new Set(clients.flatMap(({ identities }) => identities.map(({ kind }) => kind)));
  expect([...kinds].sort()).toEqual(['certificate', 'key', 'san', 'subject']);
  expect(clients.some(({ identities }) => identities.length === 2)).toBe(true);
  expect(clients.some(({ addresses }) => addresses === undefined)).toBe(true);
  expect(clients.some(({ addresses }) => addresses?.includes('127.0.0.0/8'))).toBe(true);
  expect(clients.some(({ addresses }) => addresses?.join() === '203.0.113.0/24')).toBe(true);
  expect(clients.some(({ validUntil }) => validUntil !== undefined)).toBe(true);
});

test('every certificate in it is marked, so that nothing deploys it', () => {
  const registry = config && loadRegistry(config.registry);
  const trusted = registry === undefined ? [] : truststoreOf(registry);
  expect(trusted.length).toBeGreaterThan(5);
  expect(trusted.map(markerOf)).toEqual(trusted.map(() => 'sample'));
});

test('every file names its schema in the first line', () => {
  const first = (path: string) => readFileSync(join(root, path), 'utf8').split('\n')[0];
  expect(first('sallyport.yaml')).toBe(schemaLine('sallyport'));
  for (const [folder, kind] of [
    ['authorities', 'authority'],
    ['clients', 'client'],
  ] as const) {
    for (const file of readdirSync(join(root, 'truststore', folder)).filter((name) => name.endsWith('.yaml'))) {
      expect(first(`truststore/${folder}/${file}`)).toBe(schemaLine(kind, '../../'));
    }
  }
});
