import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { checkPlanFile, parsePlanFile } from '../../core/impact/plan-file.ts';
import { readmittedBlocked } from '../../core/impact/readmitted.ts';
import { ProblemError } from '../../core/problem.ts';
import { compileRelease } from '../../core/release/compile.ts';
import { pointerKey } from '../../core/release/layout.ts';
import { plan } from '../../core/release/plan.ts';
import { readBlocks } from '../../publish/block.ts';
import { publishFirst } from '../../publish/first-release.ts';
import { type PublishOutcome, publish } from '../../publish/publish.ts';
import { readLive } from '../../publish/read-live.ts';
import { planFileFrom } from '../plan/plan.ts';
import { printPlan } from '../plan/print.ts';
import { filesSide, liveSide, reportOf } from '../plan/report.ts';
import { type CommandContext, examples } from '../terminal/command.ts';
import { CliFailure, exitCodeOf, exitCodes, wrongUsage } from '../terminal/failure.ts';
import { readBytesFile, readFrontOf } from '../terminal/files.ts';
import { isAncestor, readGitFacts } from '../terminal/git.ts';
import { type Output, printable } from '../terminal/output.ts';
import { count } from '../terminal/words.ts';
import { type AgreeOptions, agreeToPlan } from './agree.ts';
import { lookForLists } from './look-for-lists.ts';
import {
  compileOptionsOf,
  openPlace,
  type PlaceOptions,
  type ReleasePlace,
  sourceOf,
  withPlaceOptions,
} from './release-place.ts';

interface PublishOptions extends PlaceOptions, AgreeOptions {
  readonly json?: boolean;
  readonly reason?: string;
  readonly takeOver?: boolean;
  readonly anyHistory?: boolean;
}

export function addPublishCommand(program: Command, { output }: CommandContext): Command {
  const command = program
    .command('publish')
    .description('Make authorities, clients and routes of the files live. No deploy; removals first, additions last.')
    .argument('[plan]', 'a file of `sallyport plan --out`: publish exactly that, without a question')
    .option('--yes', 'whoever it locks out')
    .option(
      '--max-lost <count>',
      'without a question if it locks out no more clients than this, and not at all otherwise',
    )
    .option('--max-gained <count>', 'not at all if it lets in more clients than this that are refused today')
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
        ['sallyport publish', 'to the account and Region of sallyport.yaml; shows what changes, and asks'],
        ['sallyport publish --max-lost 0', 'in a pipeline: nobody is locked out'],
        ['sallyport publish plan.json', 'what was planned, or nothing'],
        ['sallyport publish --reason "Globex has left"', 'with a reason in the record'],
        ['sallyport publish --store releases', 'to a folder, to see what would be in it'],
      ]),
    )
    .action(async (file: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<PublishOptions>();
      const { place, outcome } = await run(file, options, output).catch(refused);
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

async function run(
  file: string | undefined,
  options: PublishOptions,
  output: Output,
): Promise<{ place: ReleasePlace; outcome: PublishOutcome }> {
  const planned = file === undefined ? undefined : parsePlanFile(readBytesFile(file, 'the plan'), file);
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
  const now = Date.now();
  const changes = plan({ document: liveSide(live, config, place).document }, { document: source.document });
  const report = reportOf(liveSide(live, config, place), filesSide(config, place), now);
  const release = compileRelease(source, compileOptions);
  const overlays = await readBlocks({ ...means, signer: await place.blocks() });
  const readmitted = readmittedBlocked(live?.document, source.document, overlays, now);
  if (readmitted.length > 0) throw new ProblemError(readmitted);
  if (planned !== undefined) {
    if (live === undefined) return nothingPlanned();
    checkPlanFile(planned, await planFileFrom(place, live, release.id, report, now));
  }
  if (options.json !== true) printPlan(report, output);
  if (live !== undefined && planned === undefined && changes.changes.length > 0)
    await agreeToPlan(report.impact, 'sallyport publish', options);
  await lookForLists(place, source.document, note, output);
  const isFirst = live === undefined && place.local;
  if (isFirst) await publishFirst(means, source, note, compileOptions);
  const outcome = await publish(means, {
    ...note,
    source,
    options: compileOptions,
    deployed: place.deployed,
    isAncestor: options.anyHistory === true ? 'not-checked' : (commit) => isAncestor(options.front, commit),
    takeOver: options.takeOver === true,
    agreedOn: live?.pointer,
  });
  return { place, outcome: isFirst ? { ...outcome, outcome: 'published', plan: changes } : outcome };
}

function nothingPlanned(): never {
  return wrongUsage('nothing is published yet: a plan is held to what is live', 'sallyport publish');
}

function refused(error: unknown): never {
  if (!(error instanceof ProblemError) || exitCodeOf(error.problems) !== exitCodes.no) throw error;
  throw new CliFailure(exitCodes.no, 'not published:', { problems: error.problems });
}
