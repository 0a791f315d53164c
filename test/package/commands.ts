import { execFileSync } from 'node:child_process';
import { delimiter, dirname } from 'node:path';

/** All steps together, downloads included: under two minutes with two cores to itself, five times that on a busy machine. */
const limitMilliseconds = 570_000;
const started = Date.now();

/** As a user's shell has it: this Node first, nothing of the npm script that started us, no credentials, no colours. */
const environment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(npm_(package|lifecycle|command|node_execpath|execpath|config_local_prefix)|INIT_CWD|AWS_|CDK_)/.test(name),
    ),
  ),
  PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
  AWS_EC2_METADATA_DISABLED: 'true',
  NO_COLOR: '1',
  CI: 'true',
};

/** Runs a command in a folder and gives what it wrote to stdout; with another status than expected it throws all output. */
export function run(folder: string, command: readonly string[], status = 0): string {
  const [file = '', ...args] = command;
  const result = attempt(folder, file, args);
  if (result.status === status) return result.out;
  throw new Error(`${command.join(' ')}\nended with ${result.status}, not ${status}:\n${result.out}\n${result.err}`);
}

/** The same, for a command that must fail with a text; gives both streams. */
export function refused(folder: string, command: readonly string[]): string {
  const [file = '', ...args] = command;
  const result = attempt(folder, file, args);
  if (result.status === 0) throw new Error(`${command.join(' ')}\nshould have been refused:\n${result.out}`);
  return `${result.out}${result.err}`;
}

function attempt(folder: string, file: string, args: readonly string[]) {
  const timeout = started + limitMilliseconds - Date.now();
  const late = () =>
    new Error(`${file} ${args.join(' ')}\nnot done within ${limitMilliseconds / 1000} s for all steps`);
  if (timeout <= 0) throw late();
  try {
    const out = execFileSync(file, args, {
      cwd: folder,
      env: environment,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
      timeout,
    });
    return { status: 0, out, err: '' };
  } catch (error) {
    const { code, status, stdout, stderr } = error as {
      readonly code?: string;
      readonly status?: number | null;
      readonly stdout?: string;
      readonly stderr?: string;
    };
    // npm ends with 1 when it is ended: that is the time, not npm.
    if (code === 'ETIMEDOUT') throw late();
    if (stdout === undefined) throw error;
    return { status, out: stdout, err: stderr ?? '' };
  }
}

/** One line a step: what holds now, and how long it took. The first that does not hold ends the run. */
export function step(what: string, check: () => string | undefined): void {
  const from = Date.now();
  const detail = check();
  const seconds = ((Date.now() - from) / 1000).toFixed(1).padStart(5);
  console.log(`ok ${seconds} s  ${what}${detail === undefined ? '' : `: ${detail}`}`);
}
