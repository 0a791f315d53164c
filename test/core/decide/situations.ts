import { thumbprintOf } from '../../../src/core/decide/caller/token.ts';
import type { DecideInput } from '../../../src/core/decide/decide.ts';
import type { ReasonCode } from '../../../src/core/decide/reasons.ts';
import type { Registry } from '../../../src/core/registry/registry.ts';
import { unreadableRevocations } from '../../../src/core/revocation/index.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { extension } from '../../../src/core/x509/write.ts';
import { ca, during, type Issued, type IssueSpec, selfSigned } from '../../pki.ts';
import {
  acme,
  acmeDevices,
  acmeIssuing,
  acmeRoot,
  asking,
  authority,
  blocking,
  client,
  documentWith,
  exactly,
  globexRoot,
  loaded,
  login,
  orders,
  registryWith,
  requiring,
  sha256,
  subjectOf,
} from './fixture.ts';
import { acmeRevocations, listsRegistry } from './revocation-fixture.ts';

export const registry = registryWith([acme]);
export const subject = { CN: 'orders-client', O: 'Acme' };
export const day = 86_400_000;

export function variant(spec: IssueSpec, from = acmeIssuing): Uint8Array {
  return from.issue({ subject, ...spec }).der;
}

/** A registry whose authority has other certificates than the usual ones. */
function under(cas: readonly Issued[], issuers: readonly Issued[], leaf: Issued): Registry {
  const document = documentWith([client('acme', [subjectOf(leaf, 'acme-ca')])]);
  return loaded({ ...document, authorities: [authority('acme-ca', cas, issuers)] });
}

export const unknownCa = ca({ subject: { CN: 'Nobody Root' } });
const impostor = ca({ subject: { CN: 'Acme Issuing', O: 'Acme' } });
const expiredCa = acmeRoot.ca({ subject: { CN: 'Acme Old' }, notAfter: during - day });
const underExpired = expiredCa.issue({ subject });
const futureCa = acmeRoot.ca({ subject: { CN: 'Acme New' }, notBefore: during + day });
const underFuture = futureCa.issue({ subject });
const shortCa = ca({ subject: { CN: 'Acme Short Root' }, pathLength: 0 });
const tooDeep = shortCa.ca({ subject: { CN: 'Acme Short Issuing' } });
const underTooDeep = tooDeep.issue({ subject });
const constrained = acmeRoot.ca({
  subject: { CN: 'Acme Constrained' },
  extra: [extension.nameConstraints({ permitted: [{ dns: 'acme.example' }] })],
});
const outside = constrained.issue({ subject, names: [{ dns: 'orders.globex.example' }] });
const pinnedCa = ca({ subject: { CN: 'Pinned CA' } });
const tokenRegistry = registryWith(
  [{ ...acme, require: requiring([{ token: { issuer: 'login', scopes: ['orders.read'] } }]) }],
  { tokenIssuers: [login] },
);
export const pinned = selfSigned({ subject: { CN: 'pinned' } });

/** Each reason, from a certificate or request that really has the fault; and what else is then said. */
export const situations: readonly [ReasonCode, DecideInput, (readonly ReasonCode[])?][] = [
  ['certificate_missing', asking(undefined, registry)],
  ['certificate_malformed', asking(new Uint8Array(), registry)],
  ['certificate_malformed', asking(orders.der.subarray(0, -1), registry)],
  [
    'certificate_blocked',
    asking(orders.der, registry, {
      overlay: blocking({ certificate: sha256(orders.der) }),
    }),
  ],
  ['certificate_revoked', asking(orders.der, listsRegistry(), { revocations: acmeRevocations([orders]) })],
  [
    'issuer_blocked',
    asking(orders.der, registry, { overlay: blocking({ key: parseCertificate(acmeIssuing.der).spkiSha256 }) }),
  ],
  ['address_blocked', asking(orders.der, registry, { overlay: blocking({ addresses: '203.0.113.0/24' }) })],
  ['issuer_revoked', asking(orders.der, listsRegistry(), { revocations: acmeRevocations([acmeIssuing]) })],
  ['revocation_stale', asking(orders.der, listsRegistry(), { revocations: acmeRevocations(), now: during + 2 * day })],
  ['revocation_missing', asking(orders.der, listsRegistry())],
  [
    'revocations_unreadable',
    asking(orders.der, listsRegistry(), { revocations: unreadableRevocations('no index was ever made') }),
  ],
  ['certificate_expired', asking(variant({ notAfter: during - day }), registry)],
  ['certificate_not_yet_valid', asking(variant({ notBefore: during + day }), registry)],
  [
    'certificate_is_ca',
    asking(
      variant({ extra: [extension.basicConstraints(true), extension.keyUsage(['digitalSignature', 'keyCertSign'])] }),
      registry,
    ),
  ],
  [
    'certificate_is_ca',
    asking(pinnedCa.der, registryWith([client('pinned', [exactly(pinnedCa)])])),
    ['certificate_key_usage'],
  ],
  ['certificate_key_usage', asking(variant({ extra: [extension.keyUsage(['keyEncipherment'])] }), registry)],
  ['certificate_not_for_clients', asking(variant({ purposes: ['serverAuth'] }), registry)],
  ['certificate_weak_signature', asking(variant({ signatureHash: 'sha1' }), registry)],
  ['certificate_weak_key', asking(variant({ key: 'rsa1024' }), registry)],
  ['certificate_algorithm', asking(variant({ key: 'p521' }), registry)],
  ['certificate_algorithm', asking(variant({ key: 'ed25519' }), registry)],
  ['certificate_algorithm', asking(variant({ key: 'secp256k1' }), registry)],
  [
    'certificate_critical_extension',
    asking(variant({ extra: [extension.raw('1.3.6.1.4.1.55555.1', Uint8Array.of(5, 0), true)] }), registry),
  ],
  ['certificate_name_not_permitted', asking(outside.der, under([acmeRoot, constrained], [constrained], outside))],
  ['signature_invalid', asking(variant({}, impostor), registry)],
  [
    'signature_invalid',
    asking(variant({ alterSignature: (s) => s.map((b, i) => (i === s.length - 1 ? b ^ 1 : b)) }), registry),
  ],
  ['issuer_unknown', asking(unknownCa.issue({ subject: { CN: 'new' } }).der, registry), ['identity_unknown']],
  ['issuer_unknown', asking(variant({}, unknownCa), registry), ['authority_differs']],
  ['issuer_unknown', asking(pinned.der, registry), ['identity_unknown']],
  ['issuer_not_allowed', asking(variant({}, acmeRoot), registry)],
  ['issuer_not_allowed', asking(variant({}, acmeDevices), registry)],
  ['authority_expired', asking(underExpired.der, under([acmeRoot, expiredCa], [expiredCa], underExpired))],
  ['authority_expired', asking(underFuture.der, under([acmeRoot, futureCa], [futureCa], underFuture))],
  ['path_invalid', asking(underTooDeep.der, under([shortCa, tooDeep], [tooDeep], underTooDeep))],
  ['authority_differs', asking(variant({}, globexRoot), registry)],
  ['identity_unknown', asking(variant({ subject: { CN: 'orders-client ', O: 'Acme', OU: 'x' } }), registry)],
  [
    'identity_ambiguous',
    asking(
      acmeIssuing.issue({ subject, names: [{ dns: 'orders.acme.example' }] }).der,
      registryWith([
        acme,
        client('acme-2', [{ kind: 'san', authority: 'acme-ca', san: { kind: 'dns', value: 'orders.acme.example' } }]),
      ]),
    ),
  ],
  ['client_blocked', asking(orders.der, registry, { overlay: blocking({ client: 'acme' }) })],
  ['client_not_yet_valid', asking(orders.der, registryWith([{ ...acme, validFrom: '2026-06-02' }]))],
  ['condition_unmet', asking(orders.der, registryWith([{ ...acme, require: requiring([{ psd2Role: 'PSP_AI' }]) }]))],
  ['token_missing', asking(orders.der, tokenRegistry)],
  [
    'token_refused',
    asking(orders.der, tokenRegistry, { token: { goodFor: [], refused: 'it has expired', scopes: [] } }),
  ],
  ['token_certificate_differs', asking(orders.der, tokenRegistry, { token: { goodFor: ['login'], scopes: [] } })],
  [
    'token_scope_missing',
    asking(orders.der, tokenRegistry, {
      token: { goodFor: ['login'], scopes: [], thumbprint: thumbprintOf({ sha256: sha256(orders.der) }) },
    }),
  ],
  ['client_no_longer_valid', asking(orders.der, registryWith([{ ...acme, validUntil: '2026-05-31' }]))],
  [
    'address_not_allowed',
    asking(orders.der, registryWith([{ ...acme, addresses: ['198.51.100.0/24', '2001:db8::/32'] }])),
  ],
  [
    'address_unreadable',
    asking(orders.der, registryWith([{ ...acme, addresses: ['203.0.113.0/24'] }]), {
      address: '203.0.113.7, 203.0.113.8',
    }),
  ],
  ['path_malformed', asking(orders.der, registry, { path: '/orders/../admin' })],
  ['method_not_allowed', asking(orders.der, registry, { method: 'DELETE' })],
  ['method_not_allowed', asking(orders.der, registry, { method: 'get' }), ['route_missing']],
  [
    'path_not_allowed',
    asking(orders.der, registryWith([acme], { routes: [{ match: 'ANY /**' }] }), { path: '/admin' }),
  ],
  ['route_missing', asking(orders.der, registryWith([acme], { routes: [{ match: 'POST /orders' }] }))],
];
