import { basename, dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { importMendix } from '../../partners/import/mendix/mendix.ts';
import { importNginx } from '../../partners/import/nginx/nginx.ts';
import { dumpOf } from '../../partners/import/nginx/text/dump.ts';
import { parseNginx } from '../../partners/import/nginx/text/syntax.ts';
import { type CommandContext, EXIT_CODES, examples } from '../terminal/command.ts';
import { wrongUsage } from '../terminal/failure.ts';
import { readTextFile } from '../terminal/files.ts';
import { printable } from '../terminal/output.ts';
import { casBeside, casReader, includesBeside } from './configuration-files.ts';
import { checkOut, finish, type ImportOptions } from './write-front.ts';

const several = (value: string, known: readonly string[] = []): readonly string[] => [...known, value];

const mendixExample =
  'sallyport import mendix restrictions.json --out front --ca ca.pem --backend https://app.mendixcloud.com';

export function addImportCommand(program: Command, context: CommandContext): Command {
  const command = program
    .command('import')
    .description('A front from the configuration of another product, with what changed in meaning.')
    .addHelpText(
      'before',
      examples([
        ['sallyport import nginx /etc/nginx/nginx.conf --out front', 'the server with client certificates'],
        [mendixExample, 'ACCESS_RESTRICTIONS'],
      ]),
    );
  command
    .command('nginx')
    .description('The server of an nginx configuration that asks for client certificates.')
    .argument('<file>', 'nginx.conf, a file that it includes, or what `nginx -T` prints')
    .requiredOption('--out <dir>', 'a new folder for the front')
    .option('--server <name>', 'which server, by server_name or FILE:LINE, when several ask for certificates')
    .addHelpText(
      'before',
      examples([
        ['sallyport import nginx nginx.conf --out front', 'and read front/IMPORT.md'],
        ['sallyport import nginx all.conf --out front --server api.example.com', 'one of several servers'],
      ]),
    )
    .action(async (file: string, _options: object, sub: Command) => {
      const options = sub.optsWithGlobals<ImportOptions & { readonly server?: string }>();
      checkOut(options);
      const text = readTextFile(file, 'the configuration');
      const dump = dumpOf(text);
      const directives =
        dump === undefined
          ? parseNginx(file, text, includesBeside(file))
          : parseNginx(dump.file, dump.text, dump.include);
      const readCas = await casBeside(dirname(resolve(file)));
      finish(importNginx(directives, { readCas, server: options.server }), basename(file), options, context);
    });
  command
    .command('mendix')
    .description('ACCESS_RESTRICTIONS of a Mendix app.')
    .argument('<file>', 'JSON: the value of ACCESS_RESTRICTIONS, or an object that holds it')
    .requiredOption('--out <dir>', 'a new folder for the front')
    .requiredOption('--backend <url>', "the app's own address, https://…")
    .requiredOption('--ca <file>', 'a client CA that was uploaded, with its chain; may stand several times', several)
    .addHelpText('before', examples([[mendixExample, 'and read front/IMPORT.md']]))
    .action(async (file: string, _options: object, sub: Command) => {
      const options = sub.optsWithGlobals<
        ImportOptions & { readonly ca: readonly string[]; readonly backend: string }
      >();
      checkOut(options);
      const backend = options.backend.replace(/\/$/, '');
      if (!/^https:\/\/[a-z0-9.-]+(?::\d+)?$/.test(backend)) {
        wrongUsage(`--backend ${printable(backend)} is no origin`, '--backend https://app.mendixcloud.com');
      }
      const read = await casReader();
      const cas = options.ca.flatMap(
        (path) =>
          read(path) ??
          wrongUsage(`${printable(path)} holds no CA certificate`, `sallyport inspect ${printable(path)}`),
      );
      const text = readTextFile(file, 'ACCESS_RESTRICTIONS');
      finish(importMendix(text, basename(file), { backend, cas }), basename(file), options, context);
    });
  for (const one of command.commands) {
    one.showHelpAfterError(`  → sallyport import ${one.name()} --help`).addHelpText('after', EXIT_CODES);
  }
  return command;
}
