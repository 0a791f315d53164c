import type { AuthorityDocument, RegistryDocument } from '../core/registry/document.ts';
import { certificatesOf } from '../core/revocation/believe-files.ts';
import type { RevocationIndex } from '../core/revocation/index.ts';
import { issuerIdOf } from '../core/revocation/issuer-id.ts';
import type { Certificate } from '../core/x509/certificate.ts';
import { formatName } from '../core/x509/name.ts';

/** An authority whose lists are wanted. */
export interface WantedAuthority {
  readonly name: string;
  readonly urls: readonly string[];
  readonly certificates: readonly Certificate[];
  readonly anchors: readonly Certificate[];
  readonly withoutNextUpdate: boolean;
}

/**
 * The authorities with lists of these registries: the live one, and the desired one beside it while it is published. One
 * that both have counts with the CAs of both, so that neither lacks a list before or after the change.
 */
export function wantedOf(documents: readonly RegistryDocument[]): readonly WantedAuthority[] {
  const wanted = new Map<string, WantedAuthority>();
  for (const { authorities } of documents) {
    for (const authority of authorities) {
      const { name, revocation, anchors } = authority;
      if ('none' in revocation) continue;
      const before = wanted.get(name);
      const certificates = uniqueOf([...(before?.certificates ?? []), ...certificatesOf(authority)]);
      const anchorsNow = certificates.filter(({ sha256 }) => anchors.includes(sha256));
      wanted.set(name, {
        name,
        urls: [...new Set([...(before?.urls ?? []), ...revocation.lists])],
        certificates,
        anchors: uniqueOf([...(before?.anchors ?? []), ...anchorsNow]),
        withoutNextUpdate: before?.withoutNextUpdate === true || revocation.withoutNextUpdate === 'allow',
      });
    }
  }
  return [...wanted.values()];
}

const uniqueOf = (certificates: readonly Certificate[]): readonly Certificate[] => [
  ...new Map(certificates.map((certificate) => [certificate.sha256, certificate])).values(),
];

/** The CAs of an authority that issue something, and of which there is no list; by name. */
export function lackingOf(authority: AuthorityDocument, index: RevocationIndex): readonly string[] {
  const known = index.authorities.get(authority.name);
  const certificates = certificatesOf(authority);
  const issues = (ca: Certificate) =>
    authority.issuers.includes(ca.sha256) ||
    certificates.some((below) => below !== ca && below.issuer.key === ca.subject.key && below.sha256 !== ca.sha256);
  return certificates
    .filter((ca) => issues(ca) && (known?.of(issuerIdOf(ca)) ?? []).length === 0)
    .map(({ subject }) => formatName(subject));
}
