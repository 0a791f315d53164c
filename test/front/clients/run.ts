import { spawn, spawnSync } from 'node:child_process';

export interface Ran {
  readonly output: string;
  readonly errors: string;
}

/** What machines preset for their own proxies and CAs would decide in the place of what a test says. */
const misleading = /CERT|CA_BUNDLE|CAINFO|SSL|PROXY|^NODE_|^JAVA_|^JDK_/i;

export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => !misleading.test(name));
  return { ...(Object.fromEntries(entries) as Record<string, string>), ...extra };
}

/** Runs a program to its end, or to the end of its time: then it and its children are killed. */
export function run(
  command: string,
  programArguments: readonly string[],
  options: { readonly input?: string; readonly environment?: Record<string, string>; readonly seconds?: number } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, programArguments, { env: options.environment ?? cleanEnvironment(), detached: true });
    const timer = setTimeout(
      () => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'),
      (options.seconds ?? 20) * 1000,
    );
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.input);
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      resolve({ output, errors });
    });
  });
}

/** Whether the command runs and says yes. */
export function works(command: string, ...programArguments: string[]): boolean {
  return spawnSync(command, programArguments, { env: cleanEnvironment(), timeout: 20_000 }).status === 0;
}
