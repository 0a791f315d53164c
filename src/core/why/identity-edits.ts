import { pathWithin } from '../decide/caller/certificate-path.ts';
import type { Reason } from '../decide/reasons.ts';
import type { RegistryDocument } from '../registry/document.ts';
import { sanLine, subjectLine } from '../registry/identity-line.ts';
import { loadRegistry } from '../registry/load.ts';
import { parseSan } from '../registry/san.ts';
import type { Certificate } from '../x509/certificate.ts';
import { formatName } from '../x509/name.ts';
import { nameTextOf } from '../x509/name-text.ts';
import type { Edit } from './edit.ts';

/** The edits that change who may be a client. Each says what it weakens. */
export function identityEdit(
  { code, client, authority }: Reason,
  document: RegistryDocument,
  leaf: Certificate | undefined,
): Edit | undefined {
  if (leaf === undefined) return undefined;
  if (code === 'issuer_not_allowed' && authority !== undefined) return issuerEdit(document, leaf, authority);
  // whose a name is that nobody is registered with would be a guess: `nearestClient` is printed, not proposed
  return code === 'authority_differs' ? registrationEdit(document, leaf, client) : undefined;
}

/** A further identity for the client that the reason names. */
function registrationEdit(document: RegistryDocument, leaf: Certificate, name: string | undefined): Edit | undefined {
  const client = document.clients.find((one) => one.name === name);
  const [issuing, other] = loadRegistry(document).authoritiesIssuing(leaf);
  // two authorities with the CA's name: which one is meant is not ours to guess
  if (client === undefined || issuing === undefined || other !== undefined) return undefined;
  if (!pathWithin(issuing, leaf, leaf.notBefore).ok) return undefined;
  const authority = issuing.name;
  const identity = identityOf(leaf, authority);
  if (identity === undefined) return undefined;
  const known = client.identities.some((one) => 'authority' in one && one.authority === authority);
  return {
    text: `client ${client.name}: add to identities ${identity.line}`,
    at: client.at,
    weakens: known
      ? `whoever ${authority} gives this name to is ${client.name}: ask ${client.contact ?? 'the partner'} that it is theirs`
      : `from then on ${authority}, too, decides who is ${client.name}: ask ${client.contact ?? 'the partner'} that it is theirs`,
    change: { key: 'identities', append: identity.line.slice('- '.length) },
    apply: (before) => ({
      ...before,
      clients: before.clients.map((one) =>
        one.name === client.name ? { ...one, identities: [...one.identities, identity.document] } : one,
      ),
    }),
  };
}

/** By the subject; a certificate with an empty one by its first alternative name. */
function identityOf(leaf: Certificate, authority: string) {
  if (leaf.subject.rdns.length > 0) {
    const document = {
      kind: 'subject',
      authority,
      subject: formatName(leaf.subject),
      subjectKey: leaf.subject.key,
    } as const;
    return { line: subjectLine(leaf.subject, authority), document };
  }
  for (const name of leaf.subjectAltName ?? []) {
    const line = sanLine(name, authority);
    if (line === undefined || name.kind === 'ip') continue;
    if (name.kind !== 'dns' && name.kind !== 'uri' && name.kind !== 'email') continue;
    const san = { kind: name.kind, value: parseSan(name.kind, name.value) };
    return { line, document: { kind: 'san', authority, san } as const };
  }
  return undefined;
}

function issuerEdit(document: RegistryDocument, leaf: Certificate, name: string): Edit | undefined {
  const authority = loadRegistry(document).authorities.get(name);
  const issuers = authority?.certificates.filter(({ subject }) => subject.key === leaf.issuer.key) ?? [];
  const [issuer, other] = issuers;
  if (authority === undefined || issuer === undefined || other !== undefined) return undefined;
  const named = [...authority.issuers, issuer].map((ca) => `'${nameTextOf(ca.subject).replaceAll("'", "''")}'`);
  return {
    text: `authority ${name}: add ${formatName(issuer.subject)} to issuers`,
    at: authority.at,
    weakens: `every certificate that ${formatName(issuer.subject)} signs under a registered name is that client from then on`,
    // the whole list: without the key in the file a default stands for it
    change: { key: 'issuers', set: `[${named.join(', ')}]` },
    apply: (before) => ({
      ...before,
      authorities: before.authorities.map((one) =>
        one.name === name ? { ...one, issuers: [...one.issuers, issuer.sha256] } : one,
      ),
    }),
  };
}
