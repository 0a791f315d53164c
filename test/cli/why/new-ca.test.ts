import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ca } from '../../pki.ts';
import { sallyport } from '../run.ts';

jest.setTimeout(60_000);
const now = Date.now();
const dates = { notBefore: now - 86_400_000, notAfter: now + 1000 * 86_400_000 };
const subject = { CN: 'orders-client', O: 'Acme' };
const root = ca({ subject: { CN: 'Acme Root', O: 'Acme' }, ...dates });
const issuing = root.ca({ subject: { CN: 'Acme Issuing 1', O: 'Acme' }, ...dates });
const next = root.ca({ subject: { CN: 'Acme Issuing 2', O: 'Acme' }, ...dates });
let folder = '';
const run = (...args: string[]) => sallyport(['--front', 'front', ...args], folder);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-new-ca-'));
  await sallyport(['init', 'front'], folder);
  writeFileSync(join(folder, 'chain.pem'), issuing.issue({ subject, ...dates }).pem + issuing.pem + root.pem);
  writeFileSync(join(folder, 'new.pem'), next.issue({ subject, ...dates }).pem + next.pem);
  const added = [
    'client',
    'add',
    'acme',
    '--from',
    'chain.pem',
    '--allow',
    'GET /orders/**',
    '--without-lists',
    'by hand',
    '--yes',
  ];
  expect((await run(...added)).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a partner whose CA is new: why says what is missing, and with that in the files it is allowed', async () => {
  const refused = await run('why', 'new.pem', '--request', 'GET /orders/7', '--json');
  expect(refused.code).toBe(1);
  const { edge, change, proposal } = JSON.parse(refused.out);
  expect(edge.difference).toMatch(/OpenSSL \S+, Node \S+, Java \S+ and Go \S+ accept this/);
  expect(change.map(({ weakens }: { weakens?: string }) => typeof weakens)).toEqual(['string', 'string']);
  expect(proposal).toMatchObject({ allows: true, problems: [] });
  const authority = change[0].at.file.replace(/\.pem$/, '');
  expect(proposal.files.map(({ file }: { file: string }) => file)).toEqual([`${authority}.pem`, `${authority}.yaml`]);

  // as a person would do it
  appendFileSync(join(folder, 'front', `${authority}.pem`), next.pem);
  const yaml = join(folder, 'front', `${authority}.yaml`);
  const issuers = proposal.files[1].lines.find(({ sign }: { sign: string }) => sign === '+').text;
  writeFileSync(yaml, readFileSync(yaml, 'utf8').replace(/^issuers:.*$/m, issuers));
  expect((await run('why', 'new.pem', '--request', 'GET /orders/7')).code).toBe(0);
  // and the old one still is
  expect((await run('why', 'chain.pem', '--request', 'GET /orders/7')).code).toBe(0);
});

test('a renewed certificate is the client already: rotating to it changes nothing', async () => {
  const renewed = issuing.issue({ subject, ...dates });
  writeFileSync(join(folder, 'renewed.pem'), renewed.pem);
  const file = join(folder, 'front/truststore/clients/acme.yaml');
  const before = readFileSync(file, 'utf8');
  const { code, out } = await run('client', 'add', 'acme', '--rotate', '--from', 'renewed.pem', '--yes');
  expect([code, out]).toEqual([0, expect.stringContaining('is acme already')]);
  expect(readFileSync(file, 'utf8')).toBe(before);
});
