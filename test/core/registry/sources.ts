import type { Place } from '../../../src/core/problem.ts';
import { compileRegistry } from '../../../src/core/registry/compile.ts';
import type {
  AuthoritySource,
  ClientSource,
  IdentitySource,
  Positioned,
  RegistrySource,
  RouteSource,
} from '../../../src/core/registry/source.ts';
import { parseAddressRange } from '../../../src/core/request/address.ts';
import { parsePattern } from '../../../src/core/request/pattern.ts';
import { parseNameText } from '../../../src/core/x509/name-text.ts';
import { ca, type Issued, selfSigned } from '../../pki.ts';

/** Sources as `config` makes them, written by hand. */

export const acmeRoot = ca({ subject: { O: 'Acme', CN: 'Acme Root' } });
export const acmeIssuing = acmeRoot.ca({ subject: { O: 'Acme', CN: 'Acme Issuing' } });
export const globexRoot = ca({ subject: { O: 'Globex', CN: 'Globex Root' } });
export const initech = selfSigned({ subject: { CN: 'tps.initech.example' }, names: [{ dns: 'tps.initech.example' }] });

let line = 0;
export function at<T>(value: T, file = 'f.yaml'): Positioned<T> {
  line += 1;
  return { value, place: { file, line, column: 1 } };
}

export function place(file = 'f.yaml'): Place {
  return at(undefined, file).place;
}

export function authority(
  name: string,
  certificates: readonly (Issued | string)[],
  issuers?: readonly string[],
): AuthoritySource {
  return {
    name,
    pem: {
      file: `truststore/authorities/${name}.pem`,
      text: certificates.map((each) => (typeof each === 'string' ? each : each.pem)).join(''),
    },
    issuers: issuers?.map((issuer) => at(issuer.includes('=') ? parseNameText(issuer) : issuer)),
    revocation: { none: 'test' },
    place: place(`truststore/authorities/${name}.yaml`),
  };
}

export function subject(authorityName: string, text: string): IdentitySource {
  return { kind: 'subject', authority: at(authorityName), subject: parseNameText(text), place: place() };
}

export function dns(authorityName: string, value: string): IdentitySource {
  return { kind: 'san', authority: at(authorityName), san: { kind: 'dns', value }, place: place() };
}

export function dnsGlob(authorityName: string, value: string): IdentitySource {
  return { kind: 'san-glob', authority: at(authorityName), san: { kind: 'dns', value }, place: place() };
}

export function subjectGlob(authorityName: string, text: string): IdentitySource {
  return { kind: 'subject-glob', authority: at(authorityName), subject: parseNameText(text), place: place() };
}

export function key(spkiSha256: string, authorityName?: string): IdentitySource {
  return {
    kind: 'key',
    spkiSha256,
    authority: authorityName === undefined ? undefined : at(authorityName),
    place: place(),
  };
}

export function exactly(issued: Issued, file = 'truststore/clients/pinned.pem'): IdentitySource {
  return { kind: 'certificate', pem: { file, text: issued.pem }, place: place() };
}

export function client(
  name: string,
  identities: readonly IdentitySource[],
  {
    allow = ['GET /orders'],
    addresses,
    ...rest
  }: { allow?: string[]; addresses?: string[] } & Partial<Pick<ClientSource, 'tier' | 'validFrom' | 'validUntil'>> = {},
): ClientSource {
  const file = `truststore/clients/${name}.yaml`;
  return {
    name,
    identities,
    allow: allow.map((text) => at(parsePattern(text), file)),
    addresses: addresses?.map((text) => at(parseAddressRange(text), file)),
    place: place(file),
    ...rest,
  };
}

export function route(match: string, rest: Partial<RouteSource> = {}): RouteSource {
  return {
    match: at(parsePattern(match), 'sallyport.yaml'),
    connection: at('erp'),
    admits: [],
    place: place(),
    ...rest,
  };
}

export interface Parts {
  readonly authorities?: readonly AuthoritySource[];
  readonly clients?: readonly ClientSource[];
  readonly routes?: readonly RouteSource[];
  readonly tiers?: readonly string[];
}

export function sourceOf({
  authorities,
  clients = [],
  routes = [route('ANY /**')],
  tiers = [],
}: Parts): RegistrySource {
  const written = authorities ?? [authority('acme-ca', [acmeIssuing, acmeRoot]), authority('globex-ca', [globexRoot])];
  return {
    front: { id: 'test-1', label: 'test', stage: 'test', support: { email: 'a@b.example' }, disclose: true },
    authorities: written,
    authorityNames: new Set(written.map(({ name }) => name)),
    clients,
    deployed: { connectionNames: new Set(['erp']), tierNames: new Set(tiers), routes },
  };
}

export function problemsOf(parts: Parts) {
  return compileRegistry(sourceOf(parts)).problems;
}

export function codesOf(parts: Parts): readonly string[] {
  return problemsOf(parts).map(({ code }) => code);
}
