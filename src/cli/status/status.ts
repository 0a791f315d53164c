import type { Command } from 'commander';
import { compileRelease } from '../../core/release/compile.ts';
import { describePublication } from '../../publish/publication.ts';
import { differsLine, readStatus, type Status } from '../../publish/status.ts';
import { openPlace, type PlaceOptions, sourceOf, withPlaceOptions } from '../publish/release-place.ts';
import { type CommandContext, examples } from '../terminal/command.ts';
import { exitCodes, wrongUsage } from '../terminal/failure.ts';
import { readFrontOf } from '../terminal/files.ts';
import { type Output, printable } from '../terminal/output.ts';
import { count } from '../terminal/words.ts';
import { blockedInFiles, printBlockedInFiles } from './blocked-in-files.ts';
import { type DeployedFacts, deployedFacts, printDeployed } from './deployed.ts';
import { printChanges } from './print-changes.ts';
import { runRestoreFloors } from './restore-floors.ts';

interface StatusOptions extends PlaceOptions {
  readonly exitCode?: boolean;
  readonly restoreFloors?: boolean;
  readonly yes?: boolean;
}

export function addStatusCommand(program: Command, context: CommandContext): Command {
  const { output, end } = context;
  return withPlaceOptions(
    program
      .command('status')
      .description(
        'What is live and what is deployed, and whether files, domain and parameters agree with it. Changes nothing.',
      )
      .option('--exit-code', '1 unless files, domain and parameters are as the live release says')
      .option(
        '--restore-floors',
        'set floors that are missing, to the highest sequence that was published; shown first',
      )
      .option('--yes', 'with --restore-floors: write without asking'),
  )
    .addHelpText(
      'before',
      examples([
        ['sallyport status', 'the front of sallyport.yaml'],
        ['sallyport status --exit-code', 'for a script: 0 only when your files are live and nothing differs'],
        ['sallyport status --store releases', 'what is in a folder'],
        ['sallyport status --restore-floors', 'after the parameters of a front were deleted'],
      ]),
    )
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<StatusOptions>();
      if (options.yes === true && options.restoreFloors !== true)
        wrongUsage('--yes goes with --restore-floors', 'sallyport status --restore-floors --yes');
      const config = readFrontOf(options.front);
      const place = await openPlace(config, options);
      if (options.restoreFloors === true) return runRestoreFloors(place, options, context);
      const source = sourceOf(config);
      // Only compared: what may not be published is `publish`'s to say.
      const release = compileRelease(source, { allowSample: true, allowEmpty: true });
      const { deployed } = place;
      const beside = deployed === 'not-checked' ? undefined : deployed;
      const status = await readStatus(place.means, { release, document: source.document }, beside);
      const facts = beside && (await deployedFacts(beside, config, options.front));
      if (options.exitCode === true && !isSettled(status)) end(exitCodes.no);
      const blocked = status === undefined ? [] : await blockedInFiles(place, source.document, Date.now());
      if (options.json === true) output.json({ ...documentOf(status), blocked, deployed: facts ?? null });
      else {
        print(status, output, facts);
        printBlockedInFiles(blocked, output);
      }
    });
}

/** Live as the files say, at the edge too, with nothing begun and unfinished. */
const isSettled = (status: Status | undefined): boolean =>
  status?.same === true && status.underWay === undefined && status.drift.length === 0;

function documentOf(status: Status | undefined): Record<string, unknown> {
  if (status === undefined) return { live: null };
  const { pointer, publication, underWay, plan, same, drift, counts, edge } = status;
  return {
    live: { ...pointer, ...counts },
    publication,
    underWay,
    same,
    changes: plan?.changes,
    drift,
    warnings: edge?.warnings ?? [],
  };
}

function print(status: Status | undefined, output: Output, deployed: DeployedFacts | undefined): void {
  if (status === undefined) {
    output.out(
      'nothing is published yet: the first release comes with the first deployment, or with `sallyport publish --store DIR`',
    );
    return;
  }
  const { pointer, counts, publication, underWay, edge, drift, same } = status;
  output.out(`live: release ${pointer.release.slice(0, 12)}, sequence ${pointer.sequence}`);
  output.out(
    `  ${count(counts.clients, 'client')}, ${count(counts.authorities, 'authority')}, ${count(counts.routes, 'route')}, ${count(counts.certificates, 'certificate')} in the truststore`,
  );
  if (publication !== undefined) output.out(`  ${printable(describePublication(publication))}`);
  if (deployed !== undefined) printDeployed(deployed, output);
  if (underWay !== undefined) output.out(output.bad(`not done: ${printable(describePublication(underWay))}`));
  for (const line of drift) output.out(output.bad(`differs: ${printable(line)}`));
  for (const warning of edge?.warnings ?? []) output.out(`AWS warns: ${printable(warning)}`);
  const changes = status.plan?.changes ?? [];
  printChanges(changes, output);
  if (underWay !== undefined)
    output.out('a publication is under way: what it takes away is gone, what it brings is not there yet');
  output.out(same === true && underWay === undefined ? 'your files are live' : differsLine);
}
