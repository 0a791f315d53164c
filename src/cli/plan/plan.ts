import { renameSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { deployedDigest, type PlanFile, planFileOf, writePlanFile } from '../../core/impact/plan-file.ts';
import { type Replayed, replay } from '../../core/impact/replay.ts';
import { compileRelease } from '../../core/release/compile.ts';
import type { PlanSide } from '../../core/release/plan.ts';
import { readBlocks } from '../../publish/block.ts';
import { type Live, readLive } from '../../publish/read-live.ts';
import {
  openPlace,
  type PlaceOptions,
  type ReleasePlace,
  sourceOf,
  withPlaceOptions,
} from '../publish/release-place.ts';
import { type CommandContext, examples } from '../terminal/command.ts';
import { exitCodes, wrongUsage } from '../terminal/failure.ts';
import { readFrontOf } from '../terminal/files.ts';
import { count } from '../terminal/words.ts';
import { beyondGates, type GateOptions } from './gates.ts';
import { planMarkdown } from './markdown.ts';
import { printPlan, printReplayed } from './print.ts';
import { readDecisions } from './read-log.ts';
import { filesSide, liveSide, type PlanReport, reportOf } from './report.ts';

interface PlanOptions extends PlaceOptions, GateOptions {
  readonly against?: string;
  readonly replay?: string;
  readonly markdown?: boolean;
  readonly exitCode?: boolean;
  readonly out?: string;
}

export function addPlanCommand(program: Command, context: CommandContext): Command {
  return withPlaceOptions(
    program
      .command('plan')
      .description(
        'What publishing the files would change, and whom: who would be refused, who let in. Changes nothing.',
      )
      .option('--max-lost <count>', '1 when more clients than this would be refused')
      .option('--max-gained <count>', '1 when more clients than this would be let in')
      .option('--replay <file>', 'also decide again whoever is in this decision log (3 when some of it is not known)')
      .option('--against <dir>', 'compare with the files of another front, instead of what is live')
      .option('--markdown', 'for a pull request')
      .option('--exit-code', '1 when anything would change')
      .option('--out <file>', 'write what was planned, as digests, for `sallyport publish FILE`'),
  )
    .addHelpText(
      'before',
      examples([
        ['sallyport plan', 'before every `sallyport publish`'],
        ['sallyport plan --max-lost 0', 'in a pipeline: 1 when a client would be refused that is let in today'],
        ['sallyport plan --replay decisions.json', 'with when they called last'],
        ['sallyport plan --against ../main --markdown', 'a pull request beside the main branch'],
        ['sallyport plan --out plan.json', 'then: sallyport publish plan.json'],
      ]),
    )
    .action(async (_options: object, command: Command) => run(command.optsWithGlobals<PlanOptions>(), context));
}

async function run(options: PlanOptions, { output, end }: CommandContext): Promise<void> {
  if (options.json === true && options.markdown === true)
    wrongUsage('--json and --markdown are two forms', 'choose one');
  if (options.out !== undefined && options.against !== undefined)
    wrongUsage('--out is a plan of what is live, --against of other files', 'leave one of them out');
  const now = Date.now();
  const { before, after, about, live, place } = await sidesOf(options);
  const report = reportOf(before, after, now);
  const log = options.replay === undefined ? undefined : readDecisions(options.replay, after.document.front.id);
  const replayed =
    log === undefined ? undefined : replay(log.calls, before.document, after.document, now, log.unreadable);
  const beyond = beyondGates(report.impact, options);
  if (options.json === true) output.json({ ...about, ...report, replayed });
  else if (options.markdown === true) output.out(planMarkdown(report, replayed));
  else {
    printPlan(report, output);
    if (replayed !== undefined) printReplayed(replayed, output);
  }
  for (const line of beyond) output.err(`beyond the limit: ${line}`);
  if (options.out !== undefined && place !== undefined)
    await writeOut(options.out, await plannedOf(options, place, live, report, now), output.err);
  end(exitCodeOf(options, report, replayed, beyond.length > 0));
}

async function sidesOf(
  options: PlanOptions,
): Promise<{ before: PlanSide; after: PlanSide; about: object; live?: Live; place?: ReleasePlace }> {
  const config = readFrontOf(options.front);
  if (options.against !== undefined) {
    const before = filesSide(readFrontOf(options.against));
    return { before, after: filesSide(config), about: { against: options.against } };
  }
  const place = await openPlace(config, options);
  const live = await readLive(place.means);
  const { release, sequence } = live?.pointer ?? {};
  return {
    before: liveSide(live, config, place),
    after: filesSide(config, place),
    about: { live: live === undefined ? null : { release, sequence } },
    live,
    place,
  };
}

function exitCodeOf(
  { exitCode }: PlanOptions,
  { changes }: PlanReport,
  replayed: Replayed | undefined,
  isBeyond: boolean,
): (typeof exitCodes)[keyof typeof exitCodes] {
  if (isBeyond) return exitCodes.no;
  if (replayed !== undefined && replayed.unknown.length + replayed.unreadable > 0) return exitCodes.undecided;
  return exitCode === true && changes.length > 0 ? exitCodes.no : exitCodes.done;
}

async function plannedOf(
  options: PlanOptions,
  place: ReleasePlace,
  live: Live | undefined,
  report: PlanReport,
  now: number,
): Promise<PlanFile> {
  if (live === undefined)
    return wrongUsage(
      'nothing is published yet, so there is nothing that a plan could be held to',
      'sallyport publish',
    );
  return planFileFrom(place, live, sourceReleaseOf(options.front), report, now);
}

const sourceReleaseOf = (front: string): string =>
  compileRelease(sourceOf(readFrontOf(front)), { allowSample: true, allowEmpty: true }).id;

/** Everything that a plan can be held to later, as it is now. */
export async function planFileFrom(
  place: ReleasePlace,
  { pointer }: Pick<Live, 'pointer'>,
  release: string,
  { impact }: PlanReport,
  now: number,
): Promise<PlanFile> {
  const { blocks, lifts } = await readBlocks({ ...place.means, signer: await place.blocks() });
  return planFileOf({
    front: place.means.front,
    release,
    live: { release: pointer.release, sequence: pointer.sequence },
    overlays: { blocks: blocks.length, lifts: lifts.length },
    deployed: deployedDigest(place.deployed),
    lost: impact.lost.length,
    gained: impact.gained.length,
    madeAt: new Date(now).toISOString(),
  });
}

/** Written beside, then put in its place. */
async function writeOut(path: string, plan: PlanFile, say: (line: string) => void): Promise<void> {
  writeFileSync(`${path}.new`, writePlanFile(plan));
  renameSync(`${path}.new`, path);
  say(
    `written: ${path} (${count(plan.lost, 'client')} lost, ${plan.gained} gained; good for 24 hours): sallyport publish ${path}`,
  );
}
