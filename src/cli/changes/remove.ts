import type { Command } from 'commander';
import { editYaml } from '../../config/edit/edit-yaml.ts';
import { readFrontFiles } from '../../config/folder.ts';
import type { Client, Registry } from '../../core/registry/registry.ts';
import { clientNamed, identityText } from '../client/client-show.ts';
import { type CommandContext, examples } from '../terminal/command.ts';
import { exitCodes, wrongUsage } from '../terminal/failure.ts';
import { type Output, printable } from '../terminal/output.ts';
import type { FileChange } from '../terminal/text-diff.ts';
import { agreeAndWrite, printProblems } from './agree.ts';
import type { ChangeOptions } from './changes.ts';
import { frontAfter, printChanges, textIn } from './changes.ts';
import { registryOf } from './registry.ts';

const effect = 'files only: nobody is refused before `sallyport publish`';

export function addClientRemove(client: Command, context: CommandContext): void {
  client
    .command('remove')
    .description('Takes a client out: shows what it loses, edits files only.')
    .argument('<name>', 'of the client')
    .option('--yes', 'write without asking')
    .addHelpText('before', examples([['sallyport client remove acme', 'see what it loses, then agree']]))
    .action(async (name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<ChangeOptions>();
      const registry = registryOf(options.front);
      const one = clientNamed(name, registry);
      await change([one], filesOf(one, registry, options.front), options, context);
    });
}

export function addAuthorityRemove(authority: Command, context: CommandContext): void {
  authority
    .command('remove')
    .description('Takes an authority out: shows who loses access, edits files only.')
    .argument('<name>', 'of the authority')
    .option('--with-clients', 'also its clients, and its identities of clients that have others')
    .option('--yes', 'write without asking')
    .addHelpText('before', examples([['sallyport authority remove acme-ca', 'who loses access?']]))
    .action(async (name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<ChangeOptions & { readonly withClients?: boolean }>();
      const registry = registryOf(options.front);
      if (!registry.authorities.has(name)) {
        const names = [...registry.authorities.keys()].join(', ');
        wrongUsage(`there is no authority ${printable(name)}`, `there are: ${names}`);
      }
      const users = [...registry.clients.values()].filter((client) => client.identities.some(isOf(name)));
      const losers = users.filter((client) => client.identities.every(isOf(name)));
      if (users.length > 0 && options.withClients !== true) {
        const names = users.map((client) => client.name).join(', ');
        if (options.json === true) context.output.json({ written: false, clients: users.map((client) => client.name) });
        context.output.err(`clients are known by it: ${names}; ${losers.length} of them by it alone`);
        context.output.err(`  → sallyport authority remove ${name} --with-clients`);
        return context.end(exitCodes.no);
      }
      const present = readFrontFiles(options.front);
      const own = [
        `truststore/authorities/${name}.pem`,
        `truststore/authorities/${name}.yaml`,
        `truststore/authorities/${name}.crl`,
      ];
      const changes = [
        ...own.flatMap((file) => removal(textIn(present, file), file)),
        ...losers.flatMap((client) => filesOf(client, registry, options.front)),
        ...users
          .filter((client) => !losers.includes(client))
          .map((client) => withoutIdentities(client, name, options.front)),
      ];
      await change(users, changes, options, context, name);
    });
}

type Identity = Client['identities'][number];
const isOf = (authority: string) => (identity: Identity) => 'authority' in identity && identity.authority === authority;

async function change(
  losers: readonly Client[],
  changes: readonly FileChange[],
  options: ChangeOptions,
  { output, end }: CommandContext,
  authority?: string,
): Promise<void> {
  const { config, problems } = frontAfter(options.front, changes);
  // the last client may go: such a front refuses everybody, which is what was asked for
  const wrong = config === undefined ? problems.filter(({ code }) => code !== 'registry_empty') : [];
  if (options.json !== true) {
    for (const loser of losers) printLoss(loser, authority, output);
    printChanges(changes, output);
    if (wrong.length > 0) printProblems(wrong, output);
    output.out(output.faint(effect));
  }
  const written = wrong.length === 0 && (await agreeAndWrite(changes, options, output));
  if (options.json === true) {
    output.json({
      written,
      clients: losers.map(({ name }) => name),
      files: changes.map(({ file, after }) => ({ file, removed: after === undefined })),
      problems: wrong,
    });
  }
  end(written ? exitCodes.done : exitCodes.no);
}

function printLoss({ name, identities, rules }: Client, authority: string | undefined, output: Output): void {
  const gone = identities.filter((identity) => authority === undefined || isOf(authority)(identity));
  const all = gone.length === identities.length;
  output.out(`${output.strong(name)} ${all ? output.bad('loses all access') : 'keeps its other identities'}`);
  for (const identity of gone) output.out(`  is no more ${printable(identityText(identity))}`);
  if (all) for (const { pattern } of rules) output.out(`  may no more ${printable(pattern.text)}`);
}

/** Its file, and registered certificates that no other client names. */
function filesOf(client: Client, registry: Registry, front: string): readonly FileChange[] {
  const present = readFrontFiles(front);
  const file = client.at.file ?? `truststore/clients/${client.name}.yaml`;
  const others = [...registry.clients.values()]
    .filter((one) => one !== client)
    .map(({ at }) => textIn(present, at.file ?? ''));
  const text = textIn(present, file) ?? '';
  const pems = [...text.matchAll(/certificate:\s*['"]?([A-Za-z0-9][A-Za-z0-9._-]*\.pem)/g)]
    .map(([, pem = '']) => pem)
    .filter((pem) => !others.some((other) => other?.includes(pem)))
    .map((pem) => `truststore/clients/${pem}`);
  return [file, ...new Set(pems)].flatMap((each) => removal(textIn(present, each), each));
}

function removal(before: string | undefined, file: string): readonly FileChange[] {
  return before === undefined ? [] : [{ file, before }];
}

function withoutIdentities(client: Client, authority: string, front: string): FileChange {
  const file = client.at.file ?? '';
  const before = textIn(readFrontFiles(front), file) ?? '';
  const places = client.identities.flatMap((identity, place) => (isOf(authority)(identity) ? [place] : []));
  const after = editYaml(before, [{ key: 'identities', remove: places }]);
  if (after === undefined) {
    return wrongUsage(
      `${file} is laid out so that it has to be edited by hand`,
      `take its identities of ${authority} out first`,
    );
  }
  return { file, before, after };
}
