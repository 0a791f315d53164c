import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { openPkcs12 } from '../../src/partners/pkcs12.ts';
import { works } from '../front/clients/run.ts';
import { ca } from '../pki.ts';
import { sallyport } from './run.ts';

jest.setTimeout(60_000);

const root = resolve(import.meta.dirname, '../..');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-kit-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const kit = (...more: string[]) => sallyport(['--front', root, 'kit', ...more], folder);

test('of a client that is exactly its certificate: no chain, and no word about authorities', async () => {
  const { code, out } = await kit('initech', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out).files).not.toContain('chain.pem');
  const page = readFileSync(join(folder, 'kit-initech/README.md'), 'utf8');
  expect(page).toContain('Your certificate itself is registered, and no other');
  expect(page).not.toMatch(/chain\.pem|must have signed/);
});

test('a kit has a first page, checks, the chain and guides with the values of the client, and no key', async () => {
  const server = ca({ subject: 'Server Root' });
  writeFileSync(join(folder, 'server.pem'), `${server.keyPem}${server.pem}`);
  const { code, out } = await kit('acme', '--zip', '--json', '--server-chain', 'server.pem', '--port', '8443');
  expect(code).toBe(0);
  const { files, ...document } = JSON.parse(out);
  expect(document).toEqual({ format: 1, client: 'acme', folder: 'kit-acme', zip: 'kit-acme.zip', password: null });
  expect(files).toEqual(
    expect.arrayContaining(['README.md', 'check.sh', 'check.ps1', 'chain.pem', 'server-chain.pem', 'guides/curl.md']),
  );
  for (const name of files) expect(readFileSync(join(folder, 'kit-acme', name), 'utf8')).not.toContain('PRIVATE KEY');
  expect(readFileSync(join(folder, 'kit-acme/README.md'), 'utf8')).toContain(
    '| what you see | what it means | who must act |',
  );
  expect(readFileSync(join(folder, 'kit-acme/guides/curl.md'), 'utf8')).toContain(
    'https://api.example.com:8443/orders',
  );
  expect(readFileSync(join(folder, 'kit-acme/chain.pem'), 'utf8')).toContain('BEGIN CERTIFICATE');
  expect(readdirSync(folder).sort()).toEqual(['kit-acme', 'kit-acme.zip', 'server.pem']);
  expect(unzipped(readFileSync(join(folder, 'kit-acme.zip')))).toEqual(
    new Map(files.map((name: string) => [name, readFileSync(join(folder, 'kit-acme', name), 'latin1')])),
  );
  // A reader that is not ours, where there is one.
  const reader = works('python3', '--version') ? ['python3', '-m', 'zipfile', '-t'] : ['true'];
  expect(works(reader[0] ?? '', ...reader.slice(1), join(folder, 'kit-acme.zip'))).toBe(true);
});

test('a public server needs nothing, and the page says so', async () => {
  expect((await kit('acme', '--out', 'here')).code).toBe(0);
  expect(readdirSync(join(folder, 'here'))).not.toContain('server-chain.pem');
  expect(readFileSync(join(folder, 'here/README.md'), 'utf8')).toContain('from a public authority');
  expect(await kit('acme', '--out', 'here')).toMatchObject({ code: 2, err: expect.stringContaining('here exists') });
});

test.each([
  [['nobody'], 'there is no client nobody'],
  [['acme', '--port', 'x'], '--port x is no port'],
  [['acme', '--server-chain', join(root, 'README.md')], 'holds no certificate'],
])('%j is wrong usage', async (given, message) => {
  expect(await kit(...given)).toMatchObject({ code: 2, err: expect.stringContaining(message) });
  expect(readdirSync(folder)).toEqual([]);
});

test('with a key: two PKCS#12 files under a new password that lies apart, never in a work tree or a front', async () => {
  const { pem, keyPem } = ca({ subject: 'Acme Root' }).issue({ subject: 'orders-client' });
  const key = join(folder, 'key.pem');
  writeFileSync(key, `${keyPem}${pem}`);
  expect((await kit('acme', '--out', 'keyed', '--with-key', key)).code).toBe(0);
  const password = readFileSync(join(folder, 'keyed.password'), 'utf8').trim();
  expect(statSync(join(folder, 'keyed.password')).mode & 0o777).toBe(0o600);
  for (const name of ['client.p12', 'client-legacy.p12']) {
    expect(openPkcs12(readFileSync(join(folder, 'keyed', name)), { password }).keys).toHaveLength(1);
  }
  const inFront = await kit('acme', '--out', join(root, 'keyed'), '--with-key', key);
  expect(inFront).toMatchObject({ code: 2, err: expect.stringContaining('in the folder of the front') });
  mkdirSync(join(folder, '.git'));
  const inGit = await kit('acme', '--out', 'again', '--with-key', key);
  expect(inGit).toMatchObject({ code: 2, err: expect.stringContaining('in a git work tree') });
});

/** By its local headers. */
function unzipped(archive: Buffer): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (let at = 0; archive.readUInt32LE(at) === 0x04034b50; ) {
    const length = archive.readUInt32LE(at + 18);
    const start = at + 30 + archive.readUInt16LE(at + 26);
    const bytes = archive.subarray(start, start + length);
    expect(archive.readUInt32LE(at + 14)).toBe(crc32(bytes));
    files.set(archive.toString('utf8', at + 30, start), bytes.toString('latin1'));
    at = start + length;
  }
  return files;
}
