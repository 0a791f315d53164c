import fc from 'fast-check';
import { impactOf, whose } from '../../../src/core/impact/impact.ts';
import { isCovered } from '../../../src/core/impact/implied.ts';
import { peopleOf } from '../../../src/core/impact/person.ts';
import type { IdentityDocument, RegistryDocument } from '../../../src/core/registry/document.ts';
import { loadRegistry } from '../../../src/core/registry/load.ts';
import { parseAddressRange } from '../../../src/core/request/address.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { ca, during } from '../../pki.ts';
import {
  acme,
  acmeDevices,
  acmeIssuing,
  acmeRoot,
  asking,
  authority,
  client,
  codes,
  documentWith,
  exactly,
  globexRoot,
  login,
  orders,
  requiring,
  subjectOf,
} from '../decide/fixture.ts';

const impact = (before: RegistryDocument, after: RegistryDocument) => impactOf(before, after, during);
const told = (entries: ReturnType<typeof impact>['lost']) =>
  entries.map(({ client: name, whole, ways }) => ({
    name,
    whole,
    why: ways.map(({ reasons, requests, from }) => [
      reasons.map(({ code }) => code).join(' '),
      ...requests,
      ...(from ? [from] : []),
    ]),
  }));
const withAuthorities = (document: RegistryDocument, ...authorities: RegistryDocument['authorities']) => ({
  ...document,
  authorities,
});
const today = documentWith([acme]);
const [acmeCa, globexCa] = today.authorities;
if (acmeCa === undefined || globexCa === undefined) throw new Error('two authorities');

test('nothing changes: nobody is named', () => {
  expect(impact(today, today)).toEqual({ lost: [], gained: [], renamed: [], decided: 2 });
});

test('a new key under an old CA name shows as the people whom the old key has signed', () => {
  const swapped = acmeRoot.ca({ subject: { CN: 'Acme Issuing', O: 'Acme' } });
  const after = withAuthorities(today, authority('acme-ca', [acmeRoot, swapped, acmeDevices], [swapped]), globexCa);
  const found = impact(today, after);
  expect(told(found.lost)).toEqual([{ name: 'acme', whole: true, why: [['signature_invalid']] }]);
  expect(found.lost[0]?.ways[0]?.issuers).toEqual(['O=Acme,CN=Acme Issuing']);
  // whoever has a certificate of the new key comes in, and did not before
  expect(told(found.gained)).toEqual([{ name: 'acme', whole: true, why: [['signature_invalid']] }]);
  // the same answer as a certificate of the old key gets
  expect(codes(asking(orders.der, loadRegistry(after)))).toEqual(['signature_invalid']);
});

test('a CA that is renewed with its key changes nothing for anybody', () => {
  const renewed = acmeRoot.ca({ subject: { CN: 'Acme Issuing', O: 'Acme' }, key: acmeIssuing });
  const after = withAuthorities(today, authority('acme-ca', [acmeRoot, renewed, acmeDevices], [renewed]), globexCa);
  expect(impact(today, after)).toMatchObject({ lost: [], gained: [] });
});

test('an issuer that may sign no more, an anchor that goes, an authority that goes', () => {
  const whole = (after: RegistryDocument) => told(impact(today, after).lost);
  const only = (code: string) => [{ name: 'acme', whole: true, why: [[code]] }];
  const cas = [acmeRoot, acmeIssuing, acmeDevices];
  expect(whole(withAuthorities(today, authority('acme-ca', cas, [acmeDevices]), globexCa))).toEqual(
    only('issuer_not_allowed'),
  );
  expect(whole(withAuthorities(today, authority('acme-ca', cas.slice(1), [acmeIssuing]), globexCa))).toEqual(
    only('path_invalid'),
  );
  expect(whole({ ...documentWith([]), authorities: [globexCa] })).toEqual([
    { name: 'acme', whole: true, why: [['issuer_unknown identity_unknown']] },
  ]);
});

test.each<[string, Parameters<typeof client>[2], Parameters<typeof client>[2], unknown]>([
  ['a rule goes', {}, { allow: ['GET /orders/**'] }, [['method_not_allowed', 'POST /orders']]],
  [
    'a rule is narrowed',
    { allow: ['GET /orders/**'] },
    { allow: ['GET /orders/eu/**'] },
    [['path_not_allowed', 'GET /orders', 'GET /orders/', 'GET /orders/*']],
  ],
  [
    'a method goes',
    { allow: ['GET,POST /orders/**'] },
    { allow: ['GET /orders/**'] },
    [['method_not_allowed', 'POST /orders', 'POST /orders/', 'POST /orders/*']],
  ],
  ['addresses come', {}, { addresses: ['203.0.113.0/24'] }, [['address_not_allowed']]],
  [
    'addresses are narrowed',
    { addresses: ['203.0.113.0/24'] },
    { addresses: ['203.0.113.0/25'] },
    [['address_not_allowed']],
  ],
  [
    'the same addresses in halves',
    { addresses: ['203.0.113.0/24'] },
    { addresses: ['203.0.113.0/25', '203.0.113.128/25'] },
    undefined,
  ],
  [
    'addresses as a condition',
    { addresses: ['203.0.113.0/25'] },
    { require: requiring([{ addresses: ['203.0.113.0/24'] }]) },
    undefined,
  ],
  ['a role is asked for', {}, { require: requiring([{ psd2Role: 'PSP_AI' }]) }, [['condition_unmet']]],
  [
    'of two roles one stays',
    { require: requiring([{ psd2Role: 'PSP_AI' }, { psd2Role: 'PSP_PI' }]) },
    { require: requiring([{ psd2Role: 'PSP_AI' }]) },
    [['condition_unmet']],
  ],
  [
    'a role more will do',
    { require: requiring([{ psd2Role: 'PSP_AI' }]) },
    { require: requiring([{ psd2Role: 'PSP_AI' }, { psd2Role: 'PSP_PI' }]) },
    undefined,
  ],
  ['an end comes', {}, { validUntil: '2020-01-01' }, [['client_no_longer_valid']]],
  ['an end to come', {}, { validUntil: '2098-12-31' }, [['client_no_longer_valid', '2099-01-01']]],
  [
    'an end comes nearer',
    { validUntil: '2099-12-31' },
    { validUntil: '2098-12-31' },
    [['client_no_longer_valid', '2099-01-01']],
  ],
])('what is narrowed, by what is refused: %s', (_, before, after, why) => {
  const side = (rest: typeof before) =>
    documentWith([client('acme', [subjectOf(orders, 'acme-ca')], rest)], { tokenIssuers: [login] });
  const found = impact(side(before), side(after));
  expect(told(found.lost).map((one) => one.why)).toEqual(why === undefined ? [] : [why]);
  // and back: whoever is let in again is told of just as well
  expect(told(impact(side(after), side(before)).gained).map((one) => one.why)).toEqual(why === undefined ? [] : [why]);
});

test('routes: one that closes, one that asks for more inside it', () => {
  const live = documentWith([acme], { routes: [{ match: 'ANY /orders/**' }] });
  expect(told(impact(live, documentWith([acme], { routes: [{ match: 'ANY /stock' }] })).lost)).toEqual([
    { name: 'acme', whole: true, why: [['route_missing']] },
  ]);
  const inside = documentWith([acme], {
    routes: [
      { match: 'ANY /orders/**' },
      { match: 'GET /orders/secret', require: requiring([{ psd2Role: 'PSP_AI' }]) },
    ],
  });
  expect(told(impact(live, inside).lost)).toMatchObject([
    { name: 'acme', whole: false, why: [['condition_unmet', expect.stringContaining('/orders/secret')]] },
  ]);
});

test('a renamed client is nobody lost, and a certificate that is registered itself is decided as it is', () => {
  const after = documentWith([{ ...acme, name: 'acme-bv' }]);
  expect(impact(today, after)).toMatchObject({ lost: [], gained: [], renamed: [{ from: 'acme', to: 'acme-bv' }] });
  const pinned = documentWith([client('acme', [exactly(orders)])]);
  expect(impact(pinned, documentWith([]))).toMatchObject({ lost: [{ client: 'acme', whole: true }] });
  // known by its subject afterwards, and signed by the CA: it stays
  expect(impact(pinned, today)).toMatchObject({ lost: [] });
});

test('addresses: several ranges that make one up, and those that do not', () => {
  const ranges = (...texts: string[]) => texts.map(parseAddressRange);
  const [all, v6] = ranges('10.0.0.0/8', '2001:db8::/32');
  if (all === undefined || v6 === undefined) throw new Error('two');
  expect(isCovered(all, ranges('10.0.0.0/9', '10.128.0.0/10', '10.192.0.0/10'))).toBe(true);
  expect(isCovered(all, ranges('10.0.0.0/9', '10.128.0.0/10'))).toBe(false);
  expect(isCovered(v6, ranges('2001:db8::/33', '2001:db8:8000::/33'))).toBe(true);
  expect(isCovered(v6, ranges('0.0.0.0/0'))).toBe(false);
});

describe('a plan says what a decision says', () => {
  const constrained = acmeRoot.ca({ subject: { CN: 'Acme Narrow', O: 'Acme' } });
  const other = ca({ subject: { CN: 'Acme Root', O: 'Acme' } });
  const issuers = { acmeIssuing, acmeDevices, globexRoot, constrained, other };
  const cas = Object.values(issuers);
  const names = ['one', 'two', 'three'] as const;
  const identity = fc.record({
    name: fc.constantFrom(...names),
    authority: fc.constantFrom('acme-ca', 'globex-ca'),
    kind: fc.constantFrom('subject', 'san', 'glob', 'key'),
  });
  const leaves = Object.fromEntries(
    names.map((name) => [
      name,
      cas.map((issuer) => issuer.issue({ subject: { CN: name }, names: [{ dns: `${name}.acme.example` }] })),
    ]),
  );
  const someDocument = fc
    .record({
      clients: fc.array(fc.record({ identities: fc.array(identity, { minLength: 1, maxLength: 2 }) }), {
        maxLength: 3,
      }),
      acmeCas: fc.subarray([acmeRoot, acmeIssuing, acmeDevices, constrained, other], { minLength: 1 }),
      globex: fc.boolean(),
    })
    .map(({ clients, acmeCas, globex }): RegistryDocument => {
      const documents = clients.map(({ identities }, index) =>
        client(
          `client-${index}`,
          identities.map(({ name, authority: of, kind }): IdentityDocument => {
            if (kind === 'subject') return subjectOf(leaves[name]?.[0] ?? orders, of);
            if (kind === 'san')
              return { kind: 'san', authority: of, san: { kind: 'dns', value: `${name}.acme.example` } };
            if (kind === 'glob')
              return { kind: 'san-glob', authority: of, san: { kind: 'dns', value: '*.acme.example' } };
            return {
              kind: 'key',
              spkiSha256: parseCertificate((leaves[name]?.[0] ?? orders).der).spkiSha256,
              authority: of,
            };
          }),
        ),
      );
      return {
        ...documentWith(documents),
        authorities: [
          authority(
            'acme-ca',
            acmeCas,
            acmeCas.filter((one) => one !== acmeRoot),
          ),
          ...(globex ? [authority('globex-ca', [globexRoot], [globexRoot])] : []),
        ],
      };
    });

  test('of a leaf with the same names, key and issuer, in any registry', () => {
    fc.assert(
      fc.property(
        someDocument,
        fc.constantFrom(...names),
        fc.constantFrom(...Object.keys(issuers)),
        (document, name, issuer) => {
          const registry = loadRegistry(document);
          const at = Object.keys(issuers).indexOf(issuer);
          const leaf = parseCertificate((leaves[name]?.[at] ?? orders).der);
          const signer = parseCertificate((cas[at] ?? acmeIssuing).der);
          const found = whose({ leaf: { ...leafLike(leaf) }, issuer: signer }, registry, during);
          const real = codes(asking(leaf.der, registry));
          expect('client' in found ? ['allow'] : found.reasons.map(({ code }) => code).sort()).toEqual(
            [...real].sort(),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  /** Everything that a plan knows of somebody, and nothing that verifies. */
  function leafLike(leaf: ReturnType<typeof parseCertificate>) {
    const [somebody] = peopleOf(loadRegistry(today), []);
    const made = somebody?.leaf ?? leaf;
    return {
      ...made,
      issuer: leaf.issuer,
      subject: leaf.subject,
      subjectAltName: leaf.subjectAltName,
      spkiSha256: leaf.spkiSha256,
    };
  }
});
