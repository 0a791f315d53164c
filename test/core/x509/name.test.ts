import fc from 'fast-check';
import { formatName, nameFromRdns, parseName } from '../../../src/core/x509/name.ts';
import { objectIdentifier, sequence, setOf, text, tlv } from '../../../src/core/x509/write-der.ts';
import { problemsOf } from './problems.ts';

const cn = (value: Uint8Array) => sequence(objectIdentifier('2.5.4.3'), value);
const ou = (value: Uint8Array) => sequence(objectIdentifier('2.5.4.11'), value);
const utf8 = (value: string) => text(0x0c, value);
const nameOf = (value: Uint8Array) => parseName(sequence(setOf(cn(value))));
const keyOf = (value: string) => nameOf(utf8(value)).key;

describe('equal names', () => {
  test('the same text in every string type', () => {
    const key = keyOf('Orders Client');
    for (const tag of [0x13, 0x14, 0x16, 0x1a, 0x1c, 0x1e]) expect(nameOf(text(tag, 'orders  CLIENT ')).key).toBe(key);
    expect(nameOf(text(0x12, '42')).key).toBe(keyOf('42'));
  });
  test('case and canonical forms beyond ASCII', () => {
    expect(keyOf('ÉCOLE ΣΑ')).toBe(keyOf('e\u0301cole σα'));
    expect(keyOf('Ä')).toBe(keyOf('A\u0308'));
  });
  test('attributes of one RDN in any order', () => {
    const made = [
      [
        [
          { type: 'CN', value: 'x' },
          { type: 'OU', value: 'b' },
        ],
      ],
      [
        [
          { type: 'OU', value: 'B' },
          { type: 'CN', value: 'X' },
        ],
      ],
    ].map(nameFromRdns);
    expect(made[0]?.key).toBe(made[1]?.key);
  });
});

describe('look-alikes are not equal', () => {
  test.each([
    ['zero-width joiner', 'admin', 'admin\u200d'],
    ['soft hyphen', 'admin', 'ad\u00admin'],
    ['full-width letters', 'admin', 'ａｄｍｉｎ'],
    ['Cyrillic a', 'admin', '\u0430dmin'],
    ['Kelvin sign', 'k', '\u212a'],
    ['long s', 's', '\u017f'],
    ['dotted capital I', 'i', '\u0130'],
    ['dotless i', 'i', '\u0131'],
    ['no-break space', 'a b', 'a\u00a0b'],
    ['Greek question mark', ';', '\u037e'],
    ['varia', '`', '\u1fef'],
    ['ligature', 'fi', '\ufb01'],
    ['sharp s', 'ss', 'ß'],
    ['roman numeral', 'iv', '\u2163'],
    ['accent', 'e', 'é'],
    ['comma that would end the RDN', 'a,2.5.4.11=b', 'a\\,2.5.4.11=b'],
    ['number sign', '#0c0161', '\\#0c0161'],
  ])('%s', (_, one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other));
  });
  test('one RDN of two attributes and two RDNs', () => {
    const together = parseName(sequence(setOf(cn(utf8('a')), ou(utf8('b')))));
    const apart = parseName(sequence(setOf(cn(utf8('a'))), setOf(ou(utf8('b')))));
    const forged = parseName(sequence(setOf(cn(utf8('a+2.5.4.11=b')))));
    const forgedToo = parseName(sequence(setOf(cn(utf8('a,2.5.4.11=b')))));
    expect(new Set([together, apart, forged, forgedToo].map(({ key }) => key)).size).toBe(4);
    expect(new Set([together, apart, forged, forgedToo].map(formatName)).size).toBe(4);
  });
  test('a TeletexString beyond ASCII equals nothing but itself', () => {
    const teletex = nameOf(tlv(0x14, Uint8Array.of(0xe9)));
    expect(teletex.rdns[0]?.[0]?.value).toBe('é');
    expect(teletex.key).not.toBe(keyOf('é'));
    expect(teletex.key).toBe(nameOf(tlv(0x14, Uint8Array.of(0xe9))).key);
    expect(formatName(teletex)).toBe('CN=#1401e9');
  });
  test('a value that is no string, and a string that looks like its hex', () => {
    const octets = nameOf(tlv(0x04, Uint8Array.of(1)));
    expect(octets.rdns).toEqual([[{ type: '2.5.4.3', tag: 4, value: '#040101' }]]);
    expect(octets.key).not.toBe(keyOf('#040101'));
    expect(formatName(octets)).toBe('CN=#040101');
    expect(formatName(nameOf(utf8('#040101')))).toBe('CN=\\#040101');
  });
  test('keys of different lists of attributes differ', () => {
    const value = fc.string({ unit: fc.constantFrom(...'ab,+=\\#'), maxLength: 4 });
    const rdns = fc.array(
      fc.array(fc.record({ type: fc.constantFrom('2.5.4.3', '2.5.4.11'), value }), { minLength: 1, maxLength: 2 }),
      { maxLength: 3 },
    );
    const plain = (list: readonly (readonly { type: string; value: string }[])[]) =>
      JSON.stringify(list.map((rdn) => rdn.map(({ type, value: text }) => [type, text]).sort()));
    fc.assert(
      fc.property(rdns, rdns, (one, other) => {
        expect(nameFromRdns(one).key === nameFromRdns(other).key).toBe(plain(one) === plain(other));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what a Name cannot hold', () => {
  test.each([
    ['NUL', utf8('a\u0000b')],
    ['a line feed', utf8('a\nb')],
    ['DEL', utf8('a\u007f')],
    ['a C1 control', utf8('a\u0085b')],
    ['a line separator', utf8('a\u2028b')],
    ['a NUL in a BMPString', text(0x1e, 'a\u0000')],
    ['a control in a TeletexString', tlv(0x14, Uint8Array.of(0x85))],
    ['bytes that are not UTF-8', tlv(0x0c, Uint8Array.of(0xff))],
    ['an overlong form', tlv(0x0c, Uint8Array.of(0xc0, 0x80))],
    ['a surrogate in UTF-8', tlv(0x0c, Uint8Array.of(0xed, 0xa0, 0x80))],
    ['a surrogate in a BMPString', tlv(0x1e, Uint8Array.of(0xd8, 0))],
    ['half a character in a BMPString', tlv(0x1e, Uint8Array.of(0))],
    ['a character beyond Unicode', tlv(0x1c, Uint8Array.of(0, 0x11, 0, 0))],
    ['an at sign in a PrintableString', text(0x13, 'a@b')],
    ['an underscore in a PrintableString', text(0x13, 'a_b')],
    ['a letter in a NumericString', text(0x12, 'a')],
    ['a byte over 127 in an IA5String', tlv(0x16, Uint8Array.of(0xe9))],
    ['more than 8,192 bytes', utf8('a'.repeat(8193))],
    ['a constructed value that is no DER', tlv(0x30, Uint8Array.of(4))],
  ])('%s', (_, value) => {
    expect(problemsOf(() => nameOf(value))[0]?.code).toBe('name_malformed');
  });
  test('structures', () => {
    const attribute = cn(utf8('a'));
    const wrong = [
      Uint8Array.of(),
      sequence(setOf()),
      sequence(attribute),
      sequence(setOf(sequence(objectIdentifier('2.5.4.3')))),
      sequence(setOf(sequence(objectIdentifier('2.5.4.3'), utf8('a'), utf8('b')))),
      sequence(...Array.from({ length: 257 }, () => setOf(attribute))),
      Buffer.concat([sequence(setOf(attribute)), Uint8Array.of(0)]),
    ];
    for (const der of wrong) expect(problemsOf(() => parseName(der))[0]?.code).toBe('name_malformed');
  });
});

describe('our own encoding', () => {
  test('string types as RFC 5280 wants them', () => {
    const made = nameFromRdns([
      [{ type: 'C', value: 'NL' }],
      [{ type: 'DC', value: 'example' }],
      [{ type: 'serialNumber', value: '42' }],
      [{ type: 'emailAddress', value: 'é@acme.example' }],
      [{ type: 'C', value: 'N&' }],
      [{ type: '2.5.4.3', value: 'x' }],
      [{ type: 'O', value: 'x', tag: 0x1e }],
      [{ type: 'O', value: 'é', tag: 0x14 }],
      [{ type: '1.2.3', value: '#0500', tag: 5 }],
    ]);
    expect(made.rdns.map(([attribute]) => attribute?.tag)).toEqual([
      0x13, 0x16, 0x13, 0x0c, 0x0c, 0x0c, 0x1e, 0x14, 0x05,
    ]);
    expect(parseName(made.der).key).toBe(made.key);
  });
  test('an unknown type is our own mistake', () => {
    expect(() => nameFromRdns([[{ type: 'colour', value: 'red' }]])).toThrow('unknown attribute type colour');
  });
});
