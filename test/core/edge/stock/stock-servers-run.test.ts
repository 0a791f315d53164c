import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { admits } from '../../../../src/core/edge/admits.ts';
import { edgeDifference, type StockServer, stockServers } from '../../../../src/core/edge/stock-servers.ts';
import { parseCertificate } from '../../../../src/core/x509/certificate.ts';
import { tools } from '../../../partners/readers/tools.ts';
import { type Ca, ca, type Issued } from '../../../pki.ts';

/** The sentence about other servers is held against those that are on this machine, by kind of what they are given. */
jest.setTimeout(180_000);

interface Case {
  readonly what: string;
  readonly trusted: readonly Issued[];
  readonly presented: readonly [Issued, ...Issued[]];
}

const root = ca({ subject: 'Acme Root' });
const issuing = root.ca({ subject: 'Acme Issuing' });
const steps: Ca[] = [ca({ subject: 'Step 0' })];
for (const step of [1, 2, 3, 4]) steps.push((steps.at(-1) as Ca).ca({ subject: `Step ${step}` }));
const under = (what: string, top: Ca): Case => ({ what, trusted: [top], presented: [top.issue()] });
const rsa = ca({ subject: 'RSA Root', key: 'rsa2048' });

const cases: readonly Case[] = [
  { what: 'an intermediate from the client', trusted: [root], presented: [issuing.issue(), issuing] },
  { what: 'five CAs', trusted: steps, presented: [(steps.at(-1) as Ca).issue()] },
  ...(['p521', 'ed25519', 'pss2048'] as const).flatMap((key) => [
    { what: `a client's ${key} key`, trusted: [root, issuing], presented: [issuing.issue({ key })] as const },
    under(`a CA's ${key} key`, ca({ subject: `Root ${key}`, key })),
  ]),
  { what: 'RSASSA-PSS signatures of an RSA key', trusted: [rsa], presented: [rsa.issue({ pss: true })] },
];

const run = (command: string, args: readonly string[], input?: string): string =>
  execFileSync(command, args, {
    input,
    stdio: 'pipe',
    timeout: 60_000,
    env: { ...process.env, GO111MODULE: 'off' },
  }).toString();
const words = (certificates: readonly Issued[]) =>
  certificates.map(({ der }) => Buffer.from(der).toString('base64')).join(' ');
const lines = `${cases.map(({ trusted, presented }) => `${words(trusted)}|${words(presented)}`).join('\n')}\n`;
const answers = (output: string) =>
  output
    .trim()
    .split('\n')
    .map((line) => line === 'ok');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-stock-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function opensslAdmits({ trusted, presented: [leaf, ...sent] }: Case): boolean {
  const file = (name: string, certificates: readonly Issued[]) => {
    const path = join(folder, name);
    writeFileSync(path, certificates.map(({ pem }) => pem).join(''));
    return path;
  };
  const untrusted = sent.length === 0 ? [] : ['-untrusted', file('sent.pem', sent)];
  const args = [
    '-purpose',
    'sslclient',
    '-CAfile',
    file('trusted.pem', trusted),
    ...untrusted,
    file('leaf.pem', [leaf]),
  ];
  try {
    run('openssl', ['verify', '-no-CApath', '-no-CAstore', ...args]);
    return true;
  } catch {
    return false;
  }
}

async function nodeAdmits({ trusted, presented }: Case): Promise<boolean> {
  const own = root.issue({ purposes: ['serverAuth'] });
  const server = createServer({
    key: own.keyPem,
    cert: own.pem,
    ca: trusted.map(({ pem }) => pem),
    requestCert: true,
    rejectUnauthorized: false,
  });
  const admitted = new Promise<boolean>((resolve) => {
    server.on('secureConnection', (socket) => {
      resolve(socket.authorized);
      socket.end();
    });
    server.on('tlsClientError', () => resolve(false));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = connect({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    key: presented[0].keyPem,
    cert: presented.map(({ pem }) => pem).join(''),
    rejectUnauthorized: false,
  });
  client.on('error', () => undefined);
  try {
    return await admitted;
  } finally {
    client.destroy();
    server.close();
  }
}

const runs: Readonly<Record<StockServer, () => Promise<readonly boolean[]> | readonly boolean[]>> = {
  OpenSSL: () => cases.map(opensslAdmits),
  async Node() {
    const found: boolean[] = [];
    for (const one of cases) found.push(await nodeAdmits(one));
    return found;
  },
  Java: () => answers(run('java', [join(import.meta.dirname, 'Admits.java')], lines)),
  Go() {
    run('go', ['build', '-o', join(folder, 'admits'), join(import.meta.dirname, 'admits.go')]);
    return answers(run(join(folder, 'admits'), [], lines));
  },
};

/** Who is named in what the operator reads. */
function named({ trusted, presented }: Case): readonly StockServer[] {
  const truststore = trusted.map(({ der }) => parseCertificate(der));
  const sent = presented.map(({ der }) => der);
  const text = edgeDifference(admits(truststore, sent, Date.now()), truststore, sent, Date.now()) ?? '';
  const [servers = ''] = text.split(' accept this');
  return (Object.keys(stockServers) as StockServer[]).filter((one) => servers.includes(`${one} ${stockServers[one]}`));
}

test.each(Object.keys(stockServers) as StockServer[])(
  '%s lets in what the sentence says, and nothing more',
  async (who) => {
    const version = tools[who].version();
    if (version === undefined) {
      console.warn(`SKIPPED: ${who} is not on this machine`);
      return;
    }
    const found = await runs[who]();
    expect(found.length).toBe(cases.length);
    const differs = cases.flatMap((one, index) => {
      const isNamed = named(one).includes(who);
      return isNamed === found[index] ? [] : [`${one.what}: ${found[index] ? 'lets it in' : 'refuses it'}`];
    });
    if (version === stockServers[who]) expect(differs).toEqual([]);
    else if (differs.length > 0)
      console.warn(`${who} ${version}, the sentence is of ${stockServers[who]}: ${differs.join(', ')}`);
  },
);
