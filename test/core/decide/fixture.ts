import { createHash } from 'node:crypto';
import type { Denial } from '../../../src/core/decide/block.ts';
import { type DecideInput, type Decision, decide } from '../../../src/core/decide/decide.ts';
import { emptyOverlay, type Overlay, overlayOf } from '../../../src/core/decide/overlay.ts';
import {
  type ClientDocument,
  type ConditionDocument,
  type IdentityDocument,
  REGISTRY_FORMAT,
  type RegistryDocument,
  type RequirementDocument,
  type TokenIssuerDocument,
} from '../../../src/core/registry/document.ts';
import { loadRegistry } from '../../../src/core/registry/load.ts';
import type { Registry } from '../../../src/core/registry/registry.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { formatName } from '../../../src/core/x509/name.ts';
import { ca, during, type Issued } from '../../pki.ts';

/** Acme: root, two CAs, of which one may sign clients. Globex: a root that signs clients itself. */
export const acmeRoot = ca({ subject: { CN: 'Acme Root', O: 'Acme' } });
export const acmeIssuing = acmeRoot.ca({ subject: { CN: 'Acme Issuing', O: 'Acme' } });
export const acmeDevices = acmeRoot.ca({ subject: { CN: 'Acme Devices', O: 'Acme' } });
export const globexRoot = ca({ subject: { CN: 'Globex Root', O: 'Globex' } });
export const orders = acmeIssuing.issue({ subject: { CN: 'orders-client', O: 'Acme' } });

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

export function authority(
  name: string,
  cas: readonly Issued[],
  issuers: readonly Issued[],
): RegistryDocument['authorities'][number] {
  return {
    name,
    certificates: cas.map(({ der }) => base64(der)),
    anchors: cas.filter(({ der }) => parseCertificate(der).selfIssued).map(({ der }) => sha256(der)),
    issuers: issuers.map(({ der }) => sha256(der)),
    revocation: { none: 'test' },
    at: { file: `truststore/authorities/${name}.yaml`, line: 1 },
  };
}

export function subjectOf(issued: Issued, authorityName: string): IdentityDocument {
  const { subject } = parseCertificate(issued.der);
  return { kind: 'subject', authority: authorityName, subject: formatName(subject), subjectKey: subject.key };
}

export function exactly(issued: Issued): IdentityDocument {
  return { kind: 'certificate', certificate: base64(issued.der), sha256: sha256(issued.der) };
}

export function client(
  name: string,
  identities: readonly IdentityDocument[],
  rest: Partial<Omit<ClientDocument, 'allow'>> & { readonly allow?: readonly string[] } = {},
): ClientDocument {
  const file = `truststore/clients/${name}.yaml`;
  const { allow = ['GET /orders/**', 'POST /orders'], ...others } = rest;
  const rules = allow.map((pattern, index) => ({ pattern, at: { file, line: index + 5 } }));
  return { name, identities, ...others, allow: rules, at: { file, line: 1 } };
}

/** Each entry has to hold, of an entry one. */
export const requiring = (...entries: readonly (readonly ConditionDocument[])[]): readonly RequirementDocument[] =>
  entries.map((any, index) => ({ any, at: { file: 'truststore/clients/acme.yaml', line: index + 20 } }));

/** A token issuer `login` whose keys nothing here looks at. */
export const login: TokenIssuerDocument = {
  name: 'login',
  issuer: 'https://login.example.com',
  audiences: ['https://api.example.com'],
  keys: [],
  at: { file: 'truststore/token-issuers/login.yaml', line: 1 },
};

export type RouteSpec = Pick<RegistryDocument['routes'][number], 'match'> & Partial<RegistryDocument['routes'][number]>;

export function documentWith(
  clients: readonly ClientDocument[],
  {
    routes = [{ match: 'ANY /orders/**' }],
    disclose = true,
    tokenIssuers,
  }: {
    routes?: readonly RouteSpec[];
    disclose?: boolean;
    tokenIssuers?: RegistryDocument['tokenIssuers'];
  } = {},
): RegistryDocument {
  return {
    format: REGISTRY_FORMAT,
    front: { id: 'orders-test', label: 'orders', stage: 'test', support: { email: 'support@front.example' }, disclose },
    authorities: [
      authority('acme-ca', [acmeRoot, acmeIssuing, acmeDevices], [acmeIssuing]),
      authority('globex-ca', [globexRoot], [globexRoot]),
    ],
    clients,
    routes: routes.map((route, index) => ({
      connection: 'erp',
      admits: [],
      at: { file: 'sallyport.yaml', line: index + 10 },
      ...route,
    })),
    ...(tokenIssuers === undefined ? {} : { tokenIssuers }),
  };
}

export function registryWith(...document: Parameters<typeof documentWith>): Registry {
  return loaded(documentWith(...document));
}

const documents = new WeakMap<Registry, RegistryDocument>();

/** A registry that remembers what it was loaded from. */
export function loaded(document: RegistryDocument): Registry {
  const registry = loadRegistry(document);
  documents.set(registry, document);
  return registry;
}

export function documentBehind(registry: Registry): RegistryDocument {
  const document = documents.get(registry);
  if (document === undefined) throw new Error('not a registry of loaded()');
  return document;
}

/** One client, acme, known by the subject of `orders`. */
export const acme = client('acme', [subjectOf(orders, 'acme-ca')]);

type Overrides = Partial<Omit<DecideInput, 'request' | 'certificate'>> & Partial<DecideInput['request']>;

export function asking(
  certificate: Uint8Array | undefined,
  registry: Registry,
  overrides: Overrides = {},
): DecideInput {
  const { method = 'GET', path = '/orders/1', address = '203.0.113.7', ...rest } = overrides;
  return { certificate, request: { method, path, address }, registry, overlay: emptyOverlay, now: during, ...rest };
}

/** The codes of a refusal, or `allow`. */
export function codes(input: DecideInput): readonly string[] {
  const decision = decide(input);
  return decision.outcome === 'allow' ? ['allow'] : decision.reasons.map(({ code }) => code);
}

export function denied(input: DecideInput): Extract<Decision, { outcome: 'deny' }> {
  const decision = decide(input);
  if (decision.outcome !== 'deny') throw new Error(`allowed ${decision.client.name} by ${decision.rule.id}`);
  return decision;
}

/** An overlay with a block a denial. */
export function blocking(...denials: readonly Denial[]): Overlay {
  return overlayOf(
    JSON.stringify(denials),
    denials.map((denial, index) => ({
      id: `block${String(index).padStart(3, '0')}`,
      target: 'a test',
      denies: [denial],
      reason: 'why',
      by: 'a test',
      at: new Date(during).toISOString(),
    })),
  );
}
