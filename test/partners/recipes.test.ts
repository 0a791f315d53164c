import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { clientKeyOf, clientKeySha256 } from '../../src/core/client-key.ts';
import { type Dev, openDev } from '../../src/local/dev/dev.ts';
import { kitFiles } from '../../src/partners/kit/kit.ts';
import { encodePkcs12 } from '../../src/partners/pkcs12.ts';
import { fill, fillRecipe, type RecipeValues } from '../../src/partners/recipes/fill.ts';
import { recipes } from '../../src/partners/recipes/table.ts';
import { cleanEnvironment, run, works } from '../front/clients/run.ts';
import { pkcs8From } from './pkcs8.ts';

/** The recipes as partners read them, run as they stand against the sample front. What this machine lacks is named. */

const root = resolve(import.meta.dirname, '../..');
const tools: Readonly<Record<string, boolean>> = {
  curl: works('curl', '--version'),
  openssl: works('openssl', 'version'),
  wget: works('wget', '--version'),
  'python-requests': works('python3', '-c', 'import requests'),
  node: true,
  java: works('java', '--version'),
  go: works('go', 'version'),
  bruno: works('bru', '--version'),
  postman: works('newman', '--version'),
  php: works('php', '-r', 'exit(extension_loaded("curl") ? 0 : 1);'),
};
/** What runs where these tests do not: as a partner would read it, and no further. */
const elsewhere = [
  'curl-windows',
  'curl-macos',
  'dotnet',
  'powershell',
  'mendix',
  'outsystems',
  'salesforce',
  'power-automate',
  'sap',
];
const runnable = Object.keys(tools).filter((id) => tools[id] === true);
const absent = Object.keys(tools).filter((id) => tools[id] !== true);

const stockKey = clientKeyOf(randomBytes(32));

/** One client of the front has to bring a key and a token besides. */
function asksMore(front: string): void {
  const issuers = join(front, 'truststore/token-issuers');
  mkdirSync(issuers);
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  writeFileSync(join(issuers, 'login.json'), JSON.stringify({ keys: [key] }));
  writeFileSync(
    join(issuers, 'login.yaml'),
    'tokenIssuer: login\nissuer: https://login.example.com\naudiences: [https://api.example.com]\nkeys: login.json\n',
  );
  const require = `require: [{ keySha256: "${clientKeySha256(stockKey)}" }, { token: { issuer: login } }]\n`;
  appendFileSync(join(front, 'truststore/clients/acme-warehouse.yaml'), require);
}

let dev: Dev;
let folder: string;
let values: RecipeValues;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-recipes-'));
  const front = join(folder, 'front');
  for (const part of ['sallyport.yaml', 'truststore']) cpSync(join(root, part), join(front, part), { recursive: true });
  asksMore(front);
  dev = await openDev({
    folder: front,
    listen: '127.0.0.1',
    port: 0,
    now: () => Date.now(),
    random: (bytes) => randomBytes(bytes),
    observe: () => {},
  });
  const [acme, stock] = ['acme', 'acme-warehouse'].map((name) =>
    dev.twins().identities.find(({ client }) => client === name),
  );
  if (acme === undefined || stock === undefined) throw new Error('no twin');
  writeFileSync(join(folder, 'stock.pem'), stock.chainPem);
  writeFileSync(join(folder, 'stock.key'), stock.keyPem, { mode: 0o600 });
  const inBag = pkcs8From(stock.keyPem, stock.chainPem);
  writeFileSync(
    join(folder, 'stock.p12'),
    encodePkcs12({ ...inBag, password: 'partner', friendlyName: 'client' }, 'modern'),
  );
  values = {
    host: 'localhost',
    port: dev.port,
    path: '/orders/7',
    method: 'GET',
    certificate: 'client.pem',
    key: 'client.key',
    p12: 'client.p12',
    passwordFile: 'password.txt',
    serverChain: 'server-chain.pem',
  };
  writeFileSync(join(folder, 'client.pem'), acme.chainPem);
  writeFileSync(join(folder, 'client.key'), acme.keyPem, { mode: 0o600 });
  writeFileSync(join(folder, 'server-chain.pem'), dev.serverAuthority.pem);
  writeFileSync(join(folder, 'password.txt'), 'partner\n');
  const { pkcs8, certificates } = pkcs8From(acme.keyPem, acme.chainPem);
  const spec = { pkcs8, certificates, password: 'partner', friendlyName: 'client' };
  writeFileSync(join(folder, 'client.p12'), encodePkcs12(spec, 'modern'));
}, 30_000);
afterAll(async () => {
  await dev.close();
  rmSync(folder, { recursive: true, force: true });
});

test.each(runnable)(
  `%s: run as it stands${absent.length === 0 ? '' : ` (not on this machine: ${absent.join(', ')})`}`,
  async (id) => {
    const recipe = recipes.find((one) => one.id === id);
    if (recipe === undefined) throw new Error(`no recipe ${id}`);
    const { steps } = fillRecipe(recipe, values);
    for (const { code } of steps) if (code?.file !== undefined) writeFileSync(join(folder, code.file), code.text);
    const commands = steps.filter(({ code }) => code?.language === 'sh').map(({ code }) => code?.text ?? '');
    expect(commands).toHaveLength(1);
    const environment = cleanEnvironment({ GOFLAGS: '-mod=mod', GO111MODULE: 'off' });
    const script = `cd '${folder}' && ${commands[0]}`;
    const { output, errors } = await run('bash', ['-c', script], { environment, seconds: 100 });
    expect(`${output}\n${errors}`).toContain('hello from the demo backend');
    expect(`${output}\n${errors}`).toMatch(/(?:^|HTTP\/1\.1 |\n|\(|\[)\s*200\b/);
  },
  120_000,
);

test.each(runnable.filter((id) => id !== 'bruno' && id !== 'postman'))(
  '%s: with a key and a token, too',
  async (id) => {
    const recipe = recipes.find((one) => one.id === id);
    if (recipe === undefined) throw new Error(`no recipe ${id}`);
    const own = { certificate: 'stock.pem', key: 'stock.key', p12: 'stock.p12', path: '/stock/7' };
    const { steps } = fillRecipe(recipe, { ...values, ...own, clientKey: 'X-Sallyport-Key', token: 'login' });
    for (const { code } of steps) if (code?.file !== undefined) writeFileSync(join(folder, code.file), code.text);
    const command = steps.find(({ code }) => code?.language === 'sh')?.code?.text;
    const token = dev.twins().tokens.find(({ client }) => client === 'acme-warehouse')?.text ?? '';
    const shown = { SALLYPORT_KEY: stockKey, TOKEN: token };
    const environment = cleanEnvironment({ GOFLAGS: '-mod=mod', GO111MODULE: 'off', ...shown });
    const { output, errors } = await run('bash', ['-c', `cd '${folder}' && ${command}`], { environment, seconds: 100 });
    expect(`${output}\n${errors}`).toContain('hello from the demo backend');
    // the front has looked at both: without them it refuses
    const without = cleanEnvironment({ GOFLAGS: '-mod=mod', GO111MODULE: 'off', SALLYPORT_KEY: 'none', TOKEN: 'none' });
    const refused = await run('bash', ['-c', `cd '${folder}' && ${command}`], { environment: without, seconds: 100 });
    expect(`${refused.output}\n${refused.errors}`).not.toContain('hello from the demo backend');
  },
  120_000,
);

test('check.sh says that all is well, and what is wrong when it is not', async () => {
  const kit = join(folder, 'kit');
  mkdirSync(join(kit, 'guides'), { recursive: true });
  const files = kitFiles({
    client: 'acme',
    values,
    support: 'api-team@example.com',
    chain: '',
    serverChain: dev.serverAuthority.pem,
    tokens: [],
  });
  for (const [name, bytes] of files) writeFileSync(join(kit, name), bytes);
  const own = [join(folder, 'client.pem'), join(folder, 'client.key')];
  const environment = cleanEnvironment();
  const well = await run('bash', [join(kit, 'check.sh'), ...own], { environment, seconds: 90 });
  expect(well.output.split('\n').map((line) => (line.startsWith('NO') ? line : line.slice(0, 18).trimEnd()))).toEqual([
    'ok    dns',
    'ok    server',
    'ok    chain',
    'ok    sent',
    'ok    clock',
    'ok    answer',
    '      reference',
    '',
  ]);
  expect(well.output).not.toContain('PRIVATE KEY');
  rmSync(join(kit, 'server-chain.pem'));
  const untrusted = await run('bash', [join(kit, 'check.sh'), ...own], { environment, seconds: 90 });
  expect(untrusted.output).toMatch(/NO {4}chain .*not trusted/);
  expect(untrusted.output).toMatch(/NO {4}answer .*none/);
}, 120_000);

test('every recipe is filled wholly, with and without a server chain', () => {
  const { serverChain: _, ...publicServer } = values;
  for (const recipe of recipes) {
    for (const each of [values, publicServer])
      expect(JSON.stringify(fillRecipe(recipe, each))).not.toMatch(/\{\{|serverChain\}/);
    expect(JSON.stringify(fillRecipe(recipe, publicServer))).not.toContain('server-chain.pem');
    expect(recipe.steps.length * recipe.traps.length).toBeGreaterThan(0);
  }
  expect(new Set(recipes.map(({ id }) => id)).size).toBe(recipes.length);
});

test('a placeholder that does not exist is an error', () => {
  expect(() => fill('{{hots}}', values)).toThrow('unknown placeholder {{hots}}');
});

test('every recipe is run here, or said to run elsewhere', () => {
  expect([...Object.keys(tools), ...elsewhere].sort()).toEqual(recipes.map(({ id }) => id).sort());
});
