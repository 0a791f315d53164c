import { sign } from 'node:crypto';
import { strongAlgorithms } from '../../../src/core/path/algorithm-policy.ts';
import { validatePath } from '../../../src/core/path/path.ts';
import { type Certificate, parseCertificate } from '../../../src/core/x509/certificate.ts';
import { formatName } from '../../../src/core/x509/name.ts';
import { maxCharacters, nameTextOf, parseNameText } from '../../../src/core/x509/name-text.ts';
import { extension } from '../../../src/core/x509/write.ts';
import { bitString, objectIdentifier, sequence } from '../../../src/core/x509/write-der.ts';
import { valueOrProblem } from '../../core/x509/problems.ts';
import { ca, during, type Issued } from '../../pki.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { mutateDer } from '../mutate-der.ts';
import type { Target } from '../target.ts';
import { fixedKey } from './fixed-key.ts';

/** Ed25519 throughout, so that every run begins with the same bytes but for one RSA and one P-256 key. */
export const root = ca({ subject: { C: 'NL', O: 'Acme', CN: 'Acme Root' }, key: fixedKey(1) });
export const samples: readonly Issued[] = [
  root,
  root.ca({
    subject: [
      [{ type: 'CN', value: 'Acme Issuing' }],
      [
        { type: 'O', value: 'Acme' },
        { type: 'OU', value: 'Ünits' },
      ],
    ],
    pathLength: 1,
    key: fixedKey(2),
    extra: [
      extension.nameConstraints({
        permitted: [
          { dns: 'acme.example' },
          { email: '.acme.example' },
          { ip: Buffer.from('c0000200ffffff00', 'hex') },
        ],
        excluded: [{ uri: 'evil.example' }, { directory: sequence() }],
      }),
      extension.certificatePolicies(['1.2.3.4', '2.5.29.32.0']),
      extension.policyMappings([['1.2.3.4', '1.2.3.5']]),
      extension.policyConstraints({ requireExplicitPolicy: 1, inhibitPolicyMapping: 0 }),
      extension.inhibitAnyPolicy(2),
      extension.crlDistributionPoints(['http://crl.acme.example/1']),
    ],
  }),
  root.issue({
    subject: { CN: 'orders', O: 'Acme, Inc.', emailAddress: 'a@acme.example', DC: 'example' },
    key: fixedKey(3),
    names: [
      { dns: '*.acme.example' },
      { uri: 'spiffe://acme.example/orders' },
      { email: 'orders@acme.example' },
      { ip: Buffer.from('cb007107', 'hex') },
      { registeredId: '1.2.3' },
      { other: sequence(), oid: '1.3.6.1.4.1.311.20.2.3' },
    ],
  }),
  root.issue({ key: 'rsa2048' }),
  root.issue({ key: 'p256', version: 1, extensions: [] }),
];
export const sampleDers = samples.map(({ der }) => der);

function look(certificate: Certificate): void {
  for (const name of [certificate.subject, certificate.issuer]) {
    const text = nameTextOf(name);
    // a longer text is refused by its length, before anything in it is read
    if (name.rdns.length === 0 || text.length > maxCharacters) continue;
    if (valueOrProblem(() => parseNameText(text))?.key !== name.key) {
      throw new Error(`a name that does not come back: ${formatName(name)}`);
    }
  }
}

/** Bytes and structure, as they are sent: the signature is whatever it is. */
export const certificateTarget: Target = {
  name: 'certificate',
  next: (random) => (random.chance(2) ? mutateBytes : mutateDer)(random, random.pick(sampleDers), sampleDers),
  run(input) {
    const certificate = valueOrProblem(() => parseCertificate(input));
    if (certificate !== undefined) look(certificate);
  },
};

const signer = fixedKey(7);
const algorithm = sequence(objectIdentifier('1.3.101.112'));
/** Behind the mutated certificate: the anchor, and a leaf under it, for when the mutated one is an intermediate. */
const anchor = ca({ subject: 'Fuzz Root', key: signer });
const below = ca({ subject: 'Fuzz Root', key: signer }).ca({ subject: 'Fuzz CA', key: fixedKey(8) });
const ownSamples = [
  anchor.issue({ subject: 'client', names: [{ dns: 'a.acme.example' }, { email: 'x@y.example' }], key: fixedKey(9) }),
  ...samples
    .slice(1, 3)
    .map((sample) => anchor.ca({ subject: 'Fuzz CA', key: fixedKey(8), extra: extensionsOf(sample) })),
  below,
].map(({ der }) => der);

function extensionsOf({ der }: Issued) {
  return parseCertificate(der).extensions.map(({ oid, critical, value }) => extension.raw(oid, value, critical));
}

const leafBelow = parseCertificate(
  below.issue({
    subject: { CN: 'client', emailAddress: 'x@y.example' },
    names: [{ dns: 'a.acme.example' }],
    key: fixedKey(9),
  }).der,
);

/** Changed and signed again, so that what is behind the signature meets it: the whole of path validation. */
export const pathTarget: Target = {
  name: 'path',
  next(random) {
    const mutated = mutateDer(random, tbsOf(random.pick(ownSamples)), sampleDers);
    return sequence(mutated, algorithm, bitString(sign(null, mutated, signer.privateKey)));
  },
  run(input) {
    const certificate = valueOrProblem(() => parseCertificate(input));
    if (certificate === undefined) return;
    const anchors = [parseCertificate(anchor.der)];
    const common = { anchors, at: during, algorithms: strongAlgorithms } as const;
    validatePath({ ...common, leaf: certificate, intermediates: [], purpose: 'clientAuth' });
    validatePath({
      ...common,
      leaf: leafBelow,
      intermediates: [certificate],
      purpose: null,
      policies: { explicit: true },
    });
  },
};

function tbsOf(der: Uint8Array): Uint8Array {
  return parseCertificate(der).tbs;
}
