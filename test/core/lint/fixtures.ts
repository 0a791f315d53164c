import type { BundleInput, LintInput, OtherFront } from '../../../src/core/lint/front.ts';
import type { IdentitySource, RequirementSource } from '../../../src/core/registry/source.ts';
import { sampleMarker } from '../../../src/core/x509/marker.ts';
import { nameFromRdns } from '../../../src/core/x509/name.ts';
import { oid } from '../../../src/core/x509/oid.ts';
import { integer } from '../../../src/core/x509/write-der.ts';
import { extension } from '../../../src/core/x509/write-extension.ts';
import { type Ca, type CaSpec, ca, during, type Issued, keyPair, selfSigned } from '../../pki.ts';
import { at, authority, client, dns, exactly, route, subject } from '../registry/sources.ts';

const asked: RequirementSource = { any: [{ psd2Role: at('PSP_AI') }], place: at(0).place };

/** When fixtures are linted. */
export const now = during;
export const options = { now, expiringDays: 30 };
const days = (count: number): number => now + count * 86_400_000;

export function bundle(certificates: readonly (Issued | string)[], more: Partial<BundleInput> = {}): BundleInput {
  const source = authority('acme-ca', certificates);
  return { authority: 'acme-ca', file: source.pem.file, text: source.pem.text, source, ...more };
}

const acme = (): IdentitySource => subject('acme-ca', 'CN=orders-client,O=Acme,C=NL');

/** A front with one authority, used by one client. */
export function front(certificates: readonly (Issued | string)[], more: Partial<LintInput> = {}): LintInput {
  return { stage: 'test', bundles: [bundle(certificates)], clients: [client('acme', [acme()])], ...more };
}

const root = ca({ subject: 'Acme Root' });
const issuing = root.ca({ subject: 'Acme Issuing' });
export const good = front([issuing, root]);

const only = (spec: CaSpec): LintInput => front([ca({ subject: 'Acme Root', ...spec })]);
const below = (spec: CaSpec, above: Ca = root): LintInput =>
  front([above.ca({ subject: 'Acme Issuing', ...spec }), above]);
const pinned = (issued: Issued): LintInput => ({ ...good, clients: [client('acme', [acme(), exactly(issued)])] });
const identified = (identity: IdentitySource, certificates: readonly Issued[]): LintInput =>
  front(certificates, { clients: [client('acme', [identity])] });
const until = (validUntil: string): LintInput => ({
  ...good,
  clients: [client('acme', [acme()], { validUntil: at(validUntil) })],
});
const withText = (change: (text: string) => string): LintInput => {
  const plain = bundle([issuing, root]);
  return { ...good, bundles: [{ ...plain, text: change(plain.text) }] };
};
const constrained = (permitted: Parameters<typeof extension.nameConstraints>[0]): readonly Ca[] => {
  const top = ca({ subject: 'Constrained Root' });
  return [top.ca({ subject: 'Constrained Issuing', extra: [extension.nameConstraints(permitted)] }), top];
};
const directory = (...rdns: readonly (readonly [string, string])[]) => ({
  directory: nameFromRdns(rdns.map(([type, value]) => [{ type, value }])).der,
});
const other = (stage: OtherFront['stage'], certificates: readonly Issued[]): OtherFront => ({
  folder: '../orders-test',
  stage,
  bundles: [bundle(certificates)],
});

/** The same CA again: same name, same key, other dates. */
const twins = (first: CaSpec, second: CaSpec, label: string): LintInput => {
  const key = keyPair('p256', label);
  return front([ca({ subject: 'Acme Root', key, ...first }), ca({ subject: 'Acme Root', key, ...second })]);
};

function chainOf(length: number): readonly Issued[] {
  const chain = [ca({ subject: 'Level 1' })];
  while (chain.length < length) {
    const [last] = chain;
    if (last !== undefined) chain.unshift(last.ca({ subject: `Level ${chain.length + 1}` }));
  }
  return chain;
}

/** A and B are roots, and each has also signed the other. */
function crossSigned(both: boolean): LintInput {
  const [a, b] = [keyPair('p256', 'cross a'), keyPair('p256', 'cross b')];
  const [rootA, rootB] = [ca({ subject: 'Root A', key: a }), ca({ subject: 'Root B', key: b })];
  const aByB = rootB.ca({ subject: 'Root A', key: a });
  const bByA = rootA.ca({ subject: 'Root B', key: b });
  return front([aByB, rootB, ...(both ? [bByA, rootA] : [])]);
}

/** One certificate as often as it takes; padded so that a hundred CAs fill the file. */
function filled(count: number, padding: number): LintInput {
  const key = keyPair('p256', 'filled');
  const text = extension.raw('1.3.6.1.4.1.99999.1', new Uint8Array(padding));
  const certificates = Array.from({ length: count }, (_, index) =>
    ca({ subject: `Root ${index}`, key, extra: [text] }),
  );
  return front(certificates);
}

const v1 = (spec: CaSpec = {}): Issued => ca({ subject: 'Old Root', version: 1, extensions: [], ...spec });
const leaf = issuing.issue({ subject: { O: 'Acme', CN: 'orders-client' } });

interface Fixture {
  /** The rule applies and finds nothing. */
  readonly pass: () => LintInput;
  readonly fail: () => LintInput;
}

export const fixtures: Readonly<Record<string, Fixture>> = {
  ca_expired: { pass: () => good, fail: () => only({ notAfter: days(-1) }) },
  ca_twin_expired: {
    pass: () => twins({}, { notAfter: days(900) }, 'renewed'),
    fail: () => twins({}, { notAfter: days(-1) }, 'renewed'),
  },
  ca_expiring: { pass: () => only({ notAfter: days(31) }), fail: () => only({ notAfter: days(29) }) },
  ca_not_yet_valid: { pass: () => good, fail: () => only({ notBefore: days(1) }) },
  root_valid_too_long: { pass: () => only({ notAfter: days(9132) }), fail: () => only({ notAfter: days(9134) }) },
  pinned_certificate_expired: {
    pass: () => pinned(issuing.issue({ subject: 'a' })),
    fail: () => pinned(issuing.issue({ subject: 'a', notAfter: days(-1) })),
  },
  pinned_certificate_expiring: {
    pass: () => pinned(issuing.issue({ subject: 'a', notAfter: days(31) })),
    fail: () => pinned(issuing.issue({ subject: 'a', notAfter: days(29) })),
  },
  weak_signature: { pass: () => good, fail: () => below({ signatureHash: 'sha1' }) },
  weak_key: { pass: () => only({ key: 'rsa2048' }), fail: () => only({ key: 'rsa1024' }) },
  algorithm_not_at_edge: { pass: () => only({ key: 'p384' }), fail: () => only({ key: 'p521' }) },
  leaf_in_authority: { pass: () => good, fail: () => front([leaf, issuing, root]) },
  ca_bit_missing: {
    pass: () => good,
    fail: () => below({ extra: [extension.basicConstraints(false)] }),
  },
  ca_before_version_3: { pass: () => good, fail: () => front([v1()]) },
  key_cert_sign_missing: { pass: () => good, fail: () => below({ extra: [extension.keyUsage(['digitalSignature'])] }) },
  ca_not_for_clients: {
    pass: () => below({ purposes: ['clientAuth', 'serverAuth'] }),
    fail: () => below({ purposes: ['serverAuth'] }),
  },
  subject_key_identifier_missing: { pass: () => good, fail: () => below({ without: [oid.subjectKeyIdentifier] }) },
  serial_malformed: { pass: () => good, fail: () => below({ serial: `7f${'00'.repeat(20)}` }) },
  serial_not_positive: { pass: () => good, fail: () => below({ replace: { serial: integer('0') } }) },
  signature_algorithms_differ: {
    pass: () => good,
    fail: () => below({ outerAlgorithm: Buffer.from('300a06082a8648ce3d040303', 'hex') }),
  },
  critical_extension_unknown: {
    pass: () => good,
    fail: () => below({ extra: [extension.raw('1.3.6.1.4.1.99999.2', Uint8Array.of(5, 0), true)] }),
  },
  ca_made_up: { pass: () => good, fail: () => only({ extra: [sampleMarker] }) },
  authority_without_root: { pass: () => good, fail: () => front([issuing]) },
  chain_incomplete: {
    pass: () => good,
    fail: () => front([ca({ subject: 'Elsewhere' }).ca({ subject: 'Lost' }), issuing, root]),
  },
  chain_too_long: { pass: () => front(chainOf(4)), fail: () => front(chainOf(5)) },
  path_length_conflict: {
    pass: () => below({ pathLength: 0 }),
    fail: () => {
      const top = ca({ subject: 'Root', pathLength: 0 });
      const middle = top.ca({ subject: 'Middle' });
      return front([middle.ca({ subject: 'Issuing' }), middle, top]);
    },
  },
  authority_key_identifier_missing: { pass: () => good, fail: () => below({ without: [oid.authorityKeyIdentifier] }) },
  authority_key_identifier_differs: {
    pass: () => good,
    fail: () => below({ extra: [extension.authorityKeyIdentifier(Uint8Array.of(1, 2, 3))] }),
  },
  ca_name_twice: {
    pass: () => good,
    fail: () => front([ca({ subject: 'Acme Root' }), ca({ subject: 'Acme Root' })]),
  },
  ca_renewed_twice: {
    pass: () => twins({}, { notAfter: days(-1) }, 'renewed'),
    fail: () => twins({}, { notAfter: days(900) }, 'renewed'),
  },
  ca_loop: { pass: () => crossSigned(false), fail: () => crossSigned(true) },
  ca_not_on_a_chain: {
    pass: () => good,
    fail: () => {
      const input = front([issuing, root.ca({ subject: 'Acme Web' }), root]);
      const [first] = input.bundles;
      const source = authority('acme-ca', [first?.text ?? ''], ['CN=Acme Issuing']);
      return { ...input, bundles: [bundle([], { text: source.pem.text, source })] };
    },
  },
  private_key_in_file: { pass: () => good, fail: () => front([issuing, issuing.keyPem, root]) },
  certificate_twice: { pass: () => good, fail: () => front([issuing, root, issuing]) },
  bundle_order: { pass: () => good, fail: () => front([root, issuing]) },
  text_in_bundle: {
    pass: () => withText((text) => `# Acme, since 2020\n${text}`),
    fail: () => withText((text) => `Subject: CN = Acme\n${text}`),
  },
  byte_order_mark: { pass: () => good, fail: () => withText((text) => `\ufeff${text}`) },
  revocation_lists_ignored: {
    pass: () => {
      const input = below({ extra: [extension.crlDistributionPoints(['http://crl.acme.example/ca.crl'])] });
      return { ...input, bundles: input.bundles.map(({ source: _, ...rest }) => rest) };
    },
    fail: () => below({ extra: [extension.crlDistributionPoints(['http://crl.acme.example/ca.crl'])] }),
  },
  revocation_none: { pass: () => good, fail: () => ({ ...good, stage: 'production' }) },
  authority_unused: { pass: () => good, fail: () => ({ ...good, clients: [] }) },
  public_ca: {
    pass: () => good,
    fail: () =>
      only({
        subject: { C: 'US', O: 'DigiCert Inc', CN: 'DigiCert Example CA' },
        purposes: ['serverAuth', 'clientAuth'],
      }),
  },
  name_constraints_exclude_client: {
    pass: () => identified(acme(), constrained({ permitted: [directory(['C', 'NL'], ['O', 'Acme'])] })),
    fail: () => identified(acme(), constrained({ permitted: [directory(['C', 'DE'])] })),
  },
  san_not_issuable: {
    pass: () =>
      identified(dns('acme-ca', 'orders.acme.example'), constrained({ permitted: [{ dns: 'acme.example' }] })),
    fail: () =>
      identified(dns('acme-ca', 'orders.globex.example'), constrained({ permitted: [{ dns: 'acme.example' }] })),
  },
  pinned_not_for_clients: {
    pass: () => pinned(selfSigned({ subject: 'a' })),
    fail: () => pinned(selfSigned({ subject: 'a', purposes: ['serverAuth'] })),
  },
  addresses_everywhere: {
    pass: () => ({ ...good, clients: [client('acme', [acme()], { addresses: ['203.0.113.0/24'] })] }),
    fail: () => ({ ...good, clients: [client('acme', [acme()], { addresses: ['0.0.0.0/0'], allow: ['ANY /**'] })] }),
  },
  device_name: { pass: () => good, fail: () => ({ ...good, clients: [client('con', [acme()])] }) },
  route_without_effect: {
    pass: () => ({
      ...good,
      routes: [
        route('ANY /orders/**'),
        route('GET /orders/export', { require: [asked] }),
        route('GET /orders/old', { connection: at('old') }),
        route('GET /orders/odd', { admits: ['semicolon'] }),
        route('GET /stock/**', { to: at('/v2/**') }),
        route('GET /stock/*'),
      ],
    }),
    fail: () => ({ ...good, routes: [route('ANY /orders/**'), route('GET /orders/**')] }),
  },
  replaces_nothing: {
    pass: () => ({
      ...good,
      routes: [
        route('ANY /orders/**', { require: [asked] }),
        route('GET /orders/health', { replaces: true }),
        route('GET /old/**', { to: at('/orders/**'), replaces: true }),
      ],
    }),
    fail: () => ({
      ...good,
      routes: [
        route('ANY /orders/**'),
        route('GET /orders/health', { replaces: true, connection: at('health') }),
        route('GET /stock/**', { require: [asked] }),
      ],
    }),
  },
  pattern_trailing_slash: {
    pass: () => ({
      ...good,
      routes: [route('ANY /**'), route('GET /')],
      clients: [client('acme', [acme()], { allow: ['GET /orders/', 'GET /orders', 'GET /'] })],
    }),
    fail: () => ({ ...good, clients: [client('acme', [acme()], { allow: ['GET /orders/'] })] }),
  },
  client_ended: { pass: () => until('2026-06-01'), fail: () => until('2026-05-31') },
  client_ending: { pass: () => until('2026-07-30'), fail: () => until('2026-06-20') },
  truststore_too_large: { pass: () => good, fail: () => filled(90, 9000) },
  truststore_nearly_full: { pass: () => good, fail: () => filled(70, 9000) },
  authority_in_both_stages: {
    pass: () => ({ ...good, others: [other('production', [ca({ subject: 'Other' })]), other('test', [issuing])] }),
    fail: () => ({ ...good, others: [other('production', [issuing, root])] }),
  },
};
