import fc from 'fast-check';
import { formatName, nameFromRdns, parseName } from '../../../src/core/x509/name.ts';
import { nameTextOf, parseNameText, readingsOf } from '../../../src/core/x509/name-text.ts';
import { attributeNameOf } from '../../../src/core/x509/oid.ts';
import { problemsOf, valueOrProblem } from './problems.ts';

/** One name as nine tools print it. */
const attributes = [
  ['C', 'NL'],
  ['O', 'Acme, Inc.'],
  ['OU', 'Zahlungen & Café'],
  ['DC', 'example'],
  ['organizationIdentifier', 'PSDNL-DNB-12345'],
  ['serialNumber', '0042'],
  ['CN', 'client one+x'],
  ['emailAddress', 'ops@acme.example'],
] as const;
const name = nameFromRdns(attributes.map(([type, value]) => [{ type, value }]));

const printed = {
  'OpenSSL, default':
    'subject=C = NL, O = "Acme, Inc.", OU = Zahlungen & Caf\\C3\\A9, DC = example, organizationIdentifier = PSDNL-DNB-12345, serialNumber = 0042, CN = "client one+x", emailAddress = ops@acme.example\n',
  'OpenSSL, default since 3.2':
    'subject=C=NL, O="Acme, Inc.", OU=Zahlungen & Caf\\C3\\A9, DC=example, organizationIdentifier=PSDNL-DNB-12345, serialNumber=0042, CN="client one+x", emailAddress=ops@acme.example\n',
  'OpenSSL, -text':
    'Subject: C = NL, O = "Acme, Inc.", OU = Zahlungen & Caf\\C3\\A9, DC = example, organizationIdentifier = PSDNL-DNB-12345, serialNumber = 0042, CN = "client one+x", emailAddress = ops@acme.example',
  'OpenSSL, RFC2253':
    'emailAddress=ops@acme.example,CN=client one\\+x,serialNumber=0042,organizationIdentifier=PSDNL-DNB-12345,DC=example,OU=Zahlungen & Caf\\C3\\A9,O=Acme\\, Inc.,C=NL',
  'OpenSSL, compat':
    '/C=NL/O=Acme, Inc./OU=Zahlungen & Caf\\xC3\\xA9/DC=example/organizationIdentifier=PSDNL-DNB-12345/serialNumber=0042/CN=client one\\+x/emailAddress=ops@acme.example',
  'OpenSSL, multiline':
    'subject=\n    countryName               = NL\n    organizationName          = Acme, Inc.\n    organizationalUnitName    = Zahlungen & Caf\\C3\\A9\n    domainComponent           = example\n    organizationIdentifier    = PSDNL-DNB-12345\n    serialNumber              = 0042\n    commonName                = client one+x\n    emailAddress              = ops@acme.example\n',
  Node: 'C=NL\nO=Acme\\, Inc.\nOU=Zahlungen & Café\nDC=example\norganizationIdentifier=PSDNL-DNB-12345\nserialNumber=0042\nCN=client one\\+x\nemailAddress=ops@acme.example',
  'Java keytool':
    'Owner: EMAILADDRESS=ops@acme.example, CN="client one+x", SERIALNUMBER=0042, OID.2.5.4.97=PSDNL-DNB-12345, DC=example, OU=Zahlungen & Café, O="Acme, Inc.", C=NL',
  'Java, RFC 2253':
    '1.2.840.113549.1.9.1=#16106f70734061636d652e6578616d706c65,CN=client one\\+x,2.5.4.5=#130430303432,2.5.4.97=#130f5053444e4c2d444e422d3132333435,DC=example,OU=Zahlungen & Café,O=Acme\\, Inc.,C=NL',
  '.NET':
    'E=ops@acme.example, CN=client one+x, SERIALNUMBER=0042, OID.2.5.4.97=PSDNL-DNB-12345, DC=example, OU=Zahlungen & Café, O="Acme, Inc.", C=NL'.replace(
      'client one+x',
      '"client one+x"',
    ),
  Python:
    '1.2.840.113549.1.9.1=ops@acme.example,CN=client one\\+x,2.5.4.5=0042,2.5.4.97=PSDNL-DNB-12345,DC=example,OU=Zahlungen & Café,O=Acme\\, Inc.,C=NL',
  'API Gateway':
    'C=NL,O=Acme\\, Inc.,OU=Zahlungen & Café,DC=example,organizationIdentifier=PSDNL-DNB-12345,serialNumber=0042,CN=client one\\+x,emailAddress=ops@acme.example',
};
const go =
  'SERIALNUMBER=0042,CN=client one\\+x,OU=Zahlungen & Café,O=Acme\\, Inc.,C=NL,1.2.840.113549.1.9.1=#0c106f70734061636d652e6578616d706c65,2.5.4.97=#130f5053444e4c2d444e422d3132333435,0.9.2342.19200300.100.1.25=#13076578616d706c65';

const keyOf = (...rdns: readonly (readonly (readonly [string, string])[])[]) =>
  nameFromRdns(rdns.map((rdn) => rdn.map(([type, value]) => ({ type, value })))).key;

describe('one name in every dialect', () => {
  test.each(Object.entries(printed))('%s', (_, text) => {
    expect(parseNameText(text).key).toBe(name.key);
  });
  test('ours', () => {
    expect(formatName(name)).toBe(printed['OpenSSL, RFC2253']);
    expect(nameTextOf(name)).toBe(formatName(name));
  });
  test('Go, which loses the order, is refused with the way out; all its attributes are read', () => {
    expect(problemsOf(() => parseNameText(go))[0]).toMatchObject({
      code: 'name_text_ambiguous',
      remedy: expect.stringContaining('RFC2253'),
    });
    const [reading] = readingsOf(go);
    expect(reading?.dialect).toBe('go');
    expect(reading?.name.key.split(/(?<!\\),/).sort()).toEqual(name.key.split(/(?<!\\),/).sort());
    expect(parseNameText('SERIALNUMBER=1,CN=x,O=Acme,C=NL').key).toBe(
      keyOf([['C', 'NL']], [['O', 'Acme']], [['CN', 'x']], [['serialNumber', '1']]),
    );
  });
});

describe('which end is the root', () => {
  const forward = keyOf([['O', 'Acme']], [['CN', 'x']]);
  const backward = keyOf([['CN', 'x']], [['O', 'Acme']]);
  test.each([
    ['C=NL,O=Acme,CN=x', keyOf([['C', 'NL']], [['O', 'Acme']], [['CN', 'x']])],
    ['CN=x, O=Acme, C=NL', keyOf([['C', 'NL']], [['O', 'Acme']], [['CN', 'x']])],
    ['CN = x, O = Acme, C = NL', keyOf([['C', 'NL']], [['O', 'Acme']], [['CN', 'x']])],
    ['DC=example,DC=acme,CN=x', keyOf([['DC', 'example']], [['DC', 'acme']], [['CN', 'x']])],
    ['CN=x,DC=acme,DC=example', keyOf([['DC', 'example']], [['DC', 'acme']], [['CN', 'x']])],
    ['DC=acme,DC=example', keyOf([['DC', 'example']], [['DC', 'acme']])],
    ['CN=x,O=Acme', forward],
    ['O=Acme,CN=x', backward],
    ['O = Acme, CN = x', forward],
    ['/O=Acme/CN=x', forward],
    ['O=Acme\nCN=x', forward],
    ['O=Acme\r\nCN=x\r\n', forward],
    ['rfc4514:O = Acme, CN = x', backward],
    ['forward:O=Acme,CN=x', forward],
  ])('%j', (text, key) => {
    expect(parseNameText(text).key).toBe(key);
  });
  test('both readings are told, the chosen one first, and one alone when they are the same', () => {
    expect(readingsOf('O=Acme,CN=x').map((reading) => [reading.dialect, reading.name.key])).toEqual([
      ['rfc4514', backward],
      ['forward', forward],
    ]);
    expect(readingsOf('CN=x')).toHaveLength(1);
    expect(readingsOf('/O=Acme/CN=x')).toHaveLength(1);
    expect(readingsOf('rfc4514:O=Acme,CN=x')).toHaveLength(1);
  });
  test('a name that would be read from the wrong end is written with its mark', () => {
    const countryLast = nameFromRdns([
      [{ type: 'CN', value: 'x' }],
      [{ type: 'O', value: 'Acme' }],
      [{ type: 'C', value: 'NL' }],
    ]);
    expect(nameTextOf(countryLast)).toBe('rfc4514:C=NL,O=Acme,CN=x');
    expect(parseNameText(nameTextOf(countryLast)).key).toBe(countryLast.key);
    expect(nameTextOf(parseName(Uint8Array.of(0x30, 0)))).toBe('');
  });
});

describe('values', () => {
  test.each([
    ['CN="a\\"b"', 'a"b'],
    ['CN="a""b"', 'a"b'],
    ['CN="a,b;c+d=e" ', 'a,b;c+d=e'],
    ['CN=  a  b  ', 'a  b'],
    ['CN=a\\ ', 'a '],
    ['CN=\\ a', ' a'],
    ['CN=\\#a', '#a'],
    ['CN=#0c0161', 'a'],
    ['CN=a=b', 'a=b'],
    ['CN=a<b>', 'a<b>'],
    ['CN=\\C3\\A9', 'é'],
    ['CN=\\U263A\\W0001F600', '☺😀'],
    ['/CN=a\\/b', 'a/b'],
    ['CN=a/CN=b', 'a/CN=b'],
    ['CN=', ''],
    ['CN=""', ''],
  ])('%j', (text, value) => {
    expect(parseNameText(text).rdns.at(-1)?.[0]?.value).toBe(value);
  });
  test('multi-valued RDNs in every dialect', () => {
    const key = keyOf(
      [['C', 'NL']],
      [
        ['CN', 'x'],
        ['OU', 'b'],
      ],
    );
    for (const text of [
      'CN=x+OU=b,C=NL',
      'CN=x + OU=b, C=NL',
      'C = NL, CN = x + OU = b',
      '/C=NL/CN=x+OU=b',
      'C=NL\nCN=x + OU=b',
    ]) {
      expect(parseNameText(text).key).toBe(key);
    }
    expect(key).not.toBe(keyOf([['C', 'NL']], [['CN', 'x']], [['OU', 'b']]));
  });
  test('a value that is no character string stays what it is', () => {
    expect(parseNameText('1.2.3=#0101ff').rdns).toEqual([[{ type: '1.2.3', tag: 1, value: '#0101ff' }]]);
    expect(parseNameText('CN=#1401e9').key).not.toBe(parseNameText('CN=é').key);
  });
});

describe('what is refused', () => {
  test.each([
    ['CN=x, O=Acme, Inc., C=NL', 'name_part_lost'],
    ['/CN=host/192.0.2.1', 'name_part_lost'],
    ['CN=a+b', 'name_part_lost'],
    ['CN=a,', 'name_part_lost'],
    ['CN', 'name_part_lost'],
    ['+', 'name_part_lost'],
    ['', 'name_text_malformed'],
    ['subject=', 'name_text_malformed'],
    ['colour=red', 'name_text_malformed'],
    ['CN=a, colour=red', 'name_text_malformed'],
    ['CN=a\\', 'name_text_malformed'],
    ['CN=a\\q', 'name_text_malformed'],
    ['CN="a', 'name_text_malformed'],
    ['CN="a"b', 'name_text_malformed'],
    ['CN=a"b"', 'name_text_malformed'],
    ['CN=a;O=b,C=NL', 'name_text_malformed'],
    ['CN=#zz', 'name_text_malformed'],
    ['CN=#0c02', 'name_text_malformed'],
    ['CN=#0c016100', 'name_text_malformed'],
    ['CN=\\FC', 'name_text_malformed'],
    ['CN=\\UD800', 'name_text_malformed'],
    ['CN=\\0A', 'name_text_malformed'],
    ['CN=a\u0000', 'name_text_malformed'],
    ['CN=a\u2028', 'name_text_malformed'],
    ['CN=\ud800', 'name_text_malformed'],
    ['2=a', 'name_text_malformed'],
    [`CN=${'a'.repeat(20_000)}`, 'name_text_malformed'],
    ['/CN=a, O=b', 'name_text_ambiguous'],
    ['CN=a, O=b\nC=NL', 'name_text_ambiguous'],
    ['CN=a\nO=b+OU=c', 'name_text_ambiguous'],
  ])('%j', (text, code) => {
    expect(problemsOf(() => parseNameText(text))[0]?.code).toBe(code);
  });
  test('a lost part is answered with the line to write', () => {
    expect(problemsOf(() => parseNameText('CN=x, O=Acme, Inc., C=NL'))[0]).toMatchObject({
      found: '"Inc."',
      message: expect.stringContaining('","'),
      remedy: 'write O=Acme\\, Inc.',
    });
    expect(problemsOf(() => parseNameText('CN=x\nO=Acme\nInc.'))[0]?.code).toBe('name_part_lost');
  });
  test('what is found is shown in ASCII', () => {
    expect(problemsOf(() => parseNameText('CN=x,\u202eé\ud83d\ude00'))[0]?.found).toBe(
      '"\\u202e\\u00e9\\ud83d\\ude00"',
    );
  });
});

describe('properties', () => {
  const type = fc.constantFrom(
    '2.5.4.3',
    '2.5.4.6',
    '2.5.4.10',
    '2.5.4.11',
    '0.9.2342.19200300.100.1.25',
    '1.2.840.113549.1.9.1',
    '2.5.4.97',
    '1.2.3.4',
  );
  const value = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'aB ,+="\\#;<>/\n'.replace('\n', '')), maxLength: 8 }),
    fc.string({ unit: 'binary', maxLength: 8 }).filter((text) => !/[\p{Cc}\u2028\u2029]/u.test(text)),
  );
  const rdns = fc.array(fc.array(fc.record({ type, value }), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 5,
  });

  test('what is written is ASCII and is read as the same name', () => {
    fc.assert(
      fc.property(rdns, (list) => {
        const made = nameFromRdns(list);
        expect(formatName(made)).toMatch(/^[ -~]*$/);
        expect(parseNameText(nameTextOf(made)).key).toBe(made.key);
        expect(parseNameText(`rfc4514:${formatName(made)}`).key).toBe(made.key);
      }),
    );
  });
  test("Node's form of it, too", () => {
    fc.assert(
      fc.property(rdns, (list) => {
        const made = nameFromRdns(
          list.map((rdn) => rdn.map((each) => ({ ...each, type: each.type === '1.2.3.4' ? '2.5.4.3' : each.type }))),
        );
        const text = made.rdns
          .map((rdn) =>
            rdn
              .map(
                (each) =>
                  `${attributeNameOf(each.type)}=${each.value.replace(/[\\,+"<>;=/]/g, '\\$&').replace(/^[ #]| $/g, '\\$&')}`,
              )
              .join(' + '),
          )
          .join('\n');
        if (made.rdns.length > 1) expect(parseNameText(text).key).toBe(made.key);
      }),
    );
  });
  test('any text is a name or a problem', () => {
    const piece = fc.constantFrom(
      'CN',
      'C',
      '=',
      ' = ',
      ',',
      '+',
      '/',
      '\n',
      '\\',
      '"',
      '#',
      '0c',
      '1.2.3',
      ';',
      'subject=',
      'rfc4514:',
      'é',
      '\ud800',
      ' ',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 20 }),
        (pieces) => void valueOrProblem(() => readingsOf(pieces.join(''))),
      ),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void valueOrProblem(() => readingsOf(text))));
  });
});

describe('what has printed it is beyond doubt', () => {
  test.each([
    ['Owner: CN=orders, O=Acme', 'rfc4514:CN=orders,O=Acme'],
    ['Owner: C=NL, CN=orders\nIssuer: CN=Acme Root, C=NL\nSerial number: 1f', 'rfc4514:C=NL,CN=orders'],
    ['subject=O = Acme, CN = orders', 'forward:O=Acme,CN=orders'],
    ['issuer=CN = orders, C = NL', 'forward:CN=orders,C=NL'],
  ])('%j', (text, expected) => {
    expect(readingsOf(text)).toHaveLength(1);
    expect(parseNameText(text).key).toBe(parseNameText(expected).key);
  });
});
