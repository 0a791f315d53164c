import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import type { Command } from 'commander';
import { nodeReleaseOf } from '../../core/node-release.ts';
import { formatProblem, ProblemError } from '../../core/problem.ts';
import { readSecretFile, secretFile, secretFilePath } from '../../forward/secret-file.ts';
import { runDemoCalls } from '../../local/demo/calls.ts';
import { demoServerName } from '../../local/demo/connections.ts';
import type { DemoCall } from '../../local/demo/demo-call.ts';
import { planDemoCalls } from '../../local/demo/plan.ts';
import { callableAddress, type Dev, type DevEvent, openDev } from '../../local/dev/dev.ts';
import { type CommandContext, type CommonOptions, examples } from '../terminal/command.ts';
import { cannotDecide, exitCodes, systemCodeOf, wrongUsage } from '../terminal/failure.ts';
import { frontRefused } from '../terminal/files.ts';
import { type Output, printable } from '../terminal/output.ts';
import { curlLines } from './curl.ts';
import { type Observer, openObserver } from './events.ts';
import { describeFront, documentOf, lineOf, summarise } from './report.ts';

interface DevCommandOptions extends CommonOptions {
  readonly port: string;
  readonly listen: string;
  readonly once?: boolean;
  readonly realBackends?: boolean;
  readonly secrets?: string;
  readonly calls: boolean;
}

export function addDevCommand(program: Command, context: CommandContext): Command {
  return program
    .command('dev')
    .description('Run the front on this machine: made-up certificates, a demo backend, the same code as on AWS.')
    .option('--port <port>', 'port to listen on', '8443')
    .option('--listen <address>', 'address to listen on', '127.0.0.1')
    .option('--once', 'make the demonstration calls and stop: exit 0 only if each went as expected')
    .option('--no-calls', 'make no calls of its own, only stay up')
    .option('--real-backends', 'send requests to the real backends (then no demonstration calls are made)')
    .option('--secrets <file>', 'with --real-backends: JSON file of secrets, mode 0600, outside the repository')
    .addHelpText(
      'before',
      examples([
        ['sallyport dev', 'show what is allowed and refused, then stay up'],
        ['sallyport dev --once --json', 'the same for a script: one JSON object a call, then stop'],
        ['sallyport dev --port 9443 --no-calls', 'only stay up, elsewhere'],
        ['sallyport dev --real-backends', 'with the connections as written'],
      ]),
    )
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<DevCommandOptions>();
      await runDev(options, context);
    });
}

async function runDev(options: DevCommandOptions, { output, end }: CommandContext): Promise<void> {
  const { listen, port } = parseListen(options);
  const release = nodeReleaseOf(process.versions.node);
  if (release.state === 'holes') cannotDecide(`${release.why}: no listener is opened on it`, release.remedy);
  if (release.state === 'leaks') output.err(output.bad(`${release.why}: not for long`));
  const stop = new AbortController();
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        stop.abort();
        resolve(signal);
      });
    }
  });
  const observed = openObserver(options, output);
  const dev = await open(options, { listen, port }, observed.observe);
  try {
    describeFront(dev, options, output);
    if (options.realBackends === true) describeSecrets(secretsPathOf(options, dev.config().id), output);
    const shown =
      options.calls && options.realBackends !== true
        ? await demonstrate(dev, options, observed, output, stop.signal)
        : { surprises: 0, calls: [] };
    if (options.once === true) {
      end(stop.signal.aborted ? exitCodes.interrupted : shown.surprises === 0 ? exitCodes.done : exitCodes.no);
      return;
    }
    if (!stop.signal.aborted) {
      for (const line of curlLines(dev, options, shown.calls)) output.err(line);
      observed.live();
      output.err(`\n${output.strong('Up')}, reloading whenever the files change. Ctrl-C stops it.`);
    }
    end((await stopped) === 'SIGINT' ? exitCodes.interrupted : exitCodes.done);
  } finally {
    await dev.close();
  }
}

function parseListen(options: DevCommandOptions): { listen: string; port: number } {
  const port = /^\d{1,5}$/.test(options.port) ? Number(options.port) : Number.NaN;
  if (!(port <= 65_535))
    wrongUsage(`--port ${printable(options.port)} is not a port`, '--port 8443   (0: any free one)');
  if (options.secrets !== undefined && options.realBackends !== true) {
    wrongUsage(
      '--secrets is for --real-backends: the demo backend gets made-up ones',
      'sallyport dev --real-backends --secrets FILE',
    );
  }
  if (options.once === true && (!options.calls || options.realBackends === true)) {
    const other = options.calls ? '--real-backends' : '--no-calls';
    wrongUsage(`--once makes the demonstration calls, which ${other} switches off`, 'sallyport dev --once');
  }
  return { listen: options.listen, port };
}

async function open(
  options: DevCommandOptions,
  where: { listen: string; port: number },
  observe: (event: DevEvent) => void,
): Promise<Dev> {
  const realSecrets = (frontId: string) => secretFile(secretsPathOf(options, frontId));
  try {
    return await openDev({
      folder: options.front,
      ...where,
      ...(options.realBackends === true ? { realSecrets } : {}),
      now: Date.now,
      random: randomBytes,
      observe,
    });
  } catch (error) {
    if (error instanceof ProblemError) return frontRefused(options.front, error.problems);
    const code = systemCodeOf(error);
    if (code === 'EADDRINUSE') {
      return cannotDecide(
        `port ${where.port} is taken, perhaps by another \`sallyport dev\``,
        `sallyport dev --port ${where.port === 65_535 ? 8443 : where.port + 1}   (npm start -- --port …)`,
        { cause: error },
      );
    }
    if (code === 'EADDRNOTAVAIL' || code === 'EACCES' || code === 'ENOTFOUND') {
      return cannotDecide(
        `cannot listen on ${where.listen}:${where.port} (${code})`,
        '--listen 127.0.0.1 --port 8443',
        { cause: error },
      );
    }
    throw error;
  }
}

function secretsPathOf(options: DevCommandOptions, frontId: string): string {
  return options.secrets ?? secretFilePath(homedir(), frontId);
}

/** Said at the start, because a request could only say 502. */
function describeSecrets(path: string, output: Output): void {
  try {
    readSecretFile(path);
    output.err(`secrets from ${path}`);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    output.err(output.bad('no secrets: requests to connections that need one will be answered 502'));
    for (const problem of error.problems) output.err(`  ${formatProblem(problem)}`);
  }
}

async function demonstrate(
  dev: Dev,
  options: DevCommandOptions,
  observed: Observer,
  output: Output,
  signal: AbortSignal,
): Promise<{ surprises: number; calls: readonly DemoCall[] }> {
  const plan = await planDemoCalls({
    twins: dev.twins(),
    registry: dev.registry(),
    overlay: dev.overlay(),
    now: Date.now(),
    manyAddresses: dev.backends.egressAddress !== undefined,
  });
  const calls = plan.calls.filter(({ direct }) => direct === undefined || dev.backends.egressAddress !== undefined);
  const notShown =
    calls.length === plan.calls.length
      ? plan.notShown
      : [...plan.notShown, 'a direct call to the backend: needs a second loopback address'];
  const [connection] = dev.config().connections.keys();
  const outcomes = await runDemoCalls(
    calls,
    {
      domain: dev.domain(),
      address: callableAddress(options.listen),
      port: dev.port,
      serverAuthorityPem: dev.serverAuthority.pem,
      backend: {
        address: '127.0.0.1',
        port: dev.backends.demo?.port ?? 0,
        serverName: demoServerName(connection ?? 'none'),
      },
      takeExchanges: observed.takeExchanges,
      decisionOf: dev.decisionOf,
      block: dev.block,
      signal,
    },
    (outcome) => {
      if (options.json === true) output.json(documentOf(outcome));
      else output.out(lineOf(outcome, output));
    },
  );
  const surprises = outcomes.filter(({ asExpected }) => !asExpected).length;
  summarise(outcomes, surprises, notShown, options.json === true ? { ...output, out: output.err } : output);
  return { surprises, calls };
}
