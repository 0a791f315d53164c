import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** The CLI as the package has it, made before the first test: it starts in half the time of the sources. */
export const program = resolve(import.meta.dirname, '../../node_modules/.cache/sallyport-tests/cli/sallyport.js');

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the CLI as a user does: a process of its own, no terminal. */
export function sallyport(
  args: readonly string[],
  cwd: string,
  more: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<Run> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd,
      env: { NODE_COMPILE_CACHE: resolve(program, '../../compiled'), ...process.env, ...more.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // It may end before it has read.
    child.stdin.on('error', () => {});
    child.stdin.end(more.input);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.once('error', failed);
    child.once('close', (code) =>
      done({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
    );
  });
}
