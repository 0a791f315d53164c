import fc from 'fast-check';
import type {
  IdentityDocument,
  RegistryDocument,
  RevocationDocument,
  TokenIssuerDocument,
} from '../../../src/core/registry/document.ts';
import { loadRegistry } from '../../../src/core/registry/load.ts';
import { plan } from '../../../src/core/release/plan.ts';
import { reduced, withoutWithdrawn } from '../../../src/core/release/reduce.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import {
  acme,
  acmeDevices,
  acmeIssuing,
  asking,
  client,
  codes,
  documentWith,
  globexRoot,
  login,
  orders,
  requiring,
  sha256,
  subjectOf,
} from '../decide/fixture.ts';

const lists = { lists: ['http://crl.acme.example/1'], missing: 'deny', stale: 'deny', maxAgeHours: 48 } as const;
const lax = {
  lists: ['http://crl.acme.example/2'],
  missing: 'allow',
  stale: 'allow',
  maxAgeHours: 96,
  exemptUnderHours: 25,
  withoutNextUpdate: 'allow',
} as const;
const none = { none: 'by hand' };

function withRevocation(revocation: RevocationDocument): RegistryDocument {
  const document = documentWith([acme]);
  return { ...document, authorities: document.authorities.map((authority) => ({ ...authority, revocation })) };
}

const between = (live: RevocationDocument, desired: RevocationDocument) =>
  reduced(withRevocation(live), withRevocation(desired)).authorities[0]?.revocation;

// whoever is refused for revocation by the live or by the desired registry is refused in between
test.each<[string, RevocationDocument, RevocationDocument, RevocationDocument]>([
  ['the same', lax, lax, lax],
  ['lists come', none, lists, lists],
  ['lists go', lists, none, lists],
  ['another reason for none', none, { none: 'another' }, none],
  ['choices become strict', lax, lists, lists],
  ['choices become lax', lists, lax, { ...lists, lists: lax.lists }],
  ['fewer hours exempt', lax, { ...lax, exemptUnderHours: 12 }, { ...lax, exemptUnderHours: 12 }],
  [
    'one choice each',
    { ...lax, missing: 'deny' },
    { ...lax, stale: 'deny' },
    { ...lax, missing: 'deny', stale: 'deny' },
  ],
])('revocation between two releases: %s', (_, live, desired, expected) => {
  expect(between(live, desired)).toEqual(expected);
});

test('the conditions of both hold in between', () => {
  const [live, desired] = [
    requiring([{ psd2Role: 'PSP_AI' }]),
    requiring([{ addresses: ['203.0.113.0/24'] }], [{ psd2Role: 'PSP_AI' }]),
  ];
  const between = reduced(documentWith([{ ...acme, require: live }]), documentWith([{ ...acme, require: desired }]));
  expect(between.clients[0]?.require?.map(({ any }) => any)).toEqual([
    [{ psd2Role: 'PSP_AI' }],
    [{ addresses: ['203.0.113.0/24'] }],
  ]);
});

test('a token issuer in between: keys and audiences of both, none when `iss` differs', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((kid) => ({ kty: 'OKP', alg: 'EdDSA', crv: 'Ed25519', x: kid, kid }) as const);
  if (a === undefined || b === undefined || c === undefined) throw new Error('three keys');
  const asking = { ...acme, require: requiring([{ token: { issuer: 'login', scopes: [] } }]) };
  const betweenIssuers = (live: TokenIssuerDocument, desired: TokenIssuerDocument) =>
    reduced(documentWith([asking], { tokenIssuers: [live] }), documentWith([asking], { tokenIssuers: [desired] }))
      .tokenIssuers;
  const live = { ...login, keys: [a, b], audiences: ['x', 'y'] };
  const desired = { ...login, keys: [b, c], audiences: ['y', 'z'] };
  expect(betweenIssuers(live, desired)).toEqual([{ ...login, keys: [b], audiences: ['y'] }]);
  expect(betweenIssuers(live, { ...desired, issuer: 'https://elsewhere.example' })).toMatchObject([{ keys: [] }]);
  const without = documentWith([acme]);
  const asked = documentWith([asking], { tokenIssuers: [live] });
  // asked for by one of the two: asked for in between
  expect(reduced(without, asked)).toMatchObject({ tokenIssuers: [live], clients: [{ require: asking.require }] });
  expect(reduced(asked, without)).toMatchObject({ tokenIssuers: [live], clients: [{ require: asking.require }] });
  // a new client with its token issuer takes nothing away
  expect(reduced(without, documentWith([acme, { ...asking, name: 'new' }], { tokenIssuers: [live] }))).toEqual(without);
});

test('a condition that has moved to another line takes nothing away', () => {
  const live = documentWith([{ ...acme, require: requiring([{ psd2Role: 'PSP_AI' }]) }]);
  const moved = documentWith([
    { ...acme, require: requiring([{ psd2Role: 'PSP_AI' }]).map((one) => ({ ...one, at: { file: 'b', line: 90 } })) },
  ]);
  expect(plan({ document: live }, { document: moved })).toEqual({ changes: [], reduces: false });
});

test('the plan names what of a token issuer changes', () => {
  const asking = { ...acme, require: requiring([{ token: { issuer: 'login', scopes: [] } }]) };
  const key = (kid: string) => ({ kty: 'OKP', alg: 'EdDSA', crv: 'Ed25519', x: kid, kid }) as const;
  const withIssuer = (issuer: TokenIssuerDocument) => ({
    document: documentWith([asking], { tokenIssuers: [issuer] }),
  });
  const live = withIssuer({ ...login, keys: [key('a'), key('b')] });
  const desired = withIssuer({ ...login, issuer: 'https://new.example', keys: [key('b'), key('c')] });
  expect(plan(live, desired).changes.map(({ kind, subject, detail }) => `${kind} ${subject} ${detail}`)).toEqual([
    'change token issuer login issuer',
    'removal token issuer login key a',
    'addition token issuer login key c',
  ]);
});

describe('a certificate that is two clients', () => {
  const names = { dns: 'n.acme.example', email: 'e@acme.example' };
  const identitiesUnder = (authority: string) =>
    ({
      subject: subjectOf(orders, authority),
      dns: { kind: 'san', authority, san: { kind: 'dns', value: names.dns } },
      email: { kind: 'san', authority, san: { kind: 'email', value: names.email } },
    }) as const satisfies Record<string, IdentityDocument>;
  const identities = identitiesUnder('acme-ca');
  const certificates = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => {
    const subject: Record<string, string> = (bits & 1) === 0 ? { CN: 'other' } : { CN: 'orders-client', O: 'Acme' };
    const own = [
      ...((bits & 2) === 0 ? [] : [{ dns: names.dns }]),
      ...((bits & 4) === 0 ? [] : [{ email: names.email }]),
    ];
    return acmeIssuing.issue({ subject, ...(own.length === 0 ? {} : { names: own }) }).der;
  });
  const outcomes = (document: RegistryDocument) =>
    certificates.flatMap((certificate) =>
      ['/x', '/y'].map((path) => codes(asking(certificate, loadRegistry(document), { path }))[0]),
    );
  const routes = [{ match: 'ANY /x' }, { match: 'ANY /y' }];

  test('is nobody in between, whatever of the two goes', () => {
    const both = (allow: string) =>
      documentWith(
        [client('a', [identities.subject], { allow: [allow] }), client('b', [identities.dns], { allow: ['GET /x'] })],
        { routes },
      );
    const between = reduced(both('GET /x'), both('GET /y'));
    expect(codes(asking(certificates[3], loadRegistry(between), { path: '/x' }))).toEqual([
      'identity_ambiguous',
      'identity_ambiguous',
    ]);
    // and the one that is taken away is somebody unknown, not a client without rights
    expect(codes(asking(certificates[1], loadRegistry(between), { path: '/x' }))).toEqual(['identity_unknown']);
    expect(codes(asking(certificates[2], loadRegistry(between), { path: '/x' }))).toEqual(['allow']);
  });

  // one CA under two names, each as it is, with fewer issuers, with lists that nobody has, or not there
  const [acmeCa, globexCa] = documentWith([]).authorities;
  if (acmeCa === undefined || globexCa === undefined) throw new Error('two authorities');
  const strict = { lists: ['http://crl.acme.example/1'], missing: 'deny', stale: 'deny', maxAgeHours: 48 } as const;
  const variants: Readonly<Record<string, (name: string) => RegistryDocument['authorities']>> = {
    whole: (name) => [{ ...acmeCa, name }],
    'fewer issuers': (name) => [{ ...acmeCa, name, issuers: [sha256(acmeDevices.der)] }],
    'more issuers': (name) => [{ ...acmeCa, name, issuers: [...acmeCa.issuers, sha256(acmeDevices.der)] }],
    'with lists': (name) => [{ ...acmeCa, name, revocation: strict }],
    none: () => [],
  };
  const authorityNames = ['acme-ca', 'second'] as const;
  const everyIdentity: readonly IdentityDocument[] = [
    ...authorityNames.flatMap((name) => Object.values(identitiesUnder(name))),
    ...certificates
      .slice(2, 5)
      .map((der): IdentityDocument => ({ kind: 'key', spkiSha256: parseCertificate(der).spkiSha256 })),
    ...certificates.slice(3, 4).map(
      (der): IdentityDocument => ({
        kind: 'certificate',
        certificate: Buffer.from(der).toString('base64'),
        sha256: sha256(der),
      }),
    ),
  ];
  const someRegistry = fc
    .record({
      owners: fc.array(fc.constantFrom('a', 'b', 'c', '-'), { minLength: 10, maxLength: 10 }),
      allow: fc.array(fc.subarray(['GET /x', 'GET /y'], { minLength: 1 }), { minLength: 3, maxLength: 3 }),
      authorities: fc.array(fc.constantFrom(...Object.keys(variants)), { minLength: 2, maxLength: 2 }),
    })
    .map(({ owners, allow, authorities }): RegistryDocument => {
      const held = authorityNames.flatMap((name, index) => variants[authorities[index] ?? '']?.(name) ?? []);
      const known = new Set(held.map(({ name }) => name));
      const possible = everyIdentity.map((identity) =>
        'authority' in identity && !known.has(identity.authority ?? '') ? undefined : identity,
      );
      const clients = ['a', 'b', 'c'].flatMap((name, index) => {
        const own = possible.flatMap((identity, at) =>
          identity !== undefined && owners[at] === name ? [identity] : [],
        );
        return own.length === 0 ? [] : [client(name, own, { allow: allow[index] })];
      });
      return { ...documentWith(clients, { routes }), authorities: [...held, globexCa] };
    });

  test('what is allowed in between, live allows; also when a publication begins where one has stopped', () => {
    fc.assert(
      fc.property(someRegistry, someRegistry, someRegistry, (live, desired, next) => {
        const between = reduced(live, desired);
        const again = reduced(between, next);
        const [before, first, second] = [outcomes(live), outcomes(between), outcomes(again)];
        first.forEach((outcome, index) => {
          if (outcome === 'allow') expect(before[index]).toBe('allow');
        });
        second.forEach((outcome, index) => {
          if (outcome === 'allow') expect(first[index]).toBe('allow');
        });
        // and nothing is taken away twice
        expect(reduced(live, live)).toEqual(live);
        expect(reduced(between, desired)).toEqual(between);
      }),
      { numRuns: 100 },
    );
  });
});

const globex = globexRoot.issue({ subject: { CN: 'globex', O: 'Globex' } });

test('an authority that is renamed: who was nobody because of it stays nobody in between', () => {
  const both = acmeIssuing.issue({
    subject: { CN: 'orders-client', O: 'Acme' },
    names: [{ dns: 'n.acme.example' }],
  }).der;
  const base = documentWith([]);
  const [acmeCa] = base.authorities;
  if (acmeCa === undefined) throw new Error('an authority');
  const withX = (authority: string): RegistryDocument => ({
    ...documentWith([
      client('x', [{ kind: 'san', authority, san: { kind: 'dns', value: 'n.acme.example' } }]),
      client('y', [subjectOf(orders, 'acme-ca')]),
    ]),
    authorities: [...base.authorities, { ...acmeCa, name: authority }],
  });
  const [live, desired] = [withX('first'), withX('second')];
  for (const document of [live, reduced(live, desired), desired]) {
    expect(codes(asking(both, loadRegistry(document)))).toEqual(['identity_ambiguous', 'identity_ambiguous']);
  }
});

test('what a registry in between has withdrawn comes again as an addition, and is not counted', () => {
  const live = documentWith([acme, client('globex', [subjectOf(globex, 'globex-ca')])]);
  const between = reduced(live, documentWith([acme]));
  expect(plan({ document: between }, { document: live }).changes).toMatchObject([
    { kind: 'addition', subject: 'client globex' },
  ]);
  expect(plan({ document: between }, { document: documentWith([acme]) }).changes).toEqual([]);
  expect(withoutWithdrawn(between).clients.map(({ name }) => name)).toEqual(['acme']);
  expect(withoutWithdrawn(live)).toEqual(live);
});
