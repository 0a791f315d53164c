import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { formatName } from '../../../src/core/x509/name.ts';
import { readPemBlocks } from '../../../src/core/x509/pem.ts';
import { type FakeAws, openFakeAws } from '../../aws/fake-aws.ts';
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
    // and so does why, once the lists are in the folder
    const before = await run('why', 'acme.pem', '--request', 'GET /orders/1');
    expect(before.out).toContain('put it into truststore/authorities/our-ca.crl');
    const lists = ['root', 'intermediate'].map((role) => readFileSync(at(`keys/${role}.crl.pem`), 'utf8'));
    writeFileSync(at('front/truststore/authorities/our-ca.crl'), lists.join(''));
    const after = await run('why', 'acme.pem', '--request', 'GET /orders/1', '--json');
    expect(JSON.parse(after.out).decision.reasons.map((one: { code: string }) => one.code)).toEqual([
      'certificate_revoked',
    ]);
  });

  test.each([
    [['forged.csr', '--client', 'acme', ...secret, '--out', 'no.pem'], 3, 'not signed with the key that it is for'],
    [['weak.csr', '--client', 'acme', ...secret, '--out', 'no.pem'], 3, 'RSA from 2048 bits'],
    [['asked.csr', '--client', 'nobody', ...secret], 2, 'no client of this front'],
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
    const made = await run('ca', 'init', 'plain-ca', ...own, '--without-lists', 'We take clients out by hand');
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

describe('ca renew', () => {
  test('the front trusts the new certificate, and what was signed before stays good', async () => {
    const own = ['--passphrase-file', 'pw', '--keys', 'plain'];
    const before = readFileSync(at('plain/intermediate.pem'), 'utf8').trim();
    const yaml = readFileSync(at('front/truststore/authorities/plain-ca.yaml'), 'utf8');
    const { code, out, err } = await run('ca', 'renew', 'plain-ca', ...own, '--years', '9');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('its key is the same');
    const after = readFileSync(at('plain/intermediate.pem'), 'utf8').trim();
    const pem = readFileSync(at('front/truststore/authorities/plain-ca.pem'), 'utf8');
    expect([pem.includes(before), pem.includes(after)]).toEqual([false, true]);
    expect((await run('why', 'globex.pem', '--request', 'GET /orders/1')).code).toBe(0);
    const signed = await run('ca', 'sign', 'asked.csr', '--client', 'globex', ...own, '--out', 'later.pem');
    expect([signed.code, signed.err]).toEqual([0, '']);
    expect((await run('why', 'later.pem', '--request', 'GET /orders/1')).code).toBe(0);

    // interrupted between the folder and the front: run again, it is finished, without the key of the root
    writeFileSync(at('front/truststore/authorities/plain-ca.pem'), pem.replace(after, before));
    writeFileSync(at('front/truststore/authorities/plain-ca.yaml'), yaml);
    renameSync(at('plain/root.key.pem'), at('plain-root.key.pem'));
    expect((await run('ca', 'renew', 'plain-ca', ...own)).code).toBe(0);
    expect(readFileSync(at('front/truststore/authorities/plain-ca.pem'), 'utf8')).toBe(pem);
    const withoutRoot = await run('ca', 'renew', 'plain-ca', ...own);
    expect([withoutRoot.code, withoutRoot.err]).toEqual([3, expect.stringContaining('root.key.pem')]);
  });

  test.each([
    [['our-ca', '--passphrase-file', 'pw', '--keys', 'plain'], 1, 'does not hold the CA of this folder'],
    [['plain-ca', '--passphrase-file', 'pw', '--keys', 'nowhere'], 3, 'there is no CA here'],
    [['our-ca', ...secret, '--years', '1'], 3, 'would not count longer'],
    [['our-ca', '--keys', 'keys'], 2, '--passphrase-file is missing'],
  ])('%j: %i, and nothing is written', async (args, code, message) => {
    const files = ['front/truststore/authorities/our-ca.pem', 'keys/intermediate.pem'];
    const before = files.map((file) => readFileSync(at(file), 'utf8'));
    const { code: found, err } = await run('ca', 'renew', ...args);
    expect([found, err]).toEqual([code, expect.stringContaining(message)]);
    expect(files.map((file) => readFileSync(at(file), 'utf8'))).toEqual(before);
  });
});

describe('a key in KMS', () => {
  const arn = 'arn:aws:kms:eu-west-1:222222222222:key/1234abcd';
  let aws: FakeAws;
  const withAws = (...args: string[]) =>
    sallyport(['--front', 'front', ...args], folder, {
      env: {
        AWS_ENDPOINT_URL: aws.endpoint,
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'example',
        AWS_CONFIG_FILE: at('none'),
        AWS_SHARED_CREDENTIALS_FILE: at('none'),
      },
    });
  beforeAll(async () => {
    aws = await openFakeAws();
    aws.keys.set(arn, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  });
  afterAll(() => aws.close());

  test('signs clients and lists; only its ARN is in the folder, and no passphrase is needed', async () => {
    const lists = ['--without-lists', 'We take clients out by hand'];
    const made = await withAws(
      'ca',
      'init',
      'kms-ca',
      '--kms-issuing',
      arn,
      '--passphrase-file',
      'pw',
      '--keys',
      'kms',
      ...lists,
    );
    expect([made.code, made.err]).toEqual([0, '']);
    expect(
      readdirSync(at('kms'))
        .filter((file) => file.includes('key'))
        .sort(),
    ).toEqual(['intermediate.key.arn', 'root.key.pem']);
    renameSync(at('kms/root.key.pem'), at('safe.pem'));
    writeFileSync(
      at('front/truststore/clients/initech.yaml'),
      'client: initech\nidentities:\n  - { authority: kms-ca, subject: CN=initech }\nallow: ["GET /orders/**"]\n',
    );
    const signed = await withAws(
      'ca',
      'sign',
      'asked.csr',
      '--client',
      'initech',
      '--keys',
      'kms',
      '--out',
      'initech.pem',
    );
    expect([signed.code, signed.err]).toEqual([0, '']);
    expect((await run('why', 'initech.pem', '--request', 'GET /orders/1')).code).toBe(0);
    const revoked = await withAws('ca', 'revoke', 'initech.pem', '--authority', 'kms-ca', '--keys', 'kms');
    expect([revoked.code, revoked.out]).toEqual([0, expect.stringContaining('intermediate.crl')]);
    const openssl = spawnSync(
      'openssl',
      ['crl', '-in', 'kms/intermediate.crl', '-inform', 'DER', '-CAfile', 'kms/intermediate.pem', '-noout'],
      { cwd: folder, encoding: 'utf8' },
    );
    expect(openssl.stderr).toContain('verify OK');
  });

  test.each([
    ['alias/our-ca', 2, 'not the ARN of a key'],
    ['arn:aws:kms:eu-west-1:222222222222:alias/our-ca', 2, 'not the ARN of a key'],
    ['arn:aws:kms:eu-west-1:222222222222:key/other', 3, 'does not give the public key'],
  ])('%s: %i, and nothing is written', async (key, code, message) => {
    const found = await withAws(
      'ca',
      'init',
      'no-ca',
      '--kms-issuing',
      key,
      '--passphrase-file',
      'pw',
      '--keys',
      'no',
      '--without-lists',
      'x',
    );
    expect([found.code, found.err]).toEqual([code, expect.stringContaining(message)]);
    expect([existsSync(at('no')), existsSync(at('front/truststore/authorities/no-ca.yaml'))]).toEqual([false, false]);
  });
});
