import { type ChildProcess, spawn } from 'node:child_process';

export interface ChildResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order of arrival. */
  readonly all: string;
}

export interface ChildOptions {
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMilliseconds?: number;
  /** What it reads from its standard input. */
  readonly input?: string;
}

const running = new Set<ChildProcess>();

/** Runs a program to its end; never throws for what it answers. */
export async function run(program: string, args: readonly string[], options: ChildOptions): Promise<ChildResult> {
  const { cwd, env, timeoutMilliseconds = 240_000, input = '' } = options;
  const child = spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], timeout: timeoutMilliseconds });
  running.add(child);
  const text = { stdout: '', stderr: '', all: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
      text.all += chunk;
    });
  }
  child.stdin.on('error', () => {}).end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      running.delete(child);
      resolve({ status: status ?? -1, ...text });
    });
  });
}

/** Ends what is still running, each by its own id, and waits until it has. */
export async function endChildren(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const ended = new Promise((done) => child.once('close', done));
      child.kill('SIGTERM');
      await ended;
    }),
  );
}

/** Names that would send a child through a proxy, to other CAs, or to somebody's account. */
const unwanted =
  /^(?:AWS_|CDK_|NODE_|npm_|(?:https?|all|no|ftp)_proxy$|CI$|.*_CA_(?:BUNDLE|CERTS).*|SSL_CERT_|REQUESTS_)/i;

/** Our environment without them: whatever a child may reach is said in `more`. */
export function cleanEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !unwanted.test(name));
  return { ...Object.fromEntries(kept), ...more };
}
