import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ca } from '../../pki.ts';
import { cleanEnvironment } from './child.ts';

export const account = '000000000000';
export const region = 'eu-north-1';

export interface Emulator {
  readonly endpoint: string;
  readonly port: number;
  /** PEM: the only CA of this server. */
  readonly authority: string;
  /** For the SDKs and the CDK: this server as every service, the account's root as caller, and nothing else of this machine. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: string;
  close(): Promise<void>;
}

/** MiniStack with our patches, with TLS and IAM enforcement, on a free port of 127.0.0.1. */
export async function openEmulator(python: string, scratch: string): Promise<Emulator> {
  const files = {
    authority: join(scratch, 'emulator.pem'),
    certificate: join(scratch, 'server.pem'),
    key: join(scratch, 'server.key'),
  };
  const temporary = join(scratch, 'tmp');
  mkdirSync(temporary, { recursive: true });
  // Functions look for @aws-sdk/* above their code, as they find it on AWS.
  rmSync(join(temporary, 'node_modules'), { force: true });
  symlinkSync(resolve('node_modules'), join(temporary, 'node_modules'));
  const root = ca({ subject: 'Emulator Root' });
  const server = root.issue({
    subject: '127.0.0.1',
    names: [{ ip: new Uint8Array([127, 0, 0, 1]) }],
    purposes: ['serverAuth'],
  });
  writeFileSync(files.authority, root.pem);
  writeFileSync(files.certificate, server.pem + root.pem);
  writeFileSync(files.key, server.keyPem, { mode: 0o600 });

  const port = await freePort();
  const log = join(scratch, 'emulator.log');
  const child = spawn(python, [join(import.meta.dirname, '../emulator/main.py')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Nothing of ours: functions inherit what the server has.
    env: {
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      HOME: scratch,
      TMPDIR: temporary,
      LANG: 'C.UTF-8',
      PYTHONDONTWRITEBYTECODE: '1',
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_HOST: '127.0.0.1',
      MINISTACK_REGION: region,
      MINISTACK_ACCOUNT_ID: account,
      LAMBDA_EXECUTOR: 'local',
      LAMBDA_ACCOUNT_CONCURRENCY: '10',
      IOT_MTLS_ENABLED: '0',
      AUTH: 'true',
      USE_SSL: '1',
      MINISTACK_SSL_CERT: files.certificate,
      MINISTACK_SSL_KEY: files.key,
      NODE_EXTRA_CA_CERTS: files.authority,
    },
  });
  const output = createWriteStream(log);
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  const endpoint = `https://127.0.0.1:${port}`;
  const close = () => end(child);
  try {
    await healthy(endpoint, root.pem, child, log);
  } catch (error) {
    await close();
    throw error;
  }
  return { endpoint, port, authority: root.pem, environment: clientEnvironment(endpoint, files.authority), log, close };
}

function clientEnvironment(endpoint: string, authority: string): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_CA_BUNDLE: authority,
    NODE_EXTRA_CA_CERTS: authority,
    CDK_DISABLE_CLI_TELEMETRY: '1',
    NO_COLOR: '1',
    CI: 'true',
  };
}

async function healthy(endpoint: string, authority: string, child: ChildProcess, log: string): Promise<void> {
  for (let attempt = 0; attempt < 1200; attempt += 1) {
    if (child.exitCode !== null) break;
    const status = await new Promise<number>((done) => {
      const request = get(`${endpoint}/_ministack/health`, { ca: authority, agent: false }, (response) => {
        response.resume();
        done(response.statusCode ?? 0);
      });
      request.on('error', () => done(0));
    });
    if (status === 200) return;
    await wait(50);
  }
  throw new Error(`the emulator does not start:\n${readFileSync(log, 'utf8').split('\n').slice(-20).join('\n')}`);
}

/** Its functions are its own children: it ends them when it is asked to end. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await Promise.race([ended, wait(5_000)]);
  child.kill('SIGKILL');
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** What a command of ours or of the CDK runs with. */
export const operatorEnvironment = (
  emulator: Emulator,
  more: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv => cleanEnvironment({ ...emulator.environment, ...more });
