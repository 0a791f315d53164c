import { X509Certificate } from 'node:crypto';
import { strongAlgorithms } from '../../../src/core/path/algorithm-policy.ts';
import { validatePath } from '../../../src/core/path/path.ts';
import { type Certificate, parseCertificate } from '../../../src/core/x509/certificate.ts';
import { oid } from '../../../src/core/x509/oid.ts';
import { encodeName } from '../../../src/core/x509/write.ts';
import {
  integer,
  nullValue,
  objectIdentifier,
  sequence,
  setOf,
  stringTag,
  text,
  tlv,
} from '../../../src/core/x509/write-der.ts';
import { extension } from '../../../src/core/x509/write-extension.ts';
import { ca, during, type IssueSpec, type KeyKind } from '../../pki.ts';

const keyUsage = (...octets: readonly number[]) => extension.raw(oid.keyUsage, tlv(3, Uint8Array.of(...octets)), true);
const algorithm = (dotted: string, ...parameters: readonly Uint8Array[]): IssueSpec => {
  const der = sequence(objectIdentifier(dotted), ...parameters);
  return { outerAlgorithm: der, replace: { signature: der } };
};
const attribute = (type: string, value: string, tag: number = stringTag.utf8) =>
  sequence(objectIdentifier(type), text(tag, value));
const cn = attribute('2.5.4.3', 'orders-client');
const ou = attribute('2.5.4.11', 'Operations');
const asPath = (key: KeyKind, spec: IssueSpec, caSpec: IssueSpec = {}) => {
  const root = ca({ key, ...caSpec });
  const leaf = parseCertificate(root.issue(spec).der);
  const anchor = parseCertificate(root.der);
  const result = validatePath({
    leaf,
    anchors: [anchor],
    intermediates: [],
    at: during,
    purpose: 'clientAuth',
    algorithms: strongAlgorithms,
  });
  return { leaf, anchor, failures: result.ok ? [] : result.failures.map(({ code, detail }) => `${code}: ${detail}`) };
};

describe('what others read over is read, and told by name', () => {
  test.each<[string, KeyKind, IssueSpec]>([
    ['signature_parameters_absent', 'rsa2048', algorithm(oid.sha256WithRsa)],
    ['signature_parameters_null', 'p256', algorithm(oid.ecdsaWithSha256, nullValue())],
    ['key_usage_trailing_zeros', 'p256', { extra: [keyUsage(0, 0x80)] }],
    ['key_usage_trailing_zeros', 'p256', { extra: [keyUsage(6, 0x80, 0)] }],
    ['rdn_not_in_order', 'p256', { subject: { der: sequence(tlv(0x31, cn, ou)) } }],
    [
      'printable_string_ampersand',
      'p256',
      { subject: { der: sequence(setOf(attribute('2.5.4.10', 'Wold & Ferry', stringTag.printable)), setOf(cn)) } },
    ],
  ])('%s (%s)', (deviation, key, spec) => {
    const { leaf, failures } = asPath(key, spec);
    expect(leaf.deviations).toEqual([deviation]);
    expect(failures).toEqual([]);
    expect(new X509Certificate(leaf.der).fingerprint256).not.toBe('');
  });

  test('what it says is what the strict form says', () => {
    expect(asPath('p256', { extra: [keyUsage(0, 0xa0)] }).leaf.keyUsage).toEqual(
      asPath('p256', { extra: [keyUsage(5, 0xa0)] }).leaf.keyUsage,
    );
    const unsorted = asPath('p256', { subject: { der: sequence(tlv(0x31, cn, ou)) } }).leaf;
    const sorted = asPath('p256', { subject: { der: sequence(setOf(ou, cn)) } }).leaf;
    expect(unsorted.subject.key).toBe(sorted.subject.key);
    const apart = asPath('p256', { subject: { der: sequence(setOf(ou), setOf(cn)) } }).leaf;
    expect(unsorted.subject.key).not.toBe(apart.subject.key);
  });

  test('a CA whose name has an ampersand in a PrintableString vouches for its clients', () => {
    const subject = { der: sequence(setOf(attribute('2.5.4.10', 'Wold & Ferry', stringTag.printable))) };
    const { leaf, anchor, failures } = asPath('p256', {}, { subject });
    expect(failures).toEqual([]);
    expect([leaf, anchor].map(({ deviations }) => deviations)).toEqual([
      ['printable_string_ampersand'],
      ['printable_string_ampersand'],
    ]);
    expect(leaf.issuer.key).toBe(parseCertificate(ca({ subject: { O: 'Wold & Ferry' } }).der).subject.key);
  });

  test('a signature is still only that of its own algorithm', () => {
    for (const spec of [algorithm(oid.sha384WithRsa), algorithm(oid.ecdsaWithSha256, nullValue())]) {
      expect(asPath('rsa2048', spec).failures.join()).toContain('signature_invalid');
    }
  });
});

describe('an optional field does not take the certificate down', () => {
  const optional: readonly (readonly [string, string, Uint8Array])[] = [
    ['issuerAltName', oid.issuerAltName, sequence()],
    ['cRLDistributionPoints', oid.crlDistributionPoints, sequence(sequence())],
    ['cRLDistributionPoints', oid.crlDistributionPoints, sequence(sequence(tlv(0xa0, tlv(0xa0))))],
    ['cRLDistributionPoints', oid.crlDistributionPoints, sequence()],
    ['freshestCRL', oid.freshestCrl, integer(1)],
    ['authorityInfoAccess', oid.authorityInfoAccess, sequence()],
    ['subjectInfoAccess', oid.subjectInfoAccess, Uint8Array.of(0x30, 0x80)],
    ['qcStatements', oid.qcStatements, sequence(integer(1))],
    ['qcStatements', oid.qcStatements, Buffer.concat([sequence(), Uint8Array.of(0)])],
    ['qcStatements', oid.qcStatements, nested(40)],
  ];
  const known = ({ issuerAltName, crlDistributionPoints, freshestCrl, qcStatements, ...rest }: Certificate) => [
    issuerAltName,
    crlDistributionPoints,
    freshestCrl,
    qcStatements,
    rest.authorityInfoAccess,
    rest.subjectInfoAccess,
  ];

  test.each(optional)('%s (%s)', (name, type, value) => {
    const { leaf, failures } = asPath('p256', { extra: [extension.raw(type, value)], names: [{ dns: 'a.example' }] });
    expect(leaf.unreadable).toMatchObject([{ oid: type, name, detail: expect.stringMatching(/./) }]);
    expect(leaf.deviations).toEqual(['extension_unreadable']);
    expect(known(leaf)).toEqual(Array.from({ length: 6 }, () => undefined));
    expect(leaf.subjectAltName).toMatchObject([{ kind: 'dns', value: 'a.example' }]);
    expect(failures).toEqual([]);
  });

  test.each(optional)('critical, %s is refused in every certificate of a path (%s)', (name, type, value) => {
    const extra = [extension.raw(type, value, true)];
    for (const { failures } of [asPath('p256', { extra }), asPath('p256', {}, { extra })]) {
      expect(failures).toHaveLength(1);
      expect(failures[0]).toMatch(new RegExp(`critical extension (${name}|${type.replaceAll('.', '\\.')})`));
    }
  });

  test('the fields that say who somebody is, and what a CA may do, stay strict', () => {
    const strict = [oid.subjectAltName, oid.basicConstraints, oid.nameConstraints, oid.extendedKeyUsage];
    for (const type of strict) {
      expect(() => asPath('p256', { extra: [extension.raw(type, integer(1))] })).toThrow();
    }
    for (const blank of [' ', '   ']) {
      expect(() => asPath('p256', { names: [{ dns: blank }] })).toThrow('blank');
    }
  });
});

describe('a PSD2 statement as issuers write it', () => {
  const accounts = objectIdentifier('0.4.0.19495.1.3');
  const payments = objectIdentifier('0.4.0.19495.1.2');
  const utf8 = (value: string) => text(stringTag.utf8, value);
  const printable = (value: string) => text(stringTag.printable, value);
  const rest = [utf8('De Nederlandsche Bank'), utf8('NL-DNB')];
  const read = (...information: readonly Uint8Array[]) => {
    const statement = sequence(objectIdentifier('0.4.0.19495.2'), ...information);
    const value = sequence(sequence(objectIdentifier('0.4.0.1862.1.1')), statement);
    return asPath('p256', { extra: [extension.raw(oid.qcStatements, value)] }).leaf.qcStatements;
  };
  test.each([
    ['as the standard has it', sequence(sequence(sequence(accounts, utf8('PSP_AI'))), ...rest), ['PSP_AI']],
    [
      'roles one behind the other in one sequence',
      sequence(sequence(sequence(payments, utf8('PSP_PI'), accounts, utf8('PSP_AI'))), ...rest),
      ['PSP_PI', 'PSP_AI'],
    ],
    [
      'roles without a sequence around each',
      sequence(sequence(payments, utf8('PSP_PI'), accounts, utf8('PSP_AI')), ...rest),
      ['PSP_PI', 'PSP_AI'],
    ],
    ['a role without a text', sequence(sequence(sequence(accounts)), ...rest), ['PSP_AI']],
    [
      'names as PrintableString',
      sequence(
        sequence(sequence(accounts, printable('PSP_AI'.replace('_', ' ')))),
        printable('DNB'),
        printable('NL-DNB'),
      ),
      ['PSP_AI'],
    ],
    ['no competent authority', sequence(sequence(sequence(accounts, utf8('PSP_AI')))), ['PSP_AI']],
    ['a text that claims another role', sequence(sequence(sequence(payments, utf8('PSP_AI'))), ...rest), ['PSP_PI']],
    ['no roles', sequence(sequence(), ...rest), []],
  ])('%s', (_, information, roles) => {
    const found = read(information);
    expect(found?.psd2Problem).toBeUndefined();
    expect(found?.psd2?.roles.map(({ name }) => name)).toEqual(roles);
  });
  test.each([
    ['no information', []],
    ['no sequence', [utf8('PSP_AI')]],
    ['roles that are texts', [sequence(sequence(utf8('PSP_AI')), ...rest)]],
    ['a set of roles', [sequence(tlv(0x31, sequence(accounts, utf8('PSP_AI'))), ...rest)]],
    ['more behind it', [sequence(sequence(sequence(accounts, utf8('PSP_AI'))), ...rest, utf8('more'))]],
  ])('what is not understood is no role: %s', (_, information) => {
    const found = read(...information);
    expect(found?.psd2).toBeUndefined();
    expect(found?.psd2Problem).toMatch(/PSD2|name of|data after/);
    expect(found?.statements).toHaveLength(2);
  });
});

function nested(depth: number): Uint8Array {
  return depth === 0 ? sequence(encodeName([])) : sequence(nested(depth - 1));
}
