import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type RequestListener } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type AddressInfo, connect, createServer as createTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ca, type Issued } from '../../pki.ts';

/** Found by PATH, and where Debian has it for root only. */
const nginxPath = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  .map((folder) => join(folder, 'nginx'))
  .find((file) => existsSync(file));

export const skipReason =
  nginxPath === undefined
    ? 'no nginx on this machine (apt-get install nginx-light): not held against the real one'
    : undefined;

export interface Asked {
  readonly method: string;
  readonly path: string;
  /** 127.0.0.x */
  readonly address: string;
  readonly certificate?: Issued;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly location?: string;
  readonly body: string;
  /** What the backend got; absent: nothing. */
  readonly forwarded?: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, unknown>>;
  };
}

export interface Bench {
  readonly folder: string;
  readonly backend: string;
  /** The same at another address: told apart by the Host that nginx sends. */
  readonly otherBackend: string;
  /** Where a server of the configuration listens. */
  readonly listen: string;
  /** Runs the configuration; the http block has what nginx needs to run as anybody. */
  start(http: string): Promise<void>;
  ask(asked: Asked, tls?: boolean): Promise<Answer>;
  stop(): Promise<void>;
}

/** One backend, one port, and one nginx at a time, on loopback. */
export async function openBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-nginx-'));
  const got = new Map<string, Answer['forwarded']>();
  const answer: RequestListener = (request, response) => {
    got.set(String(request.headers['x-test-id']), {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
    });
    response.setHeader('x-backend', 'yes');
    response.end('backend');
  };
  const [backend, second] = [createServer(answer), createServer(answer)];
  await new Promise<void>((done) => backend.listen(0, '127.0.0.1', done));
  const { port: backendPort } = backend.address() as AddressInfo;
  await new Promise<void>((done) => second.listen(backendPort, '127.0.0.2', done));
  const port = await freePort();
  const server = ca({ subject: 'Server Root' }).issue({
    subject: 'api.example.com',
    names: [{ dns: 'api.example.com' }],
    purposes: ['1.3.6.1.5.5.7.3.1'],
  });
  writeFileSync(join(folder, 'server.pem'), server.pem);
  writeFileSync(join(folder, 'server.key'), server.keyPem);
  let child: ChildProcess | undefined;
  const end = async () => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = new Promise((done) => running.once('exit', done));
    running.kill('SIGKILL');
    await ended;
  };
  let count = 0;
  return {
    folder,
    backend: `http://127.0.0.1:${backendPort}`,
    otherBackend: `http://127.0.0.2:${backendPort}`,
    listen: `127.0.0.1:${port}`,
    async start(http) {
      await end();
      const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${folder}/${name};`,
      );
      writeFileSync(
        join(folder, 'run.conf'),
        `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
http { access_log off; ${temp.join(' ')}
${http}
}`,
      );
      const started = spawn(nginxPath ?? 'nginx', ['-p', folder, '-c', join(folder, 'run.conf')], { stdio: 'pipe' });
      child = started;
      let said = '';
      started.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      for (let tries = 0; !(await isOpen(port)); tries += 1) {
        if (started.exitCode !== null || tries > 200) throw new Error(`nginx did not start: ${said}\n${http}`);
        await new Promise((done) => setTimeout(done, 15));
      }
    },
    async ask({ method, path, address, certificate, headers }, tls = true) {
      count += 1;
      const id = String(count);
      const shown = await new Promise<Omit<Answer, 'forwarded'>>((done) => {
        const common = {
          host: '127.0.0.1',
          port,
          method,
          path,
          localAddress: address,
          agent: false as const,
          headers: { host: 'api.example.com', 'x-test-id': id, ...headers },
        };
        const made = tls
          ? httpsRequest({
              ...common,
              rejectUnauthorized: false,
              servername: 'api.example.com',
              cert: certificate?.chainPem,
              key: certificate?.keyPem,
            })
          : httpRequest(common);
        made.once('response', (response) => {
          let body = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            body += chunk;
          });
          response.once('close', () =>
            done({ status: response.statusCode ?? 0, location: response.headers.location, body }),
          );
        });
        made.once('error', () => done({ status: 0, body: '' }));
        made.end();
      });
      return { ...shown, forwarded: got.get(id) };
    },
    async stop() {
      await end();
      for (const server of [backend, second]) {
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}

async function freePort(): Promise<number> {
  const server = createTcp();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
