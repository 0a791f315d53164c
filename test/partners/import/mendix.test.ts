import { parseFront } from '../../../src/config/front.ts';
import { ProblemError } from '../../../src/core/problem.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { importedFiles } from '../../../src/partners/import/files.ts';
import { importMendix } from '../../../src/partners/import/mendix.ts';
import { ca } from '../../pki.ts';

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
    '/odata': { issuer_dn: ['cn=umbra issuing, o=umbra'] },
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
  ['nothing asked', {}, /left-out: \/x\/ asked for nothing: everybody was let in/],
  ['an address alone', { ipfilter: ['203.0.113.0/24'] }, /left-out: \/x\/ asked for an address only/],
  ['a password', { client_cert: true, basic_auth: { a: 'b' } }, /left-out: \/x\/ asked for a password as well/],
  [
    'any',
    { client_cert: true, ipfilter: ['203.0.113.0/24'] },
    /changed: \/x\/: an address or a certificate was enough \("any"\)/,
  ],
  ['nothing ticked', { client_cert: true }, /changed: .*nothing ticked = everyone/],
  [
    'an issuer that is not there',
    { issuer_dn: ['CN=Nobody'] },
    /to-do: .*no CA given with --ca has the subject CN=Nobody/,
  ],
])('%s', (_, rule, note) => {
  expect(notesOf({ '/x/': rule })).toMatch(note);
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
])('%s is refused by name', (text) => {
  expect(() => importMendix(text, 'r.json', { backend: 'https://a.example', cas })).toThrow(ProblemError);
});

test('the value may stand in the variable that holds it', () => {
  const inner = JSON.stringify({ '/ws/': { client_cert: true } });
  expect(imported({ ACCESS_RESTRICTIONS: inner }).routes).toHaveLength(1);
});
