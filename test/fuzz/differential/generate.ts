import { integer, objectIdentifier, sequence, text, tlv } from '../../../src/core/x509/write-der.ts';
import { type ExtensionSpec, extension, type GeneralNameSpec } from '../../../src/core/x509/write-extension.ts';
import { type Ca, type CaSpec, ca, during, type IssueSpec, type KeyKind, keyPair } from '../../pki.ts';
import type { Random } from '../random.ts';

/** A chain with things that are right and wrong, and the words for them. */
export interface Chain {
  readonly id: number;
  readonly root: Uint8Array;
  readonly intermediates: readonly Uint8Array[];
  readonly leaf: Uint8Array;
  /** `leaf expired`, `ca-1 pathLen 0`, … */
  readonly traits: readonly string[];
}

const day = 86_400_000;
const range = (hex: string): GeneralNameSpec => ({ ip: Buffer.from(hex, 'hex') });
const subtrees: readonly (readonly [string, GeneralNameSpec])[] = [
  ['dns acme.example', { dns: 'acme.example' }],
  ['dns a.acme.example', { dns: 'a.acme.example' }],
  ['dns globex.example', { dns: 'globex.example' }],
  ['email acme.example', { email: 'acme.example' }],
  ['email .acme.example', { email: '.acme.example' }],
  ['email x@acme.example', { email: 'x@acme.example' }],
  ['uri .acme.example', { uri: '.acme.example' }],
  ['uri acme.example', { uri: 'acme.example' }],
  ['ip 192.0.2.0/24', range('c0000200ffffff00')],
  ['ip ::/0', range('00'.repeat(32))],
];
const names: readonly (readonly [string, GeneralNameSpec])[] = [
  ['dns a.acme.example', { dns: 'a.acme.example' }],
  ['dns *.acme.example', { dns: '*.acme.example' }],
  ['dns ACME.example', { dns: 'ACME.example' }],
  ['dns b.globex.example', { dns: 'b.globex.example' }],
  ['email x@acme.example', { email: 'x@acme.example' }],
  ['email y@sub.acme.example', { email: 'y@sub.acme.example' }],
  ['uri https://acme.example/x', { uri: 'https://acme.example/x' }],
  ['uri https://a.acme.example', { uri: 'https://a.acme.example' }],
  ['ip 192.0.2.7', range('c0000207')],
  ['ip 203.0.113.7', range('cb007107')],
];
const keys: readonly KeyKind[] = ['p256', 'p384', 'rsa2048', 'ed25519', 'p521', 'rsa1024'];
const policy = '1.3.6.1.4.1.99999.1';

/** What a certificate may have, each with its chance to be there: one in so many. */
type Trait = readonly [oneIn: number, name: string, spec: CaSpec];

const both: readonly Trait[] = [
  [25, 'expired', { notAfter: during - day }],
  [25, 'not yet valid', { notBefore: during + day }],
  [25, 'SHA-1', { key: 'p256', signatureHash: 'sha1' }],
  [25, 'unknown critical extension', { extra: [extension.raw('1.3.6.1.4.1.99999.7', integer(1), true)] }],
  [30, 'unknown extension', { extra: [extension.raw('1.3.6.1.4.1.99999.8', integer(1))] }],
  [25, 'signature changed', { alterSignature: changed }],
  [25, 'other issuer name', { issuer: 'Somebody Else' }],
  [25, 'serverAuth', { purposes: ['serverAuth'] }],
  [20, 'any purpose', { purposes: ['any'] }],
  [20, 'clientAuth and serverAuth', { purposes: ['serverAuth', 'clientAuth'] }],
  [25, 'no key identifiers', { without: ['2.5.29.14', '2.5.29.35'] }],
  [30, 'wrong authority key identifier', { extra: [extension.authorityKeyIdentifier(Buffer.alloc(20, 7))] }],
  [30, 'version 1', { version: 1, extensions: [] }],
  [40, 'serial 0', { serial: '00' }],
  [40, 'negative serial', { replace: { serial: Uint8Array.of(2, 1, 0x80) } }],
  [40, 'serial of 21 octets', { serial: '7f'.repeat(21) }],
  [25, 'unreadable authorityInfoAccess', { extra: [extension.raw('1.3.6.1.5.5.7.1.1', sequence())] }],
  [25, 'unreadable distribution points', { extra: [extension.raw('2.5.29.31', sequence(sequence()))] }],
  [25, 'policy', { extra: [extension.certificatePolicies([policy])] }],
  [30, 'requireExplicitPolicy', { extra: [extension.policyConstraints({ requireExplicitPolicy: 0 })] }],
];
const ofAuthority: readonly Trait[] = [
  [8, 'pathLen 0', { pathLength: 0 }],
  [8, 'pathLen 1', { pathLength: 1 }],
  [20, 'no basicConstraints', { without: ['2.5.29.19'] }],
  [20, 'CA false', { extra: [extension.basicConstraints(false)] }],
  [25, 'basicConstraints not critical', { extra: [extension.basicConstraints(true, undefined, false)] }],
  [15, 'key usage with trailing zeros', { extra: [extension.raw('2.5.29.15', tlv(3, Uint8Array.of(0, 6)), true)] }],
  [25, 'no keyCertSign', { extra: [extension.keyUsage(['cRLSign'])] }],
  [25, 'no keyUsage', { without: ['2.5.29.15'] }],
  [30, 'empty subject', { subject: [] }],
];
const ofLeaf: readonly Trait[] = [
  [25, 'no keyUsage', { without: ['2.5.29.15'] }],
  [15, 'key usage with trailing zeros', { extra: [extension.raw('2.5.29.15', tlv(3, Uint8Array.of(0, 0x80)), true)] }],
  [
    15,
    'ampersand',
    { subject: [[{ type: 'O', value: 'Wold & Ferry', tag: 0x13 }], [{ type: 'CN', value: 'client' }]] },
  ],
  [
    15,
    'RDN out of order',
    { subject: { der: sequence(tlv(0x31, rdnPart('2.5.4.3', 'client'), rdnPart('2.5.4.11', 'x'))) } },
  ],
  [25, 'keyEncipherment', { extra: [extension.keyUsage(['keyEncipherment'])] }],
  [30, 'is a CA', { extra: [extension.basicConstraints(true)] }],
  [30, 'keyCertSign', { extra: [extension.keyUsage(['digitalSignature', 'keyCertSign'])] }],
  [12, 'e-mail in the subject', { subject: { CN: 'client', emailAddress: 'x@acme.example' } }],
  [12, 'other e-mail in the subject', { subject: { CN: 'client', emailAddress: 'x@globex.example' } }],
  [12, 'host in the commonName', { subject: { CN: 'b.globex.example' } }],
];

function rdnPart(type: string, value: string): Uint8Array {
  return sequence(objectIdentifier(type), text(0x0c, value));
}

function changed(signature: Uint8Array): Uint8Array {
  const other = Uint8Array.from(signature);
  const last = other.length - 1;
  other[last] = (other[last] ?? 0) ^ 1;
  return other;
}

function drawn(random: Random, who: string, from: readonly Trait[], traits: string[]): CaSpec {
  let spec: CaSpec = {};
  for (const [oneIn, name, part] of from) {
    if (!random.chance(oneIn)) continue;
    traits.push(`${who} ${name}`);
    const extra = [...(spec.extra ?? []), ...(part.extra ?? [])];
    const without = [...(spec.without ?? []), ...(part.without ?? [])];
    spec = { ...spec, ...part, extra: onlyLast(extra), without };
  }
  return spec;
}

/** Of two that replace the same extension the later counts; twice the same is another test's. */
function onlyLast(extra: readonly ExtensionSpec[]): readonly ExtensionSpec[] {
  return [...new Map(extra.map((one) => [one.oid, one])).values()];
}

function drawnKey(random: Random, who: string, traits: string[]): KeyKind {
  const key = random.chance(4) ? random.pick(keys) : 'p256';
  if (key !== 'p256') traits.push(`${who} key ${key}`);
  return key;
}

export function generateChain(random: Random, id: number): Chain {
  const traits: string[] = [];
  let parent: Ca = ca({ subject: 'Acme Root', key: keyPair('p256', 'differential root') });
  const root = parent.der;
  const intermediates: Uint8Array[] = [];
  const depth = random.int(4);
  for (let level = 0; level < depth; level += 1) {
    const who = `ca-${level + 1}`;
    const spec = drawn(random, who, [...both, ...ofAuthority], traits);
    const extra = [...(spec.extra ?? [])];
    if (random.chance(4)) {
      const permitted = some(random, subtrees, 3);
      const excluded = some(random, subtrees, 2);
      if (permitted.length + excluded.length > 0) {
        traits.push(`${who} name constraints +${permitted.map(([name]) => name)} -${excluded.map(([name]) => name)}`);
        extra.push(
          extension.nameConstraints({
            permitted: permitted.map(([, one]) => one),
            excluded: excluded.map(([, one]) => one),
          }),
        );
      }
    }
    const selfIssued = random.chance(15) && level > 0;
    if (selfIssued) traits.push(`${who} self-issued`);
    const subject = selfIssued ? `Acme CA ${level - 1}` : `Acme CA ${level}`;
    const key = drawnKey(random, who, traits);
    parent = parent.ca({ subject, key, ...fitting(spec), extra });
    intermediates.push(parent.der);
  }
  const spec: IssueSpec = drawn(random, 'leaf', [...both, ...ofLeaf], traits);
  const own = some(random, names, 3);
  if (own.length > 0) traits.push(`leaf names ${own.map(([name]) => name)}`);
  const key = drawnKey(random, 'leaf', traits);
  const leaf = parent.issue({
    subject: 'client',
    key,
    names: own.length > 0 ? own.map(([, one]) => one) : undefined,
    ...fitting(spec),
  });
  return { id, root, intermediates, leaf: leaf.der, traits };
}

/** Extensions of a version 1 certificate would be another test's. */
function fitting(spec: CaSpec): CaSpec {
  return spec.version === 1 ? { ...spec, extensions: [], extra: [], without: allExtensions } : spec;
}
const allExtensions = ['2.5.29.14', '2.5.29.15', '2.5.29.17', '2.5.29.19', '2.5.29.35', '2.5.29.37'];

function some<T>(random: Random, from: readonly T[], most: number): readonly T[] {
  return [...new Set(Array.from({ length: random.int(most + 1) }, () => random.pick(from)))];
}
