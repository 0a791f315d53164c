import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'undici';

/** Keep-alive requests over some connections for a while; answers per second, every one of them a 200. */
export interface Load {
  readonly name: string;
  /** Why it is not the Go program. */
  readonly insteadOfGo?: string;
  run(target: Target, seconds: number): Promise<number>;
}

export interface Target {
  readonly port: number;
  readonly path: string;
  /** Files, PEM. */
  readonly certificate: string;
  readonly key: string;
}

const connections = 16;

/** The Go program of loadgen/ where it can be built and gets through, else Node, which needs more of the second core. */
export async function openLoad(folder: string, targets: readonly Target[]): Promise<Load> {
  const program = join(folder, 'loadgen');
  const built = spawnSync('go', ['build', '-o', program, '.'], { cwd: join(import.meta.dirname, 'loadgen') });
  if (built.status !== 0) return nodeLoad('no Go here');
  const load = goLoad(program);
  try {
    for (const target of targets) await load.run(target, 0.2);
    return load;
  } catch (error) {
    return nodeLoad(`Go: ${error instanceof Error ? error.message : 'failed'}`);
  }
}

function goLoad(program: string): Load {
  return {
    name: 'the Go client',
    async run({ port, path, certificate, key }, seconds) {
      const options = [
        ...['-addr', `127.0.0.1:${port}`, '-path', path, '-k', '-cert', certificate, '-key', key],
        ...['-c', String(connections), '-d', `${seconds}s`, '-w', '300ms'],
      ];
      const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'inherit'] });
      let text = '';
      for await (const chunk of child.stdout.setEncoding('utf8')) text += chunk;
      const result = JSON.parse(text) as { rps: number; errs: number; non200: number; firstErr?: string };
      if (result.errs > 0 || result.non200 > 0 || !(result.rps > 0)) {
        throw new Error(
          `${result.errs} errors (${result.firstErr ?? 'none'}), ${result.non200} answers other than 200`,
        );
      }
      return result.rps;
    },
  };
}

const nodeLoad = (why: string): Load => ({
  name: 'a Node client',
  insteadOfGo: why,
  async run({ port, path, certificate, key }, seconds) {
    const pool = new Pool(`https://127.0.0.1:${port}`, {
      connections,
      connect: { cert: readFileSync(certificate), key: readFileSync(key), rejectUnauthorized: false },
    });
    let answers = 0;
    let until = Number.POSITIVE_INFINITY;
    const caller = async (): Promise<void> => {
      while (performance.now() < until) {
        const { statusCode, body } = await pool.request({ path, method: 'GET', headers: { host: 'localhost' } });
        await body.dump();
        if (statusCode !== 200) throw new Error(`an answer of ${statusCode}`);
        answers += 1;
      }
    };
    const callers = Promise.all(Array.from({ length: connections }, caller));
    await new Promise((resolve) => setTimeout(resolve, 300));
    answers = 0;
    until = performance.now() + seconds * 1000;
    await callers;
    await pool.close();
    return answers / seconds;
  },
});
