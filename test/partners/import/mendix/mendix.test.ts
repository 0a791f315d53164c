import { parseFront } from '../../../../src/config/front.ts';
import { ProblemError } from '../../../../src/core/problem.ts';
import { parseCertificate } from '../../../../src/core/x509/certificate.ts';
import { importedFiles } from '../../../../src/partners/import/files.ts';
import { importMendix } from '../../../../src/partners/import/mendix/mendix.ts';
import { ca } from '../../../pki.ts';

const root = ca({ subject: { O: 'Umbra', CN: 'Umbra Root' } });
const issuing = root.ca({ subject: { O: 'Umbra', CN: 'Umbra Issuing' } });
const cas = [issuing, root].map(({ der }) => parseCertificate(der));
const imported = (restrictions: unknown) =>
  importMendix(JSON.stringify(restrictions), 'r.json', { backend: 'https://app.mendixcloud.com', cas });
const notesOf = (restrictions: unknown) =>
  imported(restrictions)
    .notes.map(({ kind, text }) => `${kind}: ${text}`)
    .join('\n');

test('paths that ask for a certificate are routes, and nobody is a client yet', () => {
  const found = imported({
    '/ws/': { client_cert: true, satisfy: 'all' },
    '/odata': { client_cert: true, issuer_dn: ['cn=umbra issuing, o=umbra'] },
  });
  expect(found.routes.map(({ match }) => match)).toEqual(['ANY /ws/**', 'ANY /odata/**']);
  expect(found.clients).toEqual([]);
  expect(found.authorities).toMatchObject([{ issuers: ['CN=Umbra Issuing,O=Umbra'] }]);
  const files = importedFiles(found, 'imported-1', 'r.json');
  const { problems } = parseFront(new Map([...files].map(([file, text]) => [file, Buffer.from(text)])));
  expect(problems.map(({ code }) => code)).toEqual(['registry_empty']);
  expect(files.get('IMPORT.md')).toContain('this front refuses everybody');
});

test.each<[string, unknown, RegExp]>([
  [
    'a password',
    { client_cert: true, basic_auth: { a: 'b' }, satisfy: 'all' },
    /left-out: \/x\/ .*asks for a password/,
  ],
  ['a password alone', { basic_auth: { a: 'b' } }, /left-out: \/x\/ .*asks for a password/],
  ['a password that nobody has', { basic_auth: {} }, /left-out: \/x\/ .*asks for a password/],
  ['no address', { client_cert: true, ipfilter: [], satisfy: 'all' }, /left-out: \/x\/ .*ipfilter is empty/],
  ['no address alone', { ipfilter: [] }, /left-out: \/x\/ .*ipfilter is empty/],
  ['an issuer without a certificate', { issuer_dn: ['CN=Umbra Issuing,O=Umbra'] }, /left-out: .*without client_cert/],
  [
    'an issuer that is not there',
    { client_cert: true, issuer_dn: ['CN=Nobody'] },
    /left-out: .*CN=Nobody is no CA given/,
  ],
  [
    'an issuer as an expression',
    { client_cert: true, issuer_dn: ['CN=Umbra.*'] },
    /left-out: .*CN=Umbra\.\* is no one subj/,
  ],
])('%s lets nobody in', (_, rule, note) => {
  expect(notesOf({ '/x/': rule })).toMatch(note);
  expect(imported({ '/x/': rule }).routes).toEqual([]);
});

test.each<[string, unknown, unknown]>([
  ['nothing asked', {}, undefined],
  ['an address alone', { ipfilter: ['203.0.113.7/24'] }, ['203.0.113.0/24']],
  ['an address or a certificate', { client_cert: true, ipfilter: ['203.0.113.0/24'] }, undefined],
  ['both', { client_cert: true, ipfilter: ['203.0.113.0/24'], satisfy: 'all' }, ['203.0.113.0/24']],
  ['an address or a password', { basic_auth: { a: 'b' }, ipfilter: ['203.0.113.0/24'] }, ['203.0.113.0/24']],
])('%s: what is asked stands on the route', (_, rule, addresses) => {
  expect(imported({ '/x/': rule }).routes).toMatchObject([{ match: 'ANY /x/**', addresses }]);
});

test('what a path does not say itself it inherits of `/`, and what lies below closes what lies above', () => {
  const root = { client_cert: true, ipfilter: ['203.0.113.0/24'], satisfy: 'all' };
  expect(imported({ '/': root, '/x/': { satisfy: 'all' } }).routes).toMatchObject([
    { match: 'ANY /**', addresses: ['203.0.113.0/24'] },
    { match: 'ANY /x/**', addresses: ['203.0.113.0/24'] },
  ]);
  expect(imported({ '/': { client_cert: true }, '/x/': { ipfilter: [], satisfy: 'all' } }).routes).toEqual([]);
});

test('paths that pin other issuers are not those of one front', () => {
  const pinned = (name: string) => ({ client_cert: true, issuer_dn: [`CN=Umbra ${name},O=Umbra`] });
  const found = imported({ '/a/': pinned('Issuing'), '/b/': pinned('Root') });
  expect(found.routes.map(({ match }) => match)).toEqual(['ANY /a/**']);
  expect(found.authorities).toMatchObject([{ issuers: ['CN=Umbra Issuing,O=Umbra'] }]);
  expect(found.notes.map(({ text }) => text).join()).toMatch(/\/b\/ was not taken over: it pins other issuers/);
});

test('the password is not copied', () => {
  const found = imported({ '/x/': { client_cert: true, basic_auth: { user: 'hush-hush' } } });
  expect([...importedFiles(found, 'imported-1', 'r.json').values()].join('')).not.toContain('hush-hush');
});

test.each([
  'x',
  '[]',
  '{"a": {}}',
  '{"/a": 1}',
  '{"/a": {"ipfilter": ["nowhere"]}}',
  '{"/a": {"ipfilter": [1]}}',
  '{"/a": {"only_on_sundays": true}}',
  '{"/a": {"client_cert": "true"}}',
  '{"/a": {"ipfilter": "10.0.0.0/8"}}',
  '{"/a": {"ipfilter": null}}',
  '{"/a": {"issuer_dn": "CN=x"}}',
  '{"/a": {"basic_auth": true}}',
  '{"/a": {"satisfy": "some"}}',
])('%s is refused by name', (text) => {
  expect(() => importMendix(text, 'r.json', { backend: 'https://a.example', cas })).toThrow(ProblemError);
});

test('the value may stand in the variable that holds it', () => {
  const inner = JSON.stringify({ '/ws/': { client_cert: true } });
  expect(imported({ ACCESS_RESTRICTIONS: inner }).routes).toHaveLength(1);
});
