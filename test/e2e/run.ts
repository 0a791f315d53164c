import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { parseArgs } from 'node:util';
import { lintTemplates } from './machine/cfn-lint.ts';
import { cleanEnvironment, endChildren, run } from './machine/child.ts';
import { openVirtualEnvironment } from './machine/python.ts';
import { deployOfOldFiles, eventsOfTheCustomResource, rolledBackDeploy, unrelatedDeploy } from './scenario/deploys.ts';
import { destruction } from './scenario/destruction.ts';
import { firstDeployment } from './scenario/first-deployment.ts';
import { guest } from './scenario/guest.ts';
import { partners } from './scenario/partners.ts';
import { addition, removal } from './scenario/publications.ts';
import { policiesForPeople, rolesOfTheFunctions } from './scenario/roles.ts';
import { firstStore, secondStore } from './scenario/stores.ts';
import { expect, NotPossible, openSteps } from './steps.ts';
import { lastLines } from './world/logs.ts';
import { openWorld, type World } from './world/world.ts';

/**
 * A front really deployed, called, changed and destroyed, on an AWS emulator on this machine: docs/emulator.md says what
 * that shows and what not. Exit codes: 0 all steps passed, 1 one did not, 77 not possible on this machine.
 *
 *     node test/e2e/run.ts [--no-cfn-lint] [--keep]
 */
const { values } = parseArgs({
  options: { 'no-cfn-lint': { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
});
const home = resolve('.sallyport/e2e');
// Outside of the project: functions run there, and a package.json above them would say how their files are read.
const scratch = mkdtempSync(join(tmpdir(), 'sallyport-e2e-'));
const emulatorPackages = ['ministack==1.5.33', 'cryptography==46.0.3'];
const write = (line: string): void => void process.stdout.write(`${line}\n`);
const steps = openSteps(write);
let world: World | undefined;

async function main(): Promise<void> {
  mkdirSync(home, { recursive: true });
  const python = await steps.step('the emulator, from its package registry', () =>
    openVirtualEnvironment(join(home, 'venv'), emulatorPackages),
  );
  await steps.step('npm run build', async () => {
    const { status, all } = await run(process.execPath, ['bin/bundle.ts'], { env: cleanEnvironment() });
    expect(status === 0, 'the functions are bundled', all);
  });
  const opened = await steps.step('the emulator started, with TLS and IAM', () => openWorld(steps, python, scratch));
  world = opened;
  await steps.step('cdk bootstrap', () => opened.operator.bootstrap());
  // The three stacks and somebody else's one know nothing of each other.
  await Promise.all([lifeOfAFront(opened), guest(opened), stores(opened)]);
  await rolesOfTheFunctions(opened);
  await policiesForPeople(opened);
  await Promise.all([destruction(opened), values['no-cfn-lint'] ? undefined : unlessImpossible(() => lint(opened))]);
}

async function lifeOfAFront(opened: World): Promise<void> {
  await firstDeployment(opened);
  await partners(opened);
  await addition(opened);
  await unrelatedDeploy(opened);
  await removal(opened);
  await rolledBackDeploy(opened);
  await deployOfOldFiles(opened);
  await eventsOfTheCustomResource(opened);
}

/** A part that needs a package of its own does not take the rest with it. */
async function unlessImpossible(part: () => Promise<void>): Promise<void> {
  try {
    await part();
  } catch (error) {
    if (!(error instanceof NotPossible)) throw error;
    steps.note(`skipped: ${error.message}`);
  }
}

async function stores({ emulator, guest: { folder } }: World): Promise<void> {
  setDefaultCACertificates([...getCACertificates('default'), emulator.authority]);
  await firstStore(steps, emulator);
  await unlessImpossible(async () => {
    const python = await steps.step('OpenStack Swift, from its package registry', () =>
      openVirtualEnvironment(join(home, 'venv-swift'), ['swift==2.38.3']),
    );
    await secondStore(steps, python, scratch, folder);
  });
}

async function lint({ front, guest: other }: World): Promise<void> {
  await steps.step('cfn-lint: every finding is an accepted one', async () => {
    const found = await lintTemplates(
      home,
      [front, other].map(({ id }) => join(scratch, `cdk.out-${id}`)),
    );
    expect(found.templates === 4, 'four templates', found.templates);
    expect(found.open.length === 0, 'no finding but accepted ones', found.open.map(({ text }) => text).join('\n'));
  });
}

async function close(): Promise<void> {
  await endChildren();
  await world?.close();
  world = undefined;
  if (!values.keep) rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void close().finally(() => process.exit(130)));

try {
  await main();
  write(`${steps.count} steps passed in ${steps.seconds.toFixed(0)} s`);
} catch (error) {
  if (error instanceof NotPossible) {
    write(`skipped: ${error.message}`);
    process.exitCode = 77;
  } else {
    write(error instanceof Error ? (error.stack ?? error.message) : String(error));
    if (world !== undefined)
      write(`${await lastLines(world.aws)}\nthe emulator's log (with --keep): ${world.emulator.log}`);
    process.exitCode = 1;
  }
} finally {
  await close();
}
