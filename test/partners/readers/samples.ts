import { oid } from '../../../src/core/x509/oid.ts';
import {
  boolean,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  stringTag,
  text,
  tlv,
} from '../../../src/core/x509/write-der.ts';
import { extension } from '../../../src/core/x509/write-extension.ts';
import type { ContentKind } from '../../../src/partners/inspect/readers/other-readers.ts';
import { ca, type IssueSpec, type KeyKind, keyPair } from '../../pki.ts';

const algorithm = (dotted: string, ...parameters: readonly Uint8Array[]): IssueSpec => {
  const der = sequence(objectIdentifier(dotted), ...parameters);
  return { outerAlgorithm: der, replace: { signature: der } };
};
const attribute = (type: string, value: Uint8Array) => sequence(objectIdentifier(type), value);
const cn = (value: Uint8Array) => setOf(attribute('2.5.4.3', value));
const subject = (...rdns: readonly Uint8Array[]): IssueSpec => ({ subject: { der: sequence(...rdns) } });
const utf8 = (value: string) => text(stringTag.utf8, value);
const raw = (type: string, value: Uint8Array, critical = false): IssueSpec => ({
  extra: [extension.raw(type, value, critical)],
});
const plain = sequence(objectIdentifier(oid.keyUsage), octetString(tlv(3, Uint8Array.of(7, 0x80))));
const written = sequence(objectIdentifier(oid.keyUsage), boolean(false), octetString(tlv(3, Uint8Array.of(7, 0x80))));
const extensions = (...which: readonly Uint8Array[]): IssueSpec => ({
  replace: { extensions: tlv(0xa3, sequence(...which)) },
});

const specs: Readonly<Record<ContentKind, readonly [KeyKind, IssueSpec]>> = {
  'RSA signature algorithm without parameters': ['rsa2048', algorithm(oid.sha256WithRsa)],
  'ECDSA signature algorithm with NULL': ['p256', algorithm(oid.ecdsaWithSha256, nullValue())],
  '`&` in a PrintableString': ['p256', subject(cn(text(stringTag.printable, 'Wold & Ferry')))],
  'key usage with trailing zero bits': ['p256', raw(oid.keyUsage, tlv(3, Uint8Array.of(0, 0x80)), true)],
  'attributes of an RDN out of order': [
    'p256',
    subject(tlv(0x31, attribute('2.5.4.3', utf8('orders-client')), attribute('2.5.4.11', utf8('Sales')))),
  ],
  'authorityInfoAccess without an entry': ['p256', raw(oid.authorityInfoAccess, sequence())],
  'a distribution point that names nothing': ['p256', raw(oid.crlDistributionPoints, sequence(sequence()))],
  'QC statements that are none': ['p256', raw(oid.qcStatements, integer(1))],
  'serial number 0': ['p256', { serial: '00' }],
  'negative serial number': ['p256', { replace: { serial: Uint8Array.of(2, 1, 0x80) } }],
  'serial number of 21 octets': ['p256', { serial: '7f'.repeat(21) }],
  'serial number that is not minimal': ['p256', { replace: { serial: Uint8Array.of(2, 2, 0, 1) } }],
  'NUL in a name': ['p256', subject(cn(utf8('orders\u0000.example')))],
  '`@` in a PrintableString': ['p256', subject(cn(text(stringTag.printable, 'x@acme.example')))],
  'UTF-8 that is none': ['p256', subject(cn(tlv(stringTag.utf8, Uint8Array.of(0x61, 0xff))))],
  'dNSName beyond ASCII': ['p256', raw(oid.subjectAltName, sequence(tlv(0x82, Buffer.from('é.example', 'utf8'))))],
  'blank dNSName': ['p256', { names: [{ dns: ' ' }] }],
  'an extension twice': ['p256', extensions(plain, plain)],
  'critical FALSE in writing': ['p256', extensions(written)],
  'empty extendedKeyUsage': ['p256', raw(oid.extendedKeyUsage, sequence())],
  'a date with an offset': [
    'p256',
    {
      replace: {
        validity: sequence(tlv(0x17, Buffer.from('200101000000+0000')), tlv(0x17, Buffer.from('491231000000Z'))),
      },
    },
  ],
  'extensions in version 1': ['p256', { replace: { version: new Uint8Array() } }],
};

/** DER of a certificate with each kind of content, made now. */
export function samples(): readonly (readonly [ContentKind, Uint8Array])[] {
  const roots = new Map<KeyKind, ReturnType<typeof ca>>();
  return (Object.keys(specs) as ContentKind[]).map((kind) => {
    const [key, spec] = specs[kind];
    const root = roots.get(key) ?? ca({ key: key === 'rsa2048' ? keyPair(key) : key });
    roots.set(key, root);
    return [kind, root.issue(spec).der];
  });
}
