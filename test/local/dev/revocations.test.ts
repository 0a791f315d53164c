import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readFront } from '../../../src/config/folder.ts';
import { loadRegistry } from '../../../src/core/registry/load.ts';
import { pemFromDer } from '../../../src/core/x509/pem.ts';
import { openDevRevocations, readListFiles } from '../../../src/local/dev/revocations.ts';
import { openTwinStore } from '../../../src/local/twins/store.ts';
import { twinFront } from '../../../src/local/twins/twins.ts';
import { acme, acmeDevices, acmeIssuing, acmeRoot, asking, codes, documentWith } from '../../core/decide/fixture.ts';
import { day, entry, hour, listOf } from '../../core/revocation/lists.ts';
import { during } from '../../pki.ts';

const choices = { lists: ['http://crl.acme.example/ca.crl'], missing: 'deny', stale: 'deny', maxAgeHours: 48 } as const;
const sample = readFront(resolve(import.meta.dirname, '../../..')).config;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-revocations-'));
  mkdirSync(join(folder, 'truststore/authorities'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What the client's twin is told, with this list file, at a time. */
async function asked(file?: string | Uint8Array) {
  if (sample === undefined) throw new Error('the sample has problems');
  const document = documentWith([acme]);
  const authorities = document.authorities.map((each) =>
    each.name === 'acme-ca' ? { ...each, revocation: choices } : each,
  );
  const config = { ...sample, registry: { ...document, authorities } };
  if (file !== undefined) writeFileSync(join(folder, 'truststore/authorities/acme-ca.crl'), file);
  let clock = during;
  const now = () => clock;
  const twins = await twinFront(config, { store: openTwinStore(join(folder, 'state')), now });
  const revocations = openDevRevocations(config.registry, readListFiles(folder, config.registry), twins, now);
  const registry = loadRegistry(twins.config.registry);
  const [identity] = twins.identities;
  if (identity === undefined) throw new Error('the client has no twin');
  const { der } = identity.certificate;
  return (at = during) => {
    clock = at;
    return codes(asking(der, registry, { now: at, revocations: revocations() }));
  };
}

const lists = (...revoked: Parameters<typeof entry>[0][]) =>
  [listOf(acmeRoot, { revoked: revoked.map((each) => entry(each)) }), listOf(acmeIssuing)]
    .map((der) => pemFromDer(der, 'X509 CRL'))
    .join('\n');

test('without a file every CA has a current list that revokes nobody', async () => {
  const ask = await asked();
  expect(ask()).toEqual(['allow']);
  // for as long as it runs, and when the clock goes back
  for (const at of [during + 3 * day, during + 30 * day, during + day]) expect(ask(at)).toEqual(['allow']);
});

test('a list file counts for the twins, once the real CAs vouch for it', async () => {
  expect((await asked(lists()))()).toEqual(['allow']);
  expect((await asked(lists(acmeDevices)))()).toEqual(['allow']);
  expect((await asked(lists(acmeIssuing)))()).toEqual(['issuer_revoked']);
  const ask = await asked(lists());
  expect(ask(during + 2 * day)).toEqual(['revocation_stale', 'revocation_stale']);
});

test('a list in DER is one list: the other CA has none', async () => {
  expect((await asked(listOf(acmeIssuing)))()).toEqual(['revocation_missing']);
});

test('a list that is out of date is stale, not a mistake', async () => {
  const old = listOf(acmeIssuing, { thisUpdate: during - 3 * day, nextUpdate: during - hour });
  expect((await asked(old))()).toEqual(['revocation_stale', 'revocation_missing']);
});

test('a list that is not believed is a problem with its place', async () => {
  const forged = listOf(acmeIssuing, {}, acmeRoot.privateKey);
  await expect(asked(`${lists()}${pemFromDer(forged, 'X509 CRL')}`)).rejects.toMatchObject({
    problems: [
      {
        code: 'list_signature_invalid',
        place: { file: 'truststore/authorities/acme-ca.crl', line: expect.any(Number) },
      },
    ],
  });
});
