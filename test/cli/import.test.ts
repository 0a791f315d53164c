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
    `server { ssl_client_certificate /etc/nginx/clients.pem; ssl_verify_client on;
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
