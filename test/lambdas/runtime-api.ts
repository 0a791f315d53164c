import { spawn } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** One sandbox of a function: a process that fetches its events from a Runtime API of ours. */
export interface Sandbox {
  /** The result; rejects with the function's own error message. */
  invoke(event: unknown): Promise<unknown>;
  /** Complete lines the function wrote. */
  lines(): readonly string[];
  close(): Promise<void>;
}

interface Waiting {
  readonly event: string;
  readonly settle: (failed: boolean, body: string) => void;
}

/** Starts a sandbox around a bundle. `environment` is all that the function sees of this machine's. */
export async function startSandbox(bundle: string, environment: Readonly<Record<string, string>>): Promise<Sandbox> {
  const queue: Waiting[] = [];
  const running = new Map<string, Waiting>();
  let idle: ServerResponse | undefined;
  let initError: string | undefined;
  let count = 0;

  const hand = () => {
    const next = idle === undefined ? undefined : queue.shift();
    if (next === undefined || idle === undefined) return;
    count += 1;
    running.set(String(count), next);
    idle.setHeader('Lambda-Runtime-Aws-Request-Id', String(count));
    idle.setHeader('Lambda-Runtime-Deadline-Ms', String(Date.now() + 29_000));
    idle.end(next.event);
    idle = undefined;
  };
  const server = createServer(async (request, response) => {
    const [, id = '', what = ''] = /\/runtime\/(?:invocation\/)?(\w+)\/?(\w*)$/.exec(request.url ?? '') ?? [];
    if (id === 'next') {
      idle = response;
      return hand();
    }
    let body = '';
    for await (const chunk of request) body += String(chunk);
    response.writeHead(202).end();
    if (id === 'init') initError = body;
    else running.get(id)?.settle(what === 'error', body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const api = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  const node = resolve(root, 'node_modules/.bin/node');
  const child = spawn(node, ['--no-warnings', resolve(import.meta.dirname, 'bootstrap.ts'), bundle], {
    env: { ...environment, AWS_LAMBDA_RUNTIME_API: api },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  const exited = new Promise<void>((done) => child.on('close', () => done()));
  const died = exited.then(() => Promise.reject(new Error(initError ?? 'the sandbox ended')));
  died.catch(() => {});

  const answer = (event: unknown) =>
    new Promise<unknown>((done, fail) => {
      const settle = (failed: boolean, body: string) =>
        failed ? fail(new Error(JSON.parse(body).errorMessage)) : done(JSON.parse(body));
      queue.push({ event: JSON.stringify(event), settle });
      hand();
    });
  return {
    invoke: (event) => Promise.race([answer(event), died]),
    lines: () => output.split('\n').slice(0, -1),
    close: async () => {
      child.kill();
      await exited;
      server.closeAllConnections();
      server.close();
    },
  };
}
