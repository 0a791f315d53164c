import type { Command } from 'commander';
import type { DecidingFunction, Functions } from '../aws/functions.ts';
import { type CommandContext, type CommonOptions, examples } from './terminal/command.ts';
import { confirm } from './terminal/confirm.ts';
import { cannotDecide, exitCodes, wrongUsage } from './terminal/failure.ts';
import { readFrontOf } from './terminal/files.ts';

interface CloseOptions extends CommonOptions {
  readonly id?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly reopen?: true | string;
  readonly yes?: boolean;
}

export function addCloseCommand(program: Command, { output, end }: CommandContext): Command {
  return program
    .command('close')
    .description('Break glass: let nobody in. Takes the authorizer its concurrency; needs neither S3, SSM nor KMS.')
    .option('--id <id>', 'the front, without a checkout; with --region')
    .option('--region <region>', 'its Region, with --id')
    .option('--profile <name>', 'profile of the shared AWS configuration')
    .option('--reopen [concurrency]', 'let in again, with the reserved concurrency that it had')
    .option('--yes', 'without asking')
    .addHelpText(
      'before',
      examples([
        ['sallyport close', 'every caller gets 500 from the next request on'],
        ['sallyport close --id orders-3f9c --region eu-west-1 --yes', 'without a checkout and without a terminal'],
        ['sallyport close --reopen 50', 'let in again, with 50 reserved'],
      ]),
    )
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<CloseOptions>();
      const { id, region } = placeOf(options);
      const reopen = options.reopen === undefined ? undefined : concurrencyOf(options.reopen);
      // Loaded only now: the SDK takes longer to load than most commands to run.
      const functions = (await import('../aws/functions.ts')).openFunctions({ region, profile: options.profile });
      const found = await functions.deciding(id);
      if (found.length === 0)
        cannotDecide(`no authorizer of ${id} in ${region}`, `is it the right account? aws sts get-caller-identity`);
      if (!(await agreed(options, id, found))) {
        output.err('nothing was changed');
        return end(exitCodes.no);
      }
      for (const one of found) await change(functions, one, reopen);
      if (options.json === true) output.json({ format: 1, front: id, closed: reopen === undefined, functions: found });
      else if (reopen !== undefined) output.out(`${output.good('open')}: ${id} decides again`);
      else output.out(`${output.bad('closed')}: nobody is let in; ${reopenLine(options, found)}`);
    });
}

async function change(functions: Functions, { arn }: DecidingFunction, reopen: Reopening | undefined): Promise<void> {
  if (reopen === undefined) await functions.close(arn);
  else await functions.open(arn, reopen.reserved);
}

interface Reopening {
  readonly reserved: number | undefined;
}

function concurrencyOf(text: true | string): Reopening {
  if (text === true) return { reserved: undefined };
  return /^[1-9]\d{0,4}$/.test(text)
    ? { reserved: Number(text) }
    : wrongUsage(`--reopen ${text} is no concurrency`, '--reopen 50, or --reopen alone for none reserved');
}

/** A closed front shows what it had before only here: a second close would read 0. */
function reopenLine(options: CloseOptions, found: readonly DecidingFunction[]): string {
  const had = found.find(({ reserved }) => reserved !== undefined && reserved > 0)?.reserved;
  const where = options.id === undefined ? '' : ` --id ${options.id} --region ${options.region}`;
  return `to let in again: sallyport close${where} --reopen${had === undefined ? '' : ` ${had}`}   (a deploy does it, too)`;
}

async function agreed(options: CloseOptions, id: string, found: readonly DecidingFunction[]): Promise<boolean> {
  if (options.yes === true || options.reopen !== undefined) return true;
  const answer = await confirm(`close ${id}? Every caller is refused (${found.map(({ arn }) => arn).join(', ')})`);
  return answer ?? wrongUsage('nobody to ask: there is no terminal', 'sallyport close --yes');
}

function placeOf({ id, region, front }: CloseOptions): { readonly id: string; readonly region: string } {
  if (id !== undefined && region !== undefined) return { id, region };
  if (id !== undefined || region !== undefined) {
    return wrongUsage('--id and --region go together', 'sallyport close --id ID --region REGION');
  }
  const config = readFrontOf(front);
  return {
    id: config.id,
    region:
      config.aws?.region ?? wrongUsage('sallyport.yaml names no Region', 'sallyport close --id ID --region REGION'),
  };
}
