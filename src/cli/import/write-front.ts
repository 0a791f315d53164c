import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseFront } from '../../config/front.ts';
import { schemaFiles } from '../../config/schema.ts';
import { formatProblem } from '../../core/problem.ts';
import { importedFiles, noteText } from '../../partners/import/files.ts';
import type { Imported, Note } from '../../partners/import/imported.ts';
import type { CommandContext, CommonOptions } from '../terminal/command.ts';
import { cannotDecide, exitCodes, wrongUsage } from '../terminal/failure.ts';
import { type Output, printable } from '../terminal/output.ts';

export interface ImportOptions extends CommonOptions {
  readonly out: string;
}

/** Before anything is read: a folder that is in the way makes every other answer useless. */
export function checkOut({ out }: ImportOptions): void {
  const folder = resolve(out);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    wrongUsage(`${printable(out)} is there and not empty; nothing was written`, '--out NEW-FOLDER');
  }
}

/** Writes the front as a whole, tells what it is, and ends with 1 as long as it does not compile. */
export function finish(
  imported: Imported,
  source: string,
  options: ImportOptions,
  { output, end }: CommandContext,
): void {
  const id = `imported-${randomBytes(2).toString('hex')}`;
  const files = importedFiles(imported, id, source);
  const { problems } = parseFront(new Map([...files].map(([file, text]) => [file, Buffer.from(text)])));
  writeFolder(resolve(options.out), files);
  if (options.json === true) {
    const { authorities, clients, routes, notes } = imported;
    output.json({
      folder: resolve(options.out),
      id,
      files: [...files.keys()],
      authorities: authorities.map(({ name }) => name),
      clients: clients.map(({ name, subject }) => ({ name, subject })),
      routes,
      notes,
      problems,
    });
  } else {
    const lines = problems.map((problem) => formatProblem(problem));
    print(imported, files.size, lines, options.out, output);
  }
  end(problems.length === 0 ? exitCodes.done : exitCodes.no);
}

/** As a whole or not at all. */
function writeFolder(folder: string, files: ReadonlyMap<string, string>): void {
  let beside: string | undefined;
  try {
    mkdirSync(dirname(folder), { recursive: true });
    beside = mkdtempSync(`${folder}.new-`);
    for (const [file, text] of files) {
      mkdirSync(dirname(join(beside, file)), { recursive: true });
      writeFileSync(join(beside, file), text, { flag: 'wx' });
    }
    mkdirSync(join(beside, 'schema'), { recursive: true });
    for (const [name, text] of schemaFiles()) writeFileSync(join(beside, 'schema', name), text, { flag: 'wx' });
    chmodSync(beside, 0o755); // mkdtemp makes it for one person only
    renameSync(beside, folder); // over an empty folder at most
  } catch (error) {
    if (beside !== undefined) rmSync(beside, { recursive: true, force: true });
    const message = error instanceof Error ? error.message : String(error);
    cannotDecide(`cannot write ${folder}: ${message}`, '--out NEW-FOLDER', { cause: error });
  }
}

const headings: Readonly<Record<Note['kind'], string>> = {
  'to-do': 'left for you to do',
  changed: 'means something else now',
  'left-out': 'not taken over',
};

function print(imported: Imported, count: number, problems: readonly string[], out: string, output: Output): void {
  const { authorities, clients, routes, notes } = imported;
  output.out(
    `${printable(out)}: ${count} files; ${authorities.length} authorities, ${clients.length} clients, ${routes.length} routes`,
  );
  for (const [kind, heading] of Object.entries(headings)) {
    const own = notes.filter((note) => note.kind === kind);
    if (own.length > 0) output.out(output.strong(heading));
    for (const note of own) output.out(`  ${printable(noteText(note))}`);
  }
  if (problems.length > 0) output.out(output.bad('before it compiles:'));
  for (const problem of problems) output.out(`  ${printable(problem, true).replaceAll('\n', '\n  ')}`);
  output.out(`all of this stands in ${printable(join(out, 'IMPORT.md'))}`);
}
