import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openConnection } from '../src/forward/connection.ts';
import type { Benchmark, Row } from './report.ts';

/**
 * How often a caller gets what was meant for another, from a backend that answers every request twice. Until the next request
 * is on the socket a second answer can be told apart; after that no client of HTTP/1.1 can. nginx with kept connections to
 * the same backend stands beside us.
 */
export const lateAnswersBenchmark: Benchmark = {
  name: 'late-answers',
  title: 'A backend that answers twice: wrong answers in 80 pairs of requests, 0 to 40 ms apart',
  async run({ quick }) {
    const rows: Row[] = [];
    for (const delay of quick ? [0, 30] : [0, 5, 30]) {
      const backend = await start(['-e', backendText(delay)]);
      try {
        const nginx = await openNginx(backend.port);
        const ours = openOurs(backend.port, undefined);
        const never = openOurs(backend.port, 'never');
        const value = await wrongOf(ours.ask);
        const baseline =
          'skipped' in nginx ? undefined : { what: 'nginx, keepalive 16', value: await wrongOf(nginx.ask) };
        const what = `second answer ${delay} ms behind the first`;
        rows.push({ what, value, unit: 'of 80', baseline });
        if ('skipped' in nginx) rows.push({ what: `${what}: nginx`, skipped: nginx.skipped });
        rows.push({
          what: `${what}, reuse: never`,
          value: await wrongOf(never.ask),
          unit: 'of 80',
          bar: { kind: 'at-most', value: 0 },
        });
        await ours.close();
        await never.close();
        if (!('skipped' in nginx)) nginx.close();
      } finally {
        backend.child.kill();
      }
    }
    return rows;
  },
};

const pairs = 80;
type Ask = (id: string) => Promise<string>;

async function wrongOf(ask: Ask): Promise<number> {
  let wrong = 0;
  for (let pair = 0; pair < pairs; pair += 1) {
    for (const half of ['a', 'b']) {
      const id = `${pair}${half}`;
      const answer = await ask(id);
      if (answer !== id && answer !== '') wrong += 1;
      // 0 to 40 ms, the same in every run.
      if (half === 'a') await pause((pair * 7) % 41);
    }
  }
  return wrong;
}

function openOurs(port: number, reuse: 'never' | undefined) {
  const connection = openConnection(
    {
      name: 'erp',
      transport: { kind: 'direct' },
      url: `http://127.0.0.1:${port}`,
      allowPlaintext: true,
      credential: { kind: 'none' },
      reuse,
    },
    { secret: async () => '', now: Date.now },
  );
  const ask: Ask = async (id) => {
    const sent = {
      method: 'GET',
      target: `/${id}`,
      query: '',
      headers: [],
      client: 'acme',
      certificate: new Uint8Array([0x30, 0x00]),
      address: '198.51.100.9',
      reference: '0123456789abcdefghjk',
      deadlineMilliseconds: 2_000,
    };
    const answer = await connection.forwardWhole(sent, 1_000).catch(() => ({ body: new Uint8Array(0) }));
    return Buffer.from(answer.body).toString();
  };
  return { ask, close: () => connection.close() };
}

const backendText = (delay: number) => `
  const answer = (body) => 'HTTP/1.1 200 OK\\r\\nContent-Length: ' + body.length + '\\r\\n\\r\\n' + body;
  require('node:net').createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const id = /^GET \\/(\\S+)/.exec(chunk.toString())?.[1];
      if (id === undefined) return;
      socket.write(answer(id));
      setTimeout(() => socket.write(answer('again ' + id)), ${delay});
    });
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
`;

async function start(args: readonly string[]): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, port: Number(text.toString()) };
}

async function openNginx(upstream: number): Promise<{ ask: Ask; close(): void } | { skipped: string }> {
  const version = spawnSync('nginx', ['-v'], { encoding: 'utf8' });
  if (version.status !== 0) return { skipped: 'nginx is not installed' };
  const folder = mkdtempSync(join(tmpdir(), 'late-answers-'));
  const port = await freePort();
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
     http { access_log off; ${paths.join(' ')}
       upstream backend { server 127.0.0.1:${upstream}; keepalive 16; }
       server { listen 127.0.0.1:${port};
         location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`,
  );
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
  const agent = new Agent({ keepAlive: true });
  const ask: Ask = (id) =>
    new Promise((resolve) => {
      const sent = request({ host: '127.0.0.1', port, path: `/${id}`, agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve(response.statusCode === 200 ? text : ''));
      });
      sent.on('error', () => resolve(''));
      sent.end();
    });
  for (let tries = 0; tries < 100 && (await ask('up')) === ''; tries += 1) await pause(20);
  return {
    ask,
    close() {
      agent.destroy();
      child.once('close', () => rmSync(folder, { recursive: true, force: true }));
      child.kill();
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
