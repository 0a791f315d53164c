import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCertificate } from '../../../core/x509/certificate.ts';
import { formatName } from '../../../core/x509/name.ts';
import { readPemBlocks } from '../../../core/x509/pem.ts';
import { sallyport } from '../run.ts';

jest.setTimeout(120_000);
let folder = '';
const at = (...path: string[]) => join(folder, ...path);
const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
const run = (...args: string[]) => sallyport(['--front', 'front', ...args], folder);
const secret = ['--passphrase-file', 'pw', '--keys', 'keys'];
const lists = 'http://crl.example.com/our-ca';
const subject = 'CN=orders-client,O=Acme\\, Inc.,C=NL';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-ca-'));
  writeFileSync(at('pw'), 'a passphrase of tests\n');
  writeFileSync(at('other'), 'another passphrase\n');
  writeFileSync(at('short'), 'short\n');
  await sallyport(['init', 'front'], folder);
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'key.pem');
  openssl('req', '-new', '-key', 'key.pem', '-subj', '/CN=administrator', '-out', 'asked.csr');
  openssl('req', '-newkey', 'rsa:1024', '-nodes', '-keyout', 'weak.key', '-subj', '/CN=weak', '-out', 'weak.csr');
  openssl('req', '-in', 'asked.csr', '-outform', 'DER', '-out', 'asked.der');
  const forged = readFileSync(at('asked.der'));
  const where = forged.indexOf('administrator');
  forged.write('Administrator', where);
  writeFileSync(at('forged.csr'), forged);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('ca init', () => {
  test('writes public parts into the front, keys elsewhere: 0700, 0600, encrypted', async () => {
    const { code, out, err } = await run('ca', 'init', 'our-ca', ...secret, '--crl-url', lists);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('move root.key.pem to a safe');
    expect(statSync(at('keys')).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(at('keys'))) expect(statSync(at('keys', file)).mode & 0o777).toBe(0o600);
    for (const role of ['root', 'intermediate']) {
      expect(readFileSync(at('keys', `${role}.key.pem`), 'utf8')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
    }
    for (const file of readdirSync(at('front'), { recursive: true, encoding: 'utf8' })) {
      const path = at('front', file);
      if (statSync(path).isFile()) expect(readFileSync(path, 'utf8')).not.toContain('PRIVATE KEY');
    }
    const pem = readFileSync(at('front/truststore/authorities/our-ca.pem'), 'utf8');
    const [issuing, root] = readPemBlocks(pem).map(({ der }) => parseCertificate(der));
    expect(issuing?.basicConstraints).toEqual({ ca: true, pathLength: 0 });
    expect(root?.selfIssued).toBe(true);
    const { out: linted } = await run('lint');
    const about = linted.split('\n').filter((line) => line.includes('authorities/our-ca.'));
    expect(about).toEqual([expect.stringContaining('authority_unused')]);
  });

  test.each([
    [['our-ca', ...secret, '--crl-url', lists], 1, 'is there already'],
    [['other-ca', ...secret, '--crl-url', lists], 3, 'there is a CA in this folder already'],
    [['other-ca', '--passphrase-file', 'pw', '--keys', 'front/keys', '--crl-url', lists], 3, 'the folder of a front'],
    [['other-ca', '--passphrase-file', 'pw', '--keys', 'work/a/b', '--crl-url', lists], 3, 'a git work tree'],
    [['other-ca', '--passphrase-file', 'short', '--keys', 'k', '--crl-url', lists], 2, 'shorter than 12'],
    [['other-ca', '--passphrase-file', 'pw', '--keys', 'k'], 2, 'either lists or why there are none'],
    [['Other', '--passphrase-file', 'pw', '--keys', 'k', '--crl-url', lists], 2, 'no name of an authority'],
    [['other-ca', '--passphrase-file', 'pw', '--keys', 'k', '--crl-url', 'nonsense'], 3, 'would not compile'],
  ])('%j: %i, and nothing is written', async (args, code, message) => {
    mkdirSync(at('work/.git'), { recursive: true });
    const { code: found, err } = await run('ca', 'init', ...args);
    expect([found, err]).toEqual([code, expect.stringContaining(message)]);
    expect(err).toContain('→ ');
    expect([existsSync(at('k')), existsSync(at('front/truststore/authorities/other-ca.yaml'))]).toEqual([false, false]);
  });
});

describe('ca sign', () => {
  beforeAll(() => {
    writeFileSync(
      at('front/truststore/clients/acme.yaml'),
      `client: acme
identities:
  - { authority: our-ca, subject: '${subject}' }
  - { authority: our-ca, san: { dns: orders-client.acme.example } }
allow: ["GET /orders/**"]
`,
    );
  });

  test('the names are those of the registry, and the front lets the certificate in', async () => {
    const { code, out, err } = await run('ca', 'sign', 'asked.csr', '--client', 'acme', ...secret, '--out', 'acme.pem');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('the request asks for CN=administrator');
    const [leaf, issuing] = readPemBlocks(readFileSync(at('acme.pem'), 'utf8')).map(({ der }) => parseCertificate(der));
    if (leaf === undefined || issuing === undefined) throw new Error('two certificates were expected');
    expect(formatName(leaf.subject)).toBe(subject);
    expect(leaf.subjectAltName).toEqual([{ kind: 'dns', value: 'orders-client.acme.example' }]);
    expect(leaf.authorityKeyIdentifier).toBe(issuing.subjectKeyIdentifier);
    expect(leaf.serial).toMatch(/^[4-7][0-9a-f]{31}$/);
    expect(leaf.deviations).toEqual([]);
    const [line = ''] = readFileSync(at('keys/issued.ndjson'), 'utf8').split('\n');
    expect(JSON.parse(line)).toEqual({
      serial: leaf.serial,
      subject,
      client: 'acme',
      notAfter: new Date(leaf.notAfter).toISOString(),
    });
    const why = await run('why', 'acme.pem', '--request', 'GET /orders/1', '--json');
    // Nobody has fetched the lists yet, which `missing: deny` refuses; nothing else is wrong with it.
    const { edge, decision } = JSON.parse(why.out);
    expect([edge.admitted, decision.client]).toEqual([true, 'acme']);
    expect(new Set(decision.reasons.map((one: { code: string }) => one.code))).toEqual(new Set(['revocation_missing']));
  });

  test('openssl accepts the chain with the lists, and after a revocation no more', async () => {
    const verify = () =>
      spawnSync(
        'openssl',
        [
          'verify',
          '-crl_check_all',
          '-x509_strict',
          '-purpose',
          'sslclient',
          '-CAfile',
          'keys/root.pem',
          '-untrusted',
          'acme.pem',
        ].concat(['-CRLfile', 'keys/root.crl.pem', '-CRLfile', 'keys/intermediate.crl.pem', 'acme.pem']),
        { cwd: folder, encoding: 'utf8' },
      );
    expect(verify().stdout).toBe('acme.pem: OK\n');
    const revoked = await run('ca', 'revoke', 'acme.pem', '--authority', 'our-ca', ...secret, '--reason', 'superseded');
    expect([revoked.code, revoked.err]).toEqual([0, '']);
    expect(verify().stderr).toContain('certificate revoked');
    const number = openssl('crl', '-in', 'keys/intermediate.crl', '-inform', 'DER', '-noout', '-crlnumber').toString();
    expect(number).toMatch(/^crlNumber=0x0?3\n$/);
    const again = await run('ca', 'revoke', 'acme.pem', '--authority', 'our-ca', ...secret, '--json');
    expect(JSON.parse(again.out)).toMatchObject({ already: true, lists: ['intermediate.crl', 'root.crl'] });
  });

  test.each([
    [['forged.csr', '--client', 'acme', ...secret, '--out', 'no.pem'], 3, 'not signed with the key that it is for'],
    [['weak.csr', '--client', 'acme', ...secret, '--out', 'no.pem'], 3, 'RSA from 2048 bits'],
    [['asked.csr', '--client', 'nobody', ...secret], 3, 'no client of this front'],
    [['asked.csr', '--client', 'sample-partner', ...secret], 3, 'may not sign clients of authority sample-ca'],
    [['asked.csr', '--client', 'sample-partner', '--authority', 'our-ca', ...secret], 3, 'add to its identities'],
    [['asked.csr', '--client', 'acme', ...secret, '--days', '399'], 2, 'no number from 1 to 398'],
    [['asked.csr', '--client', 'acme', ...secret, '--out', 'key.pem'], 2, 'key.pem exists'],
    [
      ['asked.csr', '--client', 'acme', '--passphrase-file', 'other', '--keys', 'keys', '--out', 'no.pem'],
      3,
      'passphrase',
    ],
  ])('%j: %i, and nothing is written', async (args, code, message) => {
    const { code: found, err } = await run('ca', 'sign', ...args);
    expect([found, err]).toEqual([code, expect.stringContaining(message)]);
    expect(err).toContain('→ ');
    expect(readFileSync(at('keys/issued.ndjson'), 'utf8').trim().split('\n')).toHaveLength(1);
  });

  test('without lists: the front allows what was signed', async () => {
    const own = ['--passphrase-file', 'pw', '--keys', 'plain'];
    const made = await run('ca', 'init', 'plain-ca', ...own, '--without-lists', 'We block by hand');
    expect([made.code, made.err]).toEqual([0, '']);
    writeFileSync(
      at('front/truststore/clients/globex.yaml'),
      'client: globex\nidentities:\n  - { authority: plain-ca, san: { ip: 203.0.113.7 } }\nallow: ["GET /orders/**"]\n',
    );
    const signed = await run('ca', 'sign', 'asked.der', '--client', 'globex', ...own, '--out', 'globex.pem', '--json');
    expect(JSON.parse(signed.out)).toMatchObject({ subject: 'CN=globex', client: 'globex', written: 'globex.pem' });
    const why = await run('why', 'globex.pem', '--request', 'GET /orders/1');
    expect([why.code, why.err]).toEqual([0, '']);
    const { serial } = JSON.parse(signed.out);
    const revoked = await run('ca', 'revoke', serial, '--authority', 'plain-ca', ...own);
    expect([revoked.code, revoked.out]).toEqual([0, expect.stringContaining('this front reads no lists of plain-ca')]);
  });

  test('no folder to write into: 3, in words', async () => {
    const { code, err } = await run('ca', 'sign', 'asked.csr', '--client', 'acme', ...secret, '--out', 'none/a.pem');
    expect([code, err]).toEqual([3, expect.stringContaining('cannot write none/a.pem (ENOENT)')]);
  });

  test('what this CA has not issued is not revoked: 1', async () => {
    const { code, err } = await run('ca', 'revoke', '0x0042', '--authority', 'our-ca', ...secret);
    expect([code, err]).toEqual([1, expect.stringContaining('no certificate with the serial number 42')]);
  });
});
