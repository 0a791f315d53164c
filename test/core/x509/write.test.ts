import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { encodeName, pssAlgorithm } from '../../../src/core/x509/write.ts';
import {
  boolean,
  integer,
  namedBits,
  objectIdentifier,
  sequence,
  setOf,
  text,
  time,
  tlv,
} from '../../../src/core/x509/write-der.ts';
import { extension, uniqueIdentifier } from '../../../src/core/x509/write-extension.ts';
import { ca, type KeyKind, selfSigned } from '../../pki.ts';

const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');

describe('DER writing', () => {
  test('lengths are minimal', () => {
    expect(hex(tlv(4, new Uint8Array(127))).slice(0, 4)).toBe('047f');
    expect(hex(tlv(4, new Uint8Array(128))).slice(0, 6)).toBe('048180');
    expect(hex(tlv(4, new Uint8Array(256))).slice(0, 8)).toBe('04820100');
  });
  test('integers are minimal and never negative', () => {
    expect(hex(integer(0))).toBe('020100');
    expect(hex(integer(127))).toBe('02017f');
    expect(hex(integer(128))).toBe('02020080');
    expect(hex(integer('000abc'))).toBe('02020abc');
  });
  test('object identifiers', () => {
    expect(hex(objectIdentifier('1.2.840.113549.1.1.11'))).toBe('06092a864886f70d01010b');
    expect(hex(objectIdentifier('2.5.29.15'))).toBe('0603551d0f');
  });
  test('a SET OF is sorted by encoding', () => {
    expect(hex(setOf(integer(2), integer(1)))).toBe('3106020101020102');
  });
  test('named bits drop trailing zeros', () => {
    expect(hex(namedBits([5, 6]))).toBe('03020106');
    expect(hex(namedBits([8]))).toBe('0303070080');
    expect(hex(namedBits([]))).toBe('030100');
  });
  test('times change their type in 2050 and before 1950', () => {
    expect(Buffer.from(time(Date.UTC(2049, 11, 31, 23, 59, 59))).toString('latin1')).toBe('\x17\x0d491231235959Z');
    expect(Buffer.from(time(Date.UTC(2050, 0, 1))).toString('latin1')).toBe('\x18\x0f20500101000000Z');
    expect(time(Date.UTC(1949, 11, 31))[0]).toBe(0x18);
  });
  test('wide string types', () => {
    expect(hex(text(0x1e, 'é'))).toBe('1e0200e9');
    expect(hex(text(0x1c, 'é'))).toBe('1c04000000e9');
    expect(hex(boolean(false))).toBe('010100');
  });
  test('any content keeps its octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70_000 }), (content) => {
        expect(Buffer.from(tlv(4, content)).subarray(-content.length || Number.MAX_SAFE_INTEGER)).toEqual(
          Buffer.from(content),
        );
      }),
      { numRuns: 50 },
    );
  });
});

describe('issueCertificate', () => {
  const kinds: KeyKind[] = ['p256', 'p384', 'p521', 'ed25519', 'rsa2048', 'pss2048'];
  test.each(kinds)('a %s CA signs what Node verifies', (key) => {
    const root = ca({ key });
    const leaf = new X509Certificate(root.issue().der);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.checkIssued(new X509Certificate(root.der))).toBe(true);
  });
  test('RSA-PSS by an ordinary RSA key', () => {
    const root = ca({ key: 'rsa2048' });
    const leaf = new X509Certificate(root.issue({ pss: true, signatureHash: 'sha384' }).der);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(new X509Certificate(root.issue({ pss: { saltLength: 20 } }).der).verify(root.publicKey)).toBe(true);
  });
  test('every hash', () => {
    const rsa = ca({ key: 'rsa2048' });
    for (const signatureHash of ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const) {
      expect(new X509Certificate(rsa.issue({ signatureHash }).der).verify(rsa.publicKey)).toBe(true);
    }
    const ec = ca();
    expect(new X509Certificate(ec.issue({ signatureHash: 'sha1' }).der).verify(ec.publicKey)).toBe(true);
    expect(() => ec.issue({ signatureHash: 'md5' })).toThrow('MD5');
  });
  test('what is written is what Node reads', () => {
    const root = ca({
      subject: { CN: 'Acme Root', O: 'Acme, Inc.', C: 'NL', DC: 'example', emailAddress: 'ca@acme.example' },
    });
    const leaf = new X509Certificate(
      root.issue({
        serial: '00ab0102',
        names: [
          { dns: 'a.acme.example' },
          { uri: 'spiffe://acme.example/orders' },
          { email: 'x@acme.example' },
          { ip: Uint8Array.of(192, 0, 2, 1) },
          { registeredId: '1.2.3' },
        ],
        notAfter: Date.UTC(2060, 0, 1),
      }).der,
    );
    expect(leaf.serialNumber).toBe('AB0102');
    expect(leaf.validTo).toBe('Jan  1 00:00:00 2060 GMT');
    expect(leaf.subjectAltName).toBe(
      'DNS:a.acme.example, URI:spiffe://acme.example/orders, email:x@acme.example, IP Address:192.0.2.1, Registered ID:1.2.3',
    );
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(leaf.issuer).toContain('O=Acme\\, Inc.');
    expect(new X509Certificate(root.der).ca).toBe(true);
  });
  test('names may be odd: multi-valued, NUL, newline, any string type', () => {
    const leaf = new X509Certificate(
      ca().issue({
        subject: [
          [
            { type: 'CN', value: 'a' },
            { type: 'OU', value: 'b' },
          ],
          [{ type: '2.5.4.10', value: 'x\0y\nz', tag: 0x0c }],
        ],
      }).der,
    );
    expect(leaf.subject.split('\n')).toHaveLength(2);
    expect(hex(encodeName({ der: Uint8Array.of(0x30, 0) }))).toBe('3000');
  });
  test('broken on purpose: each knob shows in the bytes', () => {
    const root = ca();
    const v1 = root.issue({ version: 1, extensions: [] }).der;
    expect(hex(v1).slice(0, 20)).not.toContain('a003020102');
    const altered = new X509Certificate(
      root.issue({ alterSignature: (bits) => bits.map((octet, i) => (i === bits.length - 1 ? octet ^ 1 : octet)) }).der,
    );
    expect(altered.verify(root.publicKey)).toBe(false);
    const pss = pssAlgorithm('sha256', 32, 'sha1');
    expect(hex(root.issue({ outerAlgorithm: pss }).der)).toContain(hex(pss));
    const withIds = root.issue({ replace: { uniqueIdentifiers: uniqueIdentifier('subject', Uint8Array.of(7)) } }).der;
    expect(hex(withIds)).toContain('82020007');
    const own = extension.raw('1.2.3.4', Uint8Array.of(5, 0), true);
    expect(hex(root.issue({ extra: [own] }).der)).toContain(
      hex(sequence(objectIdentifier('1.2.3.4'), boolean(true), tlv(4, own.value))),
    );
  });
  test('a key that cannot sign is misuse', () => {
    expect(() => ca({ signWith: generateKeyPairSync('x25519').privateKey })).toThrow('x25519');
  });
  test('self-signed', () => {
    const own = selfSigned({ subject: 'pinned' });
    expect(new X509Certificate(own.der).verify(own.publicKey)).toBe(true);
  });
});
