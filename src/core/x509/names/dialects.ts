import { formatName, type Name, type RelativeDistinguishedName } from '../name.ts';
import { attributeNameOf, oid } from '../oid.ts';
import { stringTag, text, tlv } from '../write-der.ts';
import { stringTags } from './character-string.ts';

type Attribute = RelativeDistinguishedName[number];

/** How one tool prints a name. */
export interface Dialect {
  readonly id: string;
  /** Tool and where in it, as people know it. */
  readonly tool: string;
  /** Two names may be printed alike, or the order is lost: never compare with it. */
  readonly lossy: boolean;
  /** What else to know; absent when the text was compared with the tool's own. */
  readonly note?: string;
  readonly write: (name: Name) => string;
}

/** Without an agreed text (RFC 4514 §2.4): `#` and the DER of the value in hex. */
function hexOf({ tag, value }: Attribute): string {
  if (value.startsWith('#') && !isString(tag)) return value;
  const der = tag === stringTag.teletex ? tlv(tag, Buffer.from(value, 'latin1')) : text(tag, value);
  return `#${Buffer.from(der).toString('hex')}`;
}

function isString(tag: number): boolean {
  return stringTags.has(tag) || tag === stringTag.teletex;
}

/** A backslash before the characters, and before a space or `#` where it would be lost. */
function backslashed(value: string, characters: RegExp): string {
  return value
    .replace(characters, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/(?<!^\\?) $/, '\\ ');
}

const rfc2253Characters = /[,+"\\<>;]/g;

/** Octets of UTF-8 beyond ASCII as `\C3\A9`, which OpenSSL's flag `esc_msb` does. */
function octetsEscaped(value: string): string {
  return value.replace(/[^ -~]+/gu, (characters) =>
    Buffer.from(characters, 'utf8').toString('hex').toUpperCase().replace(/../g, '\\$&'),
  );
}

/** OpenSSL's short names are ours, but for one. */
function opensslType({ type }: Attribute): string {
  return attributeNameOf(type)?.replace(/^STREET$/, 'street') ?? type;
}

const isKnown = ({ type }: Attribute): boolean => attributeNameOf(type) !== undefined;

function opensslQuoted({ tag, value }: Attribute): string {
  if (!isString(tag)) return value;
  const escaped = octetsEscaped(value.replace(/["\\]/g, '\\$&'));
  return /^[# ]|[,+<>;]| $/.test(value) ? `"${escaped}"` : escaped;
}

function openssl(name: Name, equals: string): string {
  return name.rdns
    .map((rdn) => rdn.map((each) => `${opensslType(each)}${equals}${opensslQuoted(each)}`).join(' + '))
    .join(', ');
}

/** The attributes of an RDN come last first as well. */
function opensslRfc2253(name: Name): string {
  return name.rdns
    .toReversed()
    .map((rdn) =>
      rdn
        .toReversed()
        .map((each) => {
          const dumped = !isKnown(each) || !isString(each.tag);
          const value = dumped ? hexOf(each).toUpperCase() : octetsEscaped(backslashed(each.value, rfc2253Characters));
          return `${opensslType(each)}=${value}`;
        })
        .join('+'),
    )
    .join(',');
}

/**
 * X509_NAME_oneline: octets as they are encoded, whatever the string type. A backslash is not escaped, so the text cannot
 * be read back in every case.
 */
function opensslCompat(name: Name): string {
  return name.rdns
    .map((rdn) => `/${rdn.map((each) => `${opensslType(each)}=${escapedOctets(each)}`).join('+')}`)
    .join('');
}

function escapedOctets(attribute: Attribute): string {
  const der = Buffer.from(hexOf(attribute).slice(1), 'hex');
  // Tag, length in one octet or, behind its count, in more.
  const header = 2 + ((der[1] ?? 0) < 0x80 ? 0 : (der[1] ?? 0) & 0x7f);
  return der
    .subarray(header)
    .toString('latin1')
    .replace(/[/+]/g, '\\$&')
    .replace(/[^ -~]/g, (octet) => `\\x${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

function nodeAttributes(name: Name): readonly string[] {
  return name.rdns.map((rdn) =>
    rdn
      .map((each) => {
        const value = isString(each.tag) ? backslashed(each.value, rfc2253Characters) : each.value;
        return `${opensslType(each)}=${value}`;
      })
      .join(' + '),
  );
}

/** RFC 4514 §3: the types that every reader of it knows. */
const rfc4514Types: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.6': 'C',
  '2.5.4.9': 'STREET',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID',
};

const javaTypes: Readonly<Record<string, string>> = {
  ...rfc4514Types,
  '2.5.4.4': 'SURNAME',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.12': 'T',
  '2.5.4.42': 'GIVENNAME',
  '2.5.4.43': 'INITIALS',
  '2.5.4.44': 'GENERATION',
  '2.5.4.46': 'DNQ',
  '1.2.840.113549.1.9.1': 'EMAILADDRESS',
};

function javaQuoted({ tag, value }: Attribute): string {
  if (!isString(tag)) return value;
  // Quotation marks around the whole value are taken for quoting and left alone.
  if (/^".*"$/s.test(value)) return `"${value.slice(1, -1).replace(/["\\]/g, '\\$&')}"`;
  const escaped = value.replace(/["\\]/g, '\\$&');
  return /^ |[,+=<>#;\\"]| {2}| $/.test(value) ? `"${escaped}"` : escaped;
}

function java(name: Name): string {
  return name.rdns
    .toReversed()
    .map((rdn) => rdn.map((each) => `${javaTypes[each.type] ?? `OID.${each.type}`}=${javaQuoted(each)}`).join(' + '))
    .join(', ');
}

function javaRfc2253(name: Name): string {
  const value = (each: Attribute) => {
    if (rfc4514Types[each.type] === undefined || !isString(each.tag)) return hexOf(each);
    const escaped = each.value.replace(/[,=+<>#;"\\]/g, '\\$&');
    return escaped.replace(/^ +| +$/g, (spaces) => spaces.replaceAll(' ', '\\ '));
  };
  return name.rdns
    .toReversed()
    .map((rdn) => rdn.map((each) => `${rfc4514Types[each.type] ?? each.type}=${value(each)}`).join('+'))
    .join(',');
}

/** In the order of pkix.Name.ToRDNSequence, which String then turns round. */
const goTypes: readonly (readonly [type: string, name: string, many: boolean])[] = [
  [oid.serialNumber, 'SERIALNUMBER', false],
  [oid.commonName, 'CN', false],
  ['2.5.4.11', 'OU', true],
  ['2.5.4.10', 'O', true],
  ['2.5.4.17', 'POSTALCODE', true],
  ['2.5.4.9', 'STREET', true],
  ['2.5.4.7', 'L', true],
  ['2.5.4.8', 'ST', true],
  [oid.country, 'C', true],
];

/** Several values of a type become one RDN, of CN and serialNumber the last one stays, other types follow as hex. */
function go(name: Name): string {
  const attributes = name.rdns.flat();
  const parts: string[] = [];
  for (const [type, short, many] of goTypes) {
    const values = attributes.filter((each) => each.type === type && isString(each.tag));
    const kept = many ? values : values.slice(-1);
    if (kept.length === 0) continue;
    parts.push(kept.map(({ value }) => `${short}=${backslashed(value, rfc2253Characters)}`).join('+'));
  }
  const others = attributes.filter(({ type }) => !goTypes.some(([known]) => known === type));
  for (const each of others.toReversed()) parts.push(`${each.type}=${goHex(each)}`);
  return parts.join(',');
}

/** Go encodes the text anew: PrintableString when it fits, else UTF8String. */
function goHex(attribute: Attribute): string {
  if (!isString(attribute.tag)) return hexOf(attribute);
  const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(attribute.value);
  return hexOf({ ...attribute, tag: printable ? stringTag.printable : stringTag.utf8 });
}

function python(name: Name): string {
  const value = (each: Attribute) => (isString(each.tag) ? backslashed(each.value, rfc2253Characters) : each.value);
  return name.rdns
    .toReversed()
    .map((rdn) => rdn.map((each) => `${rfc4514Types[each.type] ?? each.type}=${value(each)}`).join('+'))
    .join(',');
}

/** CertNameToStr with CERT_X500_NAME_STR: a backslash is a letter there, so that not every text can be read elsewhere. */
const windowsTypes: Readonly<Record<string, string>> = {
  ...rfc4514Types,
  '2.5.4.8': 'S',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.12': 'T',
  '2.5.4.42': 'G',
  '2.5.4.43': 'I',
  '1.2.840.113549.1.9.1': 'E',
  '0.9.2342.19200300.100.1.1': 'OID.0.9.2342.19200300.100.1.1',
};

function windows(name: Name): string {
  const value = ({ tag, value: plain }: Attribute) =>
    isString(tag) && /^ | $|[,+="<>#;]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  return name.rdns
    .toReversed()
    .map((rdn) => rdn.map((each) => `${windowsTypes[each.type] ?? `OID.${each.type}`}=${value(each)}`).join(' + '))
    .join(', ');
}

const unchecked = 'from the documentation of the tool, not compared with its output';

/** Every dialect, in the order in which `sallyport name` prints them. */
export const dialects: readonly Dialect[] = [
  { id: 'rfc4514', tool: 'Sallyport (RFC 4514)', lossy: false, write: formatName },
  { id: 'openssl', tool: 'OpenSSL 3.0, 3.1', lossy: false, write: (name) => openssl(name, ' = ') },
  { id: 'openssl-3.2', tool: 'OpenSSL 3.2 and later', lossy: false, write: (name) => openssl(name, '=') },
  { id: 'openssl-rfc2253', tool: 'OpenSSL -nameopt RFC2253', lossy: false, write: opensslRfc2253 },
  { id: 'openssl-compat', tool: 'OpenSSL -nameopt compat', lossy: true, write: opensslCompat },
  { id: 'nginx', tool: 'nginx $ssl_client_s_dn', lossy: false, write: opensslRfc2253 },
  { id: 'nginx-legacy', tool: 'nginx $ssl_client_s_dn_legacy', lossy: true, write: opensslCompat },
  { id: 'java', tool: 'Java toString(), keytool', lossy: true, write: java },
  {
    id: 'java-rfc2253',
    tool: 'Java getName()',
    lossy: false,
    note: 'but for a BMPString, of which Java prints the octets',
    write: javaRfc2253,
  },
  { id: 'go', tool: 'Go pkix.Name.String()', lossy: true, note: 'the order of the name is lost', write: go },
  { id: 'node', tool: 'Node X509Certificate.subject', lossy: false, write: (name) => nodeAttributes(name).join('\n') },
  { id: 'python', tool: 'Python rfc4514_string()', lossy: false, note: 'as of cryptography 47', write: python },
  {
    id: 'aws',
    tool: 'AWS API Gateway subjectDN',
    lossy: true,
    note: 'the order is documented, the escaping is not',
    write: (name) => nodeAttributes(name).join(','),
  },
  { id: 'azure', tool: 'Azure, .NET Subject', lossy: true, note: unchecked, write: windows },
];
