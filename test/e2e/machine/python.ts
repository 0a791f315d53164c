import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NotPossible } from '../steps.ts';
import { run } from './child.ts';

const candidates = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
const oldest = [3, 10] as const;

/**
 * A virtual environment under `folder` with these packages (`name==version`), made once and kept. Only here a package
 * registry is asked, with pip's own configuration: proxies and CAs of this machine count.
 *
 * @throws NotPossible without Python 3.10, venv or pip, or without a way to the registry
 */
export async function openVirtualEnvironment(folder: string, packages: readonly string[]): Promise<string> {
  const python = join(folder, 'bin/python');
  const marker = packages.join(' ');
  const installed = `import sys, pathlib; f = pathlib.Path(sys.prefix, 'installed'); sys.exit(not f.exists() or f.read_text() != ${JSON.stringify(marker)})`;
  const env = process.env;
  if (existsSync(python) && (await run(python, ['-c', installed], { env })).status === 0) return python;
  const host = await findPython();
  const made = await run(host, ['-m', 'venv', '--clear', folder], { env });
  if (made.status !== 0) throw new NotPossible(`${host} cannot make a virtual environment: ${lastLine(made.all)}`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
  const got = await run(python, pip, { env, cwd: folder });
  if (got.status !== 0) throw new NotPossible(`pip cannot install ${marker}: ${lastLine(got.all)}`);
  await run(
    python,
    ['-c', `import sys, pathlib; pathlib.Path(sys.prefix, 'installed').write_text(${JSON.stringify(marker)})`],
    { env },
  );
  return python;
}

async function findPython(): Promise<string> {
  const [major, minor] = oldest;
  for (const name of candidates) {
    const check = `import sys, venv, ensurepip; sys.exit(sys.version_info < (${major}, ${minor}))`;
    const found = await run(name, ['-c', check], { env: process.env }).catch(() => undefined);
    if (found?.status === 0) return name;
  }
  throw new NotPossible(
    `the emulator needs Python ${major}.${minor} or newer with venv and pip: apt-get install python3-venv`,
  );
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
