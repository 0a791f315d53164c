import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { parseFront } from '../config/front.ts';
import { schemaFiles } from '../config/schema.ts';
import { formatProblem, type Place } from '../core/problem.ts';
import type { Certificate } from '../core/x509/certificate.ts';
import { importedFiles, noteText } from '../partners/import/files.ts';
import type { Imported, Note } from '../partners/import/imported.ts';
import { importMendix } from '../partners/import/mendix.ts';
import { importNginx } from '../partners/import/nginx.ts';
import { parseNginx } from '../partners/import/nginx-syntax.ts';
import { type CommandContext, type CommonOptions, EXIT_CODES, examples } from './terminal/command.ts';
import { cannotDecide, exitCodes, wrongUsage } from './terminal/failure.ts';
import { readBytesFile, readTextFile } from './terminal/files.ts';
import { type Output, printable } from './terminal/output.ts';

interface ImportOptions extends CommonOptions {
  readonly out: string;
  readonly ca: readonly string[];
  readonly backend?: string;
}

const several = (value: string, known: readonly string[] = []): readonly string[] => [...known, value];

export function addImportCommand(program: Command, context: CommandContext): Command {
  const command = program
    .command('import')
    .description('A front from the configuration of another product, with what changed in meaning.')
    .addHelpText(
      'before',
      examples([
        ['sallyport import nginx /etc/nginx/nginx.conf --out front', 'the server with client certificates'],
        [
          'sallyport import mendix restrictions.json --out front --ca ca.pem --backend https://app.mendixcloud.com',
          'ACCESS_RESTRICTIONS',
        ],
      ]),
    );
  command
    .command('nginx')
    .description('The server of an nginx configuration that asks for client certificates.')
    .argument('<file>', 'nginx.conf or a file that it includes')
    .requiredOption('--out <dir>', 'a new folder for the front')
    .addHelpText('before', examples([['sallyport import nginx nginx.conf --out front', 'and read front/IMPORT.md']]))
    .action(async (file: string, _options: object, sub: Command) => {
      const options = sub.optsWithGlobals<ImportOptions>();
      const readCas = await casReader(dirname(resolve(file)));
      const directives = parseNginx(file, readTextFile(file, 'the configuration'), includesBeside(file));
      finish(importNginx(directives, readCas), basename(file), options, context);
    });
  command
    .command('mendix')
    .description('ACCESS_RESTRICTIONS of a Mendix app.')
    .argument('<file>', 'JSON: the value of ACCESS_RESTRICTIONS, or an object that holds it')
    .requiredOption('--out <dir>', 'a new folder for the front')
    .requiredOption('--backend <url>', "the app's own address, https://…")
    .option('--ca <file>', 'a client CA that was uploaded, with its chain; may stand several times', several, [])
    .addHelpText(
      'before',
      examples([
        [
          'sallyport import mendix restrictions.json --out front --ca ca.pem --backend https://app.mendixcloud.com',
          'and read front/IMPORT.md',
        ],
      ]),
    )
    .action(async (file: string, _options: object, sub: Command) => {
      const options = sub.optsWithGlobals<ImportOptions>();
      const backend = (options.backend ?? '').replace(/\/$/, '');
      if (!/^https:\/\/[a-z0-9.-]+(?::\d+)?$/.test(backend)) {
        wrongUsage(`--backend ${printable(backend)} is no origin`, '--backend https://app.mendixcloud.com');
      }
      const readCas = await casReader('/', false);
      const cas = options.ca.flatMap(
        (path) =>
          readCas(resolve(path)) ?? wrongUsage(`${printable(path)} holds no CA certificate`, 'sallyport inspect FILE'),
      );
      const text = readTextFile(file, 'ACCESS_RESTRICTIONS');
      finish(importMendix(text, basename(file), { backend, cas }), basename(file), options, context);
    });
  for (const one of command.commands) {
    one.showHelpAfterError(`  → sallyport import ${one.name()} --help`).addHelpText('after', EXIT_CODES);
  }
  return command;
}

/** Files that an `include` names: beside the configuration and below, never elsewhere. */
function includesBeside(file: string): (pattern: string, from: Place) => readonly { file: string; text: string }[] {
  const root = realpathSync(dirname(resolve(file)));
  return (pattern, from) => {
    const folder = resolve(root, dirname(pattern));
    const name = basename(pattern);
    if (/[?[]/.test(name) || /[*?[]/.test(dirname(pattern))) {
      cannotDecide(
        `${from.file}:${from.line} includes ${printable(pattern)}, a pattern that is not read here`,
        'name the files, or a folder with *.conf: what is left out of them is not known here',
      );
    }
    const outside = relative(root, folder).startsWith('..');
    const names =
      outside || !existsSync(folder)
        ? []
        : readdirSync(folder)
            .filter((one) => matchesName(name, one))
            .sort();
    // names of types and of variables, which nginx ships: they let nobody in
    if (names.length === 0 && /^(?:mime\.types|(?:fastcgi|uwsgi|scgi|proxy)_params)$/.test(name)) return [];
    if (names.length === 0 && !name.includes('*')) {
      cannotDecide(
        `${from.file}:${from.line} includes ${printable(pattern)}, which is ${outside ? 'outside' : 'not in'} ${printable(root)}`,
        'put the file beside the configuration, or take the line out: what it says is not known here',
      );
    }
    return names.map((one) => ({
      file: join(relative(root, folder), one),
      text: readTextFile(join(folder, one), 'an include'),
    }));
  };
}

function matchesName(pattern: string, name: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  return rest.length === 0 ? pattern === name : name.startsWith(start) && name.endsWith(rest.at(-1) ?? '');
}

/** CA certificates of a file: where the configuration says, or beside it under the same name. */
async function casReader(folder: string, beside = true): Promise<(path: string) => readonly Certificate[] | undefined> {
  const { inspectFile } = await import('../partners/inspect/inspect.ts');
  const { materialOf } = await import('../partners/add/material.ts');
  return (path) => {
    const places = [resolve(folder, path), ...(beside ? [join(folder, basename(path))] : [])];
    const found = places.find((place) => existsSync(place) && statSync(place).isFile());
    if (found === undefined) return undefined;
    const report = inspectFile(readBytesFile(found, 'a CA file'), { at: Date.now() });
    const { cas } = materialOf([{ file: path, report }]);
    return cas.length === 0 ? undefined : cas;
  };
}

function finish(imported: Imported, source: string, options: ImportOptions, { output, end }: CommandContext): void {
  const id = `imported-${randomBytes(2).toString('hex')}`;
  const files = importedFiles(imported, id, source);
  const folder = resolve(options.out);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    wrongUsage(`${printable(options.out)} is there and not empty; nothing was written`, '--out NEW-FOLDER');
  }
  const { problems } = parseFront(new Map([...files].map(([file, text]) => [file, Buffer.from(text)])));
  writeFolder(folder, files);
  if (options.json === true) {
    const { authorities, clients, routes, notes } = imported;
    output.json({
      folder,
      id,
      files: [...files.keys()],
      authorities: authorities.map(({ name }) => name),
      clients: clients.map(({ name, subject }) => ({ name, subject })),
      routes,
      notes,
      problems,
    });
  } else
    print(
      imported,
      files,
      problems.map((problem) => formatProblem(problem)),
      options.out,
      output,
    );
  end(problems.length === 0 ? exitCodes.done : exitCodes.no);
}

/** As a whole or not at all. */
function writeFolder(folder: string, files: ReadonlyMap<string, string>): void {
  mkdirSync(dirname(folder), { recursive: true });
  const beside = mkdtempSync(`${folder}.new-`);
  try {
    for (const [file, text] of files) {
      mkdirSync(dirname(join(beside, file)), { recursive: true });
      writeFileSync(join(beside, file), text, { flag: 'wx' });
    }
    mkdirSync(join(beside, 'schema'), { recursive: true });
    for (const [name, text] of schemaFiles()) writeFileSync(join(beside, 'schema', name), text, { flag: 'wx' });
    chmodSync(beside, 0o755); // mkdtemp makes it for one person only
    renameSync(beside, folder); // over an empty folder at most
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    const message = error instanceof Error ? error.message : String(error);
    cannotDecide(`cannot write ${folder}: ${message}`, '--out NEW-FOLDER', { cause: error });
  }
}

const headings: Readonly<Record<Note['kind'], string>> = {
  'to-do': 'left for you to do',
  changed: 'means something else now',
  'left-out': 'not taken over',
};

function print(
  imported: Imported,
  files: ReadonlyMap<string, string>,
  problems: readonly string[],
  out: string,
  output: Output,
): void {
  const { authorities, clients, routes, notes } = imported;
  output.out(
    `${printable(out)}: ${files.size} files; ${authorities.length} authorities, ${clients.length} clients, ${routes.length} routes`,
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
