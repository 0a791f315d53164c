import type { Certificate } from '../../x509/certificate.ts';
import type { CompiledAuthority } from '../compile-authority.ts';
import type { IdentityDocument } from '../document.ts';
import type { Report } from '../pem-source.ts';
import { generalNameKey, sanKey } from '../san.ts';
import { AuthorityGroups } from './authority-groups.ts';
import { proveGlobs } from './globs.ts';
import { exampleOf, type OwnedIdentity, reportRivals } from './rivals.ts';

interface Claim extends OwnedIdentity {
  /** Undefined: whichever authority issued it. */
  readonly group?: number;
}

/**
 * Proves that no two clients claim the same certificate through the same kind of name, the same key, or one's pinned
 * certificate and the other's name or key, also where one or both are globs. What only a certificate yet to be issued can show (one client's subject
 * together with another's SAN) is refused when it calls: `decide` denies a certificate that is two clients.
 */
export function proveOneClient(
  owned: readonly OwnedIdentity[],
  authorities: readonly CompiledAuthority[],
  report: Report,
): void {
  const groups = new AuthorityGroups(authorities);
  const claims = new Map<string, Claim[]>();
  const claimed = (owner: OwnedIdentity, key: string, group: number | undefined): void => {
    const others = claims.get(key) ?? [];
    const rival = others.find((other) => other.group === undefined || group === undefined || other.group === group);
    if (rival !== undefined)
      reportRivals(owner, rival, exampleOf(owner.identity, groups.signerOf(group ?? rival.group)), report);
    else if (others.length === 0) claims.set(key, [{ ...owner, group }]);
    else others.push({ ...owner, group });
  };
  const pinned: OwnedIdentity[] = [];
  for (const owner of owned) {
    const { identity } = owner;
    if (identity.kind === 'certificate') {
      pinned.push(owner);
      claimed(owner, `certificate ${identity.sha256}`, undefined);
    } else if (identity.kind !== 'subject-glob' && identity.kind !== 'san-glob') {
      claimed(owner, claimKey(identity), groups.of(identity.authority));
    }
  }
  proveGlobs(owned, groups, report);
  for (const owner of pinned) {
    if (owner.certificate === undefined) continue;
    const issuedIn = groups.issuing(owner.certificate);
    for (const key of claimKeysOf(owner.certificate)) {
      const rival = claims
        .get(key)
        ?.find((other) => other.client !== owner.client && (other.group === undefined || issuedIn.has(other.group)));
      if (rival !== undefined) reportRivals(owner, rival, `the certificate of ${owner.client}`, report);
    }
  }
}

type Claimed = Exclude<IdentityDocument, { kind: 'certificate' | 'subject-glob' | 'san-glob' }>;

function claimKey(identity: Claimed): string {
  switch (identity.kind) {
    case 'subject':
      return `subject ${identity.subjectKey}`;
    case 'san':
      return `san ${sanKey(identity.san.kind, identity.san.value)}`;
    case 'key':
      return `key ${identity.spkiSha256}`;
  }
}

function claimKeysOf(certificate: Certificate): readonly string[] {
  const names = (certificate.subjectAltName ?? []).map(generalNameKey).filter((key) => key !== undefined);
  return [`subject ${certificate.subject.key}`, `key ${certificate.spkiSha256}`, ...names.map((key) => `san ${key}`)];
}
