import type { Command } from 'commander';
import type { FrontConfig } from '../../config/front.ts';
import { parameterNames, parameterPathOf, secretPrefixOf } from '../../core/release/layout.ts';
import { awsOf, openAccountOf } from '../terminal/account.ts';
import { type CommandContext, type CommonOptions, examples } from '../terminal/command.ts';
import { exitCodes, profileIn } from '../terminal/failure.ts';
import { readFrontOf } from '../terminal/files.ts';
import { type Output, printable } from '../terminal/output.ts';
import { type DoctorMeans, examine, type Finding } from './checks.ts';
import { leftovers } from './leftovers.ts';
import { liveClaims } from './live-claims.ts';

interface DoctorOptions extends CommonOptions {
  readonly profile?: string;
  readonly live?: boolean;
  readonly leftovers?: boolean;
}

export function addDoctorCommand(program: Command, { output, end }: CommandContext): Command {
  return program
    .command('doctor')
    .description('Everything that a deploy needs, checked before it, each with the command that mends it.')
    .option('--profile <name>', 'profile of the shared AWS configuration')
    .option('--leftovers', 'what a removed front leaves behind, and how it goes')
    .option('--live', 'what only a real account can show, and how to look')
    .addHelpText(
      'before',
      examples([
        ['sallyport doctor', 'before the first deploy'],
        ['sallyport doctor --leftovers', 'after `cdk destroy`'],
        ['sallyport doctor --live', 'after the first deploy: what to look at'],
      ]),
    )
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<DoctorOptions>();
      if (options.live === true) return printLive(output, options);
      const config = readFrontOf(options.front);
      const aws = awsOf(config);
      const means = await openMeans(config, { region: aws.region, profile: options.profile });
      // `doctor` itself says whose credentials these are; of another account nobody may read that nothing is left.
      if (options.leftovers === true) await openAccountOf(aws, options.profile);
      if (options.leftovers === true) return printLeftovers(await leftovers(means, config, aws), output, options);
      const findings = await examine(means, config, aws);
      printFindings(findings, output, options);
      if (findings.some(({ state }) => state === 'bad')) end(exitCodes.no);
      else if (findings.some(({ state }) => state === 'unknown')) end(exitCodes.undecided);
    });
}

async function openMeans(config: FrontConfig, settings: { readonly region: string; readonly profile?: string }) {
  // Loaded only now: the SDK takes longer to load than most commands to run.
  const [{ readCaller }, { openAccount }, { openSecretsManager }, { openDomainEdge }, { openSsmParameters }, dns] =
    await Promise.all([
      import('../../aws/caller.ts'),
      import('../../aws/account.ts'),
      import('../../aws/secrets.ts'),
      import('../../aws/edge.ts'),
      import('../../aws/ssm-parameters.ts'),
      import('node:dns/promises'),
    ]);
  const parameters = openSsmParameters(config.id, settings);
  return {
    caller: () => readCaller(settings),
    account: openAccount(settings),
    secrets: openSecretsManager(secretPrefixOf(config.id), settings),
    domain: openDomainEdge(config.domain?.name ?? '', settings),
    isDeployed: async () => (await parameters.get([parameterNames.deployed])).size > 0,
    parameters: async () => {
      const names = Object.values(parameterNames);
      return [...(await parameters.get(names)).keys()].map((name) => parameterPathOf(config.id, name));
    },
    dns,
    profile: settings.profile ?? profileIn([]),
    nodeVersion: process.versions.node,
    now: Date.now,
  } satisfies DoctorMeans & Record<string, unknown>;
}

function printFindings(findings: readonly Finding[], output: Output, { json }: DoctorOptions): void {
  if (json === true) {
    output.json({ findings });
    return;
  }
  const marks = { good: output.good('ok'), bad: output.bad('no'), note: '--', unknown: output.bad('??') };
  const width = Math.max(...findings.map(({ check }) => check.length));
  for (const { check, state, found, next } of findings) {
    output.out(`${marks[state]}  ${check.padEnd(width)}  ${printable(found)}`);
    if (next !== undefined) output.out(`    ${' '.repeat(width)}→ ${printable(next)}`);
  }
  const bad = findings.filter(({ state }) => state === 'bad').length;
  const unknown = findings.filter(({ state }) => state === 'unknown').length;
  // Unknown is not good: nothing is promised while anything was not looked at.
  if (unknown > 0)
    output.out(`${unknown} could not be looked at${bad === 0 ? '' : `, ${bad} to mend`}: no word yet on a deploy`);
  else output.out(bad === 0 ? 'nothing stands in the way: npx cdk deploy --all' : `${bad} to mend before a deploy`);
}

function printLive(output: Output, { json }: DoctorOptions): void {
  if (json === true) {
    output.json({ claims: liveClaims });
    return;
  }
  output.out('Nobody has seen these in a live account yet. Each fails closed if it is wrong.');
  for (const { claim, how, otherwise, status } of liveClaims) {
    output.out('');
    output.out(`${output.strong(claim)}   ${status}`);
    output.out(`  look:  ${how}`);
    output.out(`  else:  ${otherwise}`);
  }
}

function printLeftovers(found: Awaited<ReturnType<typeof leftovers>>, output: Output, { json }: DoctorOptions): void {
  if (json === true) {
    output.json({ leftovers: found });
    return;
  }
  output.out(
    'What `npx cdk destroy --all` keeps on purpose. Each goes with its command, when nobody needs it any more:',
  );
  for (const { what, why, found: there, command } of found) {
    output.out('');
    output.out(
      `${output.strong(what)}   ${there === undefined ? 'not looked for' : there.length === 0 ? 'none' : there.map((each) => printable(each)).join(', ')}`,
    );
    output.out(`  kept because ${why}`);
    output.out(`  ${command}`);
  }
}
