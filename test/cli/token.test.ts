import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sallyport } from './run.ts';

jest.setTimeout(120_000);
const root = resolve(import.meta.dirname, '../..');
let folder = '';
/** The sample, with a token asked of acme by its own file and of initech as one of two conditions. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-token-'));
  for (const part of ['sallyport.yaml', 'truststore'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  const issuers = join(folder, 'truststore/token-issuers');
  mkdirSync(issuers);
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  writeFileSync(join(issuers, 'login.jwks.json'), JSON.stringify({ keys: [{ ...key, kid: 'a' }] }));
  writeFileSync(
    join(issuers, 'login.yaml'),
    'tokenIssuer: login\nissuer: https://login.example.com\naudiences: [https://api.example.com]\nkeys: login.jwks.json\n',
  );
  const clients = join(folder, 'truststore/clients');
  appendFileSync(join(clients, 'acme.yaml'), 'require: [{ token: { issuer: login, scopes: [orders.read] } }]\n');
  appendFileSync(
    join(clients, 'initech.yaml'),
    'require: [{ any: [{ token: { issuer: login } }, { addresses: [198.51.100.0/24] }] }]\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('dev makes the tokens that are asked for, and shows what happens without and with the wrong one', async () => {
  const { code, out, err } = await sallyport(['dev', '--once', '--json', '--port', '0'], folder);
  expect([code, err.includes('each as expected')]).toEqual([0, true]);
  const calls = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { call: string; status: number; reasons: string[] });
  const call = (name: string) => calls.find((one) => one.call === name);
  expect(call('client-acme')).toMatchObject({ status: 200 });
  expect(call('client-initech')).toMatchObject({ status: 200 });
  expect(call('no-token')).toMatchObject({ status: 403, reasons: ['token_missing'] });
  expect(call('other-token')).toMatchObject({ status: 403, reasons: ['token_certificate_differs'] });
});

test('why: without a token, with it, and by the reference of the refusal', async () => {
  const cert = '.sallyport/clients/acme.pem';
  const ask = (...more: string[]) => sallyport(['why', cert, '--request', 'GET /orders/7', ...more], folder);
  const without = await ask();
  expect(without.code).toBe(1);
  expect(without.out).toMatch(
    /token_missing[\s\S]*expected a token of login[\s\S]*truststore\/clients\/acme\.yaml:\d+/,
  );
  expect((await ask('--token-file', '.sallyport/clients/acme.login.jwt')).code).toBe(0);
  const other = await ask('--token-file', '.sallyport/clients/initech.login.jwt');
  expect([other.code, other.out]).toEqual([1, expect.stringContaining('token_certificate_differs')]);
  const [kept] = readFileSync(join(folder, '.sallyport/refusals.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { reference: string; path: string })
    .slice(-1);
  const again = await sallyport(['why', kept?.reference ?? ''], folder);
  expect([again.code, again.out]).toEqual([1, expect.stringContaining('--token-file FILE')]);
});

test('the kit says which token to send, and how it has to be fetched', async () => {
  expect((await sallyport(['kit', 'acme', '--out', 'kit'], folder)).code).toBe(0);
  const page = readFileSync(join(folder, 'kit/README.md'), 'utf8');
  expect(page).toContain(
    'Send an access token of `https://login.example.com` (audience `https://api.example.com`, scope `orders.read`)',
  );
  expect(page).toContain('RFC 8705');
});

test('client show names every condition and where it is written', async () => {
  const { out } = await sallyport(['client', 'show', 'initech'], folder);
  expect(out).toMatch(
    /only with +a token of login bound to the certificate or 198\.51\.100\.0\/24 \(truststore\/clients\/initech\.yaml:\d+\)/,
  );
});
