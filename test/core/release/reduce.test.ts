import type { RegistryDocument, RevocationDocument } from '../../../core/registry/document.ts';
import { reduced } from '../../../core/release/reduce.ts';
import { acme, documentWith } from '../decide/fixture.ts';

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
    [[{ psd2Role: 'PSP_AI' as const }]],
    [[{ addresses: ['203.0.113.0/24'] }], [{ psd2Role: 'PSP_AI' as const }]],
  ];
  const between = reduced(documentWith([{ ...acme, require: live }]), documentWith([{ ...acme, require: desired }]));
  expect(between.clients[0]?.require).toEqual([[{ psd2Role: 'PSP_AI' }], [{ addresses: ['203.0.113.0/24'] }]]);
});
