import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ca } from '../pki.ts';
import { sallyport } from './run.ts';

jest.setTimeout(60_000);

const root = ca({ subject: { O: 'Umbra', CN: 'Umbra Root' } });
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-import-'));
  mkdirSync(join(folder, 'conf.d'));
  writeFileSync(join(folder, 'clients.pem'), root.pem);
  writeFileSync(join(folder, 'nginx.conf'), 'http { include mime.types; include conf.d/*.conf; }');
  writeFileSync(
    join(folder, 'conf.d/api.conf'),
    `server { listen 443 ssl; ssl_client_certificate /etc/nginx/clients.pem; ssl_verify_client on;
  if ($ssl_client_s_dn != "CN=erp,O=Umbra") { return 403; }
  location /orders/ { proxy_pass https://erp.internal.example; }
}`,
  );
  writeFileSync(join(folder, 'away.conf'), 'include ../../etc/other.conf;');
  writeFileSync(join(folder, 'r.json'), '{"/ws/": {"client_cert": true}}');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('nginx: a folder that compiles, lists what changed, and is not written over', async () => {
  const { code, out } = await sallyport(['import', 'nginx', 'nginx.conf', '--out', 'front', '--json'], folder);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    clients: [{ name: 'client', subject: 'CN=erp,O=Umbra' }],
    routes: [{ match: 'ANY /orders/**' }],
    problems: [],
  });
  expect(readFileSync(join(folder, 'front/IMPORT.md'), 'utf8')).toContain(
    'Nothing here lets in more than the source did.',
  );
  expect((await sallyport(['lint', '--front', 'front'], folder)).code).toBe(0);
  const again = await sallyport(['import', 'nginx', 'nginx.conf', '--out', 'front'], folder);
  expect([again.code, again.err]).toEqual([2, expect.stringContaining('nothing was written')]);
  expect(readdirSync(folder).filter((name) => name.includes('.new-'))).toEqual([]);
});

test('an include elsewhere is not followed', async () => {
  const { code, err } = await sallyport(['import', 'nginx', 'away.conf', '--out', 'away'], folder);
  expect([code, err]).toEqual([
    3,
    expect.stringContaining('away.conf:1 includes ../../etc/other.conf, which is outside'),
  ]);
});

test('an absolute include is taken from beside, as the message says; a folder that is not there stops', async () => {
  const server = (
    include: string,
  ) => `server { listen 443 ssl; ssl_client_certificate clients.pem; ssl_verify_client on;
    if ($ssl_client_s_dn != "CN=erp,O=Umbra") { return 403; } include ${include};
    location /a/ { proxy_pass https://erp.internal.example; } }`;
  writeFileSync(join(folder, 'deny.conf'), 'deny all;');
  writeFileSync(join(folder, 'absolute.conf'), server('/etc/elsewhere/deny.conf'));
  writeFileSync(join(folder, 'missing.conf'), server('/etc/elsewhere/none.d/*.conf'));
  const beside = await sallyport(['import', 'nginx', 'absolute.conf', '--out', 'absolute', '--json'], folder);
  expect(beside.code).toBe(1);
  expect(JSON.parse(beside.out).routes).toEqual([]);
  const missing = await sallyport(['import', 'nginx', 'missing.conf', '--out', 'missing'], folder);
  expect([missing.code, missing.err]).toEqual([3, expect.stringContaining('as none.d/, also when it is empty')]);
  expect(readdirSync(folder)).not.toContain('missing');
});

test('what nginx -T printed is one file with all', async () => {
  writeFileSync(
    join(folder, 'all.conf'),
    `nginx: configuration file /etc/nginx/nginx.conf test is successful
# configuration file /etc/nginx/nginx.conf:
http { include conf.d/*.conf; }
# configuration file /etc/nginx/conf.d/api.conf:
${readFileSync(join(folder, 'conf.d/api.conf'), 'utf8')}`,
  );
  const { code, out } = await sallyport(['import', 'nginx', 'all.conf', '--out', 'dump', '--json'], folder);
  expect([code, JSON.parse(out).routes]).toMatchObject([0, [{ match: 'ANY /orders/**' }]]);
});

test.each([
  ['a CA that is not there', 'server { listen 443 ssl; ssl_client_certificate none.pem; ssl_verify_client on; }', 3],
  ['a template', '{% if x %}', 3],
  ['a file that is none', 'server {', 3],
])('%s: one exit code, and nothing is written', async (_, text, expected) => {
  writeFileSync(join(folder, 'wrong.conf'), text);
  const { code } = await sallyport(['import', 'nginx', 'wrong.conf', '--out', 'wrong'], folder);
  expect(code).toBe(expected);
  expect(readdirSync(folder)).not.toContain('wrong');
});

test('an include whose files cannot be told is not left out', async () => {
  writeFileSync(join(folder, 'odd.conf'), 'include conf.?/*.conf;');
  const { code, err } = await sallyport(['import', 'nginx', 'odd.conf', '--out', 'odd'], folder);
  expect([code, err]).toEqual([3, expect.stringContaining('a pattern that is not read here')]);
});

test('mendix: no client is made up; the next command is named', async () => {
  const args = [
    'import',
    'mendix',
    'r.json',
    '--out',
    'mendix',
    '--ca',
    'clients.pem',
    '--backend',
    'https://app.mendixcloud.com',
  ];
  const { code, out } = await sallyport(args, folder);
  expect([code, out]).toEqual([
    1,
    expect.stringContaining('sallyport client add NAME --from FILE --allow "ANY /ws/**"'),
  ]);
  const leaf = root.issue({ subject: { O: 'Umbra', CN: 'erp' } });
  writeFileSync(join(folder, 'leaf.pem'), leaf.pem);
  const added = await sallyport(
    ['client', 'add', 'erp', '--front', 'mendix', '--from', 'leaf.pem', '--allow', 'ANY /ws/**', '--yes'],
    folder,
  );
  expect([added.code, added.out]).toEqual([0, expect.stringContaining('this certificate is the client')]);
});
