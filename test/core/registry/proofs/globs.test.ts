import fc from 'fast-check';
import { compileRegistry } from '../../../../src/core/registry/compile.ts';
import { commonSegment } from '../../../../src/core/registry/globs/segment.ts';
import { selfSigned } from '../../../pki.ts';
import {
  acmeIssuing,
  acmeRoot,
  authority,
  client,
  codesOf,
  dns,
  dnsGlob,
  exactly,
  problemsOf,
  sourceOf,
  subject,
  subjectGlob,
} from '../sources.ts';

type Identity = Parameters<typeof client>[1][number];
const pair = (a: Identity, b: Identity) => problemsOf({ clients: [client('one', [a]), client('two', [b])] });

test.each<[string, Identity, Identity, string | undefined]>([
  [
    'a glob over a registered name',
    dnsGlob('acme-ca', '*.acme.example'),
    dns('acme-ca', 'a.acme.example'),
    'dns a.acme.example',
  ],
  ['two globs', dnsGlob('acme-ca', 'a-*.acme.example'), dnsGlob('acme-ca', '*-b.acme.example'), 'dns a-b.acme.example'],
  [
    'two globs, stars in different labels',
    dnsGlob('acme-ca', 'a*.b.acme.example'),
    dnsGlob('acme-ca', 'ab.*.acme.example'),
    'dns ab.b.acme.example',
  ],
  [
    'one within the other',
    dnsGlob('acme-ca', 'a*.acme.example'),
    dnsGlob('acme-ca', 'ab*.acme.example'),
    'dns abx.acme.example',
  ],
  [
    'the same twice',
    dnsGlob('acme-ca', 'a*.acme.example'),
    dnsGlob('acme-ca', 'a*.acme.example'),
    'dns ax.acme.example',
  ],
  ['beside each other', dnsGlob('acme-ca', 'a-*.acme.example'), dnsGlob('acme-ca', 'b-*.acme.example'), undefined],
  ['of other authorities', dnsGlob('acme-ca', 'a*.acme.example'), dnsGlob('globex-ca', 'a*.acme.example'), undefined],
  [
    'subjects',
    subjectGlob('acme-ca', 'CN=*-client, O=Acme'),
    subject('acme-ca', 'CN=Orders-Client, O=ACME'),
    'subject CN=orders-client,O=acme',
  ],
  [
    'two subjects',
    subjectGlob('acme-ca', 'CN=a*, O=Acme'),
    subjectGlob('acme-ca', 'CN=*, O=Acme'),
    'subject CN=ax,O=acme',
  ],
  [
    'subjects of other attributes',
    subjectGlob('acme-ca', 'CN=a*, O=Acme'),
    subjectGlob('acme-ca', 'CN=*, OU=Acme'),
    undefined,
  ],
])('%s', (_, a, b, example) => {
  const problems = pair(a, b);
  if (example === undefined) return expect(problems).toEqual([]);
  expect(problems).toEqual([
    expect.objectContaining({
      code: 'identity_shared',
      found: expect.stringContaining(`; for example a certificate with ${example}, signed by CN=Acme Issuing,O=Acme`),
    }),
  ]);
});

test('a registered certificate that another client’s glob matches', () => {
  const leaf = acmeIssuing.issue({ subject: 'x', names: [{ dns: 'a.acme.example' }] });
  expect(pair(exactly(leaf), dnsGlob('acme-ca', '*.acme.example'))).toEqual([
    expect.objectContaining({ code: 'identity_shared' }),
  ]);
  const own = selfSigned({ subject: 'x', names: [{ dns: 'a.acme.example' }] });
  expect(pair(exactly(own), dnsGlob('acme-ca', '*.acme.example'))).toEqual([]);
});

test('one client may have globs that overlap', () => {
  expect(
    codesOf({ clients: [client('one', [dnsGlob('acme-ca', 'a*.acme.example'), dns('acme-ca', 'ab.acme.example')])] }),
  ).toEqual([]);
});

test('ten thousand told apart by what is written out, and some that cannot be told apart', () => {
  const many = (of: (index: number) => string, count: number) =>
    Array.from({ length: count }, (_, index) => client(`c${index}`, [dnsGlob('acme-ca', of(index))]));
  const authorities = [authority('acme-ca', [acmeIssuing, acmeRoot])];
  const apart = many((index) => `c${index}-*.acme.example`, 10_000);
  expect(compileRegistry(sourceOf({ authorities, clients: apart })).problems).toEqual([]);
  expect(
    compileRegistry(sourceOf({ authorities, clients: many((index) => `*-${index}.acme.example`, 2_000) })).problems,
  ).toEqual([]);
  const digits = (index: number) => [0, 3, 6, 9].map((shift) => `l${(index >> shift) & 7}*`).join('.');
  const mixed = many((index) => `${digits(index)}.acme.example`, 4096);
  expect(codesOf({ authorities, clients: mixed })).toEqual(['globs_unproven']);
  const alike = many((index) => `*-${index}-*.acme.example`, 700);
  expect(new Set(codesOf({ authorities, clients: alike }))).toEqual(new Set(['identity_shared']));
});

test('exactly the pairs that share a name are reported, wherever their stars stand', () => {
  const label = fc
    .array(fc.constantFrom('a', 'b', 'c', '*'), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('').replace(/\*+/g, '*'));
  const name = fc.tuple(label, label).filter(([first, second]) => `${first}${second}`.includes('*'));
  fc.assert(
    fc.property(fc.array(name, { minLength: 2, maxLength: 9 }), (names) => {
      const clients = names.map(([first, second], index) =>
        client(`c${index}`, [dnsGlob('acme-ca', `${first}.${second}.acme.example`)]),
      );
      const found = problemsOf({ clients }).map(({ message }) =>
        /clients, (c\d+) and (c\d+)/.exec(message)?.slice(1).sort().join(),
      );
      const expected = names.flatMap((one, i) =>
        names.flatMap((other, j) =>
          i < j && one.every((segment, at) => commonSegment(segment, other[at] ?? '') !== undefined)
            ? [`c${i},c${j}`]
            : [],
        ),
      );
      expect(found.sort()).toEqual(expected.sort());
    }),
    { numRuns: 400 },
  );
});
