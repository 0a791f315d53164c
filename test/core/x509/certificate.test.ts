import { createHash, createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { formatName } from '../../../src/core/x509/name.ts';
import { derFromPem } from '../../../src/core/x509/pem.ts';
import { encodeName, type TbsField } from '../../../src/core/x509/write.ts';
import {
  bitString,
  integer,
  nullValue,
  objectIdentifier,
  sequence,
  text,
  tlv,
} from '../../../src/core/x509/write-der.ts';
import { uniqueIdentifier } from '../../../src/core/x509/write-extension.ts';
import { ca, defaultNotAfter, defaultNotBefore, type IssueSpec, selfSigned } from '../../pki.ts';
import { problemsOf, valueOrProblem } from './problems.ts';

const root = ca({ subject: { C: 'NL', O: 'Acme', CN: 'Acme Root' }, pathLength: 1 });
const parse = (spec: IssueSpec) => parseCertificate(root.issue(spec).der);
const replaced =
  (field: TbsField, der: Uint8Array, spec: IssueSpec = {}) =>
  () =>
    parse({ ...spec, replace: { [field]: der } });
/** The same signature algorithm in both places that name it. */
const withAlgorithm = (der: Uint8Array) => () => parse({ outerAlgorithm: der, replace: { signature: der } });
const utcTime = (digits: string) => tlv(0x17, Buffer.from(digits));
const generalizedTime = (digits: string) => tlv(0x18, Buffer.from(digits));
const refusal = (call: () => unknown) => {
  const [problem] = problemsOf(call);
  expect(problem?.code).toBe('certificate_malformed');
  return problem?.message ?? '';
};

describe('a certificate', () => {
  test('every field', () => {
    const issued = root.issue({
      subject: { C: 'NL', O: 'Acme, Inc.', CN: 'orders-client' },
      serial: '00ab0102',
      names: [{ dns: 'orders.acme.example' }],
    });
    const certificate = parseCertificate(derFromPem(issued.pem));
    expect(certificate).toMatchObject({
      version: 3,
      serial: 'ab0102',
      selfIssued: false,
      notBefore: defaultNotBefore,
      notAfter: defaultNotAfter,
      signatureAlgorithm: { name: 'ecdsa', hash: 'sha256', oid: '1.2.840.10045.4.3.2' },
      extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'],
      subjectAltName: [{ kind: 'dns', value: 'orders.acme.example' }],
      deviations: [],
    });
    expect(formatName(certificate.subject)).toBe('CN=orders-client,O=Acme\\, Inc.,C=NL');
    expect(formatName(certificate.issuer)).toBe('CN=Acme Root,O=Acme,C=NL');
    expect([...(certificate.keyUsage ?? [])]).toEqual(['digitalSignature']);
    expect(certificate.sha256).toBe(createHash('sha256').update(issued.der).digest('hex'));
    const spki = issued.publicKey.export({ type: 'spki', format: 'der' });
    expect(certificate.spkiSha256).toBe(createHash('sha256').update(spki).digest('hex'));
    expect(Buffer.from(certificate.publicKey.spki).equals(spki)).toBe(true);
    expect(Buffer.concat([certificate.tbs, certificate.signature]).length).toBeLessThan(issued.der.length);
    expect(certificate.extensions.map(({ oid }) => oid)).toContain('2.5.29.17');
    expect(certificate.extensions[0]?.value).toBeInstanceOf(Uint8Array);
    expect(parseCertificate(root.der)).toMatchObject({
      selfIssued: true,
      basicConstraints: { ca: true, pathLength: 1 },
    });
    expect(parseCertificate(root.der).subjectKeyIdentifier).toBe(certificate.authorityKeyIdentifier);
  });
  test.each([
    ['p256', { algorithm: 'ec', curve: 'P-256' }, { name: 'ecdsa', hash: 'sha256' }],
    ['p384', { algorithm: 'ec', curve: 'P-384' }, { name: 'ecdsa' }],
    ['p521', { algorithm: 'ec', curve: 'P-521' }, { name: 'ecdsa' }],
    ['secp256k1', { algorithm: 'ec', curve: '1.3.132.0.10' }, { name: 'ecdsa' }],
    ['ed25519', { algorithm: 'ed25519' }, { name: 'ed25519' }],
    ['rsa2048', { algorithm: 'rsa', bits: 2048 }, { name: 'rsa-pkcs1', hash: 'sha256' }],
    ['pss2048', { algorithm: 'rsa-pss', bits: 2048 }, { name: 'rsa-pss', hash: 'sha256', saltLength: 32 }],
  ] as const)('key %s', (key, publicKey, signatureAlgorithm) => {
    expect(parseCertificate(selfSigned({ key }).der)).toMatchObject({ publicKey, signatureAlgorithm });
  });
});

describe('version and serial', () => {
  test('versions 1 and 2', () => {
    expect(parse({ version: 1, extensions: [] })).toMatchObject({
      version: 1,
      extensions: [],
      subjectAltName: undefined,
    });
    expect(
      parse({
        version: 2,
        extensions: [],
        replace: { uniqueIdentifiers: uniqueIdentifier('issuer', Uint8Array.of(1)) },
      }).version,
    ).toBe(2);
  });
  test.each([
    ['version 1 in writing', replaced('version', tlv(0xa0, integer(0)))],
    ['version 4', replaced('version', tlv(0xa0, integer(3)))],
    ['extensions in version 2', () => parse({ version: 2 })],
    [
      'a unique identifier in version 1',
      () =>
        parse({
          version: 1,
          extensions: [],
          replace: { uniqueIdentifiers: uniqueIdentifier('subject', Uint8Array.of(1)) },
        }),
    ],
    ['a serial that is text', replaced('serial', text(0x0c, '1'))],
    ['an empty serial', replaced('serial', tlv(2))],
  ])('%s is refused', (_, call) => {
    expect(refusal(call)).toBeTruthy();
  });
  test.each([
    ['zero', integer(0), '0', ['serial_not_positive']],
    ['negative', tlv(2, Uint8Array.of(0xff, 0x7f)), '-81', ['serial_not_positive']],
    ['not minimal', tlv(2, Uint8Array.of(0, 1)), '1', ['serial_not_minimal']],
    ['21 octets', integer('7f'.repeat(21)), '7f'.repeat(21), ['serial_too_long']],
    ['20 octets', integer('7f'.repeat(20)), '7f'.repeat(20), []],
    ['no number', nullValue(), '', ['serial_not_integer']],
  ])('%s', (_, der, serial, deviations) => {
    expect(replaced('serial', der)()).toMatchObject({ serial, deviations });
  });
});

describe('validity', () => {
  const validity = (from: Uint8Array, to: Uint8Array) => replaced('validity', sequence(from, to))();
  test('both forms of time, the turn of the century, leap days', () => {
    const read = validity(utcTime('500101000000Z'), generalizedTime('20500101000000Z'));
    expect([read.notBefore, read.notAfter]).toEqual([Date.UTC(1950, 0, 1), Date.UTC(2050, 0, 1)]);
    expect(validity(utcTime('491231235959Z'), generalizedTime('99991231235959Z'))).toMatchObject({
      notBefore: Date.UTC(2049, 11, 31, 23, 59, 59),
      notAfter: Date.UTC(9999, 11, 31, 23, 59, 59),
    });
    expect(validity(utcTime('240229000000Z'), generalizedTime('20000229000000Z')).notBefore).toBe(
      Date.UTC(2024, 1, 29),
    );
  });
  test.each([
    '2402290000Z',
    '240229000000',
    '240229000000+0100',
    '230229000000Z',
    '240431000000Z',
    '241301000000Z',
    '240001000000Z',
    '240100000000Z',
    '240101240000Z',
    '240101006000Z',
    '240101000060Z',
    '2401010000 0Z',
    '24010100:000Z',
  ])('UTCTime %s is refused', (digits) => {
    expect(refusal(() => validity(utcTime(digits), utcTime('300101000000Z')))).toContain('notBefore');
  });
  test.each(['20240101000000.5Z', '21000229000000Z', '00990101000000Z', '240101000000Z'])(
    'GeneralizedTime %s is refused',
    (digits) => {
      expect(refusal(() => validity(generalizedTime(digits), utcTime('300101000000Z')))).toContain('notBefore');
    },
  );
  test('another type is refused', () => {
    expect(refusal(() => validity(text(0x0c, '240101000000Z'), utcTime('300101000000Z')))).toContain('not a time');
  });
});

describe('algorithms and keys', () => {
  const ecdsa = objectIdentifier('1.2.840.10045.4.3.2');
  const rsa = objectIdentifier('1.2.840.113549.1.1.1');
  const ec = objectIdentifier('1.2.840.10045.2.1');
  const p256 = objectIdentifier('1.2.840.10045.3.1.7');
  const key = (algorithm: Uint8Array, bits: Uint8Array, unused = 0) =>
    replaced('publicKey', sequence(algorithm, bitString(bits, unused)));
  const point = (form: number, octets: number) => Uint8Array.from([form, ...new Uint8Array(octets).fill(7)]);

  test('two algorithms that differ verify nothing', () => {
    expect(parse({ outerAlgorithm: sequence(objectIdentifier('1.2.840.10045.4.3.3')) })).toMatchObject({
      signatureAlgorithm: { name: 'other' },
      deviations: ['signature_algorithms_differ'],
    });
    expect(parse({ outerAlgorithm: sequence(ecdsa, nullValue()) }).deviations).toEqual(['signature_algorithms_differ']);
  });
  test('an unknown algorithm is kept as such', () => {
    expect(withAlgorithm(sequence(objectIdentifier('1.2.3'), nullValue()))().signatureAlgorithm).toEqual({
      name: 'other',
      oid: '1.2.3',
    });
    expect(key(sequence(objectIdentifier('1.2.3')), Uint8Array.of(1))().publicKey).toMatchObject({
      algorithm: 'other',
      oid: '1.2.3',
    });
    expect(key(sequence(objectIdentifier('1.2.840.10040.4.1')), Uint8Array.of(1))().publicKey.algorithm).toBe('dsa');
    expect(key(sequence(objectIdentifier('1.3.101.113')), new Uint8Array(57))().publicKey.algorithm).toBe('ed448');
  });
  test.each([
    ['ECDSA with parameters that are no NULL', replaced('signature', sequence(ecdsa, integer(1)))],
    ['Ed25519 with NULL', replaced('signature', sequence(objectIdentifier('1.3.101.112'), nullValue()))],
    [
      'RSA with a NULL that is not empty',
      replaced('signature', sequence(objectIdentifier('1.2.840.113549.1.1.11'), tlv(5, Uint8Array.of(0)))),
    ],
    ['an RSA key without NULL', key(sequence(rsa), sequence(integer(3), integer(3)))],
    ['an RSA key that is no sequence', key(sequence(rsa, nullValue()), integer(3))],
    ['a modulus of zero', key(sequence(rsa, nullValue()), sequence(integer(0), integer(3)))],
    ['a negative modulus', key(sequence(rsa, nullValue()), sequence(tlv(2, Uint8Array.of(0x80)), integer(3)))],
    ['a negative exponent', key(sequence(rsa, nullValue()), sequence(integer(3), tlv(2, Uint8Array.of(0x80))))],
    [
      'data behind the RSA key',
      key(sequence(rsa, nullValue()), Buffer.concat([sequence(integer(3), integer(3)), Uint8Array.of(0)])),
    ],
    ['a key with unused bits', key(sequence(rsa, nullValue()), Uint8Array.of(0), 1)],
    ['an EC key without a curve', key(sequence(ec), point(4, 64))],
    ['explicit EC parameters', key(sequence(ec, sequence(integer(1))), point(4, 64))],
    ['a point of the wrong length', key(sequence(ec, p256), point(4, 63))],
    ['a hybrid point', key(sequence(ec, p256), point(6, 64))],
    ['the point at infinity', key(sequence(ec, p256), Uint8Array.of(0))],
    ['a short Ed25519 key', key(sequence(objectIdentifier('1.3.101.112')), new Uint8Array(31))],
    ['Ed25519 with parameters', key(sequence(objectIdentifier('1.3.101.112'), nullValue()), new Uint8Array(32))],
  ])('%s is refused', (_, call) => {
    expect(refusal(call)).toBeTruthy();
  });
  test('a compressed point is read', () => {
    expect(key(sequence(ec, p256), point(2, 32))().publicKey.curve).toBe('P-256');
    expect(key(sequence(ec, p256), point(3, 32))().publicKey.curve).toBe('P-256');
  });
  test("the number of bits is the modulus's", () => {
    expect(key(sequence(rsa, nullValue()), sequence(integer('1ff'), integer(3)))().publicKey.bits).toBe(9);
    expect(key(sequence(rsa, nullValue()), sequence(integer('8000'), integer(3)))().publicKey.bits).toBe(16);
  });

  const sha256 = objectIdentifier('2.16.840.1.101.3.4.2.1');
  const mgf1 = objectIdentifier('1.2.840.113549.1.1.8');
  const pss = (...fields: readonly Uint8Array[]) =>
    withAlgorithm(sequence(objectIdentifier('1.2.840.113549.1.1.10'), sequence(...fields)));
  const hash = tlv(0xa0, sequence(sha256, nullValue()));
  const mask = (algorithm: Uint8Array) => tlv(0xa1, sequence(mgf1, algorithm));
  test('RSASSA-PSS', () => {
    const algorithm = (call: () => { signatureAlgorithm: unknown }) => call().signatureAlgorithm;
    expect(algorithm(pss(hash, mask(sequence(sha256)), tlv(0xa2, integer(32))))).toEqual({
      name: 'rsa-pss',
      hash: 'sha256',
      oid: '1.2.840.113549.1.1.10',
      saltLength: 32,
    });
    expect(algorithm(pss())).toMatchObject({ name: 'rsa-pss', hash: 'sha1', saltLength: 20 });
    expect(algorithm(pss(hash))).toMatchObject({ name: 'other' });
    expect(algorithm(pss(hash, mask(sequence(objectIdentifier('1.2.3')))))).toMatchObject({ name: 'other' });
    expect(algorithm(pss(hash, tlv(0xa1, sequence(objectIdentifier('1.2.3'), nullValue()))))).toMatchObject({
      name: 'other',
    });
    expect(algorithm(pss(hash, mask(sequence(sha256)), tlv(0xa3, integer(2))))).toMatchObject({ name: 'other' });
    expect(algorithm(withAlgorithm(sequence(objectIdentifier('1.2.840.113549.1.1.10'))))).toMatchObject({
      name: 'other',
    });
    expect(refusal(pss(integer(1)))).toBeTruthy();
  });
});

describe('the whole', () => {
  test('more than 64 KiB, data behind, nothing at all', () => {
    expect(refusal(() => parseCertificate(new Uint8Array(70_000)))).toContain('65536');
    expect(refusal(() => parseCertificate(Buffer.concat([root.der, Uint8Array.of(0)])))).toContain(
      'data after the end',
    );
    expect(refusal(() => parseCertificate(Uint8Array.of()))).toBeTruthy();
  });
  test('no subject needs a critical alternative name', () => {
    const subject: readonly [] = [];
    const names = [{ dns: 'orders.acme.example' }];
    expect(parse({ subject, names }).subject.rdns).toEqual([]);
    expect(parse({ subject }).subject.key).toBe('');
    const san = sequence(tlv(0x82, Buffer.from('orders.acme.example')));
    expect(refusal(() => parse({ subject, extra: [{ oid: '2.5.29.17', value: san }] }))).toContain('not critical');
  });
  test('a signature that is not whole bytes', () => {
    const der = Buffer.from(root.der);
    const at = der.length - parseCertificate(der).signature.length - 1;
    der[at] = 1;
    der[der.length - 1] = (der[der.length - 1] ?? 0) & 0xfe;
    expect(refusal(() => parseCertificate(der))).toContain('whole bytes');
  });
  test('names with control characters', () => {
    const subject = { der: encodeName([[{ type: 'CN', value: 'a\u0000b' }]]) };
    expect(refusal(() => parse({ subject }))).toContain('UTF8String');
  });
});

describe('any damage', () => {
  const leaf = root.issue({
    subject: { O: 'Acme', CN: 'orders-client' },
    names: [{ dns: 'orders.acme.example' }, { ip: Uint8Array.of(192, 0, 2, 1) }],
  }).der;
  const touch = (der: Uint8Array) => {
    const certificate = valueOrProblem(() => parseCertificate(der));
    if (certificate === undefined) return false;
    for (const name of [certificate.subject, certificate.issuer]) expect(formatName(name)).toMatch(/^[ -~]*$/);
    expect([
      certificate.sha256,
      certificate.spkiSha256,
      certificate.tbs,
      certificate.signature,
      certificate.selfIssued,
    ]).toHaveLength(5);
    for (const { value } of certificate.extensions) expect(value).toBeInstanceOf(Uint8Array);
    return true;
  };

  test('every byte replaced', () => {
    let read = 0;
    for (let at = 0; at < leaf.length; at += 1) {
      for (const flip of [0x01, 0x20, 0x80, 0xff]) {
        const der = Uint8Array.from(leaf);
        der[at] = (der[at] ?? 0) ^ flip;
        if (touch(der)) read += 1;
      }
    }
    expect(read).toBeGreaterThan(0);
  });
  test('every truncation is refused', () => {
    for (let length = 0; length < leaf.length; length += 1) expect(touch(leaf.subarray(0, length))).toBe(false);
  });
  test('several bytes at once, and bytes of nobody', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: leaf.length - 1 }), fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 6,
        }),
        (changes) => {
          const der = Uint8Array.from(leaf);
          for (const [at, octet] of changes) der[at] = octet;
          touch(der);
        },
      ),
      { numRuns: 3000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (der) => void touch(der)));
  });
  test('a key that we read is one that Node reads', () => {
    for (let at = 0; at < leaf.length; at += 1) {
      const der = Uint8Array.from(leaf);
      der[at] = (der[at] ?? 0) ^ 0x01;
      const certificate = valueOrProblem(() => parseCertificate(der));
      if (certificate?.publicKey.algorithm === 'rsa')
        expect(
          createPublicKey({ key: Buffer.from(certificate.publicKey.spki), type: 'spki', format: 'der' }),
        ).toBeDefined();
    }
  });
});
