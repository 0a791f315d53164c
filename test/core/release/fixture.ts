import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  type ClientDocument,
  type IdentityDocument,
  REGISTRY_FORMAT,
  type RegistryDocument,
  type RouteDocument,
} from '../../../src/core/registry/document.ts';
import type { ReleaseSource } from '../../../src/core/release/compile.ts';
import { type PinnedKey, parsePinnedKey, type Signer } from '../../../src/core/release/signed.ts';
import { type Certificate, parseCertificate } from '../../../src/core/x509/certificate.ts';
import { formatName } from '../../../src/core/x509/name.ts';
import { type Ca, ca, type Issued } from '../../pki.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** Four authorities of one self-signed CA each, and a leaf under each. */
const names = ['acme', 'globex', 'initech', 'umbrella'] as const;
export type PartnerName = (typeof names)[number];

export interface Partner {
  readonly root: Ca;
  readonly certificate: Certificate;
  readonly leaf: Issued;
}

const made = new Map<string, Partner>();
export function partner(name: PartnerName): Partner {
  const known = made.get(name);
  if (known !== undefined) return known;
  const root = ca({ subject: { CN: `${name} Root`, O: name } });
  const leaf = root.issue({ subject: { CN: `${name}-client`, O: name } });
  const fresh = { root, certificate: parseCertificate(root.der), leaf };
  made.set(name, fresh);
  return fresh;
}

export interface ClientSpec {
  readonly name: PartnerName;
  readonly allow?: readonly string[];
  readonly addresses?: readonly string[];
  readonly validFrom?: string;
  readonly validUntil?: string;
  readonly tier?: string;
  /** Position of its lines in the file. */
  readonly line?: number;
}

export const allRoutes = ['GET,POST /orders/**', 'GET /stock/**', 'ANY /invoices'] as const;

/** A registry with these clients, each with its authority, and what the edge must trust for it. */
export function registryOf(clients: readonly ClientSpec[], more: Partial<RegistryDocument> = {}): RegistryDocument {
  return {
    format: REGISTRY_FORMAT,
    front: { id: 'orders-3f9c', label: 'orders', stage: 'test', support: { email: 'api@example.com' }, disclose: true },
    authorities: clients.map(({ name }) => ({
      name: `${name}-ca`,
      certificates: [base64(partner(name).root.der)],
      anchors: [sha256(partner(name).root.der)],
      issuers: [sha256(partner(name).root.der)],
      revocation: { none: 'test' },
      at: { file: `truststore/authorities/${name}-ca.yaml`, line: 1 },
    })),
    clients: clients.map(clientOf),
    routes: allRoutes.map((match, index) => routeOf(match, index + 1)),
    ...more,
  };
}

export function routeOf(match: string, line: number, more: Partial<RouteDocument> = {}): RouteDocument {
  return { match, connection: 'erp', admits: [], at: { file: 'sallyport.yaml', line }, ...more };
}

function clientOf(spec: ClientSpec): ClientDocument {
  const { name, allow = ['GET /orders/**'], line = 1, ...rest } = spec;
  const file = `truststore/clients/${name}.yaml`;
  const { subject } = parseCertificate(partner(name).leaf.der);
  const identity: IdentityDocument = {
    kind: 'subject',
    authority: `${name}-ca`,
    subject: formatName(subject),
    subjectKey: subject.key,
  };
  const rules = allow.map((pattern, index) => ({ pattern, at: { file, line: line + index + 3 } }));
  return { ...rest, name, identities: [identity], allow: rules, at: { file, line } };
}

/** The registry with the CAs of its clients as truststore. */
export function sourceOf(clients: readonly ClientSpec[], more: Partial<RegistryDocument> = {}): ReleaseSource {
  return { document: registryOf(clients, more), truststore: clients.map(({ name }) => partner(name).certificate) };
}

export function ed25519Signer(): Signer & { readonly pinned: PinnedKey } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return signerOf(publicKey, (message) => sign(null, message, privateKey));
}

export function p256Signer(): Signer & { readonly pinned: PinnedKey } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return signerOf(publicKey, (message) => sign('sha256', message, privateKey));
}

function signerOf(publicKey: KeyObject, signMessage: (message: Uint8Array) => Buffer) {
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  return {
    spki,
    sign: async (message: Uint8Array) => new Uint8Array(signMessage(message)),
    pinned: parsePinnedKey(base64(spki)),
  };
}

/** The codes of the ProblemError that `work` throws, or what it threw or gave instead. */
export async function codesOf(work: () => unknown): Promise<unknown> {
  try {
    return { gave: await work() };
  } catch (error) {
    if (error instanceof Error && 'problems' in error)
      return (error.problems as { code: string }[]).map(({ code }) => code);
    throw error;
  }
}
