import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

interface Threat {
  readonly number: number;
  readonly where: readonly string[];
  /** Test file and the titles that it must hold. */
  readonly shown: readonly { readonly file: string; readonly titles: readonly string[] }[];
}

/** The rows of docs/threats.md: `| # | threat | defence | where | shown by |`. */
const threats = readFileSync(join(root, 'docs/threats.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line): Threat => {
    const [number = '', , , where = '', shown = ''] = line.replace(/^\| | \|$/g, '').split(' | ');
    return {
      number: Number(number),
      where: codesIn(where),
      shown: shown.split(' · ').map((each) => ({
        file: codesIn(each)[0] ?? '',
        titles: [...each.matchAll(/"([^"]+)"/g)].map(([, title]) => title ?? ''),
      })),
    };
  });

function codesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '');
}

test('threats are numbered without a gap', () => {
  expect(threats.map(({ number }) => number)).toEqual(threats.map((_, index) => index + 1));
  expect(threats.length).toBeGreaterThanOrEqual(25);
});

test.each(threats.map((threat) => [threat.number, threat] as const))(
  'threat %i names files and tests that exist',
  (_, threat) => {
    expect(threat.where.length).toBeGreaterThan(0);
    expect(threat.where.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    for (const { file, titles } of threat.shown) {
      expect(file).toMatch(/^test\/.*\.test\.ts$/);
      expect(titles.length).toBeGreaterThan(0);
      const text = readFileSync(join(root, file), 'utf8');
      expect(titles.filter((title) => !isTitleIn(text, title))).toEqual([]);
    }
  },
);

/** As a string of its own: a title, or the first cell of a row of a table of tests. */
function isTitleIn(text: string, title: string): boolean {
  const written = [title, title.replaceAll("'", "\\'")];
  return written.some((each) => [`'${each}'`, `"${each}"`, `\`${each}\``].some((quoted) => text.includes(quoted)));
}
