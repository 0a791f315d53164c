import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaFiles, schemaLine } from '../../src/config/schema.ts';
import { credentialKinds, transportKinds } from '../../src/core/registry/connection.ts';

const root = join(import.meta.dirname, '../..');

test('the committed schemas are current (npm run docs writes them)', () => {
  for (const [name, text] of schemaFiles()) expect(readFileSync(join(root, 'schema', name), 'utf8')).toBe(text);
});

test('every key of every schema has a sentence that explains it', () => {
  interface Described {
    readonly description?: string;
    readonly properties?: Readonly<Record<string, Described>>;
  }
  const check = (schema: Described): void => {
    for (const [key, property] of Object.entries(schema.properties ?? {})) {
      expect(`${key}: ${property.description}`).toMatch(/: .+\.$/);
      check(property);
    }
  };
  for (const text of schemaFiles().values()) check(JSON.parse(text));
});

test('the first line of a file names its schema', () => {
  expect(schemaLine('sallyport')).toBe('# yaml-language-server: $schema=./schema/sallyport.schema.json');
  expect(schemaLine('client', '../../')).toBe('# yaml-language-server: $schema=../../schema/client.schema.json');
});

test('every key is read by something, and not only allowed', () => {
  interface Schema {
    readonly properties?: Readonly<Record<string, Schema>>;
  }
  const keysOf = (schema: Schema): readonly string[] =>
    Object.entries(schema.properties ?? {}).flatMap(([key, below]) => [key, ...keysOf(below)]);
  const keys = new Set([...schemaFiles().values()].flatMap((text) => keysOf(JSON.parse(text))));
  const folder = join(root, 'src/config');
  const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
    // where it is allowed
    .replace(/\b\w+: (?:optional|required)\(/g, '');
  // read from their tables: test/forward/kinds.test.ts
  const kinds = Object.entries({ ...credentialKinds, ...transportKinds });
  const inTables = new Set(kinds.flatMap(([kind, { members }]) => [kind, ...Object.keys(members)]));
  const isRead = (key: string) => new RegExp(`\\.${key}\\b|[{,]\\s*${key}\\b(?=\\s*[:,}])`).test(source);
  expect(keys.size).toBeGreaterThan(40);
  // `format` says which reader may read at all
  expect([...keys].filter((key) => key !== 'format' && !inTables.has(key) && !isRead(key))).toEqual([]);
});
