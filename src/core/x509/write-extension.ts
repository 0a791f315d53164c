import { createHash, type KeyObject } from 'node:crypto';
import { oid } from './oid.ts';
import {
  bitString,
  boolean,
  integer,
  namedBits,
  objectIdentifier,
  octetString,
  sequence,
  text,
  tlv,
} from './write-der.ts';

/** One extension to put into a certificate; `value` is what goes inside the OCTET STRING. */
export interface ExtensionSpec {
  readonly oid: string;
  readonly critical?: boolean;
  readonly value: Uint8Array;
}

/** A GeneralName to write: a text kind, or the raw TLV when a test needs one that nobody should write. */
export type GeneralNameSpec =
  | { readonly dns: string }
  | { readonly uri: string }
  | { readonly email: string }
  /** 4 or 16 octets; in name constraints 8 or 32 (address and mask). */
  | { readonly ip: Uint8Array }
  /** DER of a Name. */
  | { readonly directory: Uint8Array }
  | { readonly registeredId: string }
  /** DER of the value. */
  | { readonly other: Uint8Array; readonly oid: string }
  | { readonly raw: Uint8Array };

export function encodeGeneralName(name: GeneralNameSpec): Uint8Array {
  if ('email' in name) return retag(0x81, text(0x16, name.email));
  if ('dns' in name) return retag(0x82, text(0x16, name.dns));
  if ('directory' in name) return tlv(0xa4, name.directory);
  if ('uri' in name) return retag(0x86, text(0x16, name.uri));
  if ('ip' in name) return octetString(name.ip, 0x87);
  if ('registeredId' in name) return objectIdentifier(name.registeredId, 0x88);
  if ('other' in name) return tlv(0xa0, objectIdentifier(name.oid), tlv(0xa0, name.other));
  return name.raw;
}

/** IMPLICIT tagging replaces the identifier octet and nothing else. */
function retag(tag: number, encoded: Uint8Array): Uint8Array {
  return Uint8Array.of(tag, ...encoded.subarray(1));
}

const keyUsageBit = {
  digitalSignature: 0,
  nonRepudiation: 1,
  keyEncipherment: 2,
  dataEncipherment: 3,
  keyAgreement: 4,
  keyCertSign: 5,
  cRLSign: 6,
  encipherOnly: 7,
  decipherOnly: 8,
} as const;

const purposeOid: Readonly<Record<string, string>> = {
  serverAuth: oid.serverAuth,
  clientAuth: oid.clientAuth,
  codeSigning: oid.codeSigning,
  emailProtection: oid.emailProtection,
  any: oid.anyExtendedKeyUsage,
};

/** Key identifier as RFC 7093 §2 method 4 allows: of the whole SubjectPublicKeyInfo, cut to 160 bits. */
function keyIdentifierOf(publicKey: KeyObject): Uint8Array {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20);
}

function subtrees(tag: number, names: readonly GeneralNameSpec[]): Uint8Array[] {
  return names.length === 0 ? [] : [tlv(tag, ...names.map((name) => sequence(encodeGeneralName(name))))];
}

/** The extensions of RFC 5280 §4.2.1, with the criticality that the RFC asks for unless told otherwise. */
export const extension = {
  basicConstraints(ca: boolean, pathLength?: number, critical = true): ExtensionSpec {
    const parts = [...(ca ? [boolean(true)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)])];
    return { oid: oid.basicConstraints, critical, value: sequence(...parts) };
  },
  keyUsage(usages: readonly (keyof typeof keyUsageBit)[], critical = true): ExtensionSpec {
    return { oid: oid.keyUsage, critical, value: namedBits(usages.map((usage) => keyUsageBit[usage])) };
  },
  /** Names of the table above or dotted OIDs. */
  extendedKeyUsage(purposes: readonly string[], critical = false): ExtensionSpec {
    const oids = purposes.map((purpose) => purposeOid[purpose] ?? purpose);
    return { oid: oid.extendedKeyUsage, critical, value: sequence(...oids.map((dotted) => objectIdentifier(dotted))) };
  },
  subjectAltName(names: readonly GeneralNameSpec[], critical = false): ExtensionSpec {
    return { oid: oid.subjectAltName, critical, value: sequence(...names.map(encodeGeneralName)) };
  },
  subjectKeyIdentifier(key: KeyObject | Uint8Array): ExtensionSpec {
    return {
      oid: oid.subjectKeyIdentifier,
      value: octetString(key instanceof Uint8Array ? key : keyIdentifierOf(key)),
    };
  },
  authorityKeyIdentifier(key: KeyObject | Uint8Array): ExtensionSpec {
    const identifier = key instanceof Uint8Array ? key : keyIdentifierOf(key);
    return { oid: oid.authorityKeyIdentifier, value: sequence(octetString(identifier, 0x80)) };
  },
  nameConstraints(
    constraints: { readonly permitted?: readonly GeneralNameSpec[]; readonly excluded?: readonly GeneralNameSpec[] },
    critical = true,
  ): ExtensionSpec {
    const parts = [...subtrees(0xa0, constraints.permitted ?? []), ...subtrees(0xa1, constraints.excluded ?? [])];
    return { oid: oid.nameConstraints, critical, value: sequence(...parts) };
  },
  certificatePolicies(oids: readonly string[], critical = false): ExtensionSpec {
    return {
      oid: oid.certificatePolicies,
      critical,
      value: sequence(...oids.map((dotted) => sequence(objectIdentifier(dotted)))),
    };
  },
  policyMappings(pairs: readonly (readonly [issuer: string, subject: string])[], critical = true): ExtensionSpec {
    const mapped = pairs.map(([issuer, subject]) => sequence(objectIdentifier(issuer), objectIdentifier(subject)));
    return { oid: oid.policyMappings, critical, value: sequence(...mapped) };
  },
  policyConstraints(
    skip: { readonly requireExplicitPolicy?: number; readonly inhibitPolicyMapping?: number },
    critical = true,
  ): ExtensionSpec {
    const parts = [
      ...(skip.requireExplicitPolicy === undefined ? [] : [integer(skip.requireExplicitPolicy, 0x80)]),
      ...(skip.inhibitPolicyMapping === undefined ? [] : [integer(skip.inhibitPolicyMapping, 0x81)]),
    ];
    return { oid: oid.policyConstraints, critical, value: sequence(...parts) };
  },
  inhibitAnyPolicy(skipCertificates: number, critical = true): ExtensionSpec {
    return { oid: oid.inhibitAnyPolicy, critical, value: integer(skipCertificates) };
  },
  crlDistributionPoints(urls: readonly string[], critical = false): ExtensionSpec {
    const points = urls.map((uri) => sequence(tlv(0xa0, tlv(0xa0, encodeGeneralName({ uri })))));
    return { oid: oid.crlDistributionPoints, critical, value: sequence(...points) };
  },
  raw(dotted: string, value: Uint8Array, critical = false): ExtensionSpec {
    return { oid: dotted, critical, value };
  },
};

/** The Extensions field of a certificate, [3] EXPLICIT. */
export function encodeExtensions(extensions: readonly ExtensionSpec[]): Uint8Array {
  return tlv(0xa3, extensionSequence(extensions));
}

/** Extensions; DEFAULT FALSE is left out as DER demands. */
export function extensionSequence(extensions: readonly ExtensionSpec[]): Uint8Array {
  const encoded = extensions.map(({ oid: dotted, critical, value }) =>
    sequence(objectIdentifier(dotted), ...(critical === true ? [boolean(true)] : []), octetString(value)),
  );
  return sequence(...encoded);
}

/** A unique identifier of version 2 and 3 certificates: [1] issuer, [2] subject (RFC 5280 §4.1.2.8). */
export function uniqueIdentifier(whose: 'issuer' | 'subject', bits: Uint8Array): Uint8Array {
  return bitString(bits, 0, whose === 'issuer' ? 0x81 : 0x82);
}
