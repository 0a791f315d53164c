import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { reasonCodes } from '../../src/core/decide/reasons.ts';
import { problemCodes } from '../../src/core/problem-codes.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const filesIn = (folder: string, end: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end))
    .map((name) => join(folder, name));

const sources = ['bin', 'lambdas', 'lib', 'src'].flatMap((folder) => filesIn(folder, '.ts'));
const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', ...filesIn('docs', '.md')];

/** Words with underscores that are other people's. */
const foreign = new Set([
  ...['auth_basic', 'auth_request', 'limit_req', 'limit_conn', 'try_files', 'ngx_http_access_module'], // nginx
  'mod_authz_host', // Apache
  's_client', // OpenSSL
  'esc_msb', // a flag of OpenSSL's name printer
  'import_p12', // SAP's sapgenpse
  'jwks_uri', // RFC 8414
  'node_modules',
  'snake_case',
  ...['subjectaltname_dns_not_ascii', 'issuer_bad_printable_string', 'subject_not_printable_string'], // a corpus' names of cases
  'invalid_revoked_empty_sequence',
]);

/** Codes, rules and members that the product has: whatever stands in its source as a word of its own. */
const known = new Set(
  sources
    .map(read)
    .flatMap((text) => [
      ...text.matchAll(/'([a-z][a-z0-9]*(?:_[a-z0-9]+)+)'/g),
      ...text.matchAll(/^\s*([a-z][a-z0-9]*(?:_[a-z0-9]+)+)\??:/gm),
    ])
    .map(([, word]) => word),
);

const cited = (text: string) => [
  // in a page or a comment: between back quotes
  ...[...text.matchAll(/`([a-z][a-z0-9]*(?:_[a-z0-9]+)+)`/g)],
  // in a sentence of the product: among other words
  ...[...text.matchAll(/'((?:[^'\\\n]|\\.)* (?:[^'\\\n]|\\.)*)'/g)].flatMap(([, sentence = '']) => [
    ...sentence.matchAll(/(?<![\w$/.{-])([a-z][a-z0-9]*(?:_[a-z0-9]+)+)(?![\w(])/g),
  ]),
];

test('every code, reason and rule that a text cites exists', () => {
  const missing = [...sources, ...pages].flatMap((file) =>
    cited(read(file))
      .map(([, word = '']) => word)
      .filter((word) => !known.has(word) && !foreign.has(word))
      .map((word) => `${file}: ${word}`),
  );
  expect(missing).toEqual([]);
});

test('what is cited from a generated page is on it', () => {
  const tables: Readonly<Record<string, readonly string[]>> = {
    reasons: reasonCodes,
    problems: Object.keys(problemCodes),
  };
  const missing = [...sources, ...pages].flatMap((file) =>
    [...read(file).matchAll(/(reasons|problems)\.md(?:#|, )([a-z][a-z0-9]*(?:_[a-z0-9]+)+)/g)]
      .filter(([, page = '', code = '']) => !tables[page]?.includes(code))
      .map(([whole]) => `${file}: ${whole}`),
  );
  expect(missing).toEqual([]);
});

test('every file of this repository that a text names is there', () => {
  const named = /(?<![\w/.-])((?:src|lambdas|lib|bin|test|docs|schema|bench)\/[\w./-]*[\w/])/g;
  // made by a build, or an address of somebody else's
  const made = new Set(['lambdas/digests.json', 'lib/index.js']);
  const missing = [...sources, ...pages].flatMap((file) =>
    [...read(file).matchAll(named)]
      .map(([, path = '']) => path)
      .filter((path) => !made.has(path) && !existsSync(join(root, path)))
      .map((path) => `${file}: ${path}`),
  );
  expect(missing).toEqual([]);
});
