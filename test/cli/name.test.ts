import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ca } from '../pki.ts';
import { sallyport } from './run.ts';

jest.setTimeout(60_000);
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-name-'));
  const leaf = ca({ subject: 'Root' }).issue({
    subject: { C: 'NL', O: 'Acme, Inc.', CN: "it's orders" },
    names: [{ dns: 'orders.acme.example' }, { dns: '*.acme.example' }],
    serial: '00ab0102',
  });
  writeFileSync(join(folder, 'acme.pem'), `Bag Attributes\n${leaf.pem}`);
  writeFileSync(join(folder, 'acme.der'), leaf.der);
  writeFileSync(join(folder, 'key.pem'), leaf.keyPem);
  writeFileSync(join(folder, 'mail.txt'), 'subject=C = NL, O = "Acme, Inc.", CN = it\'s orders\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const canonical = "CN=it's orders,O=Acme\\, Inc.,C=NL";
const line = "- { authority: AUTHORITY, subject: 'CN=it''s orders,O=Acme\\, Inc.,C=NL' }";
const json = async (...args: string[]) => {
  const { code, out } = await sallyport(['name', '--json', ...args], folder);
  expect(out).toMatch(/^\{"format":1,/);
  return { code, document: JSON.parse(out) };
};

test('help begins with examples', async () => {
  const { code, out } = await sallyport(['name', '--help'], folder);
  expect([code, out]).toEqual([0, expect.stringMatching(/^Examples:\n {2}\$ sallyport name /)]);
});

test.each([
  'C = NL, O = "Acme, Inc.", CN = it\'s orders',
  "/C=NL/O=Acme, Inc./CN=it's orders",
  'mail.txt',
  'acme.pem',
  'acme.der',
])('%s: one canonical form, one line to paste, and how each tool prints it', async (argument) => {
  const { code, out } = await sallyport(['name', argument], folder);
  expect(code).toBe(0);
  expect(out).toContain(`canonical  ${canonical}\n`);
  expect(out).toContain(`register   ${line}\n`);
  for (const tool of ['OpenSSL 3.0', 'RFC2253', 'compat', 'nginx', 'Java', 'Go', 'Node', 'Python', 'AWS', 'Azure']) {
    expect(out).toContain(tool);
  }
  expect(out).toContain('O="Acme, Inc."');
});

test('of a certificate also serial, SHA-256, issuer, and its alternative names but for wildcards', async () => {
  const { code, document } = await json('acme.pem');
  expect(code).toBe(0);
  expect(document).toMatchObject({
    kind: 'certificate',
    canonical,
    issuer: 'CN=Root',
    serial: 'ab0102',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    lines: [line, "- { authority: AUTHORITY, san: { dns: 'orders.acme.example' } }"],
    printed: { node: "C=NL\nO=Acme\\, Inc.\nCN=it's orders" },
  });
});

test('a text that can be read from both ends: both, each with its line', async () => {
  const { code, document } = await json('CN=a,O=b');
  expect([code, document.certain]).toEqual([0, true]);
  expect(document.readings.map(({ line: each }: { line: string }) => each)).toEqual([
    "- { authority: AUTHORITY, subject: 'CN=a,O=b' }",
    "- { authority: AUTHORITY, subject: 'O=b,CN=a' }",
  ]);
});

test('what Go prints has lost its order: 1, and what to ask for', async () => {
  const { code, out } = await sallyport(['name', 'CN=a,C=NL,2.5.4.97=#130141'], folder);
  expect(code).toBe(1);
  expect(out).toContain('the order of this name is lost');
  expect(out).toContain('→ ask for: openssl x509');
});

test('serial numbers; digits alone are ambiguous: 1', async () => {
  const plain = await json('--serial', '00:AB:01:02');
  expect(plain).toMatchObject({ code: 0, document: { kind: 'serial', readings: [{ serial: 'ab0102' }] } });
  const both = await json('--serial', '11206914');
  expect(both).toMatchObject({
    code: 1,
    document: { certain: false, readings: [{ serial: '11206914' }, { serial: 'ab0102', printed: { Go: '11206914' } }] },
  });
  expect((await json('--serial', 'acme.pem')).document.readings).toMatchObject([{ serial: 'ab0102' }]);
});

test('thumbprints: canonical, with what is wrong with them', async () => {
  const sha1 = '0123456789ABCDEF0123456789ABCDEF01234567';
  const { code, out } = await sallyport(['name', `\u200e${sha1}`], folder);
  expect(code).toBe(0);
  expect(out).toContain(`canonical  ${sha1.toLowerCase()}\n`);
  expect(out).toContain('U+200E');
  expect(out).toContain('SHA-1, for which two certificates');
  expect((await json(`${'ab:'.repeat(31)}AB`)).document).toMatchObject({ kind: 'thumbprint', hash: 'sha256' });
});

test.each([
  [['foobar'], 3, 'a name without an attribute'],
  [[' '], 2, 'an empty text'],
  [['key.pem'], 2, 'no certificate in it (key.pem: a private key)'],
  [['nosuch.pem'], 3, 'there is no such file'],
  [['--serial', 'foobar'], 3, 'no serial number'],
  [['C=NL,O=Acme, Inc.,CN=a'], 3, 'write O=Acme\\, Inc.'],
])('%j: %i', async (args, code, message) => {
  const run = await sallyport(['name', ...args], folder);
  expect([run.code, run.err]).toEqual([code, expect.stringContaining(message)]);
  expect(run.err).toContain('→ ');
});

test('a name from a log of nginx is read once more, and says so', async () => {
  const { code, out } = await sallyport(['name', "L=D'UNCONG\\x5CC3\\x5C89,CN=a"], folder);
  expect(code).toBe(0);
  expect(out).toMatch(/^note: escaped twice: .*nginx/);
  expect(out).toContain("L=D'UNCONGÉ,CN=a");
});
