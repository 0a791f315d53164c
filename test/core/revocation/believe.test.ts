import { generateKeyPairSync } from 'node:crypto';
import { edgeAlgorithms } from '../../../src/core/path/algorithm-policy.ts';
import { encodeName, extension } from '../../../src/core/x509/write.ts';
import { listExtension } from '../../../src/core/x509/write-crl.ts';
import { integer, octetString, sequence, text, time, tlv } from '../../../src/core/x509/write-der.ts';
import { ca, during, keyPair } from '../../pki.ts';
import { believed, codeOf, day, entry, hour, listOf, read } from './lists.ts';

const root = ca({ subject: { CN: 'Acme Root', O: 'Acme' } });
const issuing = root.ca({ subject: { CN: 'Acme Issuing', O: 'Acme' } });
const cas = [root, issuing];
const leaf = issuing.issue();
const revokes = { revoked: [entry(leaf)] };
const { issuingDistributionPoint, crlNumber } = listExtension;
const utc = (digits: string) => tlv(0x17, Buffer.from(digits));
const oneEntry = (...parts: readonly Uint8Array[]) => ({ replace: { entries: sequence(sequence(...parts)) } });
const serial = integer('2a');
const revokedAt = time(during - day);

describe('a list is believed', () => {
  test.each([
    ['that revokes', revokes],
    ['that revokes nothing', {}],
    ['of version 1, without extensions', { version: 1, extensions: [], ...revokes }],
    ['with an extension that nobody knows', { extensions: [extension.raw('1.2.3.4', Uint8Array.of(1))] }],
    ['with a critical issuerAltName', { extensions: [extension.raw('2.5.29.18', sequence(), true)] }],
    [
      'with an entry extension that nobody knows',
      { revoked: [{ ...entry(leaf), extensions: [extension.raw('1.2.3.4', Uint8Array.of(1))] }] },
    ],
    ['with GeneralizedTime before 2050', { replace: { thisUpdate: tlv(0x18, Buffer.from('20260530000000Z')) } }],
    ['that writes down an empty list of entries', { replace: { entries: sequence() } }],
    ['with a number of 20 octets', { extensions: [crlNumber('ff'.repeat(20))] }],
    [
      'with an invalidityDate',
      {
        revoked: [
          { ...entry(leaf, 1), extensions: [extension.raw('2.5.29.24', tlv(0x18, Buffer.from('20260101000000Z')))] },
        ],
      },
    ],
    ['with a revocation date on the 31st', oneEntry(serial, utc('260131235959Z'))],
    ['with a revocation date on 29 February', oneEntry(serial, utc('240229235959Z'))],
    ['with a revocation date as GeneralizedTime', oneEntry(serial, tlv(0x18, Buffer.from('20260131235959Z')))],
    [
      'with an entry of 140 bytes',
      { revoked: [{ ...entry(leaf), extensions: [extension.raw('1.2.3', Buffer.alloc(100))] }] },
    ],
    ['with a negative serial number', oneEntry(tlv(0x02, Uint8Array.of(0xff)), revokedAt)],
    ['with a serial number of 30 octets', oneEntry(integer('7f'.repeat(30)), revokedAt)],
    [
      'whose issuer is written in another string type',
      {
        issuer: {
          der: encodeName([
            [{ type: 'CN', value: 'ACME  issuing', tag: 0x13 }],
            [{ type: 'O', value: 'acme', tag: 0x13 }],
          ]),
        },
      },
    ],
    ['signed with SHA-512', { signatureHash: 'sha512' }],
  ] as const)('%s', (_, spec) => {
    expect(codeOf(listOf(issuing, spec), cas)).toBe('believed');
  });

  test('whose CA has no key usage at all', () => {
    const open = ca({ without: ['2.5.29.15'] });
    expect(codeOf(listOf(open), [open])).toBe('believed');
  });

  test.each(['rsa2048', 'p384', 'ed25519', 'pss2048'] as const)('signed with %s', (key) => {
    const signer = ca({ key });
    expect(codeOf(listOf(signer), [signer])).toBe('believed');
    if (key !== 'rsa2048') return;
    expect(codeOf(listOf(signer, { pss: true }), [signer])).toBe('believed');
  });

  test('and says what it is', () => {
    const der = listOf(issuing, {
      ...revokes,
      extensions: [crlNumber('1f4'), extension.authorityKeyIdentifier(issuing.publicKey)],
    });
    const { list, issuers, entries } = believed(der, cas);
    expect(list).toMatchObject({
      version: 2,
      thisUpdate: during - hour,
      nextUpdate: during + day,
      crlNumber: '1f4',
      authorityKeyIdentifier: read(issuing).subjectKeyIdentifier,
      signatureAlgorithm: { name: 'ecdsa', hash: 'sha256' },
    });
    expect(list.issuer.key).toBe(read(issuing).subject.key);
    expect([issuers.length, entries.count]).toEqual([1, 1]);
  });
});

describe('dates: both ends included, in whole seconds', () => {
  test.each([
    [during - hour - 1, 'list_not_yet_valid'],
    [during - hour, 'believed'],
    [during + day, 'believed'],
    [during + day + 999, 'believed'],
    [during + day + 1000, 'list_expired'],
  ])('at %d: %s', (at, code) => {
    expect(codeOf(listOf(issuing), cas, { at })).toBe(code);
  });

  test('an age that the operator sets', () => {
    const maxAgeMilliseconds = 2 * hour;
    expect(codeOf(listOf(issuing), cas, { maxAgeMilliseconds, at: during + hour })).toBe('believed');
    expect(codeOf(listOf(issuing), cas, { maxAgeMilliseconds, at: during + hour + 1000 })).toBe('list_too_old');
  });

  test('no nextUpdate: only if that is allowed in writing', () => {
    const endless = listOf(issuing, { nextUpdate: undefined });
    expect(codeOf(endless, cas)).toBe('list_without_next_update');
    expect(codeOf(endless, cas, { withoutNextUpdate: true })).toBe('believed');
  });

  test('the CA that signed it is itself valid', () => {
    const brief = root.ca({ subject: 'Brief', notAfter: during - 1000 });
    expect(codeOf(listOf(brief), [root, brief])).toBe('list_signer_not_allowed');
  });
});

describe('a list is not believed', () => {
  const other = ca({ subject: { CN: 'Acme Issuing', O: 'Acme' } });
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  test.each([
    ['signed by nobody of the authority', listOf(issuing, {}, stranger), cas, 'list_signature_invalid'],
    ["with our CA's name and a partner's key", listOf(other), cas, 'list_signature_invalid'],
    [
      'of another CA of the authority than its name says',
      listOf(issuing, {}, root.privateKey),
      cas,
      'list_signature_invalid',
    ],
    ['of a CA of another authority', listOf(issuing), [root], 'list_issuer_unknown'],
    [
      'whose signature was changed',
      listOf(issuing, { alterSignature: (octets) => octets.map((octet, index) => (index === 12 ? octet ^ 1 : octet)) }),
      cas,
      'list_signature_invalid',
    ],
    ['with SHA-1', listOf(issuing, { signatureHash: 'sha1' }), cas, 'list_signature_weak'],
    [
      'with a critical extension that nobody knows',
      listOf(issuing, { extensions: [extension.raw('1.2.3.4', Uint8Array.of(1), true)] }),
      cas,
      'list_critical_extension',
    ],
    [
      'with a critical freshestCRL',
      listOf(issuing, { extensions: [extension.raw('2.5.29.46', sequence(), true)] }),
      cas,
      'list_critical_extension',
    ],
    [
      'with a critical entry extension that nobody knows',
      listOf(issuing, {
        revoked: [{ ...entry(leaf), extensions: [extension.raw('1.2.3.4', Uint8Array.of(1), true)] }],
      }),
      cas,
      'list_critical_extension',
    ],
    [
      'that is indirect',
      listOf(issuing, { extensions: [issuingDistributionPoint({ indirect: true })] }),
      cas,
      'list_indirect',
    ],
    [
      'with an entry of another issuer',
      listOf(issuing, { revoked: [{ ...entry(leaf), extensions: [extension.raw('2.5.29.29', sequence(), true)] }] }),
      cas,
      'list_indirect',
    ],
  ] as const)('%s', (_, der, authority, code) => {
    expect(codeOf(der, authority)).toBe(code);
  });

  test('signed by a CA that may not sign lists', () => {
    const muted = ca({ extra: [extension.keyUsage(['keyCertSign'])] });
    expect(codeOf(listOf(muted), [muted])).toBe('list_signer_not_allowed');
  });

  test('signed by a key that is too weak', () => {
    const weak = ca({ key: 'rsa1024' });
    expect(codeOf(listOf(weak), [weak])).toBe('list_signature_weak');
    const odd = ca({ key: 'ed25519' });
    expect(codeOf(listOf(odd), [odd], { algorithms: edgeAlgorithms })).toBe('list_signature_weak');
  });
});

describe('malformed', () => {
  const idp = (...parts: readonly Uint8Array[]) => ({
    extensions: [extension.raw('2.5.29.28', sequence(...parts), true)],
  });
  const implicitTrue = (tag: number) => Uint8Array.of(tag, 1, 0xff);
  const entryWith = (...extensions: readonly Uint8Array[]) => oneEntry(serial, revokedAt, sequence(...extensions));
  const reason = (value: Uint8Array) => sequence(tlv(0x06, Uint8Array.of(0x55, 0x1d, 0x15)), octetString(value));
  const junk = Uint8Array.of(0x04, 0x00);
  test.each([
    ['version 1 in writing', { replace: { version: integer(0) } }],
    ['version 3', { replace: { version: integer(2) } }],
    ['a version that is no INTEGER', { replace: { version: tlv(0x0a, Uint8Array.of(1)) } }],
    ['extensions in version 1', { version: 1 }],
    ['entry extensions in version 1', { version: 1, extensions: [], revoked: [entry(leaf, 1)] }],
    ['no extensions in the extensions', { replace: { extensions: tlv(0xa0, sequence()) } }],
    ['an extension twice', { extensions: [crlNumber(1), crlNumber(2)] }],
    [
      'critical FALSE in writing',
      {
        replace: {
          extensions: tlv(
            0xa0,
            sequence(
              sequence(tlv(0x06, Uint8Array.of(0x55, 0x1d, 0x14)), tlv(1, Uint8Array.of(0)), octetString(integer(1))),
            ),
          ),
        },
      },
    ],
    [
      'more than 64 extensions',
      { extensions: Array.from({ length: 65 }, (_, arc) => extension.raw(`1.2.3.${arc}`, junk)) },
    ],
    ['a negative number', { extensions: [extension.raw('2.5.29.20', tlv(0x02, Uint8Array.of(0xff)))] }],
    ['a number of 21 octets', { extensions: [crlNumber('ff'.repeat(21))] }],
    ['a number with more behind it', { extensions: [extension.raw('2.5.29.20', Buffer.concat([integer(1), junk]))] }],
    ['an empty issuer', { issuer: { der: sequence() } }],
    ['an issuer that is no name', { issuer: { der: junk } }],
    ['no thisUpdate', { replace: { thisUpdate: new Uint8Array(), nextUpdate: new Uint8Array() } }],
    ['thisUpdate that is no time', { replace: { thisUpdate: utc('260230000000Z') } }],
    [
      'something between thisUpdate and nextUpdate',
      { replace: { thisUpdate: Buffer.concat([time(during - hour), junk]) } },
    ],
    ['something behind nextUpdate', { replace: { nextUpdate: Buffer.concat([time(during + hour), junk]) } }],
    [
      'something behind the entries',
      { replace: { entries: Buffer.concat([sequence(sequence(serial, revokedAt)), junk]) } },
    ],
    ['something behind the extensions', { replace: { afterAll: junk } }],
    [
      'algorithms that differ',
      { outerAlgorithm: sequence(tlv(0x06, Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3))) },
    ],
    ['an algorithm that is no algorithm', { replace: { signature: junk } }],
    ['an entry that is no SEQUENCE', { replace: { entries: sequence(tlv(0x31, serial, revokedAt)) } }],
    ['an entry without a date', oneEntry(serial)],
    ['an entry without a serial number', oneEntry(revokedAt, revokedAt)],
    ['an empty entry', oneEntry()],
    ['an empty serial number', oneEntry(tlv(0x02), revokedAt)],
    ['a serial number that is not minimal', oneEntry(tlv(0x02, Uint8Array.of(0, 1)), revokedAt)],
    ['a negative serial number that is not minimal', oneEntry(tlv(0x02, Uint8Array.of(0xff, 0x81)), revokedAt)],
    ['a serial number of 128 octets', oneEntry(integer('7f'.repeat(128)), revokedAt)],
    ['a serial number that is an ENUMERATED', oneEntry(tlv(0x0a, Uint8Array.of(1)), revokedAt)],
    ['a date that is none', oneEntry(serial, utc('261301000000Z'))],
    ['a date with a day 31 in June', oneEntry(serial, utc('260631000000Z'))],
    ['a date with 29 February in a common year', oneEntry(serial, utc('250229000000Z'))],
    ['a date with hour 24', oneEntry(serial, utc('260601240000Z'))],
    ['a date with minute 60', oneEntry(serial, utc('260601006000Z'))],
    ['a date with second 60', oneEntry(serial, utc('260601000060Z'))],
    ['a date with day 0', oneEntry(serial, utc('260600000000Z'))],
    ['a date with month 0', oneEntry(serial, utc('260001000000Z'))],
    ['a date with a letter', oneEntry(serial, utc('26060100000:Z'))],
    ['a date with another letter', oneEntry(serial, utc('2606010000o0Z'))],
    ['a date without Z', oneEntry(serial, utc('2606010000000'))],
    ['a date without seconds', oneEntry(serial, utc('2606010000Z'))],
    ['a date that is a text', oneEntry(serial, text(0x0c, '260601000000Z'))],
    ['something behind the date', oneEntry(serial, revokedAt, junk)],
    ['no extension in the extensions of an entry', entryWith()],
    [
      'something behind the extensions of an entry',
      oneEntry(serial, revokedAt, sequence(reason(Uint8Array.of(0x0a, 1, 1))), junk),
    ],
    ['an entry extension twice', entryWith(reason(Uint8Array.of(0x0a, 1, 1)), reason(Uint8Array.of(0x0a, 1, 1)))],
    ['a reason that is an INTEGER', entryWith(reason(integer(1)))],
    ['the reason 7', entryWith(reason(Uint8Array.of(0x0a, 1, 7)))],
    ['the reason 11', entryWith(reason(Uint8Array.of(0x0a, 1, 11)))],
    ['a reason of two octets', entryWith(reason(Uint8Array.of(0x0a, 2, 0, 1)))],
    ['removeFromCRL in a complete list', { revoked: [entry(leaf, 8)] }],
    [
      'an entry extension with critical FALSE in writing',
      entryWith(sequence(tlv(0x06, Uint8Array.of(0x2a, 3)), tlv(1, Uint8Array.of(0)), junk)),
    ],
    [
      '17 extensions of an entry',
      {
        revoked: [
          { ...entry(leaf), extensions: Array.from({ length: 17 }, (_, arc) => extension.raw(`1.2.3.${arc}`, junk)) },
        ],
      },
    ],
    [
      'an invalidityDate as UTCTime',
      { revoked: [{ ...entry(leaf), extensions: [extension.raw('2.5.29.24', revokedAt)] }] },
    ],
    ['an empty distribution point', idp()],
    ['a distribution point about users and CAs', idp(implicitTrue(0x81), implicitTrue(0x82))],
    ['a distribution point about CAs and attributes', idp(implicitTrue(0x82), implicitTrue(0x85))],
    ['a distribution point with FALSE in writing', idp(Uint8Array.of(0x81, 1, 0))],
    ['a distribution point with its fields in another order', idp(implicitTrue(0x84), implicitTrue(0x81))],
    ['a distribution point with a name of no names', idp(tlv(0xa0, tlv(0xa0)))],
    [
      'a distribution point with two names',
      idp(tlv(0xa0, tlv(0xa0, tlv(0x86, Buffer.from('http://a'))), tlv(0xa0, tlv(0x86, Buffer.from('http://b'))))),
    ],
    ['a distribution point with reasons that end in zeros', idp(Uint8Array.of(0x83, 2, 0, 0x40))],
  ] as const)('%s', (_, spec) => {
    expect(codeOf(listOf(issuing, spec), cas)).toBe('list_malformed');
  });

  test('around it', () => {
    const der = listOf(issuing, revokes);
    expect(codeOf(Buffer.concat([der, junk]), cas)).toBe('list_malformed');
    expect(codeOf(sequence(der), cas)).toBe('list_malformed');
    expect(codeOf(new Uint8Array(), cas)).toBe('list_malformed');
    expect(codeOf(new Uint8Array(64 * 1024 * 1024 + 1), cas)).toBe('list_malformed');
    for (let length = 0; length < der.length; length += 1) {
      expect(codeOf(der.subarray(0, length), cas)).toBe('list_malformed');
    }
  });

  test('a certificate is no list', () => {
    expect(codeOf(issuing.der, cas)).toBe('list_malformed');
  });
});

test('a CA that changes its key speaks for both, a namesake does not', () => {
  const name = { CN: 'Rolling', O: 'Acme' };
  const old = ca({ subject: name });
  const newPair = keyPair('p256', 'rolling');
  const next = ca({ subject: name, key: newPair });
  const newWithOld = old.ca({ subject: name, key: newPair });
  const idsOf = (...authority: Parameters<typeof believed>[1]) => believed(listOf(next), authority).issuers.length;
  expect(idsOf(old, next)).toBe(1);
  expect(idsOf(old, next, newWithOld)).toBe(2);
  expect(believed(listOf(old), [old, next, newWithOld]).issuers.length).toBe(2);
});
