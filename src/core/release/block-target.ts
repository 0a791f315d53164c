import type { Denial } from '../decide/block.ts';
import type { Authority, Client, Identity, Registry } from '../registry/registry.ts';
import type { Certificate } from '../x509/certificate.ts';

/**
 * What a block of something denies, as the registry knows it now. A client is denied by its name and by everything that it is
 * recognised by, so that a renamed file stays blocked; a certificate with its key; a CA by its name and by its key.
 */
export function denialsOfClient(client: Client, registry: Registry): readonly Denial[] {
  return [{ client: client.name }, ...client.identities.flatMap((identity) => denialsOfIdentity(identity, registry))];
}

function denialsOfIdentity(identity: Identity, registry: Registry): readonly Denial[] {
  if (identity.kind === 'certificate') return denialsOfCertificate(identity.certificate);
  if (identity.kind === 'key') return [{ key: identity.spkiSha256 }];
  const authority = registry.authorities.get(identity.authority);
  return [{ identity, issuers: authority === undefined ? [] : namesOf(authority.certificates) }];
}

export function denialsOfCertificate({ sha256, spkiSha256 }: Certificate): readonly Denial[] {
  return [{ certificate: sha256 }, { key: spkiSha256 }];
}

export function denialsOfCas(cas: readonly Certificate[]): readonly Denial[] {
  return [...namesOf(cas).map((ca) => ({ ca })), ...cas.map(({ spkiSha256 }) => ({ key: spkiSha256 }))];
}

/** By every CA of the authority: whichever of them issued it. */
export function denialsOfSerial(serial: string, { certificates }: Authority): readonly Denial[] {
  return namesOf(certificates).map((issuer) => ({ serial, issuer }));
}

/** Clients that a block of these denials would keep out altogether: every identity of theirs is denied. */
export function clientsDenied(denies: readonly Denial[], registry: Registry): readonly string[] {
  return [...registry.clients.values()]
    .filter(
      ({ name, identities }) =>
        denies.some((denial) => 'client' in denial && denial.client === name) ||
        identities.every((identity) => isIdentityDenied(identity, denies, registry)),
    )
    .map(({ name }) => name);
}

/** Whether a block of these denials keeps whoever is recognised by it out. */
export function isIdentityDenied(identity: Identity, denies: readonly Denial[], registry: Registry): boolean {
  const has = (test: (denial: Denial) => boolean) => denies.some(test);
  const keyDenied = (spkiSha256: string) => has((denial) => 'key' in denial && denial.key === spkiSha256);
  const caDenied = ({ subject, spkiSha256 }: Certificate) =>
    keyDenied(spkiSha256) || has((denial) => 'ca' in denial && denial.ca === subject.key);
  if (identity.kind === 'certificate') {
    const { sha256, spkiSha256, issuer } = identity.certificate;
    return (
      keyDenied(spkiSha256) ||
      has((one) => 'certificate' in one && one.certificate === sha256) ||
      has((one) => 'ca' in one && one.ca === issuer.key)
    );
  }
  if (identity.kind === 'key' && keyDenied(identity.spkiSha256)) return true;
  const authority = identity.authority === undefined ? undefined : registry.authorities.get(identity.authority);
  if (authority === undefined) return false;
  const { anchors, issuers, certificates } = authority;
  // whichever path it takes, it meets one of them
  if (issuers.every(caDenied) || (anchors.length > 0 && anchors.every(caDenied))) return true;
  const names = new Set(namesOf(certificates));
  return has(
    (denial) =>
      'identity' in denial && sameIdentity(denial.identity, identity) && denial.issuers.some((name) => names.has(name)),
  );
}

function sameIdentity(a: Extract<Denial, { readonly identity: object }>['identity'], b: Identity): boolean {
  if (a.kind === 'subject' && b.kind === 'subject') return a.subjectKey === b.subjectKey;
  if (a.kind === 'san' && b.kind === 'san') return a.san.kind === b.san.kind && a.san.value === b.san.value;
  if (a.kind === 'subject-glob' && b.kind === 'subject-glob') return a.subject === b.subject;
  if (a.kind === 'san-glob' && b.kind === 'san-glob') return a.san.kind === b.san.kind && a.san.value === b.san.value;
  return a.kind === 'key' && b.kind === 'key' && a.spkiSha256 === b.spkiSha256;
}

const namesOf = (cas: readonly Certificate[]): readonly string[] => [...new Set(cas.map(({ subject }) => subject.key))];
