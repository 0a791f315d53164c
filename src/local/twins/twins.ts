import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import type { FrontConfig } from '../../config/front.ts';
import { dayMilliseconds } from '../../core/day.ts';
import type {
  AuthorityDocument,
  ClientDocument,
  IdentityDocument,
  RegistryDocument,
} from '../../core/registry/document.ts';
import { parseAddress } from '../../core/request/address.ts';
import { type Certificate, parseCertificate } from '../../core/x509/certificate.ts';
import { twinMarker } from '../../core/x509/marker.ts';
import { parseNameText } from '../../core/x509/name-text.ts';
import { pemFromDer } from '../../core/x509/pem.ts';
import { verifiesSignature } from '../../core/x509/signature.ts';
import { issueCertificate, type NameSpec } from '../../core/x509/write.ts';
import type { GeneralNameSpec } from '../../core/x509/write-extension.ts';
import { issueLeaf } from './leaf.ts';
import { psd2Extension, rolesOf } from './psd2.ts';
import type { KeySpec, TwinStore } from './store.ts';
import { type TwinToken, twinTokens } from './tokens.ts';
import type { TwinIdentity } from './twin-identity.ts';

export interface Twins {
  /** The front with twin certificates in the place of the real ones; nothing else differs. */
  readonly config: FrontConfig;
  readonly identities: readonly TwinIdentity[];
  readonly tokens: readonly TwinToken[];
  /** The private key of a twin CA, so that the demonstration can issue certificates that must be refused. */
  signingKeyOf(ca: Certificate): KeyObject;
}

const HOUR = 3_600_000;
const LEAF: KeySpec = { type: 'ec', namedCurve: 'P-256' };

/** A CA of the registry and what stands in for it. */
interface TwinCa {
  readonly original: Certificate;
  readonly twin: Certificate;
  readonly key: KeyObject;
}

/**
 * The registry with every key replaced by one of ours: same names, validity, extensions and chain structure, plus the
 * marker that everything outside `dev` refuses. So the front runs as written without a single key of a partner.
 * RSA keys above 2,048 bits become 2,048 (making a 4,096-bit key takes seconds and decides nothing here).
 */
export async function twinFront(config: FrontConfig, means: { store: TwinStore; now(): number }): Promise<Twins> {
  const { store } = means;
  const cas = new Map<string, TwinCa>();
  const authorities = await Promise.all(
    config.registry.authorities.map((authority) => twinAuthority(authority, store, cas)),
  );
  const identities: TwinIdentity[] = [];
  const clients: ClientDocument[] = [];
  for (const client of config.registry.clients) {
    const rewritten: IdentityDocument[] = [];
    for (const [index, identity] of client.identities.entries()) {
      const made = await twinIdentity({ client, index, identity }, config.registry, cas, means);
      identities.push(made.twin);
      rewritten.push(made.document);
    }
    clients.push({ ...client, identities: rewritten });
  }
  const { issuers, tokens } = await twinTokens(config.registry, identities, means);
  store.save();
  const keys = new Map([...cas.values()].map(({ twin, key }) => [twin.spkiSha256, key]));
  return {
    config: {
      ...config,
      registry: {
        ...config.registry,
        authorities,
        clients,
        ...(issuers.length === 0 ? {} : { tokenIssuers: issuers }),
      },
    },
    identities,
    tokens,
    signingKeyOf(ca) {
      const key = keys.get(ca.spkiSha256);
      if (key === undefined) throw new Error('not a twin CA');
      return key;
    },
  };
}

async function twinAuthority(
  authority: AuthorityDocument,
  store: TwinStore,
  cas: Map<string, TwinCa>,
): Promise<AuthorityDocument> {
  const originals = authority.certificates.map((base64) => parseCertificate(Buffer.from(base64, 'base64')));
  const certificates = await Promise.all(
    originals.map(async (original) => {
      const key = await keyOfTwin(original, store);
      const issuer = originals.find((ca) => ca.subject.key === original.issuer.key && verifiesSignature(original, ca));
      // an authority file without the CA above: something has to sign, and the chain has to stay incomplete
      const issuerKey =
        issuer === undefined ? await store.key(`outside:${original.sha256}`, LEAF) : await keyOfTwin(issuer, store);
      const der = store.certificate(
        `ca:${original.sha256}`,
        () => true,
        () => imitate(original, key, issuerKey),
      );
      cas.set(original.sha256, { original, twin: parseCertificate(der), key });
      return Buffer.from(der).toString('base64');
    }),
  );
  const twinsOf = (hashes: readonly string[]) => hashes.map((sha256) => cas.get(sha256)?.twin.sha256 ?? sha256);
  return { ...authority, certificates, issuers: twinsOf(authority.issuers), anchors: twinsOf(authority.anchors) };
}

/** CAs that share a key (cross-certificates) share the twin's, also across authorities. */
function keyOfTwin(original: Certificate, store: TwinStore): Promise<KeyObject> {
  return store.key(`key:${original.spkiSha256}`, keySpecOf(original));
}

function keySpecOf({ publicKey }: Certificate): KeySpec {
  switch (publicKey.algorithm) {
    case 'rsa':
    case 'rsa-pss':
      return { type: publicKey.algorithm, modulusLength: Math.min(publicKey.bits ?? 2048, 2048) };
    case 'ed25519':
    case 'ed448':
      return { type: publicKey.algorithm };
    case 'ec':
      return { type: 'ec', namedCurve: publicKey.curve?.startsWith('P-') === true ? publicKey.curve : 'P-256' };
    default:
      return LEAF;
  }
}

/** The same certificate with another key and another signature; the extensions are copied byte for byte, key identifiers too. */
function imitate(original: Certificate, key: KeyObject, issuerKey: KeyObject): Uint8Array {
  const { hash } = original.signatureAlgorithm;
  return issueCertificate(
    {
      serial: original.serial,
      subject: original.subject,
      issuer: original.issuer,
      notBefore: original.notBefore,
      notAfter: original.notAfter,
      publicKey: createPublicKey(key),
      extensions: [...original.extensions.filter(({ oid }) => oid !== twinMarker.oid), twinMarker],
      // a weak hash stays weak, so that the edge refuses the twin for what it would refuse the original
      signatureHash: hash === 'md5' && issuerKey.asymmetricKeyType === 'ec' ? 'sha1' : hash,
    },
    issuerKey,
  );
}

interface Registered {
  readonly client: ClientDocument;
  readonly index: number;
  readonly identity: IdentityDocument;
}

async function twinIdentity(
  { client, index, identity }: Registered,
  registry: RegistryDocument,
  cas: ReadonlyMap<string, TwinCa>,
  means: { store: TwinStore; now(): number },
): Promise<{ twin: TwinIdentity; document: IdentityDocument }> {
  const authority = authorityOf(identity, registry, cas);
  const issuer = authority === undefined ? undefined : cas.get(issuerSha256Of(identity, authority, cas) ?? '');
  const roles = rolesOf(client, registry);
  // without roles as it was before there were any: what is in the store stays
  const id = digest(JSON.stringify([client.name, identity, issuer?.twin.sha256 ?? null, ...roles]));
  const key = await means.store.key(`key:${id}`, LEAF);
  const now = means.now();
  const der = means.store.certificate(
    `leaf:${id}`,
    (stored) => parseCertificate(stored).notAfter > now + dayMilliseconds,
    () =>
      identity.kind === 'certificate'
        ? imitate(parseCertificate(Buffer.from(identity.certificate, 'base64')), key, issuer?.key ?? key)
        : issueLeaf({
            subject: subjectOf(identity, client.name),
            names: identity.kind === 'san' || identity.kind === 'san-glob' ? [generalNameOf(identity.san)] : [],
            publicKey: createPublicKey(key),
            ...(roles.length === 0 ? {} : { extra: [psd2Extension(roles)] }),
            issuer: issuer?.twin,
            signingKey: issuer?.key ?? key,
            notBefore: now - HOUR,
            notAfter: now + 30 * dayMilliseconds,
            serial: id.slice(0, 16),
          }),
  );
  const certificate = parseCertificate(der);
  const twin: TwinIdentity = {
    client: client.name,
    index,
    ...(authority === undefined ? {} : { authority: authority.name }),
    certificate,
    chainPem: [der, ...chainAbove(issuer, cas)].map((link) => pemFromDer(link)).join(''),
    keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
  return { twin, document: rewrite(identity, certificate) };
}

function rewrite(identity: IdentityDocument, certificate: Certificate): IdentityDocument {
  if (identity.kind === 'certificate') {
    const base64 = Buffer.from(certificate.der).toString('base64');
    return { ...identity, certificate: base64, sha256: certificate.sha256 };
  }
  return identity.kind === 'key' ? { ...identity, spkiSha256: certificate.spkiSha256 } : identity;
}

function authorityOf(
  identity: IdentityDocument,
  registry: RegistryDocument,
  cas: ReadonlyMap<string, TwinCa>,
): AuthorityDocument | undefined {
  if (identity.kind === 'certificate') {
    return registry.authorities.find((authority) => issuerSha256Of(identity, authority, cas) !== undefined);
  }
  if (identity.authority === undefined) return registry.authorities[0]; // a key pinned under no authority: any will do
  return registry.authorities.find(({ name }) => name === identity.authority);
}

/** SHA-256 of the original CA that signs this identity: for an exact certificate the real signer, else the authority's first issuer. */
function issuerSha256Of(
  identity: IdentityDocument,
  authority: AuthorityDocument,
  cas: ReadonlyMap<string, TwinCa>,
): string | undefined {
  if (identity.kind !== 'certificate') return authority.issuers[0];
  const leaf = parseCertificate(Buffer.from(identity.certificate, 'base64'));
  const hashes = authority.certificates.map((base64) => digest(Buffer.from(base64, 'base64')));
  return hashes.find((sha256) => {
    const ca = cas.get(sha256)?.original;
    return ca !== undefined && ca.subject.key === leaf.issuer.key && verifiesSignature(leaf, ca);
  });
}

function subjectOf(identity: Exclude<IdentityDocument, { kind: 'certificate' }>, client: string): NameSpec {
  if (identity.kind === 'subject') return parseNameText(identity.subject);
  if (identity.kind === 'subject-glob') return parseNameText(identity.subject.replaceAll('*', 'twin'));
  return [
    [{ type: 'O', value: 'Sallyport twin' }],
    [{ type: 'OU', value: identity.kind }],
    [{ type: 'CN', value: client }],
  ];
}

/** Of a glob one name that it matches. */
function generalNameOf({ kind, value }: Extract<IdentityDocument, { kind: 'san' }>['san']): GeneralNameSpec {
  const san = { kind, value: value.replaceAll('*', 'twin') };
  switch (san.kind) {
    case 'dns':
      return { dns: san.value };
    case 'uri':
      return { uri: san.value };
    case 'email':
      return { email: san.value };
    case 'ip':
      return { ip: parseAddress(san.value) ?? new Uint8Array(4) };
  }
}

/** The twins between an issuer and its root, without the root: what a partner sends beside its own certificate. */
function chainAbove(issuer: TwinCa | undefined, cas: ReadonlyMap<string, TwinCa>): Uint8Array[] {
  const chain: Uint8Array[] = [];
  for (let ca = issuer; ca !== undefined && !ca.original.selfIssued && chain.length < 5; ) {
    const below: TwinCa = ca;
    chain.push(below.twin.der);
    ca = [...cas.values()].find(
      (above) =>
        above.original.subject.key === below.original.issuer.key && verifiesSignature(below.original, above.original),
    );
  }
  return chain;
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
