import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  type AttributeSpec,
  type CertificateSpec,
  encodeName,
  issueCertificate,
  type NameSpec,
} from '../src/core/x509/write.ts';
import { type ExtensionSpec, extension, type GeneralNameSpec } from '../src/core/x509/write-extension.ts';

/**
 * A tiny CA for tests, which can break every rule on purpose:
 *
 *     const root = ca({ subject: { CN: 'Acme Root', O: 'Acme' } });
 *     const issuing = root.ca({ subject: 'Acme Issuing 1' });
 *     const leaf = issuing.issue({ subject: { CN: 'orders-client', O: 'Acme, Inc.' }, names: [{ dns: 'orders.acme.example' }] });
 *     leaf.der; leaf.pem; leaf.keyPem; leaf.chainPem;
 */

export type KeyKind =
  | 'p256'
  | 'p384'
  | 'p521'
  | 'secp256k1'
  | 'ed25519'
  | 'rsa1024'
  | 'rsa2048'
  | 'rsa3072'
  | 'rsa4096'
  | 'pss2048';

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** A moment inside every default validity. */
export const during = Date.UTC(2026, 5, 1);
export const defaultNotBefore = Date.UTC(2020, 0, 1);
export const defaultNotAfter = Date.UTC(2049, 11, 31);

const kept = new Map<string, KeyPair>();

/** The same pair for the same label within the process; RSA is slow to generate, so tests share. */
export function keyPair(kind: KeyKind = 'p256', label = 'shared'): KeyPair {
  const name = `${kind} ${label}`;
  const known = kept.get(name);
  if (known !== undefined) return known;
  const made = generate(kind);
  kept.set(name, made);
  return made;
}

function generate(kind: KeyKind): KeyPair {
  if (kind === 'ed25519') return generateKeyPairSync('ed25519');
  if (kind === 'p256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (kind === 'p384') return generateKeyPairSync('ec', { namedCurve: 'P-384' });
  if (kind === 'p521') return generateKeyPairSync('ec', { namedCurve: 'P-521' });
  if (kind === 'secp256k1') return generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  const modulusLength = Number(kind.slice(3));
  if (kind === 'pss2048') return generateKeyPairSync('rsa-pss', { modulusLength });
  return generateKeyPairSync('rsa', { modulusLength });
}

/** A common name, attributes in order (one RDN each), RDNs, or anything with its DER. */
export type SubjectSpec =
  | string
  | Readonly<Record<string, string>>
  | readonly (readonly AttributeSpec[])[]
  | { readonly der: Uint8Array };

export function nameSpec(subject: SubjectSpec): NameSpec {
  if (typeof subject === 'string') return [[{ type: 'CN', value: subject }]];
  if (Array.isArray(subject)) return subject;
  if ('der' in subject && subject.der instanceof Uint8Array) return { der: subject.der };
  return Object.entries(subject as Readonly<Record<string, string>>).map(([type, value]) => [{ type, value }]);
}

export interface IssueSpec extends Partial<Omit<CertificateSpec, 'subject' | 'issuer' | 'publicKey'>> {
  readonly subject?: SubjectSpec;
  /** Another issuer name than the CA's subject. */
  readonly issuer?: SubjectSpec;
  /** Default: a fresh P-256 pair; RSA kinds share one pair a label. */
  readonly key?: KeyKind | KeyPair;
  /** subjectAltName entries, added to the default extensions. */
  readonly names?: readonly GeneralNameSpec[];
  /** Purposes of the extended key usage; default clientAuth, null leaves the extension out. */
  readonly purposes?: readonly string[] | null;
  /** Added to the default extensions, replacing those of the same OID. `extensions` replaces them all. */
  readonly extra?: readonly ExtensionSpec[];
  /** OIDs of default extensions to leave out. */
  readonly without?: readonly string[];
  /** Signs in place of the CA's key. */
  readonly signWith?: KeyObject;
}

export interface CaSpec extends IssueSpec {
  readonly pathLength?: number;
}

export interface Issued {
  readonly der: Uint8Array;
  readonly pem: string;
  /** This certificate and every CA above it but the root, as a client would send. */
  readonly chainPem: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly keyPem: string;
}

export interface Ca extends Issued {
  issue(spec?: IssueSpec): Issued;
  /** A CA below this one. */
  ca(spec?: CaSpec): Ca;
}

let serials = 0x10_00;

function nextSerial(): string {
  serials += 1;
  return serials.toString(16);
}

function toPem(der: Uint8Array, label = 'CERTIFICATE'): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

interface Signer {
  readonly name: NameSpec;
  readonly key: KeyPair;
  readonly chainPem: string;
}

function make(
  spec: IssueSpec,
  defaults: { subject: string; extensions: (key: KeyPair) => ExtensionSpec[] },
  signer?: Signer,
): Issued & { name: NameSpec; pair: KeyPair } {
  const { subject, issuer, key = 'p256', names, purposes: _, extra = [], without = [], signWith, ...rest } = spec;
  const fresh = typeof key === 'string' && !key.startsWith('rsa') && !key.startsWith('pss');
  const pair = typeof key !== 'string' ? key : fresh ? generate(key) : keyPair(key);
  const name = nameSpec(subject ?? defaults.subject);
  const parent = signer ?? { name, key: pair, chainPem: '' };
  const usual = [
    ...defaults.extensions(pair),
    ...(signer === undefined ? [] : [extension.authorityKeyIdentifier(signer.key.publicKey)]),
    ...(names === undefined ? [] : [extension.subjectAltName(names, encodeName(name).length === 2)]),
  ];
  const replaced = new Set([...without, ...extra.map(({ oid }) => oid)]);
  const der = issueCertificate(
    {
      serial: nextSerial(),
      notBefore: defaultNotBefore,
      notAfter: defaultNotAfter,
      extensions: [...usual.filter(({ oid }) => !replaced.has(oid)), ...extra],
      ...rest,
      subject: name,
      issuer: issuer === undefined ? parent.name : nameSpec(issuer),
      publicKey: pair.publicKey,
    },
    signWith ?? parent.key.privateKey,
  );
  const pem = toPem(der);
  return {
    der,
    pem,
    chainPem: signer === undefined ? pem : pem + parent.chainPem,
    publicKey: pair.publicKey,
    privateKey: pair.privateKey,
    keyPem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    name,
    pair,
  };
}

/** A self-signed CA. */
export function ca(spec: CaSpec = {}): Ca {
  return makeCa(spec, 'Test Root');
}

/** A self-signed certificate that is no CA. */
export function selfSigned(spec: IssueSpec = {}): Issued {
  return make(spec, { subject: 'self-signed', extensions: () => leafExtensions(spec) });
}

function leafExtensions(spec: IssueSpec): ExtensionSpec[] {
  const purposes = spec.purposes === undefined ? ['clientAuth'] : spec.purposes;
  return [
    extension.keyUsage(['digitalSignature']),
    ...(purposes === null ? [] : [extension.extendedKeyUsage(purposes)]),
  ];
}

function makeCa(spec: CaSpec, subject: string, parent?: Signer): Ca {
  const { pathLength, ...rest } = spec;
  const made = make(
    rest,
    {
      subject,
      extensions: (key) => [
        extension.basicConstraints(true, pathLength),
        extension.keyUsage(['keyCertSign', 'cRLSign']),
        extension.subjectKeyIdentifier(key.publicKey),
        ...(spec.purposes === undefined || spec.purposes === null ? [] : [extension.extendedKeyUsage(spec.purposes)]),
      ],
    },
    parent,
  );
  // A root is not part of what a client sends.
  const signer: Signer = { name: made.name, key: made.pair, chainPem: parent === undefined ? '' : made.chainPem };
  return {
    ...made,
    issue: (leaf = {}) => make(leaf, { subject: 'test-client', extensions: () => leafExtensions(leaf) }, signer),
    ca: (below = {}) => makeCa(below, 'Test Issuing', signer),
  };
}
