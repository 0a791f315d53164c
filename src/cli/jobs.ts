import type { Command } from 'commander';
import { readLive } from '../publish/read-live.ts';
import { type Fetched, fetchLists } from '../revocations/fetch.ts';
import { type JobOutcome, runRevocations } from '../revocations/job.ts';
import { wantedOf } from '../revocations/wanted.ts';
import { openPlace, type PlaceOptions, withPlaceOptions } from './publish/release-place.ts';
import { type CommandContext, examples } from './terminal/command.ts';
import { exitCodes, wrongUsage } from './terminal/failure.ts';
import { readBytesFile, readFrontOf } from './terminal/files.ts';
import { type Output, printable } from './terminal/output.ts';
import { count } from './terminal/words.ts';

interface JobsOptions extends PlaceOptions {
  readonly from?: readonly string[];
  readonly forget?: readonly string[];
  readonly reason?: string;
  readonly maxVanished?: string;
}

const more = (value: string, before: readonly string[] = []) => [...before, value];

export function addJobsCommand(program: Command, { output, end }: CommandContext): Command {
  const jobs = program
    .command('jobs')
    .description('What otherwise runs by the clock: fetch revocation lists and sign what they say.');
  const run = jobs
    .command('run')
    .description(
      'Fetch the lists that the live authorities name, believe them, and put a signed index of them in place.',
    )
    .option('--from <file>', 'fetch nothing: take the lists of this file (DER or PEM; may be given again)', more)
    .option('--forget <ca>', 'drop what is held: of an authority, or one list by its id (may be given again)', more)
    .option('--reason <text>', 'why, for the record; required with --forget')
    .option('--max-vanished <percent>', 'how much of a list may be gone with the next one', '50');
  withPlaceOptions(run)
    .addHelpText(
      'before',
      examples([
        ['sallyport jobs run', 'the front of sallyport.yaml'],
        ['sallyport jobs run --from acme.crl', 'a list that the CA has sent, while its server is down'],
        ['sallyport jobs run --forget acme-ca --reason "list 99999 was a mistake"', 'a list that keeps newer ones out'],
        ['sallyport jobs run --store releases', 'for releases in a folder'],
      ]),
    )
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<JobsOptions>();
      const share = shareOf(options.maxVanished ?? '50');
      const reason = options.reason?.trim();
      if ((options.forget ?? []).length > 0 && (reason === undefined || reason === ''))
        wrongUsage('to forget a list needs a reason', 'sallyport jobs run --forget CA --reason "why"');
      const place = await openPlace(readFrontOf(options.front), options);
      const signer = await place.revocations();
      if (signer === undefined)
        return wrongUsage('this deployment has no key for revocation lists', 'npx cdk deploy --all   (makes it)');
      const means = { ...place.means, revocations: signer, now: Date.now };
      const lists = options.from?.map((file) => ({ source: file, body: readBytesFile(file, 'the revocation list') }));
      const outcome = await runRevocations(means, {
        lists: lists ?? (await fetched(means)),
        forget: options.forget,
        share,
        by: place.by,
        reason: reason ?? null,
      });
      report(outcome, options.json === true, output);
      if (outcome.notes.some(({ code }) => code !== 'list_older')) end(exitCodes.no);
    });
  return jobs;
}

async function fetched(means: Parameters<typeof readLive>[0]): Promise<readonly Fetched[]> {
  const live = await readLive(means);
  return live === undefined ? [] : fetchLists(wantedOf([live.document]));
}

function shareOf(text: string): number {
  const percent = /^\d{1,3}$/.test(text) ? Number(text) : 101;
  return percent <= 100 ? percent / 100 : wrongUsage(`--max-vanished ${printable(text)}`, '--max-vanished 0 to 100');
}

function report({ outcome, document, notes }: JobOutcome, isJson: boolean, output: Output): void {
  const { sequence, index, authorities } = document;
  if (isJson) {
    output.json({ outcome, sequence, index, authorities, notes });
    return;
  }
  for (const { authority, source, code, detail } of notes) {
    const who = [authority, source].filter((part) => part !== undefined).map((part) => printable(part));
    output.out(`${output.bad(code)}: ${who.join(', ')}${who.length > 0 ? ': ' : ''}${printable(detail)}`);
  }
  for (const { name, lists, until } of authorities)
    output.out(`${printable(name)}: ${count(lists, 'list')}${until === null ? '' : `, current until ${until}`}`);
  if (authorities.length === 0) output.out('no live authority has lists');
  output.out(
    outcome === 'unchanged'
      ? `nothing new: sequence ${sequence} stays`
      : `${output.good('signed')}: sequence ${sequence}, ${index.bytes} bytes; it decides within 15 s`,
  );
}
