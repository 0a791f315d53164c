import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { formatName } from '../../../src/core/x509/name.ts';
import { encodeName } from '../../../src/core/x509/write.ts';
import {
  boolean,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  text,
  tlv,
} from '../../../src/core/x509/write-der.ts';
import { type ExtensionSpec, extension } from '../../../src/core/x509/write-extension.ts';
import { ca } from '../../pki.ts';
import { problemsOf } from './problems.ts';

const root = ca();
const withExtensions = (...extensions: readonly ExtensionSpec[]) => parseCertificate(root.issue({ extensions }).der);
const withOne = (oid: string, value: Uint8Array, critical = false) => withExtensions({ oid, value, critical });
const ascii = (tag: number, value: string) => tlv(tag, Buffer.from(value, 'latin1'));
const directory = encodeName([[{ type: 'CN', value: 'x' }]]);

const san = '2.5.29.17';
const basicConstraints = '2.5.29.19';
const keyUsage = '2.5.29.15';
const policies = '2.5.29.32';
const points = '2.5.29.31';
const authorityKey = '2.5.29.35';
const constraints = '2.5.29.30';
const qc = '1.3.6.1.5.5.7.1.3';

describe('what is read', () => {
  test('subjectAltName, each kind', () => {
    const names = [
      { dns: '*.orders.acme.example' },
      { uri: 'spiffe://acme.example/orders' },
      { email: 'ops@acme.example' },
      { ip: Uint8Array.of(192, 0, 2, 1) },
      { directory },
      { registeredId: '1.2.3.4' },
      { other: text(0x0c, 'x'), oid: '1.2.3' },
      { raw: tlv(0xa3, integer(1)) },
      { raw: tlv(0xa5, integer(1)) },
    ];
    const read = withExtensions(extension.subjectAltName(names), {
      ...extension.subjectAltName([{ dns: 'a' }]),
      oid: '2.5.29.18',
    });
    expect(
      read.subjectAltName?.map((name) => [
        name.kind,
        'value' in name && typeof name.value === 'string' ? name.value : '',
      ]),
    ).toEqual([
      ['dns', '*.orders.acme.example'],
      ['uri', 'spiffe://acme.example/orders'],
      ['email', 'ops@acme.example'],
      ['ip', ''],
      ['directory', ''],
      ['registered-id', ''],
      ['other', ''],
      ['other', ''],
      ['other', ''],
    ]);
    const [, , , ip, name, registered, other, x400, ediParty] = read.subjectAltName ?? [];
    expect(ip).toMatchObject({ text: '192.0.2.1' });
    expect(name?.kind === 'directory' ? formatName(name.name) : '').toBe('CN=x');
    expect(registered).toMatchObject({ oid: '1.2.3.4' });
    expect(other).toMatchObject({ oid: '1.2.3', form: 'other-name' });
    expect(other?.kind === 'other' ? Buffer.from(other.value).toString('hex') : '').toBe('0c0178');
    expect([x400, ediParty]).toMatchObject([{ form: 'x400' }, { form: 'edi-party' }]);
    expect(read.issuerAltName).toEqual([{ kind: 'dns', value: 'a' }]);
  });
  test.each([
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000ffffc0000201', '::ffff:c000:201'],
    ['20010db8000100020003000400050006', '2001:db8:1:2:3:4:5:6'],
    ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
    ['20010db800000001000100010001000a', '2001:db8:0:1:1:1:1:a'],
    ['00010000000000000000000000000000', '1::'],
  ])('IPv6 %s', (hex, written) => {
    expect(
      withExtensions(extension.subjectAltName([{ ip: Uint8Array.from(Buffer.from(hex, 'hex')) }])).subjectAltName,
    ).toMatchObject([{ text: written }]);
  });
  test('constraints of names, policies, usage', () => {
    const read = withExtensions(
      extension.basicConstraints(true, 3),
      extension.keyUsage(['digitalSignature', 'keyCertSign', 'cRLSign', 'decipherOnly']),
      extension.extendedKeyUsage(['clientAuth', '1.2.3']),
      extension.nameConstraints({
        permitted: [
          { dns: '.acme.example' },
          { dns: '' },
          { raw: tlv(0x87, Uint8Array.of(192, 0, 2, 0, 255, 255, 255, 0)) },
        ],
        excluded: [{ email: '' }, { directory }],
      }),
      extension.certificatePolicies(['1.2.3', '2.5.29.32.0']),
      extension.policyMappings([['1.2.3', '1.2.4']]),
      extension.policyConstraints({ requireExplicitPolicy: 0, inhibitPolicyMapping: 2 }),
      extension.inhibitAnyPolicy(1),
    );
    expect(read.basicConstraints).toEqual({ ca: true, pathLength: 3 });
    expect([...(read.keyUsage ?? [])]).toEqual(['digitalSignature', 'keyCertSign', 'cRLSign', 'decipherOnly']);
    expect(read.extendedKeyUsage).toEqual(['1.3.6.1.5.5.7.3.2', '1.2.3']);
    expect(read.nameConstraints?.permitted).toMatchObject([
      { value: '.acme.example' },
      { value: '' },
      { text: '192.0.2.0/24' },
    ]);
    expect(read.nameConstraints?.excluded?.map(({ kind }) => kind)).toEqual(['email', 'directory']);
    expect(read.certificatePolicies).toEqual(['1.2.3', '2.5.29.32.0']);
    expect(read.policyMappings).toEqual([{ issuerDomainPolicy: '1.2.3', subjectDomainPolicy: '1.2.4' }]);
    expect(read.policyConstraints).toEqual({ requireExplicitPolicy: 0, inhibitPolicyMapping: 2 });
    expect(read.inhibitAnyPolicy).toBe(1);
    expect(withOne('2.5.29.36', sequence()).policyConstraints).toEqual({});
    expect(
      withOne(constraints, sequence(tlv(0xa1, sequence(ascii(0x82, 'x'))))).nameConstraints?.permitted,
    ).toBeUndefined();
  });
  test('distribution points and access descriptions', () => {
    const uri = ascii(0x86, 'http://crl.acme.example/ca.crl');
    const cn = sequence(objectIdentifier('2.5.4.3'), text(0x0c, 'list'));
    const value = sequence(
      sequence(tlv(0xa0, tlv(0xa0, uri)), tlv(0x81, Uint8Array.of(1, 6)), tlv(0xa2, tlv(0xa4, directory))),
      sequence(tlv(0xa0, tlv(0xa1, cn))),
      sequence(tlv(0xa2, tlv(0xa4, directory))),
    );
    const access = sequence(sequence(objectIdentifier('1.3.6.1.5.5.7.48.1'), uri));
    const read = withExtensions(
      { oid: points, value },
      { oid: '2.5.29.46', value },
      { oid: '1.3.6.1.5.5.7.1.1', value: access },
      { oid: '1.3.6.1.5.5.7.1.11', value: access },
    );
    expect(read.crlDistributionPoints).toMatchObject([
      { fullName: [{ value: 'http://crl.acme.example/ca.crl' }], reasons: 0b110_0000 },
      { relativeName: [{ type: '2.5.4.3', value: 'list' }] },
      { crlIssuer: [{ kind: 'directory' }] },
    ]);
    expect(read.freshestCrl).toHaveLength(3);
    expect(read.authorityInfoAccess).toMatchObject([{ method: '1.3.6.1.5.5.7.48.1', location: { kind: 'uri' } }]);
    expect(read.subjectInfoAccess).toHaveLength(1);
  });
  test('key identifiers', () => {
    const whole = sequence(
      tlv(0x80, Uint8Array.of(1, 2)),
      tlv(0xa1, tlv(0xa4, directory)),
      tlv(0x82, Uint8Array.of(5)),
    );
    expect(
      withExtensions(extension.subjectKeyIdentifier(Uint8Array.of(0, 1)), { oid: authorityKey, value: whole }),
    ).toMatchObject({ subjectKeyIdentifier: '0001', authorityKeyIdentifier: '0102' });
    expect(withOne(authorityKey, sequence()).authorityKeyIdentifier).toBeUndefined();
  });
  test('a key identifier of another type says nothing, and may not be critical', () => {
    expect(withOne(authorityKey, integer(42))).toMatchObject({
      authorityKeyIdentifier: undefined,
      deviations: ['authority_key_identifier_unreadable'],
    });
    expect(withOne('2.5.29.14', integer(42))).toMatchObject({
      subjectKeyIdentifier: undefined,
      deviations: ['subject_key_identifier_unreadable'],
    });
    expect(problemsOf(() => withOne(authorityKey, integer(42), true))[0]?.code).toBe('certificate_malformed');
    expect(problemsOf(() => withOne('2.5.29.14', integer(42), true))[0]?.code).toBe('certificate_malformed');
  });
  test('QC statements: the OID of a PSD2 role decides, not the text beside it', () => {
    const role = (oid: string, name: string) => sequence(objectIdentifier(oid), text(0x0c, name));
    const psd2 = sequence(
      objectIdentifier('0.4.0.19495.2'),
      sequence(
        sequence(role('0.4.0.19495.1.3', 'PSP_PI'), role('1.2.3', 'own')),
        text(0x0c, 'De Nederlandsche Bank'),
        text(0x0c, 'NL-DNB'),
      ),
    );
    const compliance = sequence(objectIdentifier('0.4.0.1862.1.1'));
    const type = sequence(objectIdentifier('0.4.0.1862.1.6'), sequence(objectIdentifier('0.4.0.1862.1.6.3')));
    const read = withOne(qc, sequence(compliance, type, psd2)).qcStatements;
    expect(read?.statements.map(({ oid, value }) => [oid, value === undefined])).toEqual([
      ['0.4.0.1862.1.1', true],
      ['0.4.0.1862.1.6', false],
      ['0.4.0.19495.2', false],
    ]);
    expect(read?.psd2).toEqual({
      roles: [
        { oid: '0.4.0.19495.1.3', name: 'PSP_AI' },
        { oid: '1.2.3', name: 'own' },
      ],
      authorityName: 'De Nederlandsche Bank',
      authorityId: 'NL-DNB',
    });
    expect(withOne(qc, sequence(psd2, psd2)).qcStatements).toMatchObject({
      psd2Problem: 'the PSD2 statement stands twice',
    });
  });
  test('what is unknown is kept as it is', () => {
    const read = withOne('1.2.3.4', Uint8Array.of(0xff, 0xff), true);
    expect(read.extensions).toHaveLength(1);
    expect(read.extensions[0]).toMatchObject({ oid: '1.2.3.4', critical: true });
    expect([...(read.extensions[0]?.value ?? [])]).toEqual([0xff, 0xff]);
  });
});

describe('what is refused', () => {
  const policy = (...more: readonly Uint8Array[]) => sequence(sequence(objectIdentifier('1.2.3'), ...more));
  const anyPolicy = (qualifier: string) =>
    sequence(sequence(objectIdentifier('2.5.29.32.0'), sequence(sequence(objectIdentifier(qualifier), nullValue()))));
  const subtree = (...parts: readonly Uint8Array[]) => sequence(tlv(0xa0, sequence(...parts)));
  test.each<[string, string, Uint8Array]>([
    ['an empty subjectAltName', san, sequence()],
    ['data behind it', san, Buffer.concat([sequence(ascii(0x82, 'a')), Uint8Array.of(0)])],
    ['an empty dNSName', san, sequence(ascii(0x82, ''))],
    ['a dNSName beyond ASCII', san, sequence(ascii(0x82, 'é'))],
    ['a dNSName with NUL', san, sequence(ascii(0x82, 'a\u0000.example'))],
    ['an rfc822Name with a line feed', san, sequence(ascii(0x81, 'a\n'))],
    ['a URI with a tab', san, sequence(ascii(0x86, 'a\t'))],
    ['an empty URI', san, sequence(ascii(0x86, ''))],
    ['an address of 5 bytes', san, sequence(tlv(0x87, new Uint8Array(5)))],
    ['an address with its mask', san, sequence(tlv(0x87, new Uint8Array(8)))],
    ['a constructed dNSName', san, sequence(tlv(0xa2, ascii(0x16, 'a')))],
    ['no GeneralName', san, sequence(tlv(0x89, new Uint8Array(1)))],
    ['an otherName without a value', san, sequence(tlv(0xa0, objectIdentifier('1.2.3')))],
    ['an otherName with two', san, sequence(tlv(0xa0, objectIdentifier('1.2.3'), tlv(0xa0, nullValue(), nullValue())))],
    ['a directoryName that is no Name', san, sequence(tlv(0xa4, setOf()))],
    ['cA that is no BOOLEAN', basicConstraints, sequence(tlv(1, Uint8Array.of(1)))],
    ['a path length of 256', basicConstraints, sequence(boolean(true), integer(256))],
    ['a negative path length', basicConstraints, sequence(boolean(true), tlv(2, Uint8Array.of(0xff)))],
    ['a third part of basicConstraints', basicConstraints, sequence(boolean(true), integer(1), integer(1))],
    ['no usage', keyUsage, tlv(3, Uint8Array.of(0))],
    ['unknown usages', keyUsage, tlv(3, Uint8Array.of(6, 0, 0x40))],
    ['usages of three bytes', keyUsage, tlv(3, Uint8Array.of(0, 0x80, 0, 1))],
    ['no purpose', '2.5.29.37', sequence()],
    ['a purpose that is no OID', '2.5.29.37', sequence(integer(1))],
    ['no policies', policies, sequence()],
    ['a policy twice', policies, sequence(sequence(objectIdentifier('1.2.3')), sequence(objectIdentifier('1.2.3')))],
    ['empty qualifiers', policies, policy(sequence())],
    ['a qualifier without a value', policies, policy(sequence(sequence(objectIdentifier('1.2.3'))))],
    ['a qualifier with two', policies, policy(sequence(sequence(objectIdentifier('1.2.3'), nullValue(), nullValue())))],
    [
      'data behind the qualifiers',
      policies,
      policy(sequence(sequence(objectIdentifier('1.2.3'), nullValue())), nullValue()),
    ],
    ['anyPolicy with a qualifier of its own', policies, anyPolicy('1.2.3')],
    ['no mappings', '2.5.29.33', sequence()],
    ['a negative skip', '2.5.29.54', tlv(2, Uint8Array.of(0xff))],
    ['constraints in the wrong order', '2.5.29.36', sequence(tlv(0x81, Uint8Array.of(1)), tlv(0x80, Uint8Array.of(1)))],
    ['empty name constraints', constraints, sequence()],
    ['empty subtrees', constraints, sequence(tlv(0xa0))],
    ['a minimum of zero in writing', constraints, subtree(ascii(0x82, 'a'), tlv(0x80, Uint8Array.of(0)))],
    ['a maximum', constraints, subtree(ascii(0x82, 'a'), tlv(0x81, Uint8Array.of(1)))],
    ['a range without a mask', constraints, subtree(tlv(0x87, new Uint8Array(4)))],
    ['a mask that is no prefix', constraints, subtree(tlv(0x87, Uint8Array.of(192, 0, 2, 0, 255, 0, 255, 0)))],
    ['data behind the key identifier', authorityKey, sequence(tlv(0x80, Uint8Array.of(1)), nullValue())],
    ['a serial that is not minimal', authorityKey, sequence(tlv(0x82, Uint8Array.of(0, 1)))],
    ['an extension that is not DER', '2.5.29.14', Uint8Array.of(4, 0x81, 1, 0)],
  ])('%s', (_, oid, value) => {
    expect(problemsOf(() => withOne(oid, value))[0]?.code).toBe('certificate_malformed');
  });
  test('a critical FALSE in writing, an extension twice, none, and too many', () => {
    const raw =
      (...extensions: readonly Uint8Array[]) =>
      () =>
        parseCertificate(root.issue({ replace: { extensions: tlv(0xa3, sequence(...extensions)) } }).der);
    const unknown = (last: number, ...flag: readonly Uint8Array[]) =>
      sequence(objectIdentifier(`1.2.3.${last}`), ...flag, octetString(nullValue()));
    expect(raw(unknown(1), unknown(2, boolean(true)))().extensions.map(({ critical }) => critical)).toEqual([
      false,
      true,
    ]);
    expect(problemsOf(raw(unknown(1, boolean(false))))[0]?.message).toContain('FALSE');
    expect(problemsOf(raw(unknown(1), unknown(2), unknown(1)))[0]?.message).toContain('twice');
    expect(problemsOf(raw())[0]?.message).toContain('empty');
    expect(problemsOf(raw(...Array.from({ length: 65 }, (_, index) => unknown(index))))[0]?.message).toContain('64');
    expect(problemsOf(raw(sequence(objectIdentifier('1.2.3'), octetString(nullValue()), nullValue())))[0]?.code).toBe(
      'certificate_malformed',
    );
  });
});
