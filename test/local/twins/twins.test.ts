import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { decide } from '../../../src/core/decide/decide.ts';
import { emptyOverlay } from '../../../src/core/decide/overlay.ts';
import { admits } from '../../../src/core/edge/admits.ts';
import { loadRegistry, truststoreOf } from '../../../src/core/registry/load.ts';
import { markerOf } from '../../../src/core/x509/marker.ts';
import { readFrontFolder } from '../../../src/local/dev/front-folder.ts';
import { openTwinStore } from '../../../src/local/twins/store.ts';
import { twinFront } from '../../../src/local/twins/twins.ts';

const { config } = readFrontFolder(resolve(import.meta.dirname, '../../..'));
const now = () => Date.UTC(2026, 10, 22);
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-twins-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const make = () => twinFront(config, { store: openTwinStore(folder), now });

describe('twins', () => {
  test('keep names, order, validity and structure; have other keys and the marker', async () => {
    const before = loadRegistry(config.registry);
    const after = loadRegistry((await make()).config.registry);
    for (const [name, authority] of before.authorities) {
      const twin = after.authorities.get(name);
      const shape = (a = authority) =>
        a.certificates.map((c) => [c.subject.key, c.issuer.key, c.serial, c.notAfter, c.publicKey.algorithm]);
      expect(shape(twin)).toEqual(shape(authority));
      expect(twin?.issuers.map((c) => c.subject.key)).toEqual(authority.issuers.map((c) => c.subject.key));
      expect(twin?.anchors).toHaveLength(authority.anchors.length);
      for (const certificate of twin?.certificates ?? []) {
        expect(markerOf(certificate)).toBe('twin');
        expect(authority.certificates.some((c) => c.spkiSha256 === certificate.spkiSha256)).toBe(false);
      }
    }
  });

  test('every registered identity has a certificate that the edge admits and that is this client', async () => {
    const twins = await make();
    const registry = loadRegistry(twins.config.registry);
    expect(twins.identities).toHaveLength(config.registry.clients.flatMap(({ identities }) => identities).length);
    for (const identity of twins.identities) {
      const { der } = identity.certificate;
      expect(admits(truststoreOf(registry), [der], now())).toEqual({ admitted: true });
      const request = { method: 'GET', path: '/nowhere', address: '127.0.0.1' };
      const decision = decide({ certificate: der, request, registry, overlay: emptyOverlay, now: now() });
      expect(decision.client?.name).toBe(identity.client);
      expect(admits(truststoreOf(loadRegistry(config.registry)), [der], now()).admitted).toBe(false);
    }
  });

  test('are the same after a restart, and new after a damaged store', async () => {
    const hashes = async () => (await make()).identities.map(({ certificate }) => certificate.sha256);
    const first = await hashes();
    expect(await hashes()).toEqual(first);
    writeFileSync(join(folder, 'twins.json'), '{"format":1,"keys":{"x":1}');
    expect(await hashes()).not.toEqual(first);
  });
});

test('a twin has the PSD2 roles that are asked of it, and no others', async () => {
  const at = { file: 'truststore/clients/acme.yaml', line: 9 };
  const require = [{ any: [{ psd2Role: 'PSP_PI' as const }, { psd2Role: 'PSP_AI' as const }], at }];
  const asked = {
    ...config,
    registry: {
      ...config.registry,
      clients: config.registry.clients.map((client) => (client.name === 'acme' ? { ...client, require } : client)),
    },
  };
  const { identities } = await twinFront(asked, { store: openTwinStore(folder), now });
  for (const { client, certificate } of identities) {
    const roles = certificate.qcStatements?.psd2?.roles.map(({ name }) => name);
    expect(roles).toEqual(client === 'acme' ? ['PSP_PI', 'PSP_AI'] : undefined);
  }
});
