import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { ProblemError } from '../../core/problem.ts';
import { compileRelease } from '../../core/release/compile.ts';
import { pointerKey } from '../../core/release/layout.ts';
import { plan } from '../../core/release/plan.ts';
import { publishFirst } from '../../publish/first-release.ts';
import { type PublishOutcome, publish } from '../../publish/publish.ts';
import { readLive } from '../../publish/read-live.ts';
import { type CommandContext, examples } from '../terminal/command.ts';
import { CliFailure, exitCodeOf, exitCodes } from '../terminal/failure.ts';
import { readFrontOf } from '../terminal/files.ts';
import { isAncestor, readGitFacts } from '../terminal/git.ts';
import { type Output, printable } from '../terminal/output.ts';
import { count } from '../terminal/words.ts';
import { printChanges } from './print-changes.ts';
import {
  compileOptionsOf,
  openPlace,
  type PlaceOptions,
  type ReleasePlace,
  sourceOf,
  withPlaceOptions,
} from './release-place.ts';

interface PublishOptions extends PlaceOptions {
  readonly reason?: string;
  readonly takeOver?: boolean;
  readonly anyHistory?: boolean;
}

export function addPublishCommand(program: Command, { output }: CommandContext): Command {
  const command = program
    .command('publish')
    .description('Make authorities, clients and routes of the files live. No deploy; removals first, additions last.')
    .option('--reason <text>', 'why, for the record')
    .option('--take-over', 'go on although another publication has begun and is not done')
    .option(
      '--any-history',
      'publish although the live release was made from a commit that your files do not build on',
    );
  return withPlaceOptions(command)
    .addHelpText(
      'before',
      examples([
        ['sallyport publish', 'to the account and Region of sallyport.yaml'],
        ['sallyport publish --reason "Globex has left"', 'with a reason in the record'],
        ['sallyport publish --store releases', 'to a folder, to see what would be in it'],
      ]),
    )
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<PublishOptions>();
      const { place, outcome } = await run(options, output).catch(refused);
      const { pointer, warnings } = outcome;
      if (options.json === true) {
        const { release, sequence, publication } = pointer;
        output.json({
          outcome: outcome.outcome,
          release,
          sequence,
          publication,
          changes: outcome.plan.changes,
          warnings,
        });
        return;
      }
      for (const warning of warnings) output.out(`AWS warns: ${printable(warning)}`);
      if (outcome.outcome === 'unchanged') output.out('nothing to publish: your files are live');
      else
        output.out(
          `${output.good('live')}: release ${pointer.release.slice(0, 12)}, sequence ${pointer.sequence}, at ${place.means.store.uriOf(pointerKey)}`,
        );
    });
}

async function run(options: PublishOptions, output: Output): Promise<{ place: ReleasePlace; outcome: PublishOutcome }> {
  const config = readFrontOf(options.front);
  const source = sourceOf(config);
  const place = await openPlace(config, options, 'may-be-new');
  const compileOptions = compileOptionsOf(place);
  const git = await readGitFacts(options.front);
  if (git.changed > 0)
    output.err(
      `note: ${count(git.changed, 'file')} not as in commit ${git.commit?.slice(0, 12)}, published as they are`,
    );
  const note = { by: place.by, commit: git.commit, reason: options.reason ?? null };
  const means = {
    ...place.means,
    now: Date.now,
    wait: async (milliseconds: number) => void (await wait(milliseconds)),
    say: (line: string) => output.err(printable(line)),
  };
  const live = await readLive(means);
  const nobody = { ...source.document, authorities: [], clients: [], routes: [] };
  const changes = plan({ document: live?.document ?? nobody }, { document: source.document });
  compileRelease(source, compileOptions);
  if (options.json !== true) printChanges(changes.changes, output);
  const isFirst = live === undefined && place.local;
  if (isFirst) await publishFirst(means, source, note, compileOptions);
  const outcome = await publish(means, {
    ...note,
    source,
    options: compileOptions,
    deployed: place.deployed,
    isAncestor: options.anyHistory === true ? 'not-checked' : (commit) => isAncestor(options.front, commit),
    takeOver: options.takeOver === true,
  });
  return { place, outcome: isFirst ? { ...outcome, outcome: 'published', plan: changes } : outcome };
}

function refused(error: unknown): never {
  if (!(error instanceof ProblemError) || exitCodeOf(error.problems) !== exitCodes.no) throw error;
  throw new CliFailure(exitCodes.no, 'not published:', { problems: error.problems });
}
