import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { compileRegistry } from '../../../src/core/registry/compile.ts';
import { ca } from '../../pki.ts';
import {
  acmeIssuing,
  acmeRoot,
  at,
  authority,
  client,
  codesOf,
  exactly,
  globexRoot,
  initech,
  key,
  problemsOf,
  sourceOf,
  subject,
} from './sources.ts';

const name = 'CN=orders,O=Acme';

test('an authority that is not there', () => {
  expect(problemsOf({ clients: [client('one', [subject('acme', name)])] })).toMatchObject([
    {
      code: 'authority_unknown',
      found: 'acme',
      allowed: 'acme-ca, globex-ca',
      remedy: 'add truststore/authorities/acme.pem and acme.yaml, or name another authority',
    },
  ]);
  expect(problemsOf({ authorities: [], clients: [client('one', [key('00', 'acme')])] })[0]?.allowed).toBe(
    'a name under truststore/authorities',
  );
});

test('an authority with problems of its own is not also unknown', () => {
  const authorities = [authority('acme-ca', [''])];
  expect(codesOf({ authorities, clients: [client('one', [subject('acme-ca', name)])] })).toEqual(['authority_empty']);
  expect(codesOf({ authorities, clients: [client('one', [exactly(acmeIssuing.issue())])] })).toEqual([
    'authority_empty',
  ]);
});

test('tiers', () => {
  const clients = [client('one', [subject('acme-ca', name)], { tier: at('gold') })];
  expect(problemsOf({ clients, tiers: ['default'] })).toMatchObject([
    { code: 'tier_unknown', allowed: 'default', remedy: undefined },
  ]);
  const near = [client('one', [subject('acme-ca', name)], { tier: at('defualt') })];
  expect(problemsOf({ clients: near, tiers: ['default'] })).toMatchObject([{ remedy: 'tier: default' }]);
  expect(problemsOf({ clients })).toMatchObject([
    {
      allowed: 'no tier: sallyport.yaml has none',
      remedy: expect.stringContaining('add gold under tiers in sallyport.yaml'),
    },
  ]);
  expect(codesOf({ clients, tiers: ['gold'] })).toEqual([]);
});

test('validity', () => {
  const valid = (from: string, until: string) =>
    codesOf({ clients: [client('one', [subject('acme-ca', name)], { validFrom: at(from), validUntil: at(until) })] });
  expect(valid('2026-01-01', '2026-01-01')).toEqual([]);
  expect(valid('2026-01-02', '2026-01-01')).toEqual(['validity_empty']);
});

test('pinned certificates: one, no CA, and reachable', () => {
  const pinned = (...identities: Parameters<typeof client>[1]) => codesOf({ clients: [client('one', identities)] });
  expect(pinned(exactly(initech))).toEqual([]);
  expect(pinned(exactly(acmeIssuing.issue()))).toEqual([]);
  expect(pinned(exactly(ca({ subject: 'Somebody' }).issue()))).toEqual(['certificate_unreachable']);
  expect(pinned(exactly(globexRoot))).toEqual(['pinned_ca']);
  expect(pinned(exactly({ ...initech, pem: initech.pem + initech.pem }))).toEqual(['one_certificate']);
  expect(pinned(exactly({ ...initech, pem: '\n' }))).toEqual(['one_certificate']);
  expect(pinned(exactly({ ...initech, pem: initech.keyPem }))).toEqual(['private_key_in_file']);
});

test('without sallyport.yaml nothing is held against it', () => {
  const source = sourceOf({
    clients: [client('one', [subject('acme-ca', name)], { tier: at('gold'), allow: ['GET /x'] })],
  });
  const { document, problems } = compileRegistry({ ...source, deployed: undefined });
  expect(problems).toEqual([]);
  expect(document.routes).toEqual([]);
});

test('the document is sorted by name and holds what was written', () => {
  const { document } = compileRegistry(
    sourceOf({
      authorities: [authority('b', [globexRoot]), authority('a', [acmeIssuing, acmeRoot])],
      clients: [client('z', [subject('a', name)]), client('y', [key('ab', 'b')], { addresses: ['203.0.113.0/24'] })],
    }),
  );
  expect(document.authorities.map((each) => each.name)).toEqual(['a', 'b']);
  expect(document.clients.map((each) => each.name)).toEqual(['y', 'z']);
  expect(document.clients[0]).toMatchObject({
    identities: [{ kind: 'key', spkiSha256: 'ab', authority: 'b' }],
    addresses: ['203.0.113.0/24'],
  });
});

test('every rule has a case in this folder', () => {
  const sources = join(import.meta.dirname, '../../../src/core/registry');
  const filesIn = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name));
  const cases = filesIn(import.meta.dirname).map((file) => readFileSync(file, 'utf8'));
  const given = [
    ...filesIn(join(sources, 'proofs')),
    join(sources, 'compile.ts'),
    join(sources, 'compile-authority.ts'),
  ]
    .map((file) => [relative(sources, file), readFileSync(file, 'utf8')] as const)
    .flatMap(([file, text]) => [...text.matchAll(/code: '(\w+)'/g)].map(([, code]) => [file, `${code}`] as const));
  expect(given.length).toBeGreaterThan(15);
  expect(given.filter(([, code]) => !cases.some((text) => text.includes(`'${code}'`)))).toEqual([]);
});
