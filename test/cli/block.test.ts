import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLiveRelease } from '../../src/authorize/live-release.ts';
import { type Decision, decide } from '../../src/core/decide/decide.ts';
import { IdentityCache } from '../../src/core/decide/identities.ts';
import { pinnedKeyOf } from '../../src/core/release/signed.ts';
import { pemFromDer } from '../../src/core/x509/pem.ts';
import { openReleaseFolder } from '../../src/folder/release-folder.ts';
import { openSigningKey } from '../../src/folder/signing-key.ts';
import { ca } from '../pki.ts';
import { sallyport as runCli } from './run.ts';

const root = ca({ subject: { CN: 'Acme Root' } });
const acme = root.issue({ subject: { CN: 'acme' } });
const again = root.issue({ subject: { CN: 'acme' } });
const globex = root.issue({ subject: { CN: 'globex' } });
jest.setTimeout(60_000);

let folder: string;

const sallyport = (...args: string[]) =>
  runCli(['--front', 'front', ...args], folder, { env: { NO_COLOR: '1', AWS_EC2_METADATA_DISABLED: 'true' } });
const onFolder = (...args: string[]) => sallyport(...args, '--store', 'releases');

/** What an authorizer of this store decides, which reads it anew: each has its own time of reading. */
async function decisionOf(der: Uint8Array): Promise<string> {
  const keyOf = (name: string) => [pinnedKeyOf(openSigningKey(join(folder, 'front/.sallyport', name)))];
  const people = keyOf('blocks-key.pem');
  const { live } = openLiveRelease({
    ...openReleaseFolder(join(folder, 'releases')),
    keys: { pointer: keyOf('signing-key.pem'), blocks: people, lifts: people, revocations: [] },
    front: frontId(),
    maximumAgeMilliseconds: 900_000,
    now: Date.now,
    wait: () => Promise.resolve(),
    failed: () => {},
  });
  const { registry, overlay } = await live();
  const decision: Decision = decide({
    certificate: der,
    request: { method: 'GET', path: '/orders/1', address: '203.0.113.7' },
    registry,
    overlay,
    now: Date.now(),
    identities: new IdentityCache(),
  });
  return decision.outcome === 'allow' ? 'allow' : (decision.reasons[0]?.code ?? '');
}

const frontId = () => /^id: (\S+)/m.exec(readFileSync(join(folder, 'front/sallyport.yaml'), 'utf8'))?.[1] ?? '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'block-'));
  expect(await sallyport('init')).toMatchObject({ code: 0 });
  const file = (name: string, text: string) => writeFileSync(join(folder, 'front/truststore', name), text);
  file('authorities/acme-ca.pem', pemFromDer(root.der));
  file('authorities/acme-ca.yaml', 'authority: acme-ca\nrevocation: { none: "a test" }\n');
  for (const name of ['acme', 'globex'])
    file(
      `clients/${name}.yaml`,
      `client: ${name}\nidentities:\n  - { authority: acme-ca, subject: "CN=${name}" }\nallow: ["GET /orders/**"]\n`,
    );
  writeFileSync(join(folder, 'acme.pem'), pemFromDer(acme.der));
  expect(await onFolder('publish')).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const idIn = (out: string) => /blocked: ([a-z0-9]{8})/.exec(out)?.[1] ?? '';

test('a client is blocked, also under another name, and only unblock lifts it', async () => {
  expect(await decisionOf(acme.der)).toBe('allow');
  const blocked = await onFolder('block', 'acme', '--reason', 'contract ended');
  expect(blocked).toMatchObject({ code: 0, out: expect.stringMatching(/blocked: .*\nrefused everywhere within 15 s/) });
  expect(await decisionOf(acme.der)).toBe('certificate_blocked');
  expect(await decisionOf(globex.der)).toBe('allow');

  expect((await onFolder('status')).out).toMatch(
    /blocked, and still in the files: acme \([a-z0-9]{8}: contract ended\)/,
  );

  // renamed: it comes into no release, and stays nobody
  const clients = join(folder, 'front/truststore/clients');
  const text = readFileSync(join(clients, 'acme.yaml'), 'utf8');
  copyFileSync(join(clients, 'acme.yaml'), join(folder, 'kept.yaml'));
  rmSync(join(clients, 'acme.yaml'));
  writeFileSync(join(clients, 'acme-2.yaml'), text.replace('client: acme', 'client: acme-2'));
  const id = idIn(blocked.out);
  const renamed = await onFolder('publish', '--yes');
  expect(renamed).toMatchObject({
    code: 1,
    err: expect.stringMatching(/acme-2\.yaml:\S* acme-2 is blocked, and would come back: client acme, contract ended/),
  });
  expect(renamed.err).toContain(`sallyport unblock ${id}`);
  expect(await decisionOf(acme.der)).toBe('certificate_blocked');
  expect((await onFolder('status')).out).toContain('still in the files: acme-2');

  expect((await onFolder('block')).out).toMatch(new RegExp(`${id}  blocked  client acme`));
  expect(await onFolder('unblock', id)).toMatchObject({ code: 2, err: expect.stringContaining('needs a reason') });
  expect(await onFolder('unblock', id, '--reason', 'a new contract')).toMatchObject({ code: 0 });
  expect(await onFolder('publish')).toMatchObject({ code: 0 });
  expect(await decisionOf(acme.der)).toBe('allow');
  expect(await onFolder('unblock', id, '--reason', 'again')).toMatchObject({
    code: 3,
    err: expect.stringContaining('already'),
  });
  expect(await onFolder('unblock', 'aaaaaaaa', '--reason', 'x')).toMatchObject({
    code: 3,
    err: expect.stringContaining(id),
  });
});

test('a certificate file blocks the certificate and its key, not another certificate of the client', async () => {
  const { out } = await onFolder('block', 'acme.pem', '--reason', 'key on a public page');
  expect(await decisionOf(acme.der)).toBe('certificate_blocked');
  expect(await decisionOf(again.der)).toBe('allow');
  await onFolder('unblock', idIn(out), '--reason', 'a test');
});

test('everybody under a CA is blocked only by whoever types how many', async () => {
  expect(await onFolder('block', 'ca:acme-ca', '--reason', 'CA compromised')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/keeps out 2 clients[\s\S]*--clients 2/),
  });
  expect(await decisionOf(globex.der)).toBe('allow');
  const { out, code } = await onFolder('block', 'ca:acme-ca', '--reason', 'CA compromised', '--clients', '2');
  expect(code).toBe(0);
  expect(await decisionOf(globex.der)).toBe('certificate_blocked');
  await onFolder('unblock', idIn(out), '--reason', 'a test');
});

test.each<[string, readonly string[], RegExp]>([
  ['no reason', ['block', 'acme-2'], /needs a reason/],
  [
    'a name that nothing has',
    ['block', 'acmee', '--reason', 'x'],
    /nothing that can be blocked is called acmee[\s\S]*acme-2/,
  ],
  ['a time that has passed', ['block', 'acme-2', '--reason', 'x', '--until', '2020-01-01'], /has passed/],
  ['a time that is none', ['block', 'acme-2', '--reason', 'x', '--until', 'tomorrow'], /no moment/],
  ['another number of clients', ['block', 'ca:acme-ca', '--reason', 'x', '--clients', '7'], /2 clients, not 7/],
])('%s: refused, and nothing is written', async (_, args, message) => {
  const before = (await onFolder('block', '--json')).out;
  expect(await onFolder(...args)).toMatchObject({ code: 2, err: expect.stringMatching(message) });
  expect((await onFolder('block', '--json')).out).toBe(before);
});

test('dev has blocks of its own', async () => {
  const { out, code } = await sallyport('block', 'globex', '--dev', '--reason', 'a try');
  expect(code).toBe(0);
  expect(JSON.parse(readFileSync(join(folder, 'front/.sallyport/blocks.json'), 'utf8'))).toMatchObject({
    entries: [{ target: 'client globex', reason: 'a try' }],
  });
  expect((await sallyport('block', '--dev')).out).toContain('client globex');
  expect(await sallyport('unblock', idIn(out), '--dev', '--reason', 'tried')).toMatchObject({ code: 0 });
  expect((await sallyport('block', '--dev')).out).toBe('nothing is blocked\n');
});
