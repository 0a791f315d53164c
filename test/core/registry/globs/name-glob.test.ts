import { ProblemError } from '../../../../src/core/problem.ts';
import { GlobIndex } from '../../../../src/core/registry/globs/glob-index.ts';
import {
  cutNamesOf,
  cutSan,
  cutSubjectGlob,
  type GlobSanKind,
  parseSanGlob,
} from '../../../../src/core/registry/globs/name-glob.ts';
import { parseCertificate } from '../../../../src/core/x509/certificate.ts';
import { parseNameText } from '../../../../src/core/x509/name-text.ts';
import { ca, type IssueSpec } from '../../../pki.ts';

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'taken';
  } catch (error) {
    if (error instanceof ProblemError) return error.problems[0]?.code ?? '';
    throw error;
  }
};

test.each<[GlobSanKind, string, string]>([
  ['dns', '*.clients.acme.example', 'taken'],
  ['dns', 'orders-*.acme.example', 'taken'],
  ['dns', '*.acme.example', 'taken'],
  ['dns', '*.example', 'glob_too_wide'],
  ['dns', 'orders.*.example', 'glob_too_wide'],
  ['dns', '*', 'glob_too_wide'],
  ['dns', '**.acme.example', 'glob_too_wide'],
  ['dns', 'orders.acme.example', 'glob_without_star'],
  ['dns', 'or ders*.acme.example', 'san_malformed'],
  ['uri', 'spiffe://acme.example/orders/*', 'taken'],
  ['uri', 'spiffe://*.example/orders', 'glob_too_wide'],
  ['uri', 'spiffe://acme.example*', 'glob_too_wide'],
  ['uri', 'urn:acme:*', 'glob_too_wide'],
  ['uri', 'https://acme.example/a?b=*', 'glob_too_wide'],
  ['uri', 'https://acme.example/a%20b/*', 'san_malformed'],
  ['uri', 'spiffe://acme.example/../*', 'san_malformed'],
  ['uri', 'https://acme.example//*', 'san_malformed'],
  ['email', 'orders-*@acme.example', 'taken'],
  ['email', 'orders@*.example', 'glob_too_wide'],
])('%s %s: %s', (kind, text, expected) => {
  expect(codeOf(() => parseSanGlob(kind, text))).toBe(expected);
});

test.each([
  ['CN=orders-*, O=Acme, C=NL', 'taken'],
  ['CN=*, O=Acme', 'taken'],
  ['CN=*, C=NL', 'glob_too_wide'],
  ['CN=*', 'glob_too_wide'],
  ['CN=a**b, O=Acme', 'glob_too_wide'],
  ['CN=orders, O=Acme', 'glob_without_star'],
  ['CN=orders-*+OU=x, O=Acme', 'glob_multi_valued'],
])('%s: %s', (text, expected) => {
  expect(codeOf(() => cutSubjectGlob(parseNameText(text)))).toBe(expected);
});

const issuer = ca({ subject: 'Acme Root' });
const index = new GlobIndex<string>();
index.add(cutSubjectGlob(parseNameText('CN=orders-*, O=Acme, C=NL')), 'subject');
index.add(cutSan('dns', parseSanGlob('dns', '*.Clients.acme.example')), 'dns');
index.add(cutSan('uri', parseSanGlob('uri', 'SPIFFE://acme.example/orders/*')), 'uri');
index.add(cutSan('email', parseSanGlob('email', 'orders-*@ACME.example')), 'email');
const known = (spec: IssueSpec) =>
  cutNamesOf(parseCertificate(issuer.issue(spec).der)).flatMap((name) => index.find(name));
const subject = (cn: string, more: object = {}) => ({ subject: { C: 'NL', O: 'Acme', CN: cn, ...more } });

test('a name within its borders is known, in any case that does not count', () => {
  expect(known(subject('Orders-7'))).toEqual(['subject']);
  expect(known({ subject: 'x', names: [{ dns: 'A.clients.ACME.example' }] })).toEqual(['dns']);
  expect(known({ subject: 'x', names: [{ uri: 'spiffe://ACME.example/orders/eu' }] })).toEqual(['uri']);
  expect(known({ subject: 'x', names: [{ email: 'orders-7@acme.example' }] })).toEqual(['email']);
});

test.each<[string, IssueSpec]>([
  ['nothing for the star', subject('orders-')],
  ['another attribute', subject('orders-7', { OU: 'IT' })],
  ['another order', { subject: { O: 'Acme', C: 'NL', CN: 'orders-7' } }],
  [
    'two attributes in one RDN',
    {
      subject: [
        [{ type: 'C', value: 'NL' }],
        [
          { type: 'O', value: 'Acme' },
          { type: 'CN', value: 'orders-7' },
        ],
      ],
    },
  ],
  ['a star of the certificate', subject('orders-*')],
  ['one label more', { subject: 'x', names: [{ dns: 'a.b.clients.acme.example' }] }],
  ['one label less', { subject: 'x', names: [{ dns: 'clients.acme.example' }] }],
  ['a wildcard certificate', { subject: 'x', names: [{ dns: '*.clients.acme.example' }] }],
  ['a segment more', { subject: 'x', names: [{ uri: 'spiffe://acme.example/orders/a/b' }] }],
  ['an encoded border', { subject: 'x', names: [{ uri: 'spiffe://acme.example/orders/a%2Fb' }] }],
  ['dot segments', { subject: 'x', names: [{ uri: 'spiffe://acme.example/orders/..' }] }],
  ['a query', { subject: 'x', names: [{ uri: 'spiffe://acme.example/orders/a?b' }] }],
  ['another host', { subject: 'x', names: [{ uri: 'spiffe://acme.example.evil/orders/a' }] }],
  ['a second @', { subject: 'x', names: [{ email: '"orders-@evil.example"@acme.example' }] }],
])('a star does not reach: %s', (_, spec) => {
  expect(known(spec)).toEqual([]);
});
