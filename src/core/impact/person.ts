import type { Identity, Registry } from '../registry/registry.ts';
import { describeIdentity } from '../release/plan.ts';
import { formatAddress, parseAddress } from '../request/address.ts';
import type { Certificate, GeneralName } from '../x509/certificate.ts';
import type { Name } from '../x509/name.ts';
import { parseNameText } from '../x509/name-text.ts';

/**
 * Somebody who is registered, as a certificate that could be theirs: one identity under one issuer. Its names, key and issuer
 * are what the registry knows; whatever it does not know is as good as it can be.
 */
export interface Person {
  readonly client: string;
  readonly identity: Identity;
  /** The CA that signs it; absent when the certificate itself is registered, and then `leaf` is that one. */
  readonly issuer?: Certificate;
  readonly leaf: Certificate;
}

/** Stands for each `*` of a glob: nobody is called that. */
const anybody = 'sallyport-anybody';

/**
 * Everybody whom a registry knows, under each CA that may sign them.
 *
 * @param keyIssuers CAs that a key which is registered without an authority is looked at under
 */
export function* peopleOf(registry: Registry, keyIssuers: readonly Certificate[]): Generator<Person> {
  for (const client of registry.clients.values()) {
    for (const identity of client.identities) {
      if (identity.withdrawn === true) continue;
      if (identity.kind === 'certificate') {
        yield { client: client.name, identity, leaf: identity.certificate };
        continue;
      }
      const issuers =
        identity.authority === undefined ? keyIssuers : (registry.authorities.get(identity.authority)?.issuers ?? []);
      const names = namesOf(identity);
      for (const issuer of issuers)
        yield { client: client.name, identity, issuer, leaf: leafOf(names, issuer, identity) };
    }
  }
}

/** For people, without the CA. */
export const textOf = ({ identity }: Person): string => describeIdentity(identity);

interface Names {
  readonly subject: Name;
  readonly subjectAltName?: readonly GeneralName[];
}

const noName: Name = { der: new Uint8Array(0), rdns: [], key: '' };

function namesOf(identity: Identity): Names {
  switch (identity.kind) {
    case 'subject': {
      const subject = nameFrom(identity.subject);
      return {
        subject: subject?.key === identity.subjectKey ? subject : { ...noName, key: identity.subjectKey },
      };
    }
    case 'subject-glob':
      return { subject: nameFrom(identity.subject.replaceAll('*', anybody)) ?? noName };
    case 'san':
      return { subject: noName, subjectAltName: [generalNameOf(identity.san.kind, identity.san.value)] };
    case 'san-glob':
      return {
        subject: noName,
        subjectAltName: [generalNameOf(identity.san.kind, identity.san.value.replaceAll('*', anybody))],
      };
    default:
      return { subject: noName };
  }
}

/** As it was printed by `formatName`; what does not read back is known by its key alone. */
function nameFrom(text: string): Name | undefined {
  try {
    return parseNameText(`rfc4514:${text}`);
  } catch {
    return undefined;
  }
}

function generalNameOf(kind: 'dns' | 'uri' | 'email' | 'ip', value: string): GeneralName {
  if (kind !== 'ip') return { kind, value };
  const bytes = parseAddress(value) ?? new Uint8Array(4);
  return { kind, value: bytes, text: formatAddress(bytes) };
}

/** Somebody of this CA, whoever it is. */
export const namelessLeaf = (issuer: Certificate): Certificate => leafOf({ subject: noName }, issuer);

const empty = new Uint8Array(0);

/** Nothing in it can be verified, and nothing that it is given to verifies it: the issuer's hand is taken for granted. */
function leafOf({ subject, subjectAltName }: Names, issuer: Certificate, identity?: Identity): Certificate {
  const key = identity?.kind === 'key' ? identity.spkiSha256 : '';
  return {
    der: empty,
    tbs: empty,
    sha256: '',
    spkiSha256: key,
    version: 3,
    serial: '1',
    issuer: issuer.subject,
    subject,
    selfIssued: false,
    notBefore: Number.NEGATIVE_INFINITY,
    notAfter: Number.POSITIVE_INFINITY,
    publicKey: { algorithm: 'ec', oid: '1.2.840.10045.2.1', curve: 'P-256', spki: empty },
    signatureAlgorithm: { name: 'ecdsa', hash: 'sha256', oid: '1.2.840.10045.4.3.2' },
    signature: empty,
    extensions: [],
    deviations: [],
    unreadable: [],
    ...(subjectAltName === undefined ? {} : { subjectAltName }),
  };
}
