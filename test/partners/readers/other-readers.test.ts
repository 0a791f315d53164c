import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProblemError } from '../../../src/core/problem.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import {
  type ContentKind,
  contents,
  otherReaders,
  otherReadersPage,
  tried,
} from '../../../src/partners/inspect/readers/other-readers.ts';
import { samples } from './samples.ts';
import { tools } from './tools.ts';

jest.setTimeout(120_000);
const made = samples();
const kinds = Object.keys(contents) as ContentKind[];

function here(der: Uint8Array): readonly string[] {
  try {
    return parseCertificate(der).deviations;
  } catch (error) {
    if (error instanceof ProblemError) return ['malformed'];
    throw error;
  }
}

test('each kind has a certificate, which is read here as the table says', () => {
  expect(made.map(([kind]) => kind).sort()).toEqual([...kinds].sort());
  for (const [kind, der] of made) expect([kind, here(der)]).toEqual([kind, [contents[kind].here]]);
});

test('docs/other-readers.md is the table (npm run docs)', () => {
  const page = join(import.meta.dirname, '../../../docs/other-readers.md');
  expect(readFileSync(page, 'utf8')).toBe(otherReadersPage());
});

test.each(otherReaders)('%s reads what the table says', (name) => {
  const tool = tools[name];
  const version = tool.version();
  if (version === undefined) {
    console.warn(`SKIPPED: ${name} is not on this machine; the table is of ${tried[name]}`);
    return;
  }
  const answers = tool.read(made.map(([, der]) => der));
  expect(answers).toHaveLength(made.length);
  const differs = made.flatMap(([kind], index) => {
    const reads = answers[index] === undefined;
    const said = (contents[kind].readBy as readonly string[]).includes(name);
    return reads === said ? [] : [`${kind}: ${reads ? 'reads it' : `refuses it (${answers[index]})`}`];
  });
  // another version may have changed its mind: told, so that the table is run again, and no fault of whoever has it
  if (version !== tried[name]) {
    console.warn(
      `${name} ${version} is here, the table is of ${tried[name]}${differs.length === 0 ? ': the same' : `\n${differs.join('\n')}`}`,
    );
    return;
  }
  expect(differs).toEqual([]);
});
