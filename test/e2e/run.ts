import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { endChildren } from './machine/child.ts';
import { NotPossible, openVirtualEnvironment } from './machine/python.ts';
import { firstDeployment } from './scenario/first-deployment.ts';
import { partners } from './scenario/partners.ts';
import { openSteps } from './steps.ts';
import { lastLines } from './world/logs.ts';
import { openWorld, type World } from './world/world.ts';

/**
 * A front really deployed, called, changed and destroyed, on an AWS emulator on this machine: docs/emulator.md says what
 * that shows and what not. Exit codes: 0 all steps passed, 1 one did not, 77 not possible on this machine.
 */
const { values } = parseArgs({
  options: { 'no-cfn-lint': { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
});
const home = resolve('.sallyport/e2e');
const emulatorPackages = ['ministack==1.5.33', 'cryptography==46.0.3'];
const write = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const steps = openSteps(write);
  mkdirSync(home, { recursive: true });
  // Outside of the project: functions run there, and a package.json above them would say how their files are read.
  const scratch = mkdtempSync(join(tmpdir(), 'sallyport-e2e-'));
  let world: World | undefined;
  try {
    const python = await steps.step('emulator from its package registry', () =>
      openVirtualEnvironment(join(home, 'venv'), emulatorPackages),
    );
    world = await steps.step('emulator started, with TLS and IAM', () => openWorld(steps, python, scratch));
    await firstDeployment(world);
    await partners(world);
    write(`${steps.count} steps passed in ${steps.seconds.toFixed(0)} s`);
    return 0;
  } catch (error) {
    if (error instanceof NotPossible) {
      write(`skipped: ${error.message}`);
      return 77;
    }
    write(error instanceof Error ? (error.stack ?? error.message) : String(error));
    if (world !== undefined)
      write(`${await lastLines(world.aws)}\nthe emulator's log (with --keep): ${world.emulator.log}`);
    return 1;
  } finally {
    endChildren();
    await world?.close();
    if (!values.keep) rmSync(scratch, { recursive: true, force: true });
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endChildren();
    process.exitCode = 130;
  });
}
process.exitCode = await main();
