import fc from 'fast-check';
import { fixOf } from '../../../src/core/lint/canonical-bundle.ts';
import { bundleOf } from '../../../src/core/lint/front.ts';
import { runRules } from '../../../src/core/lint/lint.ts';
import { lintRules } from '../../../src/core/lint/table.ts';
import { formatName } from '../../../src/core/x509/name.ts';
import { ca, type Issued, keyPair } from '../../pki.ts';
import { authority } from '../registry/sources.ts';
import { bundle, fixtures, front, now, options } from './fixtures.ts';

const root = ca({ subject: 'Root' });
const issuing1 = root.ca({ subject: 'Issuing 1' });
const issuing2 = root.ca({ subject: 'Issuing 2' });
const globex = ca({ subject: 'Globex Root' });
const globexIssuing = globex.ca({ subject: 'Globex Issuing' });
const key = keyPair('p256', 'renewal');
const expired = ca({ subject: 'Renewed', key, notAfter: now - 1000 });
const renewed = ca({ subject: 'Renewed', key });
const all = [root, issuing1, issuing2, globex, globexIssuing, renewed];

const fixed = (certificates: readonly (Issued | string)[]) => {
  const input = bundle(certificates);
  return fixOf(input, now)?.after ?? input.text;
};
const namesIn = (text: string) =>
  bundleOf({ authority: 'a', file: 'a.pem', text }).certificates.map(({ certificate }) =>
    formatName(certificate.subject).replace('CN=', ''),
  );

test('issuing CAs first, each root last, tree by tree', () => {
  expect(namesIn(fixed(all))).toEqual(['Globex Issuing', 'Globex Root', 'Renewed', 'Issuing 1', 'Issuing 2', 'Root']);
});

test('whatever the order and the duplicates, the text is the same; and it is stable', () => {
  const wanted = fixed(all);
  fc.assert(
    fc.property(fc.shuffledSubarray([...all, ...all, expired], { minLength: 0 }), (some) => {
      expect(fixed([...some, ...all])).toBe(wanted);
    }),
    { numRuns: 50 },
  );
  expect(fixOf(bundle([wanted]), now)).toBeUndefined();
});

test('an expired certificate goes only when its renewal is valid', () => {
  expect(namesIn(fixed([renewed, expired]))).toEqual(['Renewed']);
  expect(namesIn(fixed([expired]))).toEqual(['Renewed']);
  const later = ca({ subject: 'Renewed', key, notBefore: now + 86_400_000 });
  expect(namesIn(fixed([expired, later]))).toEqual(['Renewed', 'Renewed']);
});

test('comments above a certificate move with it; other text and the byte order mark go', () => {
  const text = `\ufeffBag Attributes\n# the root\n# until 2049\n${root.pem}pasted text\n# the issuer\n${issuing1.pem}`;
  const { after } = fixOf({ ...bundle([]), text }, now) ?? { after: '' };
  expect(after).toBe(`# the issuer\n${issuing1.pem}# the root\n# until 2049\n${root.pem}`);
});

test.each([
  ['a damaged block', `${root.pem}${issuing1.pem.replace('MII', 'xyz')}`],
  ['a private key', `${root.pem}${issuing1.keyPem}${issuing1.pem}`],
  ['no certificate', 'nothing at all\n'],
])('a file with %s is left to a person', (_, text) => {
  expect(fixOf({ ...bundle([]), text }, now)).toBeUndefined();
});

test('a certificate that the YAML file names by its hash is not dropped', () => {
  const [hash = ''] = bundleOf(bundle([expired])).certificates.map(({ certificate }) => certificate.sha256);
  const source = authority('acme-ca', [expired, renewed, issuing1, root], [hash]);
  const fix = fixOf({ ...bundle([]), text: source.pem.text, source }, now);
  expect(fix).toBeUndefined();
});

test('cross-signed CAs keep all certificates', () => {
  const input = fixtures.ca_loop?.fail().bundles[0] ?? bundle([]);
  expect(namesIn(fixOf(input, now)?.after ?? input.text).sort()).toEqual(['Root A', 'Root A', 'Root B', 'Root B']);
});

test('after the fix no rule that it mends finds anything', () => {
  const mended = lintRules.filter(({ fixable }) => fixable).map(({ code }) => code);
  expect(mended.length).toBeGreaterThan(3);
  for (const code of mended) {
    const input = fixtures[code]?.fail().bundles[0] ?? bundle([]);
    const after = fixOf(input, now)?.after ?? '';
    const { findings } = runRules({ ...front([]), bundles: [bundle([after])] }, options);
    expect(findings.filter(({ rule }) => mended.includes(rule))).toEqual([]);
  }
});
