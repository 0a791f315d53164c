import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend, openBackend } from './backend.ts';
import type { Listening } from './dev-fronts.ts';
import { openLoad, type Target } from './load.ts';
import { median, rotated } from './measure.ts';
import { openPki, pemOf } from './partners.ts';
import type { Benchmark, BenchmarkOptions, Row } from './report.ts';

/**
 * `sallyport dev` end to end beside the least that a Node front can be. It has no bar: it builds API Gateway's events and
 * runs both functions on them, and is there to be true, not fast.
 */
export const devBenchmark: Benchmark = {
  name: 'dev',
  title: 'The local front end to end: keep-alive mutual TLS over 16 connections, 1 KB from a backend on loopback',
  async run(options) {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
    const backend = await openBackend();
    const fronts: Front[] = [];
    try {
      writeFront(folder, backend);
      fronts.push(await openFront('dev', folder), await openFront('bare', folder, String(backend.port)));
      return await compare(folder, fronts, options);
    } finally {
      for (const { process } of fronts) process.kill();
      await backend.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

interface Front {
  readonly process: ChildProcess;
  readonly listening: Listening;
}

async function compare(folder: string, fronts: readonly Front[], options: BenchmarkOptions): Promise<readonly Row[]> {
  const client = fronts[0]?.listening.client;
  if (client === undefined) throw new Error('dev has said nothing of a client');
  const files = { certificate: join(folder, 'client.pem'), key: join(folder, 'client.key') };
  writeFileSync(files.certificate, client.certificate);
  writeFileSync(files.key, client.key, { mode: 0o600 });
  const targets = fronts.map(({ listening }): Target => ({ port: listening.port, path: '/orders/7', ...files }));
  const load = await openLoad(folder, targets);

  const rates = fronts.map((): number[] => []);
  for (let round = 0; round < (options.quick ? 3 : 9); round += 1) {
    for (const index of rotated(targets.length, round)) {
      const target = targets[index];
      if (target !== undefined) rates[index]?.push(await load.run(target, options.quick ? 0.5 : 2));
    }
  }
  const [dev = Number.NaN, bare = Number.NaN] = rates.map((each) => 1e6 / median(each));
  const why = load.insteadOfGo;
  return [
    ...(why === undefined ? [] : [{ what: 'called by the Go client', skipped: why }]),
    {
      what: `a request through dev, called by ${load.name}`,
      value: dev,
      unit: 'µs',
      baseline: { what: 'Node https piping through undici', value: bare },
    },
  ];
}

async function openFront(...argumentsOfFront: string[]): Promise<Front> {
  const process = fork(join(import.meta.dirname, 'dev-fronts.ts'), argumentsOfFront, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const listening = await new Promise<Listening>((resolve, reject) => {
    process.once('message', (message) => resolve(message as Listening));
    process.once('exit', (status) => reject(new Error(`the ${argumentsOfFront[0]} front ended with status ${status}`)));
  });
  return { process, listening };
}

/** A front of one client in a folder, and the server certificate of the bare one beside it. */
function writeFront(folder: string, { port }: Backend): void {
  const pki = openPki('P-256');
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
  for (const each of ['authorities', 'clients']) mkdirSync(join(folder, 'truststore', each), { recursive: true });
  write(
    'sallyport.yaml',
    `format: 1
id: bench-0000
front: bench
stage: test
support: { email: api-team@example.com }
domain: { name: api.example.com, hostedZone: { id: Z0123456789, name: example.com } }
connections:
  erp: { transport: direct, url: "http://127.0.0.1:${port}", allowPlaintext: true, credential: none }
routes:
  - { match: "GET /orders/**", connection: erp }
`,
  );
  write('truststore/authorities/acme-ca.pem', `${pemOf(pki.root.der)}${pemOf(pki.issuing.der)}`);
  write('truststore/authorities/acme-ca.yaml', 'authority: acme-ca\nrevocation: { none: "a benchmark" }\n');
  write(
    'truststore/clients/client-0.yaml',
    `client: client-0
contact: integration@acme.example
identities:
  - { authority: acme-ca, subject: 'CN=client-0, O=Acme\\, Inc., C=NL' }
allow: ["GET /orders/**"]
`,
  );
  write('server.pem', pemOf(pki.leaf(1)));
  write('server.key', pki.leafKeyPem);
}
