import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaFiles, schemaLine } from '../../src/config/schema.ts';

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
