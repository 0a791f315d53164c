import { formatName } from '../../x509/name.ts';
import type { CompiledAuthority } from '../compile-authority.ts';
import type { IdentityDocument } from '../document.ts';
import type { Report } from '../pem-source.ts';
import { publicOrganisationOf } from '../public-cas.ts';
import type { OwnedIdentity } from './rivals.ts';

/** A client of an authority with a public CA is known by a name that the CA has verified, by its key, or exactly. */
export function provePinned(
  owned: readonly OwnedIdentity[],
  authorities: ReadonlyMap<string, CompiledAuthority>,
  report: Report,
): void {
  for (const { identity, place, client } of owned) {
    const name = nameOf(identity);
    if (name === undefined || !('authority' in identity) || identity.authority === undefined) continue;
    const authority = authorities.get(identity.authority);
    if (authority === undefined || authority.isPrivate) continue;
    const issuer = authority.issuers.find(({ subject }) => publicOrganisationOf(subject) !== undefined);
    if (issuer === undefined) continue;
    report({
      code: 'public_ca_unpinned',
      message: `${authority.document.name} signs for anybody, and this does not tell ${client} from its other customers`,
      place,
      found: `${identity.kind} under ${formatName(issuer.subject)}; for example a certificate with ${name} that this CA signs for another customer`,
      allowed: 'san: { dns: … } (the CA verifies who has the name), key, or certificate',
      remedy: `identify ${client} by an alternative name, the key or the certificate itself; or, if this CA signs for one organisation only, say why under privateCa in truststore/authorities/${authority.document.name}.yaml`,
    });
  }
}

/** What anybody can have from a public CA: a subject is not unique there, and a glob takes in names not looked at. */
function nameOf(identity: IdentityDocument): string | undefined {
  if (identity.kind === 'subject' || identity.kind === 'subject-glob') return `subject ${identity.subject}`;
  return identity.kind === 'san-glob' ? `${identity.san.kind} ${identity.san.value}` : undefined;
}
