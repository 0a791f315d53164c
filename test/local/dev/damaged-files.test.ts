import { randomBytes, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProblemError } from '../../../src/core/problem.ts';
import { pemFromDer } from '../../../src/core/x509/pem.ts';
import { type Dev, type DevEvent, openDev } from '../../../src/local/dev/dev.ts';
import { hour, listOf } from '../../core/revocation/lists.ts';
import { ca } from '../../pki.ts';
import { blocksOf } from './blocks.ts';

jest.setTimeout(180_000);

// One client that is let in, one whose CA is revoked by the list, one that is blocked on this machine.
const acme = ca({ subject: { O: 'Acme', CN: 'Acme Root' } });
const globex = ca({ subject: { O: 'Globex', CN: 'Globex Root' } });
const revoked = globex.ca({ subject: { O: 'Globex', CN: 'Globex Issuing' } });
const exact = acme.issue({ subject: { O: 'Acme', CN: 'exact' } });
const now = Date.now();
const dates = { thisUpdate: now - hour, nextUpdate: now + 1000 * hour };
const lists = [
  listOf(globex, { ...dates, revoked: [{ serial: serialOf(revoked.pem), revokedAt: now - hour }] }),
  listOf(revoked, dates),
];
const client = (name: string, identity: string) =>
  `client: ${name}\nidentities:\n  - ${identity}\nallow: ["GET /orders/**"]\n`;
const revocation = `revocation:\n  lists: ["http://crl.globex.example/root.crl"]\n  missing: allow\n  stale: allow\n  maxAgeHours: 48\n`;
const files: Readonly<Record<string, string>> = {
  'sallyport.yaml': [
    'format: 1',
    'id: orders-3f9c',
    'front: orders',
    'stage: test',
    'support: { email: api-team@example.com }',
    'domain: { name: api.example.com, hostedZone: { id: Z0123456789, name: example.com } }',
    'tiers:\n  default: { perSecond: 100, burst: 100, perDay: 100000 }',
    'connections:\n  erp: { transport: direct, url: "https://tenant.example.com", credential: { basic: { user: front, passwordFrom: "secret:erp" } } }',
    'routes:\n  - { match: "GET /orders/**", connection: erp }',
    '',
  ].join('\n'),
  'truststore/authorities/acme-ca.yaml': 'authority: acme-ca\nrevocation: { none: "made for a test" }\n',
  'truststore/authorities/acme-ca.pem': acme.pem,
  'truststore/authorities/globex-ca.yaml': `authority: globex-ca\n${revocation}`,
  'truststore/authorities/globex-ca.pem': `${revoked.pem}${globex.pem}`,
  'truststore/authorities/globex-ca.crl': lists.map((der) => pemFromDer(der, 'X509 CRL')).join(''),
  'truststore/clients/acme.yaml': client('acme', "{ authority: acme-ca, subject: 'CN=orders,O=Acme' }"),
  'truststore/clients/blocked.yaml': client('blocked', "{ authority: acme-ca, subject: 'CN=blocked,O=Acme' }"),
  'truststore/clients/globex.yaml': client('globex', "{ authority: globex-ca, subject: 'CN=orders,O=Globex' }"),
  'truststore/clients/exact.yaml': client('exact', '{ certificate: exact.pem }'),
  'truststore/clients/exact.pem': exact.pem,
  '.sallyport/blocks.json': blocksOf({ client: 'blocked' }),
};

/** What happens to a file. */
const harms: Readonly<Record<string, (path: string, content: string) => void>> = {
  deleted: (path) => rmSync(path, { recursive: true }),
  emptied: (path) => writeFileSync(path, ''),
  'cut in half': (path, content) => writeFileSync(path, content.slice(0, content.length / 2)),
  'cut by its last line': (path, content) =>
    writeFileSync(path, content.trimEnd().slice(0, content.trimEnd().lastIndexOf('\n') + 1)),
  'a folder': (path) => {
    rmSync(path, { recursive: true });
    mkdirSync(path);
  },
  ...(process.getuid?.() === 0 ? {} : { unreadable: (path: string) => chmodSync(path, 0) }),
};

let folder = '';
const events: DevEvent[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-damaged-'));
  if (process.getuid?.() === 0)
    console.warn('SKIPPED: files without the right to read them; this is root, who reads them all');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  for (const [name, content] of Object.entries(files)) place(name, content);
});

function place(name: string, content: string): void {
  const path = join(folder, name);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) rmSync(path, { recursive: true });
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
}

const open = (at: string) =>
  openDev({
    folder: at,
    listen: '127.0.0.1',
    port: 0,
    now: Date.now,
    random: randomBytes,
    observe: (event) => void events.push(event),
  });

/** Who is let in, of everybody who could be at the beginning. */
async function letIn(dev: Dev, who: Dev['twins'] extends () => infer T ? T : never): Promise<readonly string[]> {
  const answers = await Promise.all(
    who.identities.map(
      async ({ client: name, chainPem, keyPem }) => [name, await status(dev, chainPem, keyPem)] as const,
    ),
  );
  return answers
    .filter(([, code]) => code === 200)
    .map(([name]) => name)
    .sort();
}

function status(dev: Dev, cert: string, key: string): Promise<number> {
  const agent = new Agent({ ca: dev.serverAuthority.pem, cert, key, servername: dev.domain() });
  return new Promise((done) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: dev.port,
        path: '/orders/7',
        agent,
        headers: { host: dev.domain(), connection: 'close' },
      },
      (response) => {
        response.resume();
        response.on('end', () => done(response.statusCode ?? 0));
        response.on('error', () => done(0));
      },
    );
    sent.on('error', () => done(0));
    sent.end();
  });
}

test('at start: a problem, or nobody is let in whom the files did not let in', async () => {
  const dev = await open(folder);
  const twins = dev.twins();
  const before = await letIn(dev, twins);
  await dev.close();
  expect(before).toEqual(['acme', 'exact']);
  const outcomes: Record<string, string> = {};
  for (const [name, content] of Object.entries(files)) {
    for (const [harm, hurt] of Object.entries(harms)) {
      // what was never there cannot be missed: without them a front starts with no blocks, and with lists that revoke nobody
      if (harm === 'deleted' && (name.endsWith('.crl') || name.endsWith('blocks.json'))) continue;
      hurt(join(folder, name), content);
      try {
        const hurtDev = await open(folder);
        const after = await letIn(hurtDev, twins);
        await hurtDev.close();
        outcomes[`${name} ${harm}`] = 'starts';
        expect({ name, harm, more: after.filter((one) => !before.includes(one)) }).toEqual({ name, harm, more: [] });
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        outcomes[`${name} ${harm}`] = 'refuses';
        expect(error.problems.length).toBeGreaterThan(0);
      }
      place(name, content);
    }
  }
  // a client's file that is no file any more is a client less, not a mistake; nothing else starts
  const starts = Object.entries(outcomes)
    .filter(([, what]) => what === 'starts')
    .map(([which]) => which);
  expect(starts.filter((which) => !/clients\/[a-z]+\.yaml (deleted|a folder)$/.test(which))).toEqual([]);
});

test('during a reload: the last good files stay live, and a problem says which file', async () => {
  const dev = await open(folder);
  const twins = dev.twins();
  const before = await letIn(dev, twins);
  /** The first of these that a reload says after `seen`; undefined when it says nothing for so long. */
  const said = async (seen: number, kinds: readonly DevEvent['kind'][], milliseconds: number) => {
    for (const end = performance.now() + milliseconds; performance.now() < end; ) {
      const event = events.slice(seen).find(({ kind }) => kinds.includes(kind));
      if (event !== undefined) return event;
      await new Promise((wake) => setTimeout(wake, 20));
    }
    return undefined;
  };
  try {
    for (const [name, content] of Object.entries(files)) {
      for (const harm of ['deleted', 'emptied', 'cut in half']) {
        const seen = events.length;
        harms[harm]?.(join(folder, name), content);
        if (/clients\/[a-z]+\.yaml$/.test(name) && harm === 'deleted') {
          // a client less, or, where its certificate is left behind, a problem
          await said(seen, ['kept', 'reloaded'], 20_000);
          expect((await letIn(dev, twins)).filter((one) => !before.includes(one))).toEqual([]);
        } else {
          const event = await said(seen, ['kept'], 20_000);
          expect([name, harm, event?.kind]).toEqual([name, harm, 'kept']);
          expect([name, harm, await letIn(dev, twins)]).toEqual([name, harm, before]);
          const told = JSON.stringify(event?.kind === 'kept' ? event.problems : []);
          expect(told).toContain(
            name
              .replace(/\.(yaml|pem|crl|json)$/, '')
              .split('/')
              .at(-1),
          );
        }
        const back = events.length;
        place(name, content);
        // blocks that are as they were are not told of
        await said(back, ['reloaded'], name.endsWith('blocks.json') ? 400 : 20_000);
      }
    }
    expect(await letIn(dev, twins)).toEqual(before);
  } finally {
    await dev.close();
  }
});

function serialOf(pem: string): string {
  return BigInt(`0x${new X509Certificate(pem).serialNumber}`).toString(16);
}
