import { type DerCursor, tag } from './der.ts';
import {
  type AccessDescription,
  type DistributionPoint,
  readAccessDescriptions,
  readDistributionPoints,
} from './extensions/distribution-points.ts';
import { type GeneralName, readGeneralNames } from './extensions/general-name.ts';
import { type NameConstraints, readNameConstraints } from './extensions/name-constraints.ts';
import {
  type PolicyConstraints,
  type PolicyMapping,
  readInhibitAnyPolicy,
  readPolicies,
  readPolicyConstraints,
  readPolicyMappings,
} from './extensions/policies.ts';
import { type QcStatements, readQcStatements } from './extensions/qc-statements.ts';
import { oid, readOid } from './oid.ts';

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** The contents of extnValue. */
  readonly value: Uint8Array;
}

/** RFC 5280 §4.2.1.3, in the order of the bits. */
const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
type KeyUsage = (typeof keyUsages)[number];

interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength?: number;
}

/** The extensions that we read; each absent unless the certificate has it. */
export interface KnownExtensions {
  readonly basicConstraints?: BasicConstraints;
  readonly keyUsage?: ReadonlySet<KeyUsage>;
  /** Dotted OIDs. */
  readonly extendedKeyUsage?: readonly string[];
  readonly subjectAltName?: readonly GeneralName[];
  readonly issuerAltName?: readonly GeneralName[];
  /** Hex. */
  readonly subjectKeyIdentifier?: string;
  /** keyIdentifier, hex. */
  readonly authorityKeyIdentifier?: string;
  /** Dotted OIDs. */
  readonly certificatePolicies?: readonly string[];
  readonly policyMappings?: readonly PolicyMapping[];
  readonly policyConstraints?: PolicyConstraints;
  readonly inhibitAnyPolicy?: number;
  readonly nameConstraints?: NameConstraints;
  readonly crlDistributionPoints?: readonly DistributionPoint[];
  readonly freshestCrl?: readonly DistributionPoint[];
  readonly authorityInfoAccess?: readonly AccessDescription[];
  readonly subjectInfoAccess?: readonly AccessDescription[];
  readonly qcStatements?: QcStatements;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** One that certificates may do without, and that is not what its RFC says. */
export interface UnreadableExtension {
  readonly oid: string;
  readonly name: string;
  /** What is wrong with it, and where. */
  readonly detail: string;
}

export interface ReadExtensions {
  readonly list: readonly Extension[];
  readonly known: KnownExtensions;
  /** True for a key identifier (subject's, authority's) that is DER but of another type. */
  readonly unreadable: { readonly subjectKeyIdentifier: boolean; readonly authorityKeyIdentifier: boolean };
  readonly unread: readonly UnreadableExtension[];
}

class ParsedExtension implements Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #stop: number;

  constructor(dotted: string, critical: boolean, bytes: Uint8Array, start: number, stop: number) {
    this.oid = dotted;
    this.critical = critical;
    this.#bytes = bytes;
    this.#start = start;
    this.#stop = stop;
  }

  get value(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#stop);
  }
}

const maxExtensions = 64;

/** Extensions, RFC 5280 §4.1.2.9: at least one, none twice. Unknown ones are kept; whether they may be critical is path validation's. */
export function readExtensions(cursor: DerCursor): ReadExtensions {
  const outer = cursor.enter(tag.sequence, 'the extensions');
  if (!cursor.more) cursor.fail('the extensions are empty');
  const list: Extension[] = [];
  const known: Writable<KnownExtensions> = {};
  const unreadable = { subjectKeyIdentifier: false, authorityKeyIdentifier: false };
  const unread: UnreadableExtension[] = [];
  while (cursor.more) {
    const extension = cursor.enter(tag.sequence, 'an extension');
    const dotted = readOid(cursor, 'the type of an extension');
    let critical = false;
    if (cursor.peek() === tag.boolean) {
      critical = cursor.boolean('critical');
      if (!critical) cursor.fail('critical is FALSE in writing, which DER leaves out');
    }
    cursor.expect(tag.octetString, 'the value of an extension');
    const { start, stop } = cursor;
    cursor.leave(extension);
    for (const earlier of list) if (earlier.oid === dotted) cursor.fail(`extension ${dotted} stands twice`);
    list.push(new ParsedExtension(dotted, critical, cursor.bytes, start, stop));
    if (list.length > maxExtensions) cursor.fail(`more than ${maxExtensions} extensions`);
    const name = optional[dotted];
    if (name === undefined) readKnown(cursor, dotted, critical, start, stop, known, unreadable);
    else {
      let read: Partial<KnownExtensions> = {};
      const detail = cursor.attempt(start, stop, () => {
        read = readOptional(cursor, dotted);
      });
      if (detail === undefined) Object.assign(known, read);
      else unread.push({ oid: dotted, name, detail });
    }
  }
  cursor.leave(outer);
  return { list, known, unreadable, unread };
}

function readKnown(
  cursor: DerCursor,
  dotted: string,
  critical: boolean,
  start: number,
  stop: number,
  known: Writable<KnownExtensions>,
  unreadable: Writable<ReadExtensions['unreadable']>,
): void {
  cursor.start = start;
  cursor.stop = stop;
  const outer = cursor.enterLast();
  switch (dotted) {
    case oid.basicConstraints:
      known.basicConstraints = readBasicConstraints(cursor);
      break;
    case oid.keyUsage:
      known.keyUsage = readKeyUsage(cursor);
      break;
    case oid.extendedKeyUsage:
      known.extendedKeyUsage = readExtendedKeyUsage(cursor);
      break;
    case oid.subjectAltName:
      known.subjectAltName = readGeneralNames(cursor, 'subjectAltName');
      break;
    case oid.subjectKeyIdentifier:
      // A key identifier is a hint for building paths. One of another type says nothing and harms nobody, unless critical.
      unreadable.subjectKeyIdentifier = cursor.peek() !== tag.octetString && !critical;
      if (unreadable.subjectKeyIdentifier) cursor.skipStrictly();
      else {
        cursor.expect(tag.octetString, 'subjectKeyIdentifier');
        known.subjectKeyIdentifier = cursor.hex();
      }
      break;
    case oid.authorityKeyIdentifier:
      unreadable.authorityKeyIdentifier = cursor.peek() !== tag.sequence && !critical;
      if (unreadable.authorityKeyIdentifier) cursor.skipStrictly();
      else known.authorityKeyIdentifier = readAuthorityKeyIdentifier(cursor);
      break;
    case oid.certificatePolicies:
      known.certificatePolicies = readPolicies(cursor, critical);
      break;
    case oid.policyMappings:
      known.policyMappings = readPolicyMappings(cursor);
      break;
    case oid.policyConstraints:
      known.policyConstraints = readPolicyConstraints(cursor);
      break;
    case oid.inhibitAnyPolicy:
      known.inhibitAnyPolicy = readInhibitAnyPolicy(cursor);
      break;
    case oid.nameConstraints:
      known.nameConstraints = readNameConstraints(cursor);
      break;
    default:
      // Unknown: its contents are its own business, not necessarily DER.
      cursor.at = cursor.end;
  }
  cursor.leave(outer);
}

/**
 * What says neither who somebody is nor what a CA may do. Unreadable, it takes nothing down but what asks for it: a
 * condition on a PSD2 role, the look-up in a list that is about some distribution points only. Path validation refuses a
 * critical one that could not be read.
 */
const optional: Readonly<Record<string, string>> = {
  [oid.issuerAltName]: 'issuerAltName',
  [oid.crlDistributionPoints]: 'cRLDistributionPoints',
  [oid.freshestCrl]: 'freshestCRL',
  [oid.authorityInfoAccess]: 'authorityInfoAccess',
  [oid.subjectInfoAccess]: 'subjectInfoAccess',
  [oid.qcStatements]: 'qcStatements',
};

function readOptional(cursor: DerCursor, dotted: string): Partial<KnownExtensions> {
  switch (dotted) {
    case oid.issuerAltName:
      return { issuerAltName: readGeneralNames(cursor, 'issuerAltName') };
    case oid.crlDistributionPoints:
      return { crlDistributionPoints: readDistributionPoints(cursor, 'cRLDistributionPoints') };
    case oid.freshestCrl:
      return { freshestCrl: readDistributionPoints(cursor, 'freshestCRL') };
    case oid.authorityInfoAccess:
      return { authorityInfoAccess: readAccessDescriptions(cursor, 'authorityInfoAccess') };
    case oid.subjectInfoAccess:
      return { subjectInfoAccess: readAccessDescriptions(cursor, 'subjectInfoAccess') };
    default:
      return { qcStatements: readQcStatements(cursor) };
  }
}

function readBasicConstraints(cursor: DerCursor): BasicConstraints {
  const outer = cursor.enter(tag.sequence, 'basicConstraints');
  const ca = cursor.peek() === tag.boolean && cursor.boolean('cA');
  // RFC 5280 sets no limit; 255 is what others accept, and no path is that long.
  const pathLength = cursor.more ? cursor.smallInteger('pathLenConstraint', 255) : undefined;
  cursor.leave(outer);
  return { ca, pathLength };
}

/** At most 511 sets: one for each combination met. */
const usageSets = new Map<number, ReadonlySet<KeyUsage>>();

function readKeyUsage(cursor: DerCursor): ReadonlySet<KeyUsage> {
  const bits = cursor.namedBits('keyUsage', tag.bitString, 'key_usage_trailing_zeros');
  if (bits === 0) cursor.fail('keyUsage allows nothing (RFC 5280 §4.2.1.3)');
  if (bits >= 1 << keyUsages.length) cursor.fail('keyUsage has unknown bits');
  const cached = usageSets.get(bits);
  if (cached !== undefined) return cached;
  const usages = new Set<KeyUsage>();
  for (let bit = 0; bit < keyUsages.length; bit += 1) {
    const usage = keyUsages[bit];
    if (usage !== undefined && (bits & (1 << bit)) !== 0) usages.add(usage);
  }
  usageSets.set(bits, usages);
  return usages;
}

function readExtendedKeyUsage(cursor: DerCursor): readonly string[] {
  const outer = cursor.enter(tag.sequence, 'extendedKeyUsage');
  if (!cursor.more) cursor.fail('extendedKeyUsage is empty');
  const purposes: string[] = [];
  while (cursor.more) purposes.push(readOid(cursor, 'a purpose in extendedKeyUsage'));
  cursor.leave(outer);
  return purposes;
}

/** RFC 5280 §4.2.1.1. Issuer and serial are checked and dropped: nothing decides on them. */
export function readAuthorityKeyIdentifier(cursor: DerCursor): string | undefined {
  const outer = cursor.enter(tag.sequence, 'authorityKeyIdentifier');
  let keyIdentifier: string | undefined;
  if (cursor.peek() === 0x80) {
    cursor.next();
    keyIdentifier = cursor.hex();
  }
  if (cursor.peek() === 0xa1) readGeneralNames(cursor, 'authorityCertIssuer', 0xa1);
  if (cursor.peek() === 0x82) {
    cursor.next();
    cursor.checkInteger('authorityCertSerialNumber');
  }
  cursor.leave(outer);
  return keyIdentifier;
}
