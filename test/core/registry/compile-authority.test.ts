import { createHash } from 'node:crypto';
import { compileRegistry } from '../../../src/core/registry/compile.ts';
import { ca, selfSigned } from '../../pki.ts';
import { acmeIssuing, acmeRoot, authority, codesOf, globexRoot, initech, problemsOf, sourceOf } from './sources.ts';

const sha256 = (der: Uint8Array) => createHash('sha256').update(der).digest('hex');

function issuersOf(...parts: Parameters<typeof authority>) {
  const { document, problems } = compileRegistry(sourceOf({ authorities: [authority(...parts)] }));
  return { issuers: document.authorities[0]?.issuers, anchors: document.authorities[0]?.anchors, problems };
}

test('issuers are the CAs that issue no other CA of the file', () => {
  expect(issuersOf('a', [acmeIssuing, acmeRoot])).toEqual({
    issuers: [sha256(acmeIssuing.der)],
    anchors: [sha256(acmeRoot.der)],
    problems: [],
  });
  expect(issuersOf('a', [globexRoot]).issuers).toEqual([sha256(globexRoot.der)]);
});

test('issuers may be named by subject or hash, also a root', () => {
  expect(issuersOf('a', [acmeIssuing, acmeRoot], ['CN=Acme Root,O=Acme']).issuers).toEqual([sha256(acmeRoot.der)]);
  expect(issuersOf('a', [acmeIssuing, acmeRoot], [sha256(acmeRoot.der), sha256(acmeIssuing.der)]).issuers).toHaveLength(
    2,
  );
});

test('issuers may be named by a glob of the common name, which takes in every CA it matches and no other', () => {
  const second = acmeRoot.ca({ subject: { O: 'Acme', CN: 'Acme Issuing 2' } });
  const file = [acmeIssuing, second, acmeRoot] as const;
  expect(issuersOf('a', file, ['Acme Iss*']).issuers).toEqual([sha256(acmeIssuing.der), sha256(second.der)]);
  expect(issuersOf('a', file, ['Acme Issuing *']).issuers).toEqual([sha256(second.der)]);
  expect(issuersOf('a', file, ['Globex *']).problems.map(({ code }) => code)).toEqual(['issuer_not_in_file']);
});

test('a subject that two keys of the file have is ambiguous; two certificates of one key are not', () => {
  const other = acmeRoot.ca({ subject: { O: 'Acme', CN: 'Acme Issuing' } });
  const [problem] = issuersOf('a', [acmeIssuing, other, acmeRoot], ['CN=Acme Issuing,O=Acme']).problems;
  expect(problem).toMatchObject({
    code: 'issuer_ambiguous',
    found: 'CN=Acme Issuing,O=Acme',
    remedy: `issuers: [${sha256(acmeIssuing.der)}, ${sha256(other.der)}]`,
  });
  const renewed = acmeRoot.ca({ subject: { O: 'Acme', CN: 'Acme Issuing' }, key: acmeIssuing });
  const both = issuersOf('a', [acmeIssuing, renewed, acmeRoot], ['CN=Acme Issuing,O=Acme']);
  expect(both.problems).toEqual([]);
  expect(both.issuers).toHaveLength(2);
  expect(issuersOf('a', [acmeIssuing, renewed, acmeRoot]).issuers).toHaveLength(2);
});

test('two CAs that issue each other leave no issuer by default', () => {
  const cross = globexRoot.ca({ subject: { O: 'Acme', CN: 'Acme Root' }, key: acmeRoot });
  const back = acmeRoot.ca({ subject: { O: 'Globex', CN: 'Globex Root' }, key: globexRoot });
  expect(issuersOf('a', [acmeRoot, globexRoot, cross, back]).problems).toMatchObject([
    { code: 'authority_without_issuer', remedy: `issuers: [${sha256(acmeRoot.der)}]` },
  ]);
});

test('a chain that ends before the root', () => {
  expect(problemsOf({ authorities: [authority('a', [acmeIssuing])] })).toMatchObject([
    {
      code: 'authority_without_root',
      place: { file: 'truststore/authorities/a.pem', line: 1 },
      remedy: 'add the certificate of CN=Acme Root,O=Acme to the file',
    },
  ]);
});

test('a chain with a gap, also one where only the name fits', () => {
  const below = acmeIssuing.ca({ subject: 'Below' });
  expect(problemsOf({ authorities: [authority('a', [below, acmeRoot])] })).toMatchObject([
    { code: 'chain_incomplete', found: 'CN=Below, issued by CN=Acme Issuing,O=Acme' },
  ]);
  const impostor = ca({ subject: { O: 'Acme', CN: 'Acme Root' } });
  expect(problemsOf({ authorities: [authority('a', [acmeIssuing, impostor])] })).toMatchObject([
    { code: 'chain_incomplete', remedy: expect.stringContaining('whose key made this signature') },
  ]);
});

test('a root that only claims to have signed itself', () => {
  const claimed = ca({ subject: 'Claims', signWith: acmeRoot.privateKey });
  expect(codesOf({ authorities: [authority('a', [claimed])] })).toEqual(['authority_without_root']);
});

test('leaves, keys, other blocks, nothing, and the same CA twice', () => {
  const leaf = acmeIssuing.issue();
  expect(problemsOf({ authorities: [authority('a', [acmeIssuing, acmeRoot, leaf])] })).toMatchObject([
    { code: 'leaf_in_authority', found: 'CN=test-client', remedy: expect.stringContaining('certificate: NAME.pem') },
  ]);
  expect(codesOf({ authorities: [authority('a', [initech])] })).toEqual(['leaf_in_authority']);
  const noCa = selfSigned({ subject: 'v1', version: 1, extensions: [] });
  expect(codesOf({ authorities: [authority('a', [noCa])] })).toEqual(['leaf_in_authority']);
  expect(problemsOf({ authorities: [authority('a', [acmeRoot, '# key\n', acmeRoot.keyPem])] })).toMatchObject([
    {
      code: 'private_key_in_file',
      found: 'PRIVATE KEY',
      place: { column: 1, line: acmeRoot.pem.split('\n').length + 1 },
    },
  ]);
  expect(codesOf({ authorities: [authority('a', [acmeRoot.pem.replaceAll('CERTIFICATE', 'X509 CRL')])] })).toEqual([
    'pem_label',
  ]);
  expect(codesOf({ authorities: [authority('a', ['# nothing\n'])] })).toEqual(['authority_empty']);
  expect(problemsOf({ authorities: [authority('a', [globexRoot, globexRoot])] })).toMatchObject([
    { code: 'certificate_twice', found: 'CN=Globex Root,O=Globex, first on line 1' },
  ]);
});

test('damage is placed at the line of its block', () => {
  const damaged = globexRoot.pem.replace(/\n.{8}/, '\nAAAAAAAA');
  expect(problemsOf({ authorities: [authority('a', [acmeRoot, damaged])] })).toMatchObject([
    {
      code: 'certificate_malformed',
      place: { file: 'truststore/authorities/a.pem', line: acmeRoot.pem.split('\n').length },
    },
  ]);
  expect(problemsOf({ authorities: [authority('a', ['-----BEGIN CERTIFICATE-----\n'])] })).toMatchObject([
    { code: 'pem_malformed', place: { file: 'truststore/authorities/a.pem', line: 1 } },
  ]);
});

test('one CA name with two keys: in one authority a renewal, in two a problem', () => {
  const renewed = ca({ subject: { O: 'Acme', CN: 'Acme Root' } });
  expect(codesOf({ authorities: [authority('a', [acmeRoot, renewed])] })).toEqual([]);
  expect(problemsOf({ authorities: [authority('a', [acmeRoot]), authority('b', [renewed])] })).toMatchObject([
    {
      code: 'ca_name_shared',
      found: expect.stringMatching(
        /^CN=Acme Root,O=Acme with key [0-9a-f]{16}, and with key [0-9a-f]{16} in .*a\.pem:1;/,
      ),
    },
  ]);
  // the first key that was seen is the same: the second is not
  expect(codesOf({ authorities: [authority('a', [acmeRoot, renewed]), authority('b', [acmeRoot])] })).toEqual([
    'ca_name_shared',
  ]);
  expect(codesOf({ authorities: [authority('a', [acmeRoot]), authority('b', [acmeIssuing, acmeRoot])] })).toEqual([]);
});
