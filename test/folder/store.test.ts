import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDocument, parsePinnedKey, signDocument } from '../../src/core/release/signed.ts';
import { openDirectoryEdge } from '../../src/folder/edge.ts';
import { openDirectoryParameters } from '../../src/folder/parameters.ts';
import { openSigningKey } from '../../src/folder/signing-key.ts';
import { openDirectoryStore } from '../../src/folder/store.ts';
import { codesOf } from '../core/release/fixture.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const put = async (key: string, text: string) => {
  const written = await openDirectoryStore(folder).put(key, bytes(text), { ifNoneMatch: '*' });
  if (written === 'lost') throw new Error(`${key} is there`);
  return written;
};

describe('the store on a folder', () => {
  test('has the conditions and versions of S3', async () => {
    const store = openDirectoryStore(folder);
    expect(await store.get('pointer.json')).toBeUndefined();
    const first = await put('pointer.json', '1');
    expect(await store.put('pointer.json', bytes('2'), { ifNoneMatch: '*' })).toBe('lost');
    expect(await store.put('pointer.json', bytes('2'), { ifMatch: 'other' })).toBe('lost');
    expect(await store.put('absent.json', bytes('2'), { ifMatch: first.etag })).toBe('lost');
    const second = await store.put('pointer.json', bytes('2'), { ifMatch: first.etag });
    expect(await store.get('pointer.json')).toEqual({ body: bytes('2'), ...(second as object) });
    expect(await store.get('pointer.json', { version: first.version })).toEqual({ body: bytes('1'), ...first });
    expect(await store.get('pointer.json', { version: 'f'.repeat(64) })).toBeUndefined();
    expect(await store.get('pointer.json', { ifNoneMatch: second === 'lost' ? '' : second.etag })).toBe('not-modified');
    expect(await store.versions('pointer.json')).toHaveLength(2);
    expect(await store.versions('absent.json')).toEqual([]);
    expect(store.uriOf('pointer.json')).toMatch(/^file:\/\/\/.*\/pointer\.json$/);
  });

  test('lists keys in order, without what it keeps for itself', async () => {
    for (const key of ['publications/2.json', 'publications/10.json', 'pointer.json']) await put(key, key);
    writeFileSync(join(folder, 'publications/2.json.lock'), '');
    const store = openDirectoryStore(folder);
    expect(await store.list('publications/')).toEqual(['publications/10.json', 'publications/2.json']);
    expect(await store.list('publications/', 'publications/10.json')).toEqual(['publications/2.json']);
    expect(await openDirectoryStore(join(folder, 'absent')).list('')).toEqual([]);
  });

  test('of eight writers at once one wins, with either condition', async () => {
    const store = openDirectoryStore(folder);
    const race = async (name: string, condition: Parameters<typeof store.put>[2]) => {
      const writers = Array.from({ length: 8 }, (_, index) =>
        store.put('pointer.json', bytes(`${name} ${index}`), condition),
      );
      return (await Promise.all(writers)).filter((result) => result !== 'lost');
    };
    const [first, ...others] = await race('first', { ifNoneMatch: '*' });
    expect(others).toEqual([]);
    const second = await race('second', { ifMatch: first?.etag ?? '' });
    expect(second).toHaveLength(1);
    expect(await store.get('pointer.json')).toMatchObject({ etag: second[0]?.etag });
  });

  test('a lock whose owner crashed is broken after a while', async () => {
    const { etag } = await put('pointer.json', '1');
    const lock = join(folder, 'pointer.json.lock');
    writeFileSync(lock, '');
    utimesSync(lock, new Date(0), new Date(0));
    expect(await openDirectoryStore(folder).put('pointer.json', bytes('2'), { ifMatch: etag })).not.toBe('lost');
    expect(readdirSync(folder).sort()).toEqual(['.versions', 'pointer.json']);
  });

  test.each(['', '../x', 'a/../../x', '/etc/passwd', 'a//b', 'a\\b', '.', 'ä'])('%j is not a key', async (key) => {
    await expect(openDirectoryStore(folder).get(key)).rejects.toThrow('not a key');
  });

  test('a folder that is a file is no empty store', async () => {
    await put('pointer.json', '1');
    await expect(openDirectoryStore(join(folder, 'pointer.json')).get('x')).rejects.toThrow('ENOTDIR');
  });
});

test('parameters and edge are a file each', async () => {
  const parameters = openDirectoryParameters(folder);
  expect((await parameters.get(['floor'])).size).toBe(0);
  await parameters.put('floor', '1');
  await parameters.put('truststore-uri', 'file:///x');
  expect([...(await parameters.get(['floor', 'truststore-version', 'truststore-uri']))]).toEqual([
    ['floor', '1'],
    ['truststore-uri', 'file:///x'],
  ]);
  const edge = openDirectoryEdge(folder);
  expect(await edge.read()).toEqual({ truststore: undefined, status: 'available', warnings: [] });
  await edge.update({ uri: 'file:///x', version: 'v' });
  expect((await edge.read())?.truststore).toEqual({ uri: 'file:///x', version: 'v' });
});

describe('the signing key', () => {
  test('is made once, for its owner only, and signs what its public half verifies', async () => {
    const path = join(folder, 'keys', 'signing-key.pem');
    const signer = openSigningKey(path);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, 'utf8');
    const again = openSigningKey(path);
    expect(again.spki).toEqual(signer.spki);
    expect(readFileSync(path, 'utf8')).toBe(text);
    const pinned = parsePinnedKey(Buffer.from(again.spki).toString('base64'));
    expect(openDocument('pointer', await signDocument('pointer', { a: 1 }, signer), [pinned])).toEqual(
      Buffer.from('{"a":1}'),
    );
  });

  test('that others may read, or that is no Ed25519 key, is refused with what to do', async () => {
    const path = join(folder, 'signing-key.pem');
    openSigningKey(path);
    chmodSync(path, 0o640);
    if (process.platform !== 'win32')
      expect(await codesOf(() => openSigningKey(path))).toEqual(['signing_key_exposed']);
    writeFileSync(path, 'not a key');
    chmodSync(path, 0o600);
    expect(await codesOf(() => openSigningKey(path))).toEqual(['signing_key_not_usable']);
    expect(() => openSigningKey(folder)).toThrow('EISDIR');
  });
});
