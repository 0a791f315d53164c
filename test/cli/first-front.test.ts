import { createPrivateKey } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readFront } from '../../src/config/folder.ts';
import { readPemBlocks } from '../../src/core/x509/pem.ts';
import { encodePkcs12 } from '../../src/partners/pkcs12.ts';
import { sallyport } from './run.ts';

jest.setTimeout(120_000);
let folder = '';
const front = () => join(folder, 'first');
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-init-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** In order: each step is what a newcomer types next. */
describe('from init to a refusal', () => {
  test('init writes a front without a problem, and never over another', async () => {
    const first = await sallyport(['init', 'first'], folder);
    expect(first.code).toBe(0);
    expect(first.out).toContain('sallyport --front first dev');
    expect(readFront(front()).problems).toEqual([]);
    const again = await sallyport(['init', 'first'], folder);
    expect(again.code).toBe(1);
    expect(again.err).toContain('nothing was written');
    writeFileSync(join(folder, 'a-file'), '');
    for (const impossible of ['a-file', 'a-file/below', '/proc/below']) {
      const refused = await sallyport(['init', impossible], folder);
      expect([impossible, refused.code]).toEqual([impossible, 3]);
      expect(refused.err).toMatch(/cannot write a front in .*\n {2}→ sallyport init OTHER-FOLDER\n/);
    }
  });

  test('init writes what cdk starts our stacks with: the settings of this repository, from the installed package', () => {
    const settingsOf = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as { readonly app: string };
    const ours = settingsOf(resolve(import.meta.dirname, '../../cdk.json'));
    expect(settingsOf(join(front(), 'cdk.json'))).toEqual({ ...ours, app: 'npx --no sallyport-app' });
  });

  test('dev --once --json: one object a call, each as expected', async () => {
    const { code, out, err } = await sallyport(['--front', 'first', 'dev', '--once', '--json', '--port', '0'], folder);
    expect([code, err.includes('each as expected')]).toEqual([0, true]);
    const calls = out
      .trim()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { format: number; call: string; status: number | string; asExpected: boolean },
      );
    expect(calls.every(({ format, asExpected }) => format === 1 && asExpected)).toBe(true);
    expect(calls.filter(({ status }) => status !== 200).length).toBeGreaterThanOrEqual(12);
    expect(calls.map(({ call }) => call)).toEqual(
      expect.arrayContaining(['no-certificate', 'expired', 'path-trick', 'forged-headers']),
    );
  });

  test('the state folder and its keys are for their owner alone', () => {
    const mode = (path: string) => statSync(join(front(), '.sallyport', path)).mode & 0o777;
    expect([mode('.'), mode('twins.json'), mode('clients/sample-partner.key')]).toEqual([0o700, 0o600, 0o600]);
  });

  test('why: allowed 0, refused 1 with every reason and where it stands', async () => {
    const cert = 'first/.sallyport/clients/sample-partner.pem';
    const allowed = await sallyport(['--front', 'first', 'why', cert, '--request', 'GET /orders/7'], folder);
    expect(allowed.code).toBe(0);
    expect(allowed.out).toMatch(
      /allow: client sample-partner, GET \/orders\/\*\* \(truststore\/clients\/sample-partner\.yaml:\d+\)/,
    );
    const refused = await sallyport(
      ['--front', 'first', 'why', cert, '--request', 'DELETE /orders/%2e%2e', '--json'],
      folder,
    );
    expect(refused.code).toBe(1);
    const document = JSON.parse(refused.out);
    expect(document).toMatchObject({
      format: 1,
      allowed: false,
      decision: { outcome: 'deny', client: 'sample-partner' },
    });
    expect(document.decision.reasons[0]).toMatchObject({ code: 'path_malformed', remedy: expect.any(String) });
    const later = await sallyport(
      ['--front', 'first', 'why', cert, '--request', 'GET /orders', '--at', '2099-01-01'],
      folder,
    );
    expect(later.code).toBe(1);
    expect(later.out).toContain('expired');
  });

  test('why: the change of the registry that would allow it', async () => {
    const cert = 'first/.sallyport/clients/sample-partner.pem';
    const args = ['--front', 'first', 'why', cert, '--request', 'DELETE /orders/7'];
    const { code, out } = await sallyport(args, folder);
    expect(code).toBe(1);
    expect(out).toMatch(/change +client sample-partner: add "DELETE \/orders\/7" to allow \(truststore\/clients/);
    expect(out).toMatch(/add a route "DELETE \/orders\/7" to connection \S+ \(sallyport\.yaml/);
  });

  test('why: a PKCS#12 file, with its password in a file', async () => {
    const pem = readFileSync(join(front(), '.sallyport/clients/sample-partner.pem'), 'latin1');
    const key = readFileSync(join(front(), '.sallyport/clients/sample-partner.key'), 'latin1');
    const pkcs8 = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' });
    const certificates = readPemBlocks(pem).map(({ der }) => der);
    const spec = { pkcs8, certificates, password: 'secret', friendlyName: 'partner' };
    writeFileSync(join(folder, 'partner.p12'), encodePkcs12(spec, 'modern'));
    writeFileSync(join(folder, 'pw'), 'secret\n');
    const args = ['--front', 'first', 'why', 'partner.p12', '--request', 'GET /orders/7'];
    expect((await sallyport([...args, '--password-file', 'pw'], folder)).code).toBe(0);
    expect((await sallyport(args, folder)).code).not.toBe(0);
  });

  test('why: what is no certificate is said so', async () => {
    writeFileSync(join(folder, 'text.pem'), 'hello\n');
    const { code, err } = await sallyport(
      ['--front', 'first', 'why', '../text.pem', '--request', 'GET /'],
      join(folder, 'first'),
    );
    expect(code).not.toBe(0);
    expect(err).not.toMatch(/^\s+at /m);
    expect(existsSync(front())).toBe(true);
  });

  test('call: a front that is not up is named, 3', async () => {
    const { code, out } = await sallyport(
      ['--front', 'first', 'call', 'GET /orders', '--as', 'sample-partner'],
      folder,
    );
    expect(code).toBe(3);
    expect(out).toContain('ECONNREFUSED');
    expect(out).toContain('start `sallyport dev`');
  });
});
