import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePkcs12, openPkcs12 } from '../../src/partners/pkcs12.ts';
import { ca } from '../pki.ts';
import { sallyport as runCli } from './run.ts';

// each call is a process of its own
jest.setTimeout(60_000);

const authority = ca({ subject: 'Acme Root' });
const leaf = authority.issue({ subject: 'orders-client' });
let folder: string;

const sallyport = (args: readonly string[], input = '') =>
  runCli(['inspect', ...args], folder, { env: { NO_COLOR: '1' }, input });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'inspect-'));
  const pkcs8 = leaf.privateKey.export({ type: 'pkcs8', format: 'der' });
  const spec = { pkcs8, certificates: [leaf.der, authority.der], password: 'secret', friendlyName: 'orders' };
  writeFileSync(join(folder, 'client.p12'), encodePkcs12(spec, 'legacy'));
  writeFileSync(join(folder, 'pw'), 'secret\n');
  writeFileSync(join(folder, 'mail.txt'), `> ${leaf.pem.trim().replaceAll('\n', '\r\n> ')}\r\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a mail: what it is, what is wrong, what to do, who takes it', async () => {
  const { code, out } = await sallyport(['mail.txt']);
  expect(code).toBe(0);
  expect(out).toMatch(/^a certificate: CN=orders-client\n/);
  expect(out).toMatch(/mail_quoting: .*\n {2}→ have it sent as a file attachment/);
  expect(out).toMatch(/chain_incomplete: the issuer is not in the file: CN=Acme Root/);
  expect(out).toMatch(/OpenSSL 3 +no/);
});

test('a PKCS#12 file: locked, opened, as JSON', async () => {
  expect((await sallyport(['client.p12'])).out).toMatch(/locked: it is locked with a password/);
  const opened = await sallyport(['client.p12', '--password-stdin', '--json'], 'secret\n');
  expect(JSON.parse(opened.out)).toMatchObject({
    format: 1,
    summary: 'a PKCS#12 file, 2 certificates: CN=orders-client',
    items: [
      { kind: 'pkcs12', facts: { keys: '1', certificates: '2' } },
      { kind: 'certificate' },
      { kind: 'certificate' },
    ],
  });
  expect(await sallyport(['client.p12', '--password-stdin'], 'wrong')).toMatchObject({
    code: 3,
    out: expect.stringContaining('pkcs12_password'),
  });
});

test('written again, readable by nobody else, never over a file', async () => {
  const args = ['client.p12', '--password-file', 'pw', '--reencode', 'modern', '--out', 'new.p12'];
  expect(await sallyport(args)).toMatchObject({ code: 0, out: expect.stringContaining('written: new.p12 (modern)') });
  const { keys, protection } = openPkcs12(readFileSync(join(folder, 'new.p12')), { password: 'secret' });
  expect(keys[0]?.key?.equals(leaf.privateKey)).toBe(true);
  expect(protection.encryptions[0]?.name).toBe('PBES2 aes-256-cbc, PBKDF2 sha256');
  expect(statSync(join(folder, 'new.p12')).mode & 0o777).toBe(0o600);
  expect(await sallyport(args)).toMatchObject({ code: 2, err: expect.stringContaining('new.p12 exists') });
});

test('wrong usage and wrong files', async () => {
  expect(await sallyport(['client.p12', '--reencode', 'modern'])).toMatchObject({ code: 2 });
  expect(await sallyport(['client.p12', '--reencode', 'best', '--out', 'x'])).toMatchObject({ code: 2 });
  expect(await sallyport(['client.p12', '--out', 'x'])).toMatchObject({ code: 2 });
  expect(await sallyport(['none.pem'])).toMatchObject({
    code: 3,
    err: expect.stringContaining('there is no such file'),
  });
  const wrong = ['client.p12', '--password-stdin', '--reencode', 'modern', '--out', 'x'];
  expect(await sallyport(wrong, 'wrong')).toMatchObject({
    code: 3,
    err: expect.stringContaining('does not open this file'),
  });
  expect(existsSync(join(folder, 'x'))).toBe(false);
});
