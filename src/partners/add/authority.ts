import type { Registry } from '../../core/registry/registry.ts';
import type { Certificate } from '../../core/x509/certificate.ts';
import type { Name } from '../../core/x509/name.ts';
import { nameTextOf } from '../../core/x509/name-text.ts';
import { readableName } from '../../core/x509/names/readable.ts';
import { oid } from '../../core/x509/oid.ts';
import { pemFromDer } from '../../core/x509/pem.ts';
import { verifiesSignature } from '../../core/x509/signature.ts';
import { authorityYaml } from '../truststore-files.ts';
import type { Gap } from './gap.ts';

/** The authority of the front that has signed a certificate: one of its issuers did, or another of its CAs. */
export interface KnownAuthority {
  readonly name: string;
  readonly maySign: boolean;
}

export function knownAuthorityOf(leaf: Certificate, registry: Registry): KnownAuthority | undefined {
  for (const authority of registry.authoritiesIssuing(leaf)) {
    const signer = authority.certificates.find(
      (ca) => ca.subject.key === leaf.issuer.key && verifiesSignature(leaf, ca),
    );
    if (signer !== undefined) return { name: authority.name, maySign: authority.issuers.includes(signer) };
  }
  return undefined;
}

export interface NewAuthority {
  readonly name: string;
  readonly files: readonly { readonly file: string; readonly text: string }[];
  readonly gaps: readonly Gap[];
}

interface AuthorityWish {
  /** From the CA that may sign clients up to the root. */
  readonly chain: readonly Certificate[];
  /** Its distribution points count, too. */
  readonly leaf?: Certificate;
  readonly name?: string;
  /** Why there are no lists, in writing. */
  readonly withoutLists?: string;
}

/** Files for a chain that no authority of the front has. Without a way to know revoked certificates there are none. */
export function newAuthority(
  { chain, leaf, name: wished, withoutLists }: AuthorityWish,
  registry: Registry,
): NewAuthority {
  const [issuer] = chain;
  if (issuer === undefined) throw new Error('a chain has one CA at least');
  const name = wished ?? freeName(issuer.subject, registry);
  const lists = withoutLists === undefined ? listsOf([...(leaf === undefined ? [] : [leaf]), ...chain]) : undefined;
  if (withoutLists === undefined && lists === undefined) {
    const certificates = [...(leaf === undefined ? [] : [leaf]), ...chain];
    const without = certificates.filter((one) => !one.selfIssued && listsOf([one]) === undefined);
    const silent = without.map(({ subject }) => readableName(subject)).join('; ') || 'The chain';
    const gap: Gap = {
      code: 'revocation_unsaid',
      who: 'operator',
      text: `${silent} does not say where its revocation list is. Ask the partner for the address, or say in writing what is done instead: --without-lists "WHY, AND WHAT INSTEAD"`,
    };
    return { name, files: [], gaps: [gap] };
  }
  const revocation = withoutLists === undefined ? { lists: lists ?? [] } : { none: withoutLists };
  const folder = 'truststore/authorities';
  const pem = chain.map(({ der }) => pemFromDer(der)).join('');
  const yaml = authorityYaml({ name, issuers: [nameTextOf(issuer.subject)], revocation });
  return {
    name,
    files: [
      { file: `${folder}/${name}.pem`, text: pem },
      { file: `${folder}/${name}.yaml`, text: yaml },
    ],
    gaps: [],
  };
}

/** From its common name, or its organisation; with a number when that is taken. */
function freeName(subject: Name, registry: Registry): string {
  const value = (type: string) => subject.rdns.flat().find((attribute) => attribute.type === type)?.value;
  const base =
    (value(oid.commonName) ?? value('2.5.4.10') ?? 'partner-ca')
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+/, '')
      .slice(0, 56)
      .replace(/-+$/, '') || 'partner-ca';
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!registry.authorities.has(name)) return name;
  }
}

const fetchable = /^https?:\/\/[a-z0-9.-]+(?::\d+)?\/[!-"$-~]*$/i;

/** A list for each certificate below the root, or none at all: a path with one missing would be refused. */
function listsOf(path: readonly Certificate[]): readonly string[] | undefined {
  const lists = new Set<string>();
  for (const certificate of path) {
    if (certificate.selfIssued) continue;
    const own = (certificate.crlDistributionPoints ?? [])
      .flatMap(({ fullName = [] }) => fullName)
      .flatMap((name) => (name.kind === 'uri' && fetchable.test(name.value) ? [name.value] : []));
    if (own.length === 0) return undefined;
    for (const list of own) lists.add(list.replace(/^[^/]*\/\/[^/]*/, (origin) => origin.toLowerCase()));
  }
  return lists.size === 0 ? undefined : [...lists];
}
