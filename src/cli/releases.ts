import type { Command } from 'commander';
import { type HistoryEntry, readHistory } from '../publish/history.ts';
import { readLive } from '../publish/read-live.ts';
import { openPlace, type PlaceOptions, withPlaceOptions } from './publish/release-place.ts';
import { type CommandContext, examples } from './terminal/command.ts';
import { wrongUsage } from './terminal/failure.ts';
import { readFrontOf } from './terminal/files.ts';
import { type Output, printable } from './terminal/output.ts';

interface ReleasesOptions extends PlaceOptions {
  readonly limit: string;
}

export function addReleasesCommand(program: Command, { output }: CommandContext): Command {
  const command = program
    .command('releases')
    .description('What was published, by whom, when and why; newest first.')
    .option('--limit <count>', 'how many', '20');
  return withPlaceOptions(command)
    .addHelpText(
      'before',
      examples([
        ['sallyport releases', 'the last twenty'],
        ['sallyport releases --store releases --limit 3', 'the last three in a folder'],
      ]),
    )
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<ReleasesOptions>();
      if (!/^[1-9]\d{0,4}$/.test(options.limit))
        wrongUsage(`--limit ${printable(options.limit)} is not a count`, '--limit 20');
      const { means } = await openPlace(readFrontOf(options.front), options);
      const live = await readLive(means);
      const history = live === undefined ? [] : await readHistory(means.store, live, Number(options.limit));
      if (options.json === true)
        output.json({ releases: history.map(({ publication, state }) => ({ ...publication, state })) });
      else print(history, output);
    });
}

function print(history: readonly HistoryEntry[], output: Output): void {
  if (history.length === 0) output.out('nothing is published yet');
  for (const { publication, state } of history) {
    const { release, by, at, commit, reason } = publication;
    const mark =
      state === 'live' ? output.good('live') : state === 'replaced' ? '' : output.bad(state.replace('-', ' '));
    output.out(
      `${String(publication.publication).padStart(5)}  ${at.slice(0, 19)}Z  ${release.slice(0, 12)}  ${mark}`.trimEnd(),
    );
    const from = commit === null ? '' : `, commit ${commit.slice(0, 12)}`;
    output.out(output.faint(`       ${printable(by)}${from}${reason === null ? '' : `: ${printable(reason)}`}`));
  }
}
