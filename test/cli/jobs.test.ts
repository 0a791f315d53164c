import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLiveRelease } from '../../src/authorize/live-release.ts';
import { decide } from '../../src/core/decide/decide.ts';
import { pinnedKeyOf } from '../../src/core/release/signed.ts';
import { parseCertificate } from '../../src/core/x509/certificate.ts';
import { readPemBlocks } from '../../src/core/x509/pem.ts';
import { openReleaseFolder } from '../../src/folder/release-folder.ts';
import { openSigningKey } from '../../src/folder/signing-key.ts';
import { sallyport as runCli } from './run.ts';

jest.setTimeout(120_000);

let folder: string;
const at = (name: string) => join(folder, name);
const sallyport = (...args: string[]) =>
  runCli(['--front', 'front', ...args], folder, { env: { NO_COLOR: '1', AWS_EC2_METADATA_DISABLED: 'true' } });
const job = (...args: string[]) => sallyport('jobs', 'run', '--store', 'releases', ...args);
const secret = ['--authority', 'our-ca', '--keys', 'keys', '--passphrase-file', 'pw'];

/** What an authorizer of this store, started now, says about the certificate in acme.pem. */
async function decided(): Promise<string> {
  const keyOf = (name: string) => [pinnedKeyOf(openSigningKey(at(`front/.sallyport/${name}`)))];
  const { live } = openLiveRelease({
    ...openReleaseFolder(at('releases')),
    keys: { pointer: keyOf('signing-key.pem'), blocks: [], lifts: [], revocations: keyOf('revocations-key.pem') },
    front: /^id: ([a-z0-9-]+)/m.exec(readFileSync(at('front/sallyport.yaml'), 'utf8'))?.[1] ?? '',
    maximumAgeMilliseconds: 900_000,
    now: Date.now,
    wait: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds).unref()),
    failed: (error) => {
      throw error;
    },
  });
  const [leaf] = readPemBlocks(readFileSync(at('acme.pem'), 'utf8'));
  const request = { method: 'GET', path: '/orders/1', address: '203.0.113.7' };
  const decision = decide({ certificate: leaf?.der, request, ...(await live()), now: Date.now() });
  return decision.outcome === 'allow' ? 'allow' : [...new Set(decision.reasons.map(({ code }) => code))].join(' ');
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'jobs-'));
  writeFileSync(at('pw'), 'a passphrase of this test\n');
  const made = [
    await sallyport('init'),
    await sallyport('ca', 'init', 'our-ca', '--crl-url', 'http://127.0.0.1:9/our-ca', ...secret.slice(2)),
  ];
  writeFileSync(
    at('front/truststore/clients/acme.yaml'),
    `client: acme\nidentities:\n  - { authority: our-ca, subject: 'CN=acme' }\nallow: ["GET /orders/**"]\n`,
  );
  const request = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem'];
  execFileSync('openssl', [...request, '-subj', '/CN=acme', '-out', 'asked.csr'], { cwd: folder, stdio: 'ignore' });
  made.push(await sallyport('ca', 'sign', 'asked.csr', '--client', 'acme', ...secret.slice(2), '--out', 'acme.pem'));
  made.push(await sallyport('publish', '--store', 'releases'));
  expect(made.map(({ code, err }) => (code === 0 ? 0 : err))).toEqual([0, 0, 0, 0]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('ca init --crl-url to a refused certificate: lists handed over, signed, and a revocation that counts', async () => {
  expect(await decided()).toBe('revocations_unreadable');
  const lists = ['--from', 'keys/root.crl', '--from', 'keys/intermediate.crl'];
  expect(await job(...lists)).toMatchObject({ code: 0, out: expect.stringMatching(/our-ca: 2 lists, current until/) });
  expect(await decided()).toBe('allow');
  expect(await job(...lists)).toMatchObject({ code: 0, out: expect.stringContaining('nothing new: sequence 1 stays') });

  const serial = parseCertificate(
    readPemBlocks(readFileSync(at('acme.pem'), 'utf8'))[0]?.der ?? new Uint8Array(),
  ).serial;
  expect(await sallyport('ca', 'revoke', serial, ...secret, '--reason', 'keyCompromise')).toMatchObject({ code: 0 });
  expect(await job(...lists, '--json')).toMatchObject({ code: 0, out: expect.stringContaining('"sequence":2') });
  expect(await decided()).toBe('certificate_revoked');
});

test('servers inside our own network are not asked, and what is held stays', async () => {
  const run = await job();
  expect(run).toMatchObject({ code: 1, out: expect.stringContaining('127.0.0.1 is 127.0.0.1, which is no public') });
  expect(run.out).toContain('nothing new: sequence 2 stays');
  expect(await decided()).toBe('certificate_revoked');
});

test('what cannot be: forgetting without a reason, a share of 101, a file that is not there', async () => {
  expect(await job('--forget', 'our-ca')).toMatchObject({ code: 2, err: expect.stringContaining('needs a reason') });
  expect(await job('--max-vanished', '101')).toMatchObject({ code: 2 });
  expect(await job('--from', 'none.crl')).toMatchObject({ code: 3, err: expect.stringContaining('none.crl') });
  expect(await job('--forget', 'no-such-ca', '--reason', 'x')).toMatchObject({
    code: 3,
    err: expect.stringContaining('no-such-ca'),
  });
});
