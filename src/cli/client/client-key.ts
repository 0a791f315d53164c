import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { editYaml } from '../../config/edit/edit-yaml.ts';
import { readFrontFiles } from '../../config/folder.ts';
import { clientKeyHeader, clientKeyOf, clientKeySha256 } from '../../core/client-key.ts';
import type { Requirement } from '../../core/registry/registry.ts';
import { agreeAndWrite, printProblems } from '../changes/agree.ts';
import type { ChangeOptions } from '../changes/changes.ts';
import { frontAfter, printChanges, textIn } from '../changes/changes.ts';
import { registryOf } from '../changes/registry.ts';
import { type CommandContext, examples } from '../terminal/command.ts';
import { exitCodes } from '../terminal/failure.ts';
import { clientNamed } from './client-show.ts';

/** A second thing to show beside the certificate. The key is printed once and kept nowhere: the file has its hash. */
export function addClientKey(client: Command, { output, end }: CommandContext): void {
  client
    .command('key')
    .description('Makes a key that a client has to send beside its certificate; prints it once.')
    .argument('<name>', 'of the client')
    .option('--yes', 'write without asking')
    .addHelpText('before', examples([['sallyport client key acme', 'made, shown once, its hash put under `require`']]))
    .action(async (name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<ChangeOptions>();
      const one = clientNamed(name, registryOf(options.front));
      const key = clientKeyOf(randomBytes(32));
      const entry = `{ keySha256: "${clientKeySha256(key)}" }`;
      const file = one.at.file ?? `truststore/clients/${name}.yaml`;
      const before = textIn(readFrontFiles(options.front), file) ?? '';
      const hashes = ({ any }: Requirement) =>
        any.flatMap((condition) => ('keySha256' in condition ? [condition.keySha256] : []));
      const asking = one.require.find((requirement) => hashes(requirement).length > 0);
      const known = asking === undefined ? [] : hashes(asking);
      const { line, column } = asking?.at ?? {};
      // one more beside the known one, in its own place: the other conditions stay
      const change =
        line === undefined || column === undefined
          ? { key: 'require', append: entry }
          : { condition: { line, column }, or: entry };
      const own = asking === undefined || asking.at.file === file;
      const after = own ? editYaml(before, [change]) : undefined;
      const { problems } =
        after === undefined ? { problems: [] } : frontAfter(options.front, [{ file, before, after }]);
      const changes = after === undefined || problems.length > 0 ? [] : [{ file, before, after }];
      if (options.json !== true) {
        printChanges(changes, output);
        if (problems.length > 0) printProblems(problems, output);
        const place = `${asking?.at.file}${line === undefined ? '' : `:${line}`}`;
        if (known.length > 0) {
          output.err(`${name} has a key (${place}): either will do, until you take the old one out`);
          if (after === undefined) output.err(`write there: any: [{ keySha256: "${known[0]}" }, ${entry}]`);
        } else if (after === undefined)
          output.err(`${file} is laid out so that it has to be edited by hand: under require, ${entry}`);
      }
      const written = changes.length > 0 && (await agreeAndWrite(changes, options, output));
      // without its hash in the file a key is worth nothing, and would only be mistaken for one that is
      const shown = written || known.length > 0 || (after === undefined && problems.length === 0);
      if (options.json === true)
        output.json({ client: name, written, header: clientKeyHeader, key: shown ? key : undefined, entry });
      else if (shown) {
        output.out(`${clientKeyHeader}: ${key}`);
        output.err('shown once: give it to the partner by another way than the certificate');
      }
      end(written ? exitCodes.done : exitCodes.no);
    });
}
