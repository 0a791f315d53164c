import { hash } from 'node:crypto';
import { DerCursor, tag } from './der.ts';
import type { Deviation } from './deviation.ts';
import {
  type Extension,
  type KnownExtensions,
  type ReadExtensions,
  readExtensions,
  type UnreadableExtension,
} from './extensions.ts';
import {
  type PublicKeyInfo,
  readPublicKey,
  readSignatureAlgorithm,
  type SignatureAlgorithm,
} from './fields/algorithm.ts';
import { readValidity } from './fields/validity.ts';
import { type Name, readName } from './name.ts';
import { oid } from './oid.ts';

export type { Deviation } from './deviation.ts';
export type { GeneralName } from './extensions/general-name.ts';
export type { PublicKeyInfo } from './fields/algorithm.ts';

/** A parsed certificate: whatever holds a value of this type holds strict DER that RFC 5280 allows, except for `deviations`. */
export interface Certificate extends KnownExtensions {
  readonly der: Uint8Array;
  readonly tbs: Uint8Array;
  /** Lower-case hex, computed when first asked for. */
  readonly sha256: string;
  readonly spkiSha256: string;
  readonly version: 1 | 2 | 3;
  /** Lower-case hex without leading zeros, `-` in front of a negative one; empty when it is no number at all. */
  readonly serial: string;
  readonly issuer: Name;
  readonly subject: Name;
  readonly selfIssued: boolean;
  /** Milliseconds since the epoch, both inclusive (RFC 5280 §4.1.2.5). */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: PublicKeyInfo;
  /** `other` when the two places that name it differ, so that nothing verifies (RFC 5280 §4.1.1.2). */
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
  readonly extensions: readonly Extension[];
  readonly deviations: readonly Deviation[];
  /** Extensions that could not be read and that not every decision needs: what does need one is refused, by name. */
  readonly unreadable: readonly UnreadableExtension[];
}

const maxOctets = 65_536;
const code = 'certificate_malformed';

/** Parses one DER certificate of at most 64 KiB. ProblemError `certificate_malformed` on anything else. The bytes are kept, not copied. */
export function parseCertificate(der: Uint8Array): Certificate {
  const cursor = new DerCursor(der, code);
  if (der.length > maxOctets) cursor.fail(`a certificate of more than ${maxOctets} bytes`);
  const certificate = cursor.enter(tag.sequence, 'the certificate');
  const tbsStart = cursor.at;
  const fields = readTbs(cursor);
  const tbsStop = cursor.at;
  const signatureAlgorithm = readOuterAlgorithm(cursor, fields);
  const unused = cursor.bitString('the signature');
  if (unused !== 0) cursor.fail('the signature is not whole bytes');
  const { start, stop } = cursor;
  cursor.leave(certificate);
  cursor.finish();
  return new ParsedCertificate(der, fields, signatureAlgorithm, tbsStart, tbsStop, start, stop);
}

interface TbsFields {
  readonly version: 1 | 2 | 3;
  readonly serial: string;
  readonly algorithm: SignatureAlgorithm;
  readonly algorithmStart: number;
  readonly algorithmStop: number;
  readonly issuer: Name;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly subject: Name;
  readonly publicKey: PublicKeyInfo;
  readonly extensions: ReadExtensions | undefined;
  readonly deviations: Deviation[];
}

/** TBSCertificate, RFC 5280 §4.1. */
function readTbs(cursor: DerCursor): TbsFields {
  const outer = cursor.enter(tag.sequence, 'tbsCertificate');
  const deviations: Deviation[] = [];
  const version = readVersion(cursor);
  const serial = readSerial(cursor, deviations);
  const algorithmStart = cursor.at;
  const algorithm = readSignatureAlgorithm(cursor);
  const algorithmStop = cursor.at;
  const issuer = readName(cursor, 'the issuer');
  const { notBefore, notAfter } = readValidity(cursor);
  const subject = readName(cursor, 'the subject');
  const publicKey = readPublicKey(cursor);
  for (const field of [0x81, 0x82]) {
    if (cursor.peek() !== field) continue;
    if (version === 1) cursor.fail('a unique identifier in a version 1 certificate');
    cursor.bitString('a unique identifier', field);
  }
  let extensions: ReadExtensions | undefined;
  if (cursor.peek() === 0xa3) {
    if (version !== 3) cursor.fail('extensions in a certificate that is not version 3');
    const explicit = cursor.enter(0xa3, 'the extensions');
    extensions = readExtensions(cursor);
    cursor.leave(explicit);
    if (extensions.unreadable.subjectKeyIdentifier) deviations.push('subject_key_identifier_unreadable');
    if (extensions.unreadable.authorityKeyIdentifier) deviations.push('authority_key_identifier_unreadable');
    if (extensions.unread.length > 0) deviations.push('extension_unreadable');
  }
  if (cursor.deviations !== undefined) deviations.push(...cursor.deviations);
  cursor.leave(outer);
  checkEmptySubject(cursor, subject, extensions);
  return {
    version,
    serial,
    algorithm,
    algorithmStart,
    algorithmStop,
    issuer,
    notBefore,
    notAfter,
    subject,
    publicKey,
    extensions,
    deviations,
  };
}

function readVersion(cursor: DerCursor): 1 | 2 | 3 {
  if (cursor.peek() !== 0xa0) return 1;
  const explicit = cursor.enter(0xa0, 'the version');
  const version = cursor.smallInteger('the version', 2);
  cursor.leave(explicit);
  if (version === 0) cursor.fail('version 1 in writing, which DER leaves out');
  return version === 1 ? 2 : 3;
}

/** RFC 5280 §4.1.2.2 wants a positive INTEGER of at most 20 octets and asks readers to be lenient. */
function readSerial(cursor: DerCursor, deviations: Deviation[]): string {
  const found = cursor.next();
  if (found !== tag.integer) {
    if (found !== tag.null) cursor.fail('the serial number is not an INTEGER');
    deviations.push('serial_not_integer');
    return '';
  }
  const { start, stop } = cursor;
  if (start === stop) cursor.fail('the serial number is an empty INTEGER');
  const first = cursor.byteAt(start);
  const second = cursor.byteAt(start + 1);
  const negative = first >= 0x80;
  if (stop - start > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    deviations.push('serial_not_minimal');
  }
  if (stop - start > 20) deviations.push('serial_too_long');
  if (negative) {
    deviations.push('serial_not_positive');
    const octets = BigInt(stop - start) * 8n;
    return `-${((1n << octets) - BigInt(`0x${cursor.hex()}`)).toString(16)}`;
  }
  const hex = cursor.hex().replace(/^0+/, '');
  if (hex !== '') return hex;
  deviations.push('serial_not_positive');
  return '0';
}

/** RFC 5280 §4.1.2.6: without a subject, a subjectAltName must say it and be critical. */
function checkEmptySubject(cursor: DerCursor, subject: Name, extensions: ReadExtensions | undefined): void {
  if (subject.rdns.length > 0 || extensions?.known.subjectAltName === undefined) return;
  for (const extension of extensions.list) {
    if (extension.oid === oid.subjectAltName && !extension.critical)
      cursor.fail('no subject, and a subjectAltName that is not critical');
  }
}

/** The outer algorithm must repeat the inner one octet by octet; else nothing may verify. */
function readOuterAlgorithm(cursor: DerCursor, fields: TbsFields): SignatureAlgorithm {
  const { bytes } = cursor;
  const from = cursor.at;
  cursor.expect(tag.sequence, 'the signature algorithm');
  const length = cursor.at - from;
  let same = length === fields.algorithmStop - fields.algorithmStart;
  for (let index = 0; same && index < length; index += 1) {
    same = bytes[from + index] === bytes[fields.algorithmStart + index];
  }
  if (same) return fields.algorithm;
  fields.deviations.push('signature_algorithms_differ');
  return { name: 'other', oid: fields.algorithm.oid };
}

const none: KnownExtensions = {};
const allRead: readonly UnreadableExtension[] = [];

class ParsedCertificate implements Certificate {
  readonly der: Uint8Array;
  readonly version: 1 | 2 | 3;
  readonly serial: string;
  readonly issuer: Name;
  readonly subject: Name;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: PublicKeyInfo;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly extensions: readonly Extension[];
  readonly deviations: readonly Deviation[];
  readonly unreadable: readonly UnreadableExtension[];
  readonly basicConstraints: KnownExtensions['basicConstraints'];
  readonly keyUsage: KnownExtensions['keyUsage'];
  readonly extendedKeyUsage: KnownExtensions['extendedKeyUsage'];
  readonly subjectAltName: KnownExtensions['subjectAltName'];
  readonly issuerAltName: KnownExtensions['issuerAltName'];
  readonly subjectKeyIdentifier: KnownExtensions['subjectKeyIdentifier'];
  readonly authorityKeyIdentifier: KnownExtensions['authorityKeyIdentifier'];
  readonly certificatePolicies: KnownExtensions['certificatePolicies'];
  readonly policyMappings: KnownExtensions['policyMappings'];
  readonly policyConstraints: KnownExtensions['policyConstraints'];
  readonly inhibitAnyPolicy: KnownExtensions['inhibitAnyPolicy'];
  readonly nameConstraints: KnownExtensions['nameConstraints'];
  readonly crlDistributionPoints: KnownExtensions['crlDistributionPoints'];
  readonly freshestCrl: KnownExtensions['freshestCrl'];
  readonly authorityInfoAccess: KnownExtensions['authorityInfoAccess'];
  readonly subjectInfoAccess: KnownExtensions['subjectInfoAccess'];
  readonly qcStatements: KnownExtensions['qcStatements'];
  readonly #tbsStart: number;
  readonly #tbsStop: number;
  readonly #signatureStart: number;
  readonly #signatureStop: number;
  #sha256: string | undefined;
  #spkiSha256: string | undefined;

  constructor(
    der: Uint8Array,
    fields: TbsFields,
    signatureAlgorithm: SignatureAlgorithm,
    tbsStart: number,
    tbsStop: number,
    signatureStart: number,
    signatureStop: number,
  ) {
    const known = fields.extensions?.known ?? none;
    this.der = der;
    this.version = fields.version;
    this.serial = fields.serial;
    this.issuer = fields.issuer;
    this.subject = fields.subject;
    this.notBefore = fields.notBefore;
    this.notAfter = fields.notAfter;
    this.publicKey = fields.publicKey;
    this.signatureAlgorithm = signatureAlgorithm;
    this.extensions = fields.extensions?.list ?? [];
    this.deviations = fields.deviations;
    this.unreadable = fields.extensions?.unread ?? allRead;
    this.basicConstraints = known.basicConstraints;
    this.keyUsage = known.keyUsage;
    this.extendedKeyUsage = known.extendedKeyUsage;
    this.subjectAltName = known.subjectAltName;
    this.issuerAltName = known.issuerAltName;
    this.subjectKeyIdentifier = known.subjectKeyIdentifier;
    this.authorityKeyIdentifier = known.authorityKeyIdentifier;
    this.certificatePolicies = known.certificatePolicies;
    this.policyMappings = known.policyMappings;
    this.policyConstraints = known.policyConstraints;
    this.inhibitAnyPolicy = known.inhibitAnyPolicy;
    this.nameConstraints = known.nameConstraints;
    this.crlDistributionPoints = known.crlDistributionPoints;
    this.freshestCrl = known.freshestCrl;
    this.authorityInfoAccess = known.authorityInfoAccess;
    this.subjectInfoAccess = known.subjectInfoAccess;
    this.qcStatements = known.qcStatements;
    this.#tbsStart = tbsStart;
    this.#tbsStop = tbsStop;
    this.#signatureStart = signatureStart;
    this.#signatureStop = signatureStop;
  }

  get tbs(): Uint8Array {
    return this.der.subarray(this.#tbsStart, this.#tbsStop);
  }

  get signature(): Uint8Array {
    return this.der.subarray(this.#signatureStart, this.#signatureStop);
  }

  get selfIssued(): boolean {
    return this.subject.key === this.issuer.key;
  }

  get sha256(): string {
    this.#sha256 ??= hash('sha256', this.der, 'hex');
    return this.#sha256;
  }

  get spkiSha256(): string {
    this.#spkiSha256 ??= hash('sha256', this.publicKey.spki, 'hex');
    return this.#spkiSha256;
  }
}
