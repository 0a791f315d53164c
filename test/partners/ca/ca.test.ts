import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validatePath } from '../../../src/core/path/path.ts';
import { believe } from '../../../src/core/revocation/believe.ts';
import { type Certificate, parseCertificate } from '../../../src/core/x509/certificate.ts';
import { readPemBlocks } from '../../../src/core/x509/pem.ts';
import { signatureAlgorithmOf } from '../../../src/core/x509/write.ts';
import { type Issuer, keyAtHand, makeLeaf } from '../../../src/partners/ca/certificates.ts';
import {
  appendIssued,
  createCaFolder,
  type KeyMeans,
  openIssuer,
  readIssued,
} from '../../../src/partners/ca/folder.ts';
import { makeList } from '../../../src/partners/ca/lists.ts';
import { makeCa, type NewCa } from '../../../src/partners/ca/new-ca.ts';
import { privatePlace } from '../../../src/partners/ca/private-place.ts';
import { renewIntermediate } from '../../../src/partners/ca/renew.ts';
import { during } from '../../pki.ts';

const passphrase = 'a passphrase of tests';
const day = 86_400_000;
const moment = { now: during, randomBytes };
const spec = {
  name: 'our-ca',
  organization: 'Ours',
  years: 10,
  listFolder: undefined,
  kms: {},
  passphrase: () => passphrase,
};
let made: NewCa;
let issuing: Certificate;
let root: Certificate;
let issuer: Issuer;
const fileOf = (name: string) => made.files.get(name) ?? '';
const means = (secret = passphrase): KeyMeans => ({
  passphrase: () => secret,
  openKms: () => Promise.reject(new Error('no KMS here')),
});
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const leafSpec = { subject: [[{ type: 'CN', value: 'orders' }]], names: [], publicKey, days: 90, lists: [] };

let folder = '';
beforeAll(async () => {
  made = await makeCa(spec, moment);
  const [first, second] = readPemBlocks(made.authorityPem).map(({ der }) => parseCertificate(der));
  if (first === undefined || second === undefined) throw new Error('two certificates were expected');
  [issuing, root] = [first, second];
  const key = createPrivateKey({ key: fileOf('intermediate.key.pem').toString(), passphrase });
  issuer = { certificate: issuing.der, ...keyAtHand(key) };
  folder = mkdtempSync(join(tmpdir(), 'sallyport-ca-parts-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a leaf passes path validation as a client, from five minutes ago on', async () => {
  const leaf = parseCertificate(await makeLeaf(leafSpec, issuer, moment));
  const path = validatePath({
    leaf,
    anchors: [root],
    intermediates: [issuing],
    issuers: [issuing],
    at: during,
    purpose: 'clientAuth',
  });
  expect(path).toMatchObject({ ok: true, validUntil: leaf.notAfter });
  expect([during - leaf.notBefore, leaf.notAfter - during]).toEqual([300_000, 90 * day]);
});

test('nothing outlives what signed it', async () => {
  const late = { now: issuing.notAfter - day, randomBytes };
  expect(parseCertificate(await makeLeaf(leafSpec, issuer, late)).notAfter).toBe(issuing.notAfter);
  expect(issuing.notAfter).toBeLessThan(root.notAfter);
});

test('the front believes both lists, and the next one has the next number', async () => {
  const trust = { certificates: [issuing, root], at: during };
  for (const name of ['root.crl', 'intermediate.crl']) {
    expect(believe(fileOf(name) as Uint8Array, trust)).toMatchObject({
      ok: true,
      believed: { list: { crlNumber: '1' } },
    });
  }
  const before = fileOf('intermediate.crl') as Uint8Array;
  const revoked = [{ serial: '4000', revokedAt: during, reason: 'keyCompromise' }];
  const next = believe(await makeList(revoked, issuer, { now: during, days: 7, before }), trust);
  expect(next).toMatchObject({ ok: true, believed: { list: { crlNumber: '2', nextUpdate: during + 7 * day } } });
});

test('keys open with their passphrase only, and only beside their own certificate', async () => {
  const own = join(folder, 'own');
  createCaFolder(own, made.files);
  expect((await openIssuer(own, 'root', means())).certificate).toEqual(Buffer.from(root.der));
  await expect(openIssuer(own, 'root', means('another passphrase'))).rejects.toThrow(
    'the passphrase does not open the key',
  );
  writeFileSync(join(own, 'root.pem'), fileOf('intermediate.pem'));
  await expect(openIssuer(own, 'root', means())).rejects.toThrow('not that of root.pem');
  expect(() => createCaFolder(own, made.files)).toThrow('there is a CA in this folder already');
});

test('a link does not lead keys into the front', () => {
  mkdirSync(join(folder, 'front/deep'), { recursive: true });
  symlinkSync(join(folder, 'front/deep'), join(folder, 'outside'));
  expect(() => privatePlace(join(folder, 'outside/keys'), join(folder, 'front'))).toThrow('the folder of a front');
  expect(privatePlace(join(folder, 'front-keys/a'), join(folder, 'front'))).toMatch(/front-keys\/a$/);
});

describe('keys that are somewhere else', () => {
  /** KMS as we see it: a public key and signatures that come later. */
  const remote = (type: 'P-256' | 'P-384' | 'rsa', arn: string) => {
    const { privateKey, publicKey: own } =
      type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: type });
    const hash = type === 'P-384' ? 'sha384' : 'sha256';
    const later = async (message: Uint8Array) => sign(hash, message, privateKey);
    return { arn, publicKey: own, signer: { algorithm: signatureAlgorithmOf(own), sign: later } };
  };

  test.each(['P-256', 'P-384', 'rsa'] as const)(
    '%s: what it signs is as good, and its ARN is in the folder',
    async (type) => {
      const kms = { intermediate: remote(type, 'arn:aws:kms:eu-west-1:222222222222:key/a') };
      const other = await makeCa({ ...spec, kms }, moment);
      expect([...other.files.keys()]).toContain('root.key.pem');
      expect(other.files.get('intermediate.key.arn')).toBe('arn:aws:kms:eu-west-1:222222222222:key/a\n');
      const own = join(folder, `remote-${type}`);
      createCaFolder(own, other.files);
      const opened = await openIssuer(own, 'intermediate', { ...means(), openKms: async () => kms.intermediate });
      const [signing, anchor] = readPemBlocks(other.authorityPem).map(({ der }) => parseCertificate(der));
      if (signing === undefined || anchor === undefined) throw new Error('two certificates were expected');
      const leaf = parseCertificate(await makeLeaf(leafSpec, opened, moment));
      const trust = { anchors: [anchor], intermediates: [signing], issuers: [signing] };
      expect(validatePath({ leaf, ...trust, at: during, purpose: 'clientAuth' })).toMatchObject({ ok: true });
      const list = await makeList([], opened, { now: during, days: 7, before: undefined });
      expect(believe(list, { certificates: [signing, anchor], at: during })).toMatchObject({ ok: true });
      const another = remote(type, 'arn');
      await expect(openIssuer(own, 'intermediate', { ...means(), openKms: async () => another })).rejects.toThrow(
        'not that of intermediate.pem',
      );
    },
  );

  test('both in KMS: no passphrase is asked for; one key for both is refused', async () => {
    const unasked = () => {
      throw new Error('asked for');
    };
    const kms = { root: remote('P-256', 'a'), intermediate: remote('P-256', 'b') };
    const both = await makeCa({ ...spec, kms, passphrase: unasked }, moment);
    expect([...both.files.keys()].filter((name) => name.includes('key'))).toEqual([
      'root.key.arn',
      'intermediate.key.arn',
    ]);
    await expect(makeCa({ ...spec, kms: { ...kms, intermediate: kms.root } }, moment)).rejects.toThrow(
      'keys of their own',
    );
  });
});

describe('the CA below the root once more', () => {
  test('same name, key and extensions; what it has signed stays good', async () => {
    const rootKey = createPrivateKey({ key: fileOf('root.key.pem').toString(), passphrase });
    const above: Issuer = { certificate: root.der, ...keyAtHand(rootKey) };
    const later = { now: issuing.notAfter - 30 * day, randomBytes };
    const leaf = parseCertificate(await makeLeaf(leafSpec, issuer, { ...later, now: later.now - day }));
    const renewed = parseCertificate(await renewIntermediate(issuing.der, above, 6, later));
    expect([renewed.subject.key, renewed.spkiSha256]).toEqual([issuing.subject.key, issuing.spkiSha256]);
    expect(renewed.extensions).toEqual(issuing.extensions);
    expect(renewed.serial).not.toBe(issuing.serial);
    expect(renewed.notAfter).toBe(root.notAfter);
    const trust = { anchors: [root], intermediates: [renewed], issuers: [renewed] };
    expect(validatePath({ leaf, ...trust, at: later.now, purpose: 'clientAuth' })).toMatchObject({ ok: true });
    await expect(renewIntermediate(renewed.der, above, 6, later)).rejects.toThrow('not count longer');
  });
});

test('behind a line that a crash left unfinished the next one is whole', () => {
  const own = join(folder, 'torn');
  mkdirSync(own);
  writeFileSync(join(own, 'issued.ndjson'), '{"serial":"01","clie');
  appendIssued(own, { serial: '02', subject: 'CN=x', client: 'x', notAfter: '2027-01-01T00:00:00Z' });
  expect(readFileSync(join(own, 'issued.ndjson'), 'utf8').split('\n')[1]).toMatch(/^\{"serial":"02".*\}$/);
  expect(() => readIssued(own)).toThrow('is no JSON');
});
