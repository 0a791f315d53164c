import { canonicalJson } from '../../../src/core/canonical-json.ts';
import { compileRelease } from '../../../src/core/release/compile.ts';
import { manifestKeyOf, registryKeyOf, truststoreKeyOf } from '../../../src/core/release/layout.ts';
import { parseManifest } from '../../../src/core/release/manifest.ts';
import { openRelease, readRelease } from '../../../src/core/release/open.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { sampleMarker, twinMarker } from '../../../src/core/x509/marker.ts';
import { readPemBlocks } from '../../../src/core/x509/pem.ts';
import { ca } from '../../pki.ts';
import { codesOf, partner, registryOf, sourceOf } from './fixture.ts';

const source = sourceOf([{ name: 'acme' }, { name: 'globex', tier: 'gold' }]);
const release = compileRelease(source);
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

test('a release is three objects under one id, and opens to the registry it was made from', () => {
  expect([...release.objects.keys()]).toEqual([
    `releases/${release.id}/registry.json`,
    `releases/${release.id}/manifest.json`,
    `truststore/${release.id}.pem`,
  ]);
  expect(release.manifest.counts).toEqual({ authorities: 2, clients: 2, identities: 2, routes: 3, certificates: 2 });
  const registry = openRelease(release.id, release.objects);
  expect([...registry.clients.keys()]).toEqual(['acme', 'globex']);
  expect(registry.id).toBe(release.id);
  expect(parseManifest(release.objects.get(manifestKeyOf(release.id)) ?? new Uint8Array())).toEqual(release.manifest);
});

test('the id depends on content alone: not on the order of members or of CAs, nor on one being given twice', () => {
  const shuffled = JSON.parse(JSON.stringify(source.document, [...new Set(memberNames(source.document))].reverse()));
  expect(JSON.stringify(shuffled)).not.toBe(JSON.stringify(source.document));
  const truststore = [...source.truststore, ...source.truststore].reverse();
  expect(compileRelease({ document: shuffled, truststore }).id).toBe(release.id);
  expect(compileRelease(sourceOf([{ name: 'acme' }, { name: 'globex' }])).id).not.toBe(release.id);
});

test('another truststore is another release, although the registry is the same', () => {
  const more = compileRelease({ ...source, truststore: [...source.truststore, partner('initech').certificate] });
  expect(more.manifest.registry).toEqual(release.manifest.registry);
  expect(more.id).not.toBe(release.id);
});

test('no path, time or line ending of this machine is in it', () => {
  const everything = [...release.objects.values()].map(text).join('\n');
  expect(everything).not.toContain(process.cwd());
  expect(everything).not.toContain('\r');
  expect(everything).not.toMatch(/20\d\d-\d\d-\d\dT/);
  expect(readPemBlocks(text(release.objects.get(truststoreKeyOf(release.id))))).toHaveLength(2);
});

test.each([manifestKeyOf(release.id), registryKeyOf(release.id), truststoreKeyOf(release.id)])(
  'a changed byte in %s is refused',
  async (key) => {
    const bytes = release.objects.get(key) ?? new Uint8Array();
    const changed = new Map(release.objects).set(
      key,
      Uint8Array.from(bytes, (byte, index) => (index === 40 ? byte ^ 1 : byte)),
    );
    expect(await codesOf(() => readRelease(release.id, changed))).toEqual(['document_damaged']);
  },
);

test('what the authorizer reads is enough; less is refused', async () => {
  const objects = new Map(release.objects);
  objects.delete(truststoreKeyOf(release.id));
  expect(readRelease(release.id, objects).manifest.counts.clients).toBe(2);
  objects.delete(registryKeyOf(release.id));
  expect(await codesOf(() => readRelease(release.id, objects))).toEqual(['document_damaged']);
});

test('a manifest of another format, or with more or less in it, is refused', async () => {
  const bytes = (change: object) => new TextEncoder().encode(canonicalJson({ ...release.manifest, ...change }));
  expect(await codesOf(() => parseManifest(bytes({ format: 2 })))).toEqual(['format_unknown']);
  expect(await codesOf(() => parseManifest(bytes({ more: 1 })))).toEqual(['document_damaged']);
  expect(await codesOf(() => parseManifest(bytes({ counts: {} })))).toEqual(['document_damaged']);
  expect(await codesOf(() => parseManifest(bytes({ registry: undefined })))).toEqual(['document_damaged']);
});

test('nobody, nothing to trust and nowhere to go: each is named', async () => {
  const empty = { document: registryOf([], { routes: [] }), truststore: [] };
  expect(await codesOf(() => compileRelease(empty))).toEqual(['release_empty', 'release_empty', 'release_empty']);
  expect(compileRelease(empty, { allowEmpty: true }).manifest.counts.clients).toBe(0);
});

test('a truststore that lacks a CA of the registry is refused', async () => {
  expect(await codesOf(() => compileRelease({ ...source, truststore: source.truststore.slice(1) }))).toEqual([
    'truststore_incomplete',
  ]);
});

test.each([
  ['sample', sampleMarker],
  ['twin', twinMarker],
])('a %s CA is refused, unless it is written down that it may be there', async (_, marker) => {
  const marked = parseCertificate(ca({ extra: [marker] }).der);
  const withMarked = { ...source, truststore: [...source.truststore, marked] };
  expect(await codesOf(() => compileRelease(withMarked))).toEqual(['sample_certificate']);
  expect(compileRelease(withMarked, { allowSample: true }).manifest.counts.certificates).toBe(3);
});

test('more than API Gateway takes is refused: 1,001 certificates, or a megabyte', async () => {
  const one = partner('acme').certificate;
  const many = Array.from({ length: 1_000 }, (_, index) => ({ ...one, sha256: String(index), der: one.der }));
  const tooMany = [...source.truststore, ...many];
  expect(await codesOf(() => compileRelease({ ...source, truststore: tooMany }))).toEqual(['truststore_too_large']);
  const large = { ...one, sha256: 'f', der: new Uint8Array(750_000) };
  expect(await codesOf(() => compileRelease({ ...source, truststore: [...source.truststore, large] }))).toEqual([
    'truststore_too_large',
  ]);
});

/** Every member name anywhere in a value, so that JSON.stringify can write them in another order. */
function memberNames(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [key, ...memberNames(member)]);
}

test('lists that nothing fetches there are refused for AWS, and allowed on a laptop in writing', async () => {
  const [first, ...rest] = source.document.authorities;
  if (first === undefined) throw new Error('the fixture has authorities');
  const lists = {
    lists: ['http://crl.acme.example/ca.crl'],
    missing: 'allow',
    stale: 'allow',
    maxAgeHours: 48,
  } as const;
  const document = { ...source.document, authorities: [{ ...first, revocation: lists }, ...rest] };
  expect(await codesOf(() => compileRelease({ ...source, document }))).toEqual(['revocation_not_fetched']);
  expect(compileRelease({ ...source, document }, { allowSample: true }).objects.size).toBe(3);
});
