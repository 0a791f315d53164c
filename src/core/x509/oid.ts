import type { DerCursor } from './der.ts';
import { tag } from './der.ts';

/**
 * Attribute types of names: dotted OID, the descriptor that we write, then every other spelling a tool prints.
 * Spellings are compared without case. `SN` is the surname (RFC 4519 §2.32, OpenSSL); a serial number is `serialNumber`.
 */
const attributeTypes: readonly (readonly [string, string, ...string[]])[] = [
  ['2.5.4.3', 'CN', 'commonName'],
  ['2.5.4.4', 'SN', 'surname'],
  ['2.5.4.5', 'serialNumber', 'deviceSerialNumber'],
  ['2.5.4.6', 'C', 'countryName'],
  ['2.5.4.7', 'L', 'localityName', 'locality'],
  ['2.5.4.8', 'ST', 'S', 'SP', 'stateOrProvinceName'],
  ['2.5.4.9', 'STREET', 'streetAddress'],
  ['2.5.4.10', 'O', 'organizationName', 'organisationName'],
  ['2.5.4.11', 'OU', 'organizationalUnitName', 'organisationalUnitName', 'organizationalUnit'],
  ['2.5.4.12', 'title', 'T'],
  ['2.5.4.13', 'description'],
  ['2.5.4.15', 'businessCategory'],
  ['2.5.4.16', 'postalAddress'],
  ['2.5.4.17', 'postalCode'],
  ['2.5.4.20', 'telephoneNumber'],
  ['2.5.4.41', 'name'],
  ['2.5.4.42', 'GN', 'givenName', 'G'],
  ['2.5.4.43', 'initials', 'I'],
  ['2.5.4.44', 'generationQualifier', 'generation'],
  ['2.5.4.45', 'x500UniqueIdentifier', 'uniqueIdentifier'],
  ['2.5.4.46', 'dnQualifier', 'DNQ', 'dnQualifer'],
  ['2.5.4.51', 'houseIdentifier'],
  ['2.5.4.54', 'dmdName'],
  ['2.5.4.65', 'pseudonym'],
  ['2.5.4.72', 'role'],
  ['2.5.4.97', 'organizationIdentifier', 'organisationIdentifier'],
  ['0.9.2342.19200300.100.1.1', 'UID', 'userId'],
  ['0.9.2342.19200300.100.1.25', 'DC', 'domainComponent'],
  ['1.2.840.113549.1.9.1', 'emailAddress', 'E', 'email', 'pkcs9email'],
  ['1.2.840.113549.1.9.2', 'unstructuredName'],
  ['1.2.840.113549.1.9.8', 'unstructuredAddress'],
  ['1.3.6.1.4.1.311.60.2.1.1', 'jurisdictionL', 'jurisdictionLocalityName', 'jurisdictionOfIncorporationLocalityName'],
  [
    '1.3.6.1.4.1.311.60.2.1.2',
    'jurisdictionST',
    'jurisdictionStateOrProvinceName',
    'jurisdictionOfIncorporationStateOrProvinceName',
  ],
  ['1.3.6.1.4.1.311.60.2.1.3', 'jurisdictionC', 'jurisdictionCountryName', 'jurisdictionOfIncorporationCountryName'],
];

/** The other OIDs that the readers name. */
export const oid = {
  commonName: '2.5.4.3',
  serialNumber: '2.5.4.5',
  country: '2.5.4.6',
  dnQualifier: '2.5.4.46',
  domainComponent: '0.9.2342.19200300.100.1.25',
  emailAddress: '1.2.840.113549.1.9.1',
  jurisdictionCountry: '1.3.6.1.4.1.311.60.2.1.3',

  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  reasonCode: '2.5.29.21',
  invalidityDate: '2.5.29.24',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  certificateIssuer: '2.5.29.29',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  freshestCrl: '2.5.29.46',
  inhibitAnyPolicy: '2.5.29.54',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  qcStatements: '1.3.6.1.5.5.7.1.3',
  subjectInfoAccess: '1.3.6.1.5.5.7.1.11',

  anyPolicy: '2.5.29.32.0',
  cpsQualifier: '1.3.6.1.5.5.7.2.1',
  userNoticeQualifier: '1.3.6.1.5.5.7.2.2',
  anyExtendedKeyUsage: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  ocsp: '1.3.6.1.5.5.7.48.1',
  caIssuers: '1.3.6.1.5.5.7.48.2',

  rsaEncryption: '1.2.840.113549.1.1.1',
  mgf1: '1.2.840.113549.1.1.8',
  rsaPss: '1.2.840.113549.1.1.10',
  md5WithRsa: '1.2.840.113549.1.1.4',
  sha1WithRsa: '1.2.840.113549.1.1.5',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  sha384WithRsa: '1.2.840.113549.1.1.12',
  sha512WithRsa: '1.2.840.113549.1.1.13',
  sha224WithRsa: '1.2.840.113549.1.1.14',
  ecPublicKey: '1.2.840.10045.2.1',
  ecdsaWithSha1: '1.2.840.10045.4.1',
  ecdsaWithSha224: '1.2.840.10045.4.3.1',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  ecdsaWithSha384: '1.2.840.10045.4.3.3',
  ecdsaWithSha512: '1.2.840.10045.4.3.4',
  p256: '1.2.840.10045.3.1.7',
  p384: '1.3.132.0.34',
  p521: '1.3.132.0.35',
  ed25519: '1.3.101.112',
  ed448: '1.3.101.113',
  dsa: '1.2.840.10040.4.1',
  sha1: '1.3.14.3.2.26',
  sha224: '2.16.840.1.101.3.4.2.4',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const;

const typeNames = new Map(attributeTypes.map(([dotted, name]) => [dotted, name]));
const typesByName = new Map(
  attributeTypes.flatMap(([dotted, ...names]) => names.map((name) => [name.toLowerCase(), dotted] as const)),
);

/** The descriptor that we write for an attribute type, `CN` for 2.5.4.3; undefined for one without. */
export function attributeNameOf(type: string): string | undefined {
  return typeNames.get(type);
}

/** The attribute type that any tool's spelling means: `emailAddress`, `E`, `OID.2.5.4.97`, `2.5.4.97`; undefined when nobody's. */
export function attributeTypeOf(name: string): string | undefined {
  const dotted =
    /^(?:oid\.)?((?:[01]\.(?:[0-9]|[1-3][0-9])|2\.(?:0|[1-9][0-9]{0,132}))(?:\.(?:0|[1-9][0-9]{0,132}))*)$/i.exec(
      name,
    )?.[1];
  return dotted ?? typesByName.get(name.toLowerCase());
}

/** An OID longer than this, in octets, is nobody's: the longest known to us has 24. */
const maxOidOctets = 64;

/** The octet of the arcs 2.5. */
const x500 = 0x55;

/** Hashes that fit a small integer. */
const hashBits = 0x3fff_ffff;

/**
 * OIDs that are met all the time, so that reading one neither decodes nor allocates: those under 2.5 by their last two
 * octets, the others by a hash. The tables are fixed: what others send never makes them grow.
 */
const known = new Map<number, { readonly octets: Uint8Array; readonly dotted: string }[]>();
const knownUnderX500 = new Array<string | undefined>(1 << 14);
for (const dotted of [...attributeTypes.map(([type]) => type), ...Object.values(oid)]) {
  const octets = octetsOf(dotted);
  const [first, second = 0, third = 0] = octets;
  if (octets.length === 3 && first === x500) knownUnderX500[(second << 7) | third] = dotted;
  const hash = octets.reduce((sum, octet) => (Math.imul(sum, 31) + octet) & hashBits, 0);
  const bucket = known.get(hash) ?? [];
  if (!bucket.some((entry) => entry.dotted === dotted)) bucket.push({ octets, dotted });
  known.set(hash, bucket);
}

/** The contents of an OID of these tables, whose arcs are small. An encoder for arcs of any size is most of a cold start. */
function octetsOf(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...arcs] = dotted.split('.').map(Number);
  const octets: number[] = [];
  for (const arc of [first * 40 + second, ...arcs]) {
    for (let shift = 28; shift > 0; shift -= 7) if (arc >= 2 ** shift) octets.push(0x80 | ((arc >>> shift) & 0x7f));
    octets.push(arc & 0x7f);
  }
  return Uint8Array.from(octets);
}

/** Reads an OBJECT IDENTIFIER as dotted text: minimal arcs, complete, at most 64 octets. */
export function readOid(cursor: DerCursor, what: string, wanted: number = tag.oid): string {
  cursor.expect(wanted, what);
  const { bytes, start, stop } = cursor;
  if (stop - start === 3 && bytes[start] === x500) {
    const second = cursor.byteAt(start + 1);
    const third = cursor.byteAt(start + 2);
    const dotted = second < 0x80 && third < 0x80 ? knownUnderX500[(second << 7) | third] : undefined;
    return dotted ?? decodeOid(cursor, what);
  }
  let hash = 0;
  for (let at = start; at < stop; at += 1) hash = (Math.imul(hash, 31) + cursor.byteAt(at)) & hashBits;
  const bucket = known.get(hash);
  if (bucket !== undefined) {
    for (const entry of bucket) if (equalsAt(bytes, start, stop, entry.octets)) return entry.dotted;
  }
  return decodeOid(cursor, what);
}

function equalsAt(bytes: Uint8Array, start: number, stop: number, octets: Uint8Array): boolean {
  if (stop - start !== octets.length) return false;
  for (let index = 0; index < octets.length; index += 1) if (bytes[start + index] !== octets[index]) return false;
  return true;
}

function decodeOid(cursor: DerCursor, what: string): string {
  const { start, stop } = cursor;
  if (stop === start || stop - start > maxOidOctets || (cursor.byteAt(stop - 1) & 0x80) !== 0) {
    cursor.fail(`${what} is not an OBJECT IDENTIFIER`, start);
  }
  let dotted = '';
  for (let at = start; at < stop; ) {
    if (cursor.byteAt(at) === 0x80) cursor.fail('an OBJECT IDENTIFIER with an arc that is not minimal', at);
    const from = at;
    while ((cursor.byteAt(at) & 0x80) !== 0) at += 1;
    at += 1;
    const arc = at - from > 7 ? wideArc(cursor, from, at) : narrowArc(cursor, from, at);
    if (dotted !== '') dotted += `.${arc}`;
    else if (typeof arc === 'bigint') dotted = `2.${arc - 80n}`;
    else dotted = arc < 80 ? `${Math.floor(arc / 40)}.${arc % 40}` : `2.${arc - 80}`;
  }
  return dotted;
}

function narrowArc(cursor: DerCursor, from: number, to: number): number {
  let arc = 0;
  for (let at = from; at < to; at += 1) arc = arc * 128 + (cursor.byteAt(at) & 0x7f);
  return arc;
}

/** An arc of more than 49 bits, such as a UUID under 2.25. */
function wideArc(cursor: DerCursor, from: number, to: number): bigint {
  let arc = 0n;
  for (let at = from; at < to; at += 1) arc = (arc << 7n) | BigInt(cursor.byteAt(at) & 0x7f);
  return arc;
}
