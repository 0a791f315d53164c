import { constants, type KeyObject, sign } from 'node:crypto';
import { attributeTypeOf, oid } from './oid.ts';
import {
  bitString,
  integer,
  nullValue,
  objectIdentifier,
  sequence,
  setOf,
  stringTag,
  text,
  time,
  tlv,
} from './write-der.ts';
import { type ExtensionSpec, encodeExtensions } from './write-extension.ts';

export { extension } from './write-extension.ts';

/** A Name to write: anything that carries its DER (a parsed `Name` does), or RDNs; each inner array is one RDN, several attributes in it make it multi-valued. */
export type NameSpec = { readonly der: Uint8Array } | readonly (readonly AttributeSpec[])[];

/** `type` is a dotted OID or any name of one; `tag` chooses the string type (default: as RFC 5280 §4.1.2.4 wants). */
export interface AttributeSpec {
  readonly type: string;
  readonly value: string;
  readonly tag?: number;
}

export type SigningHash = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

/** Which field of TBSCertificate a test replaces by bytes of its own. */
export type TbsField =
  | 'version'
  | 'serial'
  | 'signature'
  | 'issuer'
  | 'validity'
  | 'subject'
  | 'publicKey'
  | 'uniqueIdentifiers'
  | 'extensions';

export interface CertificateSpec {
  /** Hex digits. */
  readonly serial: string;
  readonly subject: NameSpec;
  readonly issuer: NameSpec;
  /** Milliseconds since the epoch, both inclusive. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: KeyObject;
  /** Absent or empty: no extensions field at all. */
  readonly extensions?: readonly ExtensionSpec[];
  /** Default 3. */
  readonly version?: 1 | 2 | 3;
  /** Default: SHA-256; SHA-384 under P-384, SHA-512 under P-521. Ed25519 has none. */
  readonly signatureHash?: SigningHash;
  /** RSASSA-PSS instead of PKCS#1 v1.5; the salt is as long as the hash unless given. A key of type rsa-pss always signs so. */
  readonly pss?: boolean | { readonly saltLength: number };
  /** Raw DER in place of fields of TBSCertificate: the way to a certificate that breaks a rule on purpose. */
  readonly replace?: Partial<Readonly<Record<TbsField, Uint8Array>>>;
  /** Raw DER of the outer signatureAlgorithm, to make it differ from the inner one. */
  readonly outerAlgorithm?: Uint8Array;
  /** Changes the signature's octets after signing. */
  readonly alterSignature?: (signature: Uint8Array) => Uint8Array;
}

/** country and serialNumber are PrintableString, domainComponent and emailAddress IA5String, the rest UTF8String. */
function usualTag(type: string): number {
  if (type === oid.country || type === oid.serialNumber) return stringTag.printable;
  if (type === oid.domainComponent || type === oid.emailAddress) return stringTag.ia5;
  return stringTag.utf8;
}

/** DER of a Name. */
export function encodeName(name: NameSpec): Uint8Array {
  if ('der' in name) return name.der;
  const rdns = name.map((attributes) => {
    const encoded = attributes.map(({ type, value, tag }) => {
      const dotted = attributeTypeOf(type);
      if (dotted === undefined) throw new Error(`unknown attribute type ${type}`);
      return sequence(objectIdentifier(dotted), text(tag ?? usualTag(dotted), value));
    });
    return setOf(...encoded);
  });
  return sequence(...rdns);
}

const hashOid: Readonly<Record<Exclude<SigningHash, 'md5'>, string>> = {
  sha1: oid.sha1,
  sha224: oid.sha224,
  sha256: oid.sha256,
  sha384: oid.sha384,
  sha512: oid.sha512,
};
const hashOctets: Readonly<Record<SigningHash, number>> = {
  md5: 16,
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};
const rsaOid: Readonly<Record<SigningHash, string>> = {
  md5: oid.md5WithRsa,
  sha1: oid.sha1WithRsa,
  sha224: oid.sha224WithRsa,
  sha256: oid.sha256WithRsa,
  sha384: oid.sha384WithRsa,
  sha512: oid.sha512WithRsa,
};
const ecdsaOid: Readonly<Record<Exclude<SigningHash, 'md5'>, string>> = {
  sha1: oid.ecdsaWithSha1,
  sha224: oid.ecdsaWithSha224,
  sha256: oid.ecdsaWithSha256,
  sha384: oid.ecdsaWithSha384,
  sha512: oid.ecdsaWithSha512,
};

export interface Signer {
  /** AlgorithmIdentifier, DER. */
  readonly algorithm: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** A private key that is somewhere else: in KMS, in hardware. It signs as `signatureAlgorithmOf` its public key says. */
export interface RemoteSigner {
  readonly algorithm: Uint8Array;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** AlgorithmIdentifier, DER, of what this key signs without other wishes: SHA-256, SHA-384 with P-384; RSA as PKCS#1 v1.5. */
export function signatureAlgorithmOf(publicKey: KeyObject): Uint8Array {
  const hash = usualHash(publicKey);
  const { asymmetricKeyType: type } = publicKey;
  if (type === 'rsa') return sequence(objectIdentifier(rsaOid[hash]), nullValue());
  if (type === 'ec' && hash !== 'md5') return sequence(objectIdentifier(ecdsaOid[hash]));
  throw new Error(`cannot sign certificates with a key of type ${type}`);
}

/** How a private key signs certificates and lists. Throws a plain Error on a key that cannot. */
export function signerOf(spec: Pick<CertificateSpec, 'signatureHash' | 'pss'>, key: KeyObject): Signer {
  const type = key.asymmetricKeyType;
  if (type === 'ed25519' || type === 'ed448') {
    return { algorithm: sequence(objectIdentifier(oid[type])), sign: (message) => sign(null, message, key) };
  }
  const hash = spec.signatureHash ?? usualHash(key);
  if (type === 'ec') {
    if (hash === 'md5') throw new Error('there is no ECDSA with MD5');
    return {
      algorithm: sequence(objectIdentifier(ecdsaOid[hash])),
      sign: (message) => sign(hash, message, { key, dsaEncoding: 'der' }),
    };
  }
  if (type !== 'rsa' && type !== 'rsa-pss') throw new Error(`cannot sign certificates with a key of type ${type}`);
  if (type === 'rsa' && (spec.pss === undefined || spec.pss === false)) {
    return {
      algorithm: sequence(objectIdentifier(rsaOid[hash]), nullValue()),
      sign: (message) => sign(hash, message, { key, padding: constants.RSA_PKCS1_PADDING }),
    };
  }
  const saltLength = typeof spec.pss === 'object' ? spec.pss.saltLength : hashOctets[hash];
  return {
    algorithm: pssAlgorithm(hash, saltLength),
    sign: (message) => sign(hash, message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
  };
}

function usualHash(key: KeyObject): SigningHash {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve === 'secp384r1') return 'sha384';
  return curve === 'secp521r1' ? 'sha512' : 'sha256';
}

/** AlgorithmIdentifier of RSASSA-PSS (RFC 4055 §3.1); MGF1 uses `maskHash`, by default the same hash. */
export function pssAlgorithm(hash: SigningHash, saltLength: number, maskHash: SigningHash = hash): Uint8Array {
  const hashAlgorithm = (name: SigningHash) => {
    if (name === 'md5') throw new Error('there is no RSASSA-PSS with MD5');
    return sequence(objectIdentifier(hashOid[name]), nullValue());
  };
  // Values equal to their DEFAULT are left out, as DER demands: SHA-1, MGF1 with SHA-1, 20 octets of salt.
  const parameters = sequence(
    ...(hash === 'sha1' ? [] : [tlv(0xa0, hashAlgorithm(hash))]),
    ...(maskHash === 'sha1' ? [] : [tlv(0xa1, sequence(objectIdentifier(oid.mgf1), hashAlgorithm(maskHash)))]),
    ...(saltLength === 20 ? [] : [tlv(0xa2, integer(saltLength))]),
  );
  return sequence(objectIdentifier(oid.rsaPss), parameters);
}

/**
 * DER of a certificate, signed with `signingKey` (private). Writes what it is told, also what RFC 5280 forbids:
 * tests break certificates on purpose. Throws a plain Error on a key that cannot sign.
 */
export function issueCertificate(spec: CertificateSpec, signingKey: KeyObject): Uint8Array {
  const signer = signerOf(spec, signingKey);
  const tbs = certificateToSign(spec, signer.algorithm);
  return signedBy(spec, tbs, signer.algorithm, signer.sign(tbs));
}

/** The same, signed by a key that is somewhere else. */
export async function issueCertificateBy(spec: CertificateSpec, signer: RemoteSigner): Promise<Uint8Array> {
  const tbs = certificateToSign(spec, signer.algorithm);
  return signedBy(spec, tbs, signer.algorithm, await signer.sign(tbs));
}

function certificateToSign(spec: CertificateSpec, algorithm: Uint8Array): Uint8Array {
  const version = spec.version ?? 3;
  const fields: Record<TbsField, Uint8Array> = {
    // version 1 is the DEFAULT, so DER leaves it out
    version: version === 1 ? new Uint8Array() : tlv(0xa0, integer(version - 1)),
    serial: integer(spec.serial),
    signature: algorithm,
    issuer: encodeName(spec.issuer),
    validity: sequence(time(spec.notBefore), time(spec.notAfter)),
    subject: encodeName(spec.subject),
    publicKey: spec.publicKey.export({ type: 'spki', format: 'der' }),
    uniqueIdentifiers: new Uint8Array(),
    extensions:
      spec.extensions === undefined || spec.extensions.length === 0
        ? new Uint8Array()
        : encodeExtensions(spec.extensions),
    ...spec.replace,
  };
  return sequence(...Object.values(fields));
}

/** What was signed, how, and the signature: a certificate or a list. */
export function signedBy(
  spec: Pick<CertificateSpec, 'alterSignature' | 'outerAlgorithm'>,
  toSign: Uint8Array,
  algorithm: Uint8Array,
  signature: Uint8Array,
): Uint8Array {
  const written = spec.alterSignature === undefined ? signature : spec.alterSignature(signature);
  return sequence(toSign, spec.outerAlgorithm ?? algorithm, bitString(written));
}
