import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
type Row = { folders: string[]; packages: string[] };
const table = JSON.parse(readFileSync(join(import.meta.dirname, 'imports.json'), 'utf8')) as Record<string, Row>;
const folders = Object.entries(table);

/** Every module specifier of a source text: import/export … from, bare import, import(), require(). Type-only imports count too. */
function specifiersOf(text: string): string[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function sourcesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

const exists = (folder: string) => readdirSync(root).includes(folder);
const packageAllowed = (allowed: string[], specifier: string) =>
  allowed.some((rule) =>
    rule.endsWith('*')
      ? specifier.startsWith(rule.slice(0, -1))
      : specifier === rule || specifier.startsWith(`${rule}/`),
  );

describe('the import rule', () => {
  test.each(folders.filter(([folder]) => exists(folder)))('%s imports only what its row allows', (folder, allowed) => {
    const broken: string[] = [];
    for (const file of sourcesOf(folder)) {
      for (const specifier of specifiersOf(readFileSync(file, 'utf8'))) {
        const ok = specifier.startsWith('.')
          ? allowed.folders.includes(relative(root, resolve(dirname(file), specifier)).split('/')[0] ?? '')
          : packageAllowed(allowed.packages, specifier);
        if (!ok) broken.push(`${relative(root, file)} imports ${specifier}`);
      }
    }
    expect(broken).toEqual([]);
  });

  test('every folder that holds product source has a row', () => {
    const known = new Set(folders.map(([folder]) => folder));
    const unruled = readdirSync(root, { withFileTypes: true })
      .filter(
        (entry) =>
          entry.isDirectory() &&
          !/^\.|^(node_modules|dist|coverage|cdk\.out|test|bench|docs|examples|schema|truststore)$/.test(entry.name),
      )
      .map((entry) => entry.name)
      .filter((name) => !known.has(name));
    expect(unruled).toEqual([]);
  });

  test('core asks nobody for the time, for chance, or for its environment', () => {
    const asks =
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.|\brandomBytes\(|\brandomUUID\(|\bperformance\./;
    const broken = exists('core') ? sourcesOf('core').filter((file) => asks.test(readFileSync(file, 'utf8'))) : [];
    expect(broken.map((file) => relative(root, file))).toEqual([]);
  });

  test('the scanner sees each form of import', () => {
    const text =
      "import a from 'x1';\nimport type { B } from './x2.ts';\nexport * from \"x3\";\nimport 'x4';\nconst c = await import('x5');\nrequire('x6');\nimport {\n  d,\n  e,\n} from 'x7';\n";
    expect(specifiersOf(text)).toEqual(['x1', './x2.ts', 'x3', 'x4', 'x5', 'x6', 'x7']);
  });
});
