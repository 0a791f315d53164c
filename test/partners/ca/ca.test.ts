import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validatePath } from '../../../core/path/path.ts';
import { believe } from '../../../core/revocation/believe.ts';
import { parseCertificate } from '../../../core/x509/certificate.ts';
import { readPemBlocks } from '../../../core/x509/pem.ts';
import { makeLeaf } from '../../../partners/ca/certificates.ts';
import { createCaFolder, openIssuer } from '../../../partners/ca/folder.ts';
import { makeList } from '../../../partners/ca/lists.ts';
import { makeCa } from '../../../partners/ca/new-ca.ts';
import { privatePlace } from '../../../partners/ca/private-place.ts';
import { during } from '../../pki.ts';

const passphrase = 'a passphrase of tests';
const day = 86_400_000;
const moment = { now: during, randomBytes };
const spec = { name: 'our-ca', organization: 'Ours', years: 10, listFolder: undefined, passphrase };
const made = makeCa(spec, moment);
const [issuing, root] = readPemBlocks(made.authorityPem).map(({ der }) => parseCertificate(der));
if (issuing === undefined || root === undefined) throw new Error('two certificates were expected');
const fileOf = (name: string) => made.files.get(name) ?? '';
const issuer = {
  certificate: issuing.der,
  privateKey: createPrivateKey({ key: fileOf('intermediate.key.pem').toString(), passphrase }),
};
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const leafSpec = { subject: [[{ type: 'CN', value: 'orders' }]], names: [], publicKey, days: 90, lists: [] };

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-ca-parts-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a leaf passes path validation as a client, from five minutes ago on', () => {
  const leaf = parseCertificate(makeLeaf(leafSpec, issuer, moment));
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

test('nothing outlives what signed it', () => {
  const late = { now: issuing.notAfter - day, randomBytes };
  expect(parseCertificate(makeLeaf(leafSpec, issuer, late)).notAfter).toBe(issuing.notAfter);
  expect(issuing.notAfter).toBeLessThan(root.notAfter);
});

test('the front believes both lists, and the next one has the next number', () => {
  const trust = { certificates: [issuing, root], at: during };
  for (const name of ['root.crl', 'intermediate.crl']) {
    expect(believe(fileOf(name) as Uint8Array, trust)).toMatchObject({
      ok: true,
      believed: { list: { crlNumber: '1' } },
    });
  }
  const before = fileOf('intermediate.crl') as Uint8Array;
  const revoked = [{ serial: '4000', revokedAt: during, reason: 'keyCompromise' }];
  const next = believe(makeList(revoked, issuer, { now: during, days: 7, before }), trust);
  expect(next).toMatchObject({ ok: true, believed: { list: { crlNumber: '2', nextUpdate: during + 7 * day } } });
});

test('keys open with their passphrase only, and only beside their own certificate', () => {
  const own = join(folder, 'own');
  createCaFolder(own, made.files);
  expect(openIssuer(own, 'root', passphrase).certificate).toEqual(Buffer.from(root.der));
  expect(() => openIssuer(own, 'root', 'another passphrase')).toThrow('the passphrase does not open the key');
  writeFileSync(join(own, 'root.pem'), fileOf('intermediate.pem'));
  expect(() => openIssuer(own, 'root', passphrase)).toThrow('not that of root.pem');
  expect(() => createCaFolder(own, made.files)).toThrow('there is a CA in this folder already');
});

test('a link does not lead keys into the front', () => {
  mkdirSync(join(folder, 'front/deep'), { recursive: true });
  symlinkSync(join(folder, 'front/deep'), join(folder, 'outside'));
  expect(() => privatePlace(join(folder, 'outside/keys'), join(folder, 'front'))).toThrow('the folder of a front');
  expect(privatePlace(join(folder, 'front-keys/a'), join(folder, 'front'))).toMatch(/front-keys\/a$/);
});
