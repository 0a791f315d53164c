import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export interface Swift {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly log: string;
  close(): Promise<void>;
}

/** OpenStack Swift with its S3 API on loopback: a second implementation of S3, by other people. */
export async function openSwift(python: string, folder: string): Promise<Swift> {
  mkdirSync(folder, { recursive: true });
  const log = join(folder, 'swift.log');
  const child = spawn(python, [join(import.meta.dirname, '../swift/servers.py'), folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: `${dirname(python)}:/usr/bin:/bin`,
      HOME: folder,
      TMPDIR: folder,
      LANG: 'C.UTF-8',
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  child.stderr.pipe(createWriteStream(log), { end: false });
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const port = await Promise.race([
    new Promise<string>((done) => child.stdout.setEncoding('utf8').once('data', (text: string) => done(text.trim()))),
    exited.then(() => ''),
    wait(60_000, ''),
  ]);
  const close = async (): Promise<void> => {
    // It ends its four servers itself.
    child.kill('SIGTERM');
    await Promise.race([exited, wait(5_000)]);
  };
  if (!/^\d+$/.test(port)) {
    await close();
    throw new Error(`Swift does not start; its log: ${log}`);
  }
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test:tester', secretAccessKey: 'testing' },
    log,
    close,
  };
}
