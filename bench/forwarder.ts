import { spawnSync } from 'node:child_process';
import { hash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Client, Pool } from 'undici';
import { createForwarder, type ForwarderMeans } from '../lambdas/forwarder/forward-event.ts';
import { createStreamingForwarder } from '../lambdas/forwarder/stream.ts';
import { bind } from '../src/core/binding.ts';
import { writeSettings } from '../src/core/settings.ts';
import { openConnection } from '../src/forward/connection.ts';
import { answerBytes, type Backend, largeBytes, openBackend } from './backend.ts';
import { measure, median, rotated, threadClock, wallClock } from './measure.ts';
import { openPki, pemOf } from './partners.ts';
import type { Benchmark, BenchmarkOptions, Row } from './report.ts';

/** The forwarder beside a bare undici request to the same backend, which is in another thread. */
export const forwarderBenchmark: Benchmark = {
  name: 'forwarder',
  title: 'Forwarder in process, keep-alive to a backend on loopback: POST 500 bytes, 1 KB back',
  async run(options) {
    const backend = await openBackend();
    try {
      const forwarder = openForwarder(backend);
      return [...(await latency(backend, forwarder, options)), await memory(forwarder), coldStart(options)];
    } finally {
      await backend.close();
    }
  },
};

const megabyte = 1024 * 1024;
const payload = Buffer.alloc(500, 'c');
const stage = 'live';

function openForwarder({ port }: Backend) {
  const key = randomBytes(32);
  const connection = openConnection(
    {
      name: 'erp',
      transport: { kind: 'direct' },
      url: `http://127.0.0.1:${port}`,
      allowPlaintext: true,
      credential: { kind: 'none' },
    },
    { secret: async () => '', now: Date.now },
  );
  const means: ForwarderMeans = {
    connection: () => connection,
    macKeys: () => [key],
    stage,
    now: Date.now,
    log: () => {},
  };
  const leaf = openPki('P-256').leaf(1);
  const certificateSha256 = hash('sha256', leaf, 'hex');
  const headers = {
    Accept: ['application/json'],
    'Accept-Encoding': ['gzip, deflate, br'],
    'Content-Type': ['application/json'],
    Host: ['api.example.com'],
    'User-Agent': ['python-requests/2.32.5'],
    'X-Amzn-Trace-Id': ['Root=1-6740b2c8-0123456789abcdef01234567'],
    'X-Forwarded-For': ['198.51.100.9'],
    'X-Forwarded-Port': ['443'],
    'X-Forwarded-Proto': ['https'],
  };
  const certificate = { clientCertPem: pemOf(leaf), subjectDN: 'CN=client-0', issuerDN: 'CN=Acme Issuing 2' };
  /** An event as API Gateway makes one of what the authorizer said a moment ago. */
  const eventTextOf = (method: string, path: string, body: Buffer | undefined): string =>
    JSON.stringify({
      resource: '/{proxy+}',
      path,
      httpMethod: method,
      multiValueHeaders: headers,
      multiValueQueryStringParameters: null,
      requestContext: {
        authorizer: bind(
          {
            reference: '0123456789abcdefghjk',
            client: 'client-0',
            rule: 'allow-1',
            connection: 'erp',
            method,
            path,
            stage,
            certificateSha256,
            strip: 0,
            to: '',
            expiresAt: Math.floor(Date.now() / 1000) + 25,
            notice: 'none',
          },
          key,
        ),
        identity: { sourceIp: '198.51.100.9', clientCert: certificate },
        stage,
      },
      body: body === undefined ? null : body.toString('base64'),
      isBase64Encoded: body !== undefined,
    });
  return { means, eventTextOf, leaf, forward: createForwarder(means) };
}

async function latency(
  { port }: Backend,
  { forward, eventTextOf, leaf }: ReturnType<typeof openForwarder>,
  options: BenchmarkOptions,
): Promise<readonly Row[]> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 8 });
  const undici = (headers: Record<string, string>) => async () => {
    const { statusCode, body } = await pool.request({ path: '/orders/7', method: 'POST', headers, body: payload });
    if (statusCode !== 200 || (await body.arrayBuffer()).byteLength !== answerBytes) throw new Error('a wrong answer');
  };
  // The authorizer's word is good for 25 seconds: a new event every second, as there would be one for each request.
  let event: unknown;
  let madeAt = 0;
  const own = async () => {
    if (Date.now() - madeAt > 1000) {
      event = JSON.parse(eventTextOf('POST', '/orders/7', payload));
      madeAt = Date.now();
    }
    const { statusCode, body, isBase64Encoded } = await forward(event);
    if (statusCode !== 200 || !isBase64Encoded || body.length !== Math.ceil(answerBytes / 3) * 4) {
      throw new Error(`the forwarder answered ${statusCode}`);
    }
  };
  const sent = {
    accept: 'application/json',
    'accept-encoding': 'gzip, deflate, br',
    'content-type': 'application/json',
    'user-agent': 'python-requests/2.32.5',
  };
  const added = {
    'x-forwarded-for': '198.51.100.9',
    'x-sallyport-client': 'client-0',
    'x-sallyport-reference': '0123456789abcdefghjk',
    'client-cert': `:${Buffer.from(leaf).toString('base64')}:`,
  };
  const client = new Client(`http://127.0.0.1:${port}`);
  const flat = Object.entries({ ...sent, ...added }).flat();
  const dispatched = () =>
    new Promise<void>((resolve, reject) => {
      let bytes = 0;
      client.dispatch(
        { path: '/orders/7', method: 'POST', headers: flat, body: payload },
        {
          onRequestStart: () => {},
          onResponseStart: () => {},
          onResponseData: (_, chunk) => {
            bytes += chunk.length;
          },
          onResponseEnd: () => (bytes === answerBytes ? resolve() : reject(new Error('a wrong answer'))),
          onResponseError: (_, error) => reject(error),
        },
      );
    });
  const contenders = [
    { name: 'forwarder', run: own },
    { name: 'bare undici request', run: undici(sent) },
    { name: 'the same, with the headers that the front adds', run: undici({ ...sent, ...added }) },
    { name: "undici's parser alone, with these headers as a flat list", run: dispatched },
  ];
  const rows: Row[] = [];
  for (const [clock, how] of [
    [wallClock, 'by the clock on the wall'],
    [threadClock, "CPU time of the forwarder's thread"],
  ] as const) {
    const [value = Number.NaN, ...baselines] = await measure(contenders, options, clock);
    for (const [index, baseline] of baselines.entries()) {
      rows.push({
        what: `one request, event to answer, ${how}`,
        value,
        unit: 'µs',
        baseline: { what: contenders[index + 1]?.name ?? '', value: baseline },
        bar: clock === wallClock && index < 2 ? { kind: 'ratio-at-most', value: 1.25 } : undefined,
      });
    }
  }
  await pool.close();
  await client.close();
  return rows;
}

/** How much memory is held while 100 MB stream through: looked at after a collection every 10 MB, the most of it counts. */
async function memory({ means, eventTextOf }: ReturnType<typeof openForwarder>): Promise<Row> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const held = () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  let received = 0;
  let most = 0;
  let next = 0;
  const forward = createStreamingForwarder(means, { from: (stream) => stream });
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      received += chunk.length;
      if (received > next) {
        most = Math.max(most, held());
        next += 10 * megabyte;
      }
      // Gives the loop a turn, as a socket would.
      setImmediate(done);
    },
  });
  const event = JSON.parse(eventTextOf('GET', '/large', undefined));
  const before = held();
  await forward(event, sink);
  if (received !== largeBytes) throw new Error(`${received} of ${largeBytes} bytes came through`);
  return {
    what: '100 MB streamed: memory held above what it was before',
    value: (most - before) / megabyte,
    unit: 'MB',
    baseline: { what: 'the whole body', value: largeBytes / megabyte },
    bar: { kind: 'at-most', value: 8 },
  };
}

/** From the start of a Node process to the end of the handler's module, as it is deployed. */
function coldStart({ quick }: BenchmarkOptions): Row {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  try {
    const bundling = [join(import.meta.dirname, '../bin/bundle.ts'), '--out', folder, 'forwarder'];
    const built = spawnSync(process.execPath, bundling, { encoding: 'utf8' });
    if (built.status !== 0) throw new Error(`bin/bundle.ts made no bundle: ${built.stderr}`);
    const bundle = join(folder, 'forwarder/index.mjs');
    const empty = join(folder, 'empty.mjs');
    writeFileSync(empty, 'export async function handler() { return {}; }\n');
    const env = writeSettings({
      bindingKeys: { kind: 'keys', keys: [Buffer.alloc(32, 7)] },
      stage,
      connections: { kind: 'text', text: '[]' },
    });
    const programs = [bundle, empty].map((file, index) => {
      const program = join(folder, `start-${index}.mjs`);
      writeFileSync(program, `await import(${JSON.stringify(pathToFileURL(file).href)});`);
      return program;
    });
    const times = programs.map((): number[] => []);
    for (let round = 0; round < (quick ? 7 : 41); round += 1) {
      for (const index of rotated(programs.length, round)) {
        const begun = performance.now();
        const ended = spawnSync(process.execPath, [programs[index] ?? ''], { encoding: 'utf8', env });
        if (ended.status !== 0) throw new Error(`the bundle ended with status ${ended.status}: ${ended.stderr}`);
        times[index]?.push(performance.now() - begun);
      }
    }
    const [loaded = Number.NaN, emptyLoaded = Number.NaN] = times.map(median);
    return {
      what: `process start and module, ${(statSync(bundle).size / 1024).toFixed(0)} KB`,
      value: loaded,
      unit: 'ms',
      baseline: { what: 'an empty handler', value: emptyLoaded },
      bar: { kind: 'ratio-at-most', value: 2.3 },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
