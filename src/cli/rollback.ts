import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { readmittedBlocked } from '../core/impact/readmitted.ts';
import { rolledBack } from '../core/impact/rolled-back.ts';
import { ProblemError } from '../core/problem.ts';
import { loadRegistry, truststoreOf } from '../core/registry/load.ts';
import { readBlocks } from '../publish/block.ts';
import { describePublication, readPublication } from '../publish/publication.ts';
import { publish } from '../publish/publish.ts';
import { readPublished } from '../publish/published.ts';
import { type Live, readLive } from '../publish/read-live.ts';
import { printPlan } from './plan/print.ts';
import { type PlanReport, reportOf } from './plan/report.ts';
import { type AgreeOptions, agreeToPlan } from './publish/agree.ts';
import { lookForLists } from './publish/look-for-lists.ts';
import { compileOptionsOf, openPlace, type PlaceOptions, withPlaceOptions } from './publish/release-place.ts';
import { type CommandContext, examples } from './terminal/command.ts';
import { CliFailure, cannotDecide, exitCodes } from './terminal/failure.ts';
import { readFrontOf } from './terminal/files.ts';
import { type Output, printable } from './terminal/output.ts';

interface RollbackOptions extends PlaceOptions, AgreeOptions {
  readonly json?: boolean;
  readonly reason?: string;
  readonly readmit?: readonly string[];
}

export function addRollbackCommand(program: Command, context: CommandContext): Command {
  return withPlaceOptions(
    program
      .command('rollback')
      .description('Publish an older release, minus everything that was removed or narrowed since. Shown, then asked.')
      .argument('<release>', 'its number in `sallyport releases`, or the beginning of its id')
      .option('--readmit <name...>', 'a client, authority or route of it that was taken away since, and may come back')
      .option('--reason <text>', 'why, for the record')
      .option('--yes', 'without a question')
      .option('--max-lost <count>', 'without a question if it locks out no more clients than this'),
  )
    .addHelpText(
      'before',
      examples([
        ['sallyport releases', 'which one?'],
        ['sallyport rollback 12', 'what came after it is taken back; nobody who was removed comes back'],
        ['sallyport rollback 12 --readmit acme', 'but acme, who was removed by mistake'],
      ]),
    )
    .action(async (release: string, _options: object, command: Command) =>
      run(release, command.optsWithGlobals<RollbackOptions>(), context),
    );
}

async function run(text: string, options: RollbackOptions, { output }: CommandContext): Promise<void> {
  const place = await openPlace(readFrontOf(options.front), options);
  const means = {
    ...place.means,
    now: Date.now,
    wait: async (milliseconds: number) => void (await wait(milliseconds)),
    say: (line: string) => output.err(printable(line)),
  };
  const live = (await readLive(means)) ?? cannotDecide('nothing is published yet', 'sallyport publish');
  const { publication, document: older } = await readPublished(means, live, text);
  const { document, leftOut } = rolledBack(older, live.document, options.readmit);
  const now = Date.now();
  const report = reportOf({ document: live.document }, { document }, now);
  if (options.json !== true) {
    output.out(`back to ${printable(describePublication(publication))}`);
    printPlan(report, output);
    printLeftOut(leftOut, text, output);
  }
  const readmitted = readmittedBlocked(
    live.document,
    document,
    await readBlocks({ ...means, signer: await place.blocks() }),
    now,
  );
  if (readmitted.length > 0) throw new ProblemError(readmitted);
  if (report.changes.length > 0) await agree(text, report, options);
  const reason = options.reason ?? `rollback to publication ${publication.publication}`;
  await lookForLists(place, document, { by: place.by, reason }, output);
  const outcome = await publish(means, {
    source: { document, truststore: truststoreOf(loadRegistry(document)) },
    options: compileOptionsOf(place),
    deployed: place.deployed,
    by: place.by,
    // files that publish next have to build on what was live, not on what it was before
    commit: await commitOf(means, live),
    reason,
    isAncestor: 'not-checked',
    agreedOn: live.pointer,
  });
  const { release, sequence } = outcome.pointer;
  if (options.json === true)
    return output.json({ outcome: outcome.outcome, release, sequence, ...report, leftOut, warnings: outcome.warnings });
  if (outcome.outcome === 'unchanged') return output.out('nothing to publish: that is what is live');
  output.out(`${output.good('live')}: release ${release.slice(0, 12)}, sequence ${sequence}`);
  output.out(
    'your files are still as they were: take back there what you took back here, or the next publish brings it again',
  );
}

async function agree(text: string, report: PlanReport, options: RollbackOptions): Promise<void> {
  const said = options.yes === true || options.maxLost !== undefined;
  if (!said && (!process.stdin.isTTY || options.json === true))
    throw new CliFailure(exitCodes.no, 'nothing was published: a rollback is shown, and agreed to', {
      next: `sallyport rollback ${text} --yes   (or --max-lost ${report.impact.lost.length})`,
    });
  await agreeToPlan(report.impact, `sallyport rollback ${text}`, options);
}

async function commitOf(means: Parameters<typeof readLive>[0], live: Live): Promise<string | null> {
  return (await readPublication(means.store, live.pointer.publication))?.commit ?? null;
}

function printLeftOut(leftOut: readonly string[], text: string, output: Output): void {
  if (leftOut.length === 0) return;
  output.out('was in it, was removed or narrowed since, and stays so:');
  for (const subject of leftOut) {
    const name = subject.slice(subject.indexOf(' ') + 1);
    output.out(
      `  ${printable(subject)}   ${output.faint(`(sallyport rollback ${text} --readmit ${printable(name.includes(' ') ? `"${name}"` : name)})`)}`,
    );
  }
}
