import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { quick, usual } from './measure.ts';
import { type Benchmark, type Row, tableOf } from './report.ts';

/** Each imports what it times only when it runs. */
const benchmarks: Readonly<Record<string, () => Promise<Benchmark>>> = {
  authorizer: async () => (await import('./authorizer.ts')).authorizerBenchmark,
  registry: async () => (await import('./registry.ts')).registryBenchmark,
  certificate: async () => (await import('./certificate.ts')).certificateBenchmark,
  revocation: async () => (await import('./revocation.ts')).revocationBenchmark,
  forwarder: async () => (await import('./forwarder.ts')).forwarderBenchmark,
  'late-answers': async () => (await import('./late-answers.ts')).lateAnswersBenchmark,
  dev: async () => (await import('./dev.ts')).devBenchmark,
  bundle: async () => (await import('./bundle.ts')).bundleBenchmark,
};
const names = Object.keys(benchmarks);

const usage = `npm run bench                     all of them
npm run bench -- NAME…            some: ${names.join(', ')}
npm run bench -- --quick          fewer rounds, under a minute in all
npm run bench -- --json           one JSON document

Prints medians beside their baselines and never judges: exit status 1 means that a benchmark could not run, or that
what it timed gave a wrong answer. 2: wrong usage.
`;

interface Outcome {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  readonly failure?: string;
}

async function main(): Promise<number> {
  const { values, positionals } = argumentsOf();
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) return wrong(`There is no benchmark ${unknown}.`);

  // Within one process a benchmark would inherit the compiled code and the heap of those before it.
  const [only, ...more] = positionals;
  const outcomes =
    only !== undefined && more.length === 0
      ? [await runHere(only, values.quick)]
      : await runEach(positionals.length > 0 ? positionals : names, values);
  if (values.json) {
    const machine = { cores: availableParallelism(), node: process.version };
    process.stdout.write(`${JSON.stringify({ format: 1, ...machine, quick: values.quick, benchmarks: outcomes })}\n`);
  } else if (only !== undefined && more.length === 0) for (const outcome of outcomes) print(outcome);
  return outcomes.some(({ failure }) => failure !== undefined) ? 1 : 0;
}

function argumentsOf() {
  const options = {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  return parseArgs({ options, allowPositionals: true });
}

async function runHere(name: string, isQuick: boolean): Promise<Outcome> {
  let title = name;
  try {
    const benchmark = await benchmarks[name]?.();
    title = benchmark?.title ?? name;
    const rows = (await benchmark?.run({ ...(isQuick ? quick : usual), quick: isQuick })) ?? [];
    return { name, title, rows };
  } catch (error) {
    return { name, title, rows: [], failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function runEach(chosen: readonly string[], { quick, json }: { quick: boolean; json: boolean }) {
  const outcomes: Outcome[] = [];
  for (const name of chosen) {
    const outcome = await runApart(name, quick);
    outcomes.push(outcome);
    if (!json) print(outcome);
  }
  return outcomes;
}

async function runApart(name: string, isQuick: boolean): Promise<Outcome> {
  const flags = ['--json', ...(isQuick ? ['--quick'] : [])];
  const child = spawn(process.execPath, [import.meta.filename, name, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) text += chunk;
  try {
    const [outcome] = (JSON.parse(text) as { benchmarks: Outcome[] }).benchmarks;
    if (outcome !== undefined) return outcome;
  } catch {
    // said below
  }
  return { name, title: name, rows: [], failure: `ended without a result (status ${child.exitCode})` };
}

function print({ name, title, rows, failure }: Outcome): void {
  if (failure === undefined) process.stdout.write(`${tableOf(title, rows)}\n`);
  else process.stderr.write(`${name} failed: ${failure}\n`);
}

function wrong(message: string): number {
  process.stderr.write(`${message}\n\n${usage}`);
  return 2;
}

process.exitCode = await main();
