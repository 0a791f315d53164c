import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ca } from '../pki.ts';
import { type Run, sallyport } from './run.ts';

// each starts the command line several times
jest.setTimeout(60_000);

const root = resolve(import.meta.dirname, '../..');
const umbraRoot = ca({ subject: { O: 'Umbra', CN: 'Umbra Root' } });
const issuing = umbraRoot.ca({ subject: { O: 'Umbra', CN: 'Umbra Issuing' } });
const leaf = issuing.issue({ subject: { O: 'Umbra', CN: 'erp' } });
const next = issuing.issue({ subject: { O: 'Umbra', CN: 'erp-2' } });
const byHand = ['--without-lists', 'we take clients out by hand'] as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-client-'));
  for (const part of ['sallyport.yaml', 'truststore'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  for (const [name, text] of Object.entries({
    'leaf.pem': leaf.pem,
    'next.pem': next.pem,
    'key.pem': leaf.keyPem,
    'cas.pem': umbraRoot.pem + issuing.pem,
    password: 'secret\n',
    'mail.txt': `Hello,\nhere it is:\n${leaf.pem.replace(/^/gm, '> ')}\nKind regards`,
  })) {
    writeFileSync(join(folder, name), text);
  }
  openssl('crl2pkcs7', '-nocrl', '-certfile', 'leaf.pem', '-certfile', 'cas.pem', '-out', 'all.p7b');
  openssl(
    'pkcs12',
    '-export',
    '-inkey',
    'key.pem',
    '-in',
    'leaf.pem',
    '-certfile',
    'cas.pem',
    '-out',
    'all.p12',
    '-passout',
    'file:password',
  );
  openssl('req', '-new', '-key', 'key.pem', '-subj', '/O=Umbra/CN=asked', '-out', 'request.csr');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const clients = () => readdirSync(join(folder, 'truststore/clients')).sort();
const run = (...args: readonly string[]): Promise<Run> => sallyport(args, folder);
const documentOf = ({ out }: Run) => JSON.parse(out);
const add = (files: readonly string[], ...more: readonly string[]) =>
  run('client', 'add', 'umbra', '--from', ...files, '--allow', 'GET /orders/**', '--json', ...more);

test.each<[string, readonly string[], readonly string[]]>([
  ['PEM files', ['leaf.pem', 'cas.pem'], []],
  ['a mail and the CAs', ['mail.txt', 'cas.pem'], []],
  ['PKCS#7', ['all.p7b'], []],
  ['PKCS#12', ['all.p12'], ['--password-file', 'password']],
])('%s: the same proposal, and nothing is written unasked', async (_, files, more) => {
  const before = clients();
  const answer = await add(files, ...byHand, ...more);
  expect(answer.code).toBe(1);
  expect(answer.err).toContain('nothing was written; --yes writes without asking');
  expect(documentOf(answer)).toMatchObject({
    written: false,
    identity: "{ authority: umbra-issuing, subject: 'CN=erp,O=Umbra' }",
    authority: { name: 'umbra-issuing', isNew: true },
    gaps: [],
    problems: [],
    firstDecision: { identified: true, reasons: [] },
  });
  expect(clients()).toEqual(before);
});

test('what is lacking is a text to send back', async () => {
  const answer = await run('client', 'add', 'umbra', '--from', 'leaf.pem', '--allow', 'GET /orders/**');
  expect(answer.code).toBe(1);
  expect(answer.out).toMatch(
    /send this back:\n {2}Please send the certificate of CN=Umbra Issuing,O=Umbra, which issued/,
  );
});

test('a locked file, and a day that is none', async () => {
  const locked = documentOf(await add(['all.p12']));
  expect(locked.gaps).toEqual([expect.objectContaining({ code: 'locked', who: 'operator' })]);
  const day = await add(['all.p7b'], '--until', '2027-01-01\nallow: x');
  expect([day.code, day.err]).toEqual([2, expect.stringContaining('--until 2027-06-30')]);
});

test('a request is an identity under the authority that will sign it', async () => {
  const without = documentOf(await add(['request.csr']));
  expect(without.gaps).toEqual([expect.objectContaining({ code: 'authority_missing' })]);
  const answer = documentOf(await add(['request.csr'], '--authority', 'acme-ca'));
  expect(answer.identity).toBe("{ authority: acme-ca, subject: 'CN=asked,O=Umbra' }");
});

test('added, shown, rotated, and removed again', async () => {
  const before = clients();
  const added = await add(
    ['all.p7b'],
    ...byHand,
    '--yes',
    '--contact',
    "it's me",
    '--address',
    '203.0.113.0/24',
    '--until',
    '2048-12-31',
  );
  expect([added.code, documentOf(added).written]).toEqual([0, true]);
  const listed = documentOf(await run('client', 'list', '--json'));
  expect(listed.clients.map(({ name }: { name: string }) => name)).toContain('umbra');
  expect(documentOf(await run('client', 'show', 'umbra', '--json'))).toMatchObject({
    contact: "it's me",
    identities: [{ kind: 'subject', text: 'CN=erp,O=Umbra from umbra-issuing' }],
    allow: ['GET /orders/**'],
    addresses: ['203.0.113.0/24'],
    validUntil: '2048-12-31',
  });
  const again = await add(['all.p7b'], '--yes');
  expect([again.code, again.err]).toEqual([2, expect.stringContaining('--rotate')]);

  const file = join(folder, 'truststore/clients/umbra.yaml');
  writeFileSync(file, `# since 2026\n${readFileSync(file, 'utf8')}`);
  const rotated = await run('client', 'add', 'umbra', '--rotate', '--from', 'next.pem', '--yes');
  expect([rotated.code, rotated.err]).toEqual([0, expect.stringContaining('one file changed')]);
  expect(readFileSync(file, 'utf8')).toMatch(
    /^# since 2026\n.*CN=erp,O=Umbra' \}\n {2}- [^\n]*CN=erp-2,O=Umbra' \}\n/s,
  );

  const kept = await run('authority', 'remove', 'umbra-issuing', '--yes');
  expect([kept.code, kept.err]).toEqual([1, expect.stringContaining('--with-clients')]);
  const removed = await run('authority', 'remove', 'umbra-issuing', '--with-clients', '--yes');
  expect([removed.code, removed.out]).toEqual([0, expect.stringMatching(/umbra .*loses all access/)]);
  expect(clients()).toEqual(before);
  expect(readdirSync(join(folder, 'truststore/authorities')).filter((name) => /umbra|\.new$/.test(name))).toEqual([]);
});

test('an identity of an authority that goes is taken out of a client that has others', async () => {
  const [file, before] = [
    'truststore/clients/acme.yaml',
    readFileSync(join(folder, 'truststore/clients/acme.yaml'), 'utf8'),
  ];
  const answer = await run('authority', 'remove', 'acme-ca-2027', '--with-clients', '--yes');
  expect([answer.code, answer.out]).toEqual([0, expect.stringContaining('acme keeps its other identities')]);
  expect(readFileSync(join(folder, file), 'utf8')).toBe(before.replace(/^ {2}- .*acme-ca-2027.*\n/m, ''));
});

test('an exact certificate goes with its client, and the authority of a chain comes without one', async () => {
  expect((await run('client', 'remove', 'initech', '--yes')).code).toBe(0);
  expect(clients().filter((name) => name.startsWith('initech'))).toEqual([]);
  const answer = await run('authority', 'add', 'umbra-ca', '--from', 'cas.pem', ...byHand, '--yes');
  expect(answer.code).toBe(0);
  const { authorities } = documentOf(await run('authority', 'list', '--json'));
  expect(authorities.find(({ name }: { name: string }) => name === 'umbra-ca')).toMatchObject({
    clients: [],
    certificates: [
      { subject: 'CN=Umbra Issuing,O=Umbra', signsClients: true },
      { subject: 'CN=Umbra Root,O=Umbra', signsClients: false },
    ],
    revocation: { none: 'we take clients out by hand' },
  });
});

test('a proposal that would not compile says why and is not written', async () => {
  const answer = await run(
    'client',
    'add',
    'umbra',
    '--from',
    'leaf.pem',
    'cas.pem',
    ...byHand,
    '--allow',
    'GET /nowhere',
    '--yes',
    '--authority',
    'other-ca',
  );
  expect([answer.code, answer.out]).toEqual([
    1,
    expect.stringContaining('no route in sallyport.yaml serves this rule'),
  ]);
  expect(clients()).not.toContain('umbra.yaml');
});

test('a key is shown once and its hash is under require; a second one stands beside it, either will do', async () => {
  const file = join(folder, 'truststore/clients/globex.yaml');
  const made = documentOf(await run('client', 'key', 'globex', '--yes', '--json'));
  expect(made).toMatchObject({ written: true, header: 'X-Sallyport-Key', key: expect.stringMatching(/^spk_/) });
  expect(readFileSync(file, 'utf8')).toContain(`require: [${made.entry}]`);
  expect(readFileSync(file, 'utf8')).not.toContain(made.key);
  const again = await run('client', 'key', 'globex', '--yes');
  expect([again.code, again.err]).toEqual([0, expect.stringContaining('globex has a key')]);
  expect(readFileSync(file, 'utf8')).toMatch(
    /require: \[\{ any: \[\{ keySha256: "[0-9a-f]{64}" \}, \{ keySha256: "[0-9a-f]{64}" \}\] \}\]/,
  );
});
