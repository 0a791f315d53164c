import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
type Row = { rooms: string[]; packages: string[] };
const table = JSON.parse(readFileSync(join(import.meta.dirname, 'imports.json'), 'utf8')) as Record<string, Row>;
const rooms = Object.entries(table);

/** Folders of core from the ground up; what stands in one row knows nothing of its neighbours. Words at core's top are the ground. */
const floors = [
  [''],
  ['x509', 'request'],
  ['path'],
  ['registry'],
  ['revocation', 'edge'],
  ['decide'],
  ['why', 'lint', 'release'],
  ['impact'],
];
function floorOf(file: string): { readonly name: string; readonly height: number } {
  const [first = '', second] = relative(join(root, 'src/core'), file).split('/');
  const name = second === undefined ? '' : first;
  const height = floors.findIndex((row) => row.includes(name));
  if (height < 0) throw new Error(`${name} has no floor in core`);
  return { name, height };
}

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

/** Where a room is: `bin`, `lib` and `lambdas` stand at the top, every other one under src/. */
const folderOf = (room: string) => (/^(bin|lib|lambdas)$/.test(room) ? room : `src/${room}`);
const roomOf = (path: string) =>
  relative(root, path)
    .replace(/^src\//, '')
    .split('/')[0] ?? '';
const packageAllowed = (allowed: string[], specifier: string) =>
  allowed.some((rule) =>
    rule.endsWith('*')
      ? specifier.startsWith(rule.slice(0, -1))
      : specifier === rule || specifier.startsWith(`${rule}/`),
  );

describe('the import rule', () => {
  test.each(rooms)('%s imports only what its row allows', (room, allowed) => {
    const broken: string[] = [];
    for (const file of sourcesOf(folderOf(room))) {
      for (const specifier of specifiersOf(readFileSync(file, 'utf8'))) {
        const ok = specifier.startsWith('.')
          ? allowed.rooms.includes(roomOf(resolve(dirname(file), specifier)))
          : packageAllowed(allowed.packages, specifier);
        if (!ok) broken.push(`${relative(root, file)} imports ${specifier}`);
      }
    }
    expect(broken).toEqual([]);
  });

  test.each(rooms)('%s imports every package that its row allows', (room, { packages }) => {
    const used = sourcesOf(folderOf(room)).flatMap((file) => specifiersOf(readFileSync(file, 'utf8')));
    expect(packages.filter((rule) => !used.some((specifier) => packageAllowed([rule], specifier)))).toEqual([]);
  });

  test('every folder that holds product source has a row', () => {
    const foldersIn = (folder: string) =>
      readdirSync(join(root, folder), { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
        .map((entry) => entry.name);
    const others = /^(src|node_modules|dist|coverage|cdk\.out|test|bench|docs|examples|schema|truststore)$/;
    const found = [...foldersIn('.').filter((name) => !others.test(name)), ...foldersIn('src')];
    expect(found.sort()).toEqual(rooms.map(([room]) => room).sort());
  });

  test('the floors of core look only down, types included', () => {
    const broken = sourcesOf('src/core').flatMap((file) => {
      const floor = floorOf(file);
      return specifiersOf(readFileSync(file, 'utf8'))
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => resolve(dirname(file), specifier))
        .filter((target) => floorOf(target).name !== floor.name && floorOf(target).height >= floor.height)
        .map((target) => `${relative(root, file)} imports ${relative(root, target)}`);
    });
    expect(broken).toEqual([]);
  });

  test('core asks nobody for the time, for chance, or for its environment', () => {
    const asks =
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.|\brandomBytes\(|\brandomUUID\(|\bperformance\./;
    const broken = sourcesOf('src/core').filter((file) => asks.test(readFileSync(file, 'utf8')));
    expect(broken.map((file) => relative(root, file))).toEqual([]);
  });

  test('the scanner sees each form of import', () => {
    const text =
      "import a from 'x1';\nimport type { B } from './x2.ts';\nexport * from \"x3\";\nimport 'x4';\nconst c = await import('x5');\nrequire('x6');\nimport {\n  d,\n  e,\n} from 'x7';\n";
    expect(specifiersOf(text)).toEqual(['x1', './x2.ts', 'x3', 'x4', 'x5', 'x6', 'x7']);
  });
});
