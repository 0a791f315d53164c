import { randomBytes } from 'node:crypto';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Dev, openDev } from '../../../src/local/dev/dev.ts';
import { ask } from '../../front/partner.ts';
import { sallyport } from '../run.ts';

// each starts the command line
jest.setTimeout(60_000);

const root = resolve(import.meta.dirname, '../../..');
let folder: string;
let dev: Dev;
let reference: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-why-'));
  for (const part of ['sallyport.yaml', 'truststore'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  const means = { now: () => Date.now(), random: (bytes: number) => randomBytes(bytes), observe: () => {} };
  dev = await openDev({ folder, listen: '127.0.0.1', port: 0, ...means });
  const acme = dev.twins().identities.find(({ client }) => client === 'acme');
  const { status, text } = await ask(dev, acme, '/stock/1');
  expect(status).toBe(403);
  reference = (JSON.parse(text) as { reference: string }).reference;
}, 30_000);
afterAll(async () => {
  await dev.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a reference that a caller was given is decided again, with everything that it was about', async () => {
  const { code, out } = await sallyport(['why', reference.toUpperCase(), '--json'], folder);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    request: { method: 'GET', path: '/stock/1', address: '127.0.0.1' },
    certificate: { twin: true },
    decision: { outcome: 'deny', client: 'acme', reasons: [{ code: 'path_not_allowed' }] },
    change: [{ at: { file: 'truststore/clients/acme.yaml' } }],
    proposal: {
      allows: true,
      files: [
        {
          file: 'truststore/clients/acme.yaml',
          lines: expect.arrayContaining([
            { sign: '+', text: expect.stringMatching(/^allow: .*"POST \/orders", "GET \/stock\/1"\]/) },
          ]),
        },
      ],
    },
  });
});

test('what the change says is enough: with it in the file the same reference is allowed', async () => {
  const file = join(folder, 'truststore/clients/acme.yaml');
  copyFileSync(file, join(folder, 'before'));
  writeFileSync(file, readFileSync(file, 'utf8').replace('"POST /orders"]', '"POST /orders", "GET /stock/1"]'));
  const { code, out } = await sallyport(['why', reference], folder);
  copyFileSync(join(folder, 'before'), file);
  expect(out).toContain('it was refused then; by the files and blocks of now it is allowed');
  expect(code).toBe(0);
});

test('the refusals are in a file that only its owner reads, and another log can be named', async () => {
  const kept = join(folder, '.sallyport/refusals.ndjson');
  expect(statSync(kept).mode & 0o777).toBe(0o600);
  writeFileSync(join(folder, 'export.txt'), `2026-11-27T12:00:00Z ${readFileSync(kept, 'utf8')}`);
  const { code, out } = await sallyport(['why', reference, '--log', 'export.txt', '--json'], folder);
  expect([code, JSON.parse(out).decision.client]).toEqual([1, 'acme']);
});

test('a reference that nobody was given, and a certificate without a request', async () => {
  const unknown = await sallyport(['why', '0'.repeat(20)], folder);
  expect([unknown.code, unknown.err]).toEqual([3, expect.stringContaining('--log FILE')]);
  const bare = await sallyport(['why', 'truststore/clients/initech.pem'], folder);
  expect([bare.code, bare.err]).toEqual([2, expect.stringContaining('--request "GET /orders"')]);
});
