import type { KeyObject } from 'node:crypto';
import { oid } from './oid.ts';
import { type CertificateSpec, encodeName, type NameSpec, type RemoteSigner, signedBy, signerOf } from './write.ts';
import { integer, namedBits, sequence, time, tlv } from './write-der.ts';
import { type ExtensionSpec, encodeGeneralName, extensionSequence, type GeneralNameSpec } from './write-extension.ts';

interface EntrySpec {
  /** Hex digits. */
  readonly serial: string;
  /** Milliseconds since the epoch. */
  readonly revokedAt: number;
  /** CRLReason (RFC 5280 §5.3.1). */
  readonly reason?: number;
  readonly extensions?: readonly ExtensionSpec[];
}

/** Which field of TBSCertList a test replaces by bytes of its own; `entries` is revokedCertificates as a whole. */
type ListField =
  | 'version'
  | 'signature'
  | 'issuer'
  | 'thisUpdate'
  | 'nextUpdate'
  | 'entries'
  | 'extensions'
  | 'afterAll';

export interface ListSpec extends Pick<CertificateSpec, 'signatureHash' | 'pss' | 'outerAlgorithm' | 'alterSignature'> {
  readonly issuer: NameSpec;
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number;
  /** Absent: left out, which RFC 5280 §5.1.2.5 forbids. */
  readonly nextUpdate?: number;
  /** Entries, or their DER one after the other. */
  readonly revoked?: readonly EntrySpec[] | Uint8Array;
  /** Absent or empty: no extensions field at all. */
  readonly extensions?: readonly ExtensionSpec[];
  /** Default 2. */
  readonly version?: 1 | 2;
  readonly replace?: Partial<Readonly<Record<ListField, Uint8Array>>>;
}

/** The extensions of RFC 5280 §5.2 and §5.3 that only lists have, with the criticality that the RFC asks for. */
export const listExtension = {
  crlNumber(value: number | string): ExtensionSpec {
    return { oid: oid.crlNumber, value: integer(value) };
  },
  deltaCrlIndicator(base: number | string, critical = true): ExtensionSpec {
    return { oid: oid.deltaCrlIndicator, critical, value: integer(base) };
  },
  issuingDistributionPoint(
    point: {
      readonly fullName?: readonly GeneralNameSpec[];
      /** DER of the contents of the one SET: AttributeTypeAndValue. */
      readonly relativeName?: Uint8Array;
      readonly onlyContainsUserCerts?: boolean;
      readonly onlyContainsCaCerts?: boolean;
      /** Bits of ReasonFlags. */
      readonly onlySomeReasons?: readonly number[];
      readonly indirect?: boolean;
      readonly onlyContainsAttributeCerts?: boolean;
    },
    critical = true,
  ): ExtensionSpec {
    const flag = (tag: number, set: boolean | undefined) => (set === true ? [Uint8Array.of(tag, 1, 0xff)] : []);
    const parts = [
      ...(point.fullName === undefined ? [] : [tlv(0xa0, tlv(0xa0, ...point.fullName.map(encodeGeneralName)))]),
      ...(point.relativeName === undefined ? [] : [tlv(0xa0, tlv(0xa1, point.relativeName))]),
      ...flag(0x81, point.onlyContainsUserCerts),
      ...flag(0x82, point.onlyContainsCaCerts),
      ...(point.onlySomeReasons === undefined
        ? []
        : [Uint8Array.of(0x83, ...namedBits(point.onlySomeReasons).subarray(1))]),
      ...flag(0x84, point.indirect),
      ...flag(0x85, point.onlyContainsAttributeCerts),
    ];
    return { oid: oid.issuingDistributionPoint, critical, value: sequence(...parts) };
  },
  reasonCode(reason: number): ExtensionSpec {
    return { oid: oid.reasonCode, value: Uint8Array.of(0x0a, 1, reason) };
  },
};

/** DER of one entry of revokedCertificates. */
export function encodeEntry({ serial, revokedAt, reason, extensions = [] }: EntrySpec): Uint8Array {
  const all = [...(reason === undefined ? [] : [listExtension.reasonCode(reason)]), ...extensions];
  return sequence(integer(serial), time(revokedAt), ...(all.length === 0 ? [] : [extensionSequence(all)]));
}

/**
 * DER of a revocation list, signed with `signingKey` (private). Writes what it is told, also what RFC 5280 forbids. Throws
 * a plain Error on a key that cannot sign.
 */
export function issueList(spec: ListSpec, signingKey: KeyObject): Uint8Array {
  const signer = signerOf(spec, signingKey);
  const tbs = listToSign(spec, signer.algorithm);
  return signedBy(spec, tbs, signer.algorithm, signer.sign(tbs));
}

/** The same, signed by a key that is somewhere else. */
export async function issueListBy(spec: ListSpec, signer: RemoteSigner): Promise<Uint8Array> {
  const tbs = listToSign(spec, signer.algorithm);
  return signedBy(spec, tbs, signer.algorithm, await signer.sign(tbs));
}

function listToSign(spec: ListSpec, algorithm: Uint8Array): Uint8Array {
  const { revoked = [], extensions = [] } = spec;
  const entries = revoked instanceof Uint8Array ? revoked : Buffer.concat(revoked.map(encodeEntry));
  const nothing = new Uint8Array();
  const fields: Record<ListField, Uint8Array> = {
    // version 1 is not written (RFC 5280 §5.1.2.1)
    version: spec.version === 1 ? nothing : integer(1),
    signature: algorithm,
    issuer: encodeName(spec.issuer),
    thisUpdate: time(spec.thisUpdate),
    nextUpdate: spec.nextUpdate === undefined ? nothing : time(spec.nextUpdate),
    entries: entries.length === 0 ? nothing : sequence(entries),
    extensions: extensions.length === 0 ? nothing : tlv(0xa0, extensionSequence(extensions)),
    afterAll: nothing,
    ...spec.replace,
  };
  return sequence(...Object.values(fields));
}
