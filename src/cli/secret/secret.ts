import { homedir } from 'node:os';
import type { Command } from 'commander';
import type { Secrets } from '../../aws/secrets.ts';
import type { FrontConfig } from '../../config/front.ts';
import { isName } from '../../core/name.ts';
import { secretPrefixOf } from '../../core/release/layout.ts';
import { secretFilePath } from '../../forward/secret-file.ts';
import { secretsNeeded } from '../doctor/checks.ts';
import { awsOf, openAccountOf } from '../terminal/account.ts';
import { type CommandContext, type CommonOptions, examples } from '../terminal/command.ts';
import { exitCodes, wrongUsage } from '../terminal/failure.ts';
import { readFrontOf } from '../terminal/files.ts';
import { readHidden } from './hidden-input.ts';
import { openLocalSecrets } from './local-secrets.ts';
import { addRotate } from './rotate.ts';

interface SecretOptions extends CommonOptions {
  readonly profile?: string;
  readonly local?: boolean;
}

export function addSecretCommand(program: Command, context: CommandContext): Command {
  const secret = program
    .command('secret')
    .description('The credentials that connections name: typed or piped in, never an argument, never printed.')
    .addHelpText(
      'before',
      examples([
        ['sallyport secret set erp', 'asks for the value; the front’s account and Region'],
        ['pass show erp | sallyport secret set erp', 'from a password store'],
        ['sallyport secret set erp --local', 'for `dev --real-backends` on this machine'],
        ['sallyport secret list', 'which are needed, and which are there'],
        ['sallyport secret rotate --binding', 'a new key between the two functions'],
      ]),
    );
  addSet(secret, context);
  addList(secret, context);
  addRotate(secret, context);
  return secret;
}

const withPlace = (command: Command) =>
  command
    .option('--local', 'the file of this machine that `dev --real-backends` reads, instead of AWS')
    .option('--profile <name>', 'profile of the shared AWS configuration');

function addSet(secret: Command, { output }: CommandContext): void {
  withPlace(secret.command('set'))
    .description('Store one; the value is typed without being shown, or read from standard input.')
    .addHelpText(
      'before',
      examples([
        ['sallyport secret set erp', 'asks for the value; the front’s account and Region'],
        ['pass show erp | sallyport secret set erp', 'from a password store'],
        ['sallyport secret set erp --local', 'for `dev --real-backends` on this machine'],
      ]),
    )
    .argument('<name>', 'as the connection names it: "secret:erp" is erp')
    // Counted below: commander would print the extra argument, and it may be the secret.
    .allowExcessArguments()
    .action(async (name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<SecretOptions>();
      if (command.args.length > 1) {
        wrongUsage('a value is never an argument: it would stay in the shell’s history', `sallyport secret set NAME`);
      }
      if (!isName(name)) wrongUsage('this is no name of a secret', 'sallyport secret set erp');
      const config = readFrontOf(options.front);
      const connection = secretsNeeded(config.connections.values()).get(name);
      const place = await placeOf(config, options);
      const value = await readHidden(`value of ${name}: `);
      const outcome = await place.secrets.set(name, value);
      if (options.json === true) output.json({ name, outcome, place: place.where, connection: connection ?? null });
      else output.out(`${outcome}: ${name}, in ${place.where}`);
      if (connection === undefined) output.err(`note: no connection of ${options.front} names secret:${name}`);
      else if (outcome === 'changed' && options.local !== true)
        output.err('note: functions that are running keep the old value until they are replaced, for up to some hours');
    });
}

function addList(secret: Command, { output, end }: CommandContext): void {
  withPlace(secret.command('list'))
    .description('Names only: which connections need which, and whether they are there.')
    .addHelpText(
      'before',
      examples([
        ['sallyport secret list', 'in the front’s account; 1 when one is missing'],
        ['sallyport secret list --local', 'on this machine'],
      ]),
    )
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<SecretOptions>();
      const config = readFrontOf(options.front);
      const needed = secretsNeeded(config.connections.values());
      const { secrets, where } = await placeOf(config, options);
      const stored = new Map((await secrets.list()).map(({ name, changedAt }) => [name, changedAt]));
      const rows = [...new Set([...needed.keys(), ...stored.keys()])].sort().map((name) => ({
        name,
        connection: needed.get(name) ?? null,
        stored: stored.has(name),
        changedAt: isoOf(stored.get(name)),
      }));
      const missing = rows.filter((row) => !row.stored);
      if (missing.length > 0) end(exitCodes.no);
      if (options.json === true) {
        output.json({ place: where, secrets: rows });
        return;
      }
      for (const { name, connection, stored: there, changedAt } of rows) {
        const mark = there ? output.good('there  ') : output.bad('missing');
        const use = connection === null ? 'no connection names it' : `connection ${connection}`;
        output.out(`${mark}  ${name}  (${use})${changedAt === null ? '' : `  changed ${changedAt.slice(0, 10)}`}`);
      }
      if (rows.length === 0) output.out('no connection needs a secret');
      for (const { name } of missing)
        output.out(`  → sallyport secret set ${name}${options.local === true ? ' --local' : ''}`);
    });
}

const isoOf = (moment: number | undefined) => (moment === undefined ? null : new Date(moment).toISOString());

async function placeOf(
  config: FrontConfig,
  { local, profile }: SecretOptions,
): Promise<{ readonly secrets: Secrets; readonly where: string }> {
  if (local === true) {
    const path = secretFilePath(homedir(), config.id);
    return { secrets: openLocalSecrets(path), where: path };
  }
  const aws = awsOf(config, ', or use --local');
  const settings = await openAccountOf(aws, profile);
  const { openSecretsManager } = await import('../../aws/secrets.ts');
  const prefix = secretPrefixOf(config.id);
  return { secrets: openSecretsManager(prefix, settings), where: `${aws.account} ${aws.region}, ${prefix}*` };
}
