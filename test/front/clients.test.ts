import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Agent, request as undiciRequest } from 'undici';
import { type Dev, openDev } from '../../src/local/dev/dev.ts';
import { ca } from '../pki.ts';
import { browse, chromiumAbsence } from './clients/chromium.ts';
import { cleanEnvironment, run, works } from './clients/run.ts';

/** Real clients against the sample front as `npm start` opens it. What this machine lacks is skipped by name. */

const root = resolve(import.meta.dirname, '../..');
const programs = join(import.meta.dirname, 'clients');

let dev: Dev;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-clients-'));
  const front = join(folder, 'front');
  for (const part of ['sallyport.yaml', 'truststore']) cpSync(join(root, part), join(front, part), { recursive: true });
  dev = await openDev({
    folder: front,
    listen: '127.0.0.1',
    port: 0,
    now: () => Date.now(),
    random: (bytes) => randomBytes(bytes),
    observe: () => {},
  });
  const acme = dev.twins().identities.find(({ client }) => client === 'acme');
  if (acme === undefined) throw new Error('no twin of acme');
  const stranger = ca({ subject: 'Nobody Knows This CA' }).issue({ subject: 'stranger' });
  writeFileSync(join(folder, 'ca.pem'), dev.serverAuthority.pem);
  for (const [name, { chainPem, keyPem }] of Object.entries({ acme, stranger })) {
    writeFileSync(join(folder, `${name}.pem`), chainPem);
    writeFileSync(join(folder, `${name}.key`), keyPem, { mode: 0o600 });
    if (!hasOpenssl) continue;
    const files = ['-in', join(folder, `${name}.pem`), '-inkey', join(folder, `${name}.key`)];
    await run('openssl', [
      'pkcs12',
      '-export',
      ...files,
      '-out',
      join(folder, `${name}.p12`),
      '-passout',
      'pass:partner',
    ]);
  }
}, 30_000);
afterAll(async () => {
  await dev.close();
  rmSync(folder, { recursive: true, force: true });
});

const hasOpenssl = works('openssl', 'version');

type Who = 'acme' | 'stranger' | 'none';

interface Answer {
  /** Absent where a client does not show it. */
  readonly status?: number;
  /** Empty when there was no answer. */
  readonly body: string;
}

/** An allowed call, one refused by the decision, one refused by the edge, and one without a certificate. */
const calls: readonly (readonly [Who, string])[] = [
  ['acme', '/orders/7'],
  ['acme', '/admin'],
  ['stranger', '/orders/7'],
  ['none', '/orders/7'],
];

function expectAnswers(answers: readonly Answer[]): void {
  const [allowed, refused, unknown, none] = answers;
  expect(allowed?.body).toContain('hello from the demo backend');
  expect(allowed?.status ?? 200).toBe(200);
  expect(refused?.body).toMatch(/"reason": ?"path_not_allowed"/);
  expect(refused?.status ?? 403).toBe(403);
  // Every client sends a certificate of an unknown CA, because the front lists no CA names: each can be told.
  expect(unknown?.body).toContain('{"message":"Forbidden"}');
  expect(unknown?.status ?? 403).toBe(403);
  expect(none?.status).toBeUndefined();
  expect(none?.body).not.toMatch(/hello|Forbidden/);
}

const urlOf = (path: string) => `https://localhost:${dev.port}${path}`;
const file = (name: string) => join(folder, name);

/** A program that makes all calls and prints a line for each. */
async function program(command: string, ...programArguments: readonly string[]): Promise<readonly Answer[]> {
  const pairs = calls.flatMap(([who, path]) => [who, urlOf(path)]);
  const environment = cleanEnvironment();
  const { output, errors } = await run(command, [...programArguments, folder, ...pairs], { environment, seconds: 100 });
  const lines = output.trim().split('\n');
  if (lines.length !== calls.length) throw new Error(`${command} printed ${output} and ${errors}`);
  return lines.map((line) => {
    const [, status = '', body = ''] = /^\w+ (\S+) ?(.*)$/.exec(line) ?? [];
    return status === 'error' ? { body: '' } : { status: Number(status), body };
  });
}

/** A command that makes one call at a time. */
function each(one: (who: Who, path: string) => Promise<Answer>): () => Promise<readonly Answer[]> {
  return () => Promise.all(calls.map(([who, path]) => one(who, path)));
}

function parsed(raw: string): Answer {
  const [, status] = /HTTP\/1\.1 (\d{3})/.exec(raw) ?? [];
  return status === undefined ? { body: '' } : { status: Number(status), body: raw };
}

const curl = each(async (who, path) => {
  const own = who === 'none' ? [] : ['--cert', file(`${who}.pem`), '--key', file(`${who}.key`)];
  const { output } = await run('curl', ['-q', '-s', '-i', '-m', '10', '--cacert', file('ca.pem'), ...own, urlOf(path)]);
  return parsed(output);
});

const curlWithPkcs12 = each(async (who, path) => {
  const own = who === 'none' ? [] : ['--cert-type', 'P12', '--cert', `${file(`${who}.p12`)}:partner`];
  const { output } = await run('curl', ['-q', '-s', '-i', '-m', '10', '--cacert', file('ca.pem'), ...own, urlOf(path)]);
  return parsed(output);
});

const wget = each(async (who, path) => {
  const own = who === 'none' ? [] : [`--certificate=${file(`${who}.pem`)}`, `--private-key=${file(`${who}.key`)}`];
  const usual = [
    '--no-config',
    '-q',
    '-O',
    '-',
    '-T',
    '10',
    '-t',
    '1',
    '--content-on-error',
    '--save-headers',
    '--no-hsts',
  ];
  const { output } = await run('wget', [...usual, `--ca-certificate=${file('ca.pem')}`, ...own, urlOf(path)]);
  return parsed(output);
});

const opensslClient = each(async (who, path) => {
  const own =
    who === 'none' ? [] : ['-cert', file(`${who}.pem`), '-key', file(`${who}.key`), '-cert_chain', file(`${who}.pem`)];
  const trust = ['-CAfile', file('ca.pem'), '-verify_return_error', '-verify_hostname', 'localhost'];
  const to = ['s_client', '-quiet', '-connect', `localhost:${dev.port}`, '-servername', 'localhost'];
  const input = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
  return parsed((await run('openssl', [...to, ...trust, ...own], { input })).output);
});

function credentials(who: Who): { ca: string; cert?: string; key?: string } {
  const own =
    who === 'none'
      ? {}
      : { cert: readFileSync(file(`${who}.pem`), 'utf8'), key: readFileSync(file(`${who}.key`), 'utf8') };
  return { ca: dev.serverAuthority.pem, ...own };
}

const nodeHttps = each(async (who, path) => {
  const options = { agent: false, ...credentials(who) };
  return new Promise<Answer>((done) => {
    const request = httpsRequest(urlOf(path), options, async (response) => {
      const body = (await response.toArray()).join('');
      done({ status: response.statusCode ?? 0, body });
    });
    request.on('error', () => done({ body: '' })).end();
  });
});

const undici = each(async (who, path) => {
  const dispatcher = new Agent({ connect: credentials(who) });
  try {
    const { statusCode, body } = await undiciRequest(urlOf(path), { dispatcher });
    return { status: statusCode, body: await body.text() };
  } catch {
    return { body: '' };
  } finally {
    await dispatcher.destroy();
  }
});

const source = (name: string) => join(programs, name);
const chromium = each(async (who, path) => ({ body: await browse(folder, who, urlOf(path)) }));

/** Name, why it cannot be tried here, and how it makes the calls. */
const clients: readonly (readonly [string, string | undefined, () => Promise<readonly Answer[]>])[] = [
  ['curl', absent(works('curl', '--version'), 'curl'), curl],
  ['curl with PKCS#12', absent(works('curl', '--version') && hasOpenssl, 'curl and openssl'), curlWithPkcs12],
  ['wget', absent(works('wget', '--version'), 'wget'), wget],
  ['openssl s_client', absent(hasOpenssl, 'openssl'), opensslClient],
  ['Node https', undefined, nodeHttps],
  ['undici', undefined, undici],
  ...['urllib', 'requests', 'httpx'].map((library) => {
    const here = works('python3', '-c', `import ssl, ${library}`);
    return [
      `Python ${library}`,
      absent(here, `python3 with ${library}`),
      () => program('python3', source('client.py'), library),
    ] as const;
  }),
  ['Go net/http', absent(works('go', 'version'), 'go'), () => program('go', 'run', source('main.go'))],
  [
    'Java HttpClient',
    absent(works('java', '--version') && hasOpenssl, 'java (11 or later) and openssl'),
    () => program('java', source('Client.java')),
  ],
  [
    'Ruby Net::HTTP',
    absent(works('ruby', '-rnet/http', '-ropenssl', '-e', ''), 'ruby'),
    () => program('ruby', source('client.rb')),
  ],
  ...['curl', 'streams'].map((library) => {
    const extension = library === 'curl' ? 'curl' : 'openssl';
    const here = works('php', '-r', `exit(extension_loaded('${extension}') ? 0 : 1);`);
    return [
      `PHP ${library}`,
      absent(here, `php with ${extension}`),
      () => program('php', source('client.php'), library),
    ] as const;
  }),
  [
    'Perl LWP',
    absent(works('perl', '-MLWP::UserAgent', '-MLWP::Protocol::https', '-e', '1'), 'perl with LWP::Protocol::https'),
    () => program('perl', source('client.pl')),
  ],
  ['Chromium', hasOpenssl ? chromiumAbsence() : 'no openssl on this machine', chromium],
];

function absent(here: boolean, what: string): string | undefined {
  return here ? undefined : `no ${what} on this machine`;
}

describe('real clients: allowed, refused by the decision, refused by the edge, without a certificate', () => {
  for (const [name, reason, make] of clients) {
    if (reason === undefined) test(name, async () => expectAnswers(await make()), 120_000);
    else test.skip(`${name} (skipped: ${reason})`, () => {});
  }
  const skipped = clients.filter(([, reason]) => reason !== undefined);
  if (skipped.length > 0)
    console.log(`skipped clients: ${skipped.map(([name, reason]) => `${name} (${reason})`).join(', ')}`);
});
