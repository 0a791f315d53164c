import { encodeName, extension } from '../../../src/core/x509/write.ts';
import { issueList, listExtension } from '../../../src/core/x509/write-crl.ts';
import { integer, namedBits, sequence, tlv } from '../../../src/core/x509/write-der.ts';
import type { GeneralNameSpec } from '../../../src/core/x509/write-extension.ts';
import { ca, during, keyPair } from '../../pki.ts';
import { believed, codeOf, day, entry, hour, indexOf, listOf, read, statuses } from './lists.ts';

const root = ca({ subject: { CN: 'Acme Root', O: 'Acme' } });
const issuing = root.ca({ subject: { CN: 'Acme Issuing', O: 'Acme' } });
const leaf = issuing.issue();
const cas = [root, issuing];
const path = [leaf, issuing, root];
const { issuingDistributionPoint, crlNumber, deltaCrlIndicator } = listExtension;

const rootList = listOf(root);
const pointing = (...extra: readonly Parameters<typeof extension.raw>[]) =>
  issuing.issue({ extra: extra.map((each) => extension.raw(...each)) });

test('good: every certificate below the root is looked up', () => {
  expect(statuses(indexOf(cas, rootList, listOf(issuing)), path)).toEqual(['good', 'good']);
});

test('revoked: the client, or a CA above it', () => {
  const client = listOf(issuing, { revoked: [entry(issuing.issue()), entry(leaf, 1)] });
  expect(statuses(indexOf(cas, rootList, client), path)).toEqual(['revoked', 'good']);
  const authority = listOf(root, { revoked: [entry(issuing)] });
  expect(statuses(indexOf(cas, authority, listOf(issuing)), path)).toEqual(['missing', 'revoked']);
});

test('missing: no index, no authority of that name, no list of that CA', () => {
  expect(statuses(undefined, path)).toEqual(['missing', 'missing']);
  expect(statuses(indexOf(cas, rootList), path)).toEqual(['missing', 'good']);
  expect(statuses(indexOf(cas, rootList, listOf(issuing)), path, { authority: 'globex-ca' })).toEqual([
    'missing',
    'missing',
  ]);
});

test('stale: past nextUpdate, older than the operator allows, or before thisUpdate when the clock went back', () => {
  const index = indexOf(cas, rootList, listOf(issuing));
  const at = (moment: number, maxAgeMilliseconds?: number) => statuses(index, path, { at: moment, maxAgeMilliseconds });
  expect(at(during + day + 999)).toEqual(['good', 'good']);
  expect(at(during + day + 1000)).toEqual(['stale', 'stale']);
  expect(at(during - hour - 1)).toEqual(['stale', 'stale']);
  expect(at(during, 2 * hour)).toEqual(['good', 'good']);
  expect(at(during + hour + 1000, 2 * hour)).toEqual(['stale', 'stale']);
});

test('a list that had lapsed when it was read is stale, and what it revokes stays revoked', () => {
  const old = { thisUpdate: during - 3 * day, nextUpdate: during - day };
  expect(statuses(indexOf(cas, rootList, listOf(issuing, old)), path)).toEqual(['stale', 'good']);
  const index = indexOf(cas, rootList, listOf(issuing, { ...old, revoked: [entry(leaf)] }));
  expect(statuses(index, path)).toEqual(['revoked', 'good']);
});

test("a partner's CA with our CA's name and its own key says nothing about ours", () => {
  const twin = ca({ subject: { CN: 'Acme Issuing', O: 'Acme' } });
  const theirs = listOf(twin, { revoked: [entry(leaf)] });
  // under their authority the list is right, and about their key only
  const index = indexOf([twin], theirs);
  expect(statuses(index, path)).toEqual(['missing', 'missing']);
  expect(codeOf(theirs, cas)).toBe('list_signature_invalid');
  const ours = indexOf(cas, listOf(issuing, { revoked: [entry(leaf)] }));
  expect(statuses(ours, [twin.issue({ serial: read(leaf).serial }), twin])).toEqual(['missing']);
});

test('a CA that changes its key: its list counts for certificates under both', () => {
  const name = { CN: 'Rolling', O: 'Acme' };
  const old = ca({ subject: name });
  const pair = keyPair('p256', 'rolling');
  const next = ca({ subject: name, key: pair });
  const newWithOld = old.ca({ subject: name, key: pair });
  const [before, after] = [old.issue(), next.issue()];
  const list = listOf(next, { revoked: [entry(before)] });
  const linked = indexOf([old, next, newWithOld], list);
  expect([statuses(linked, [before, old]), statuses(linked, [after, next])]).toEqual([['revoked'], ['good']]);
  const apart = indexOf([old, next], list);
  expect([statuses(apart, [before, old]), statuses(apart, [after, next])]).toEqual([['missing'], ['good']]);
});

test('the serial number decides, octet by octet', () => {
  const serials = ['1', '7f', '80', 'ff', '100', '1ff', '00ff01', 'f'.repeat(40), '8'.repeat(39)];
  const issued = serials.map((serial) => issuing.issue({ serial }));
  for (const [index, revoked] of issued.entries()) {
    const known = indexOf(cas, listOf(issuing, { revoked: [entry(revoked)] }));
    const expected = issued.map((_, other) => (other === index ? 'revoked' : 'good'));
    expect(issued.flatMap((each) => statuses(known, [each, issuing]))).toEqual(expected);
  }
});

test('negative serial numbers and those of 0, which some CAs have made', () => {
  for (const octets of [[0xff], [0x80], [0xff, 0x7f], [0x80, 0x00, 0x01], [0x00]]) {
    const serial = tlv(0x02, Uint8Array.from(octets));
    const odd = issuing.issue({ replace: { serial } });
    const list = listOf(issuing, {
      replace: { entries: sequence(sequence(serial, tlv(0x17, Buffer.from('260101000000Z')))) },
    });
    expect(statuses(indexOf(cas, list), [odd, issuing])).toEqual(['revoked']);
    expect(statuses(indexOf(cas, list), [leaf, issuing])).toEqual(['good']);
  }
});

test('a certificate that no list could name is not good', () => {
  for (const serial of [tlv(0x05), integer('7f'.repeat(128)), tlv(0x02, Buffer.alloc(128, 0x80))]) {
    const nameless = issuing.issue({ replace: { serial } });
    expect(statuses(indexOf(cas, listOf(issuing)), [nameless, issuing])).toEqual(['missing']);
  }
});

describe('the scope of a list (RFC 5280 section 6.3.3 (b))', () => {
  const version1 = issuing.issue({ version: 1, extensions: [] });
  const userList = indexOf(
    cas,
    listOf(issuing, { extensions: [issuingDistributionPoint({ onlyContainsUserCerts: true })] }),
  );
  const caList = indexOf(
    cas,
    listOf(issuing, { extensions: [issuingDistributionPoint({ onlyContainsCaCerts: true })] }),
    listOf(root, { extensions: [issuingDistributionPoint({ onlyContainsCaCerts: true })] }),
  );
  const attributes = indexOf(
    cas,
    listOf(issuing, { extensions: [issuingDistributionPoint({ onlyContainsAttributeCerts: true })] }),
  );

  test('kinds of certificates', () => {
    expect(statuses(userList, [leaf, issuing])).toEqual(['good']);
    expect(statuses(userList, [issuing.ca(), issuing])).toEqual(['missing']);
    expect(statuses(caList, path)).toEqual(['missing', 'good']);
    expect(statuses(attributes, [leaf, issuing])).toEqual(['missing']);
    // section 5.2.5: not about any certificate of version 1
    for (const index of [userList, caList]) expect(statuses(index, [version1, issuing])).toEqual(['missing']);
    expect(statuses(indexOf(cas, listOf(issuing)), [version1, issuing])).toEqual(['good']);
  });

  test('what is listed is revoked, also on a list of another kind', () => {
    const index = indexOf(
      cas,
      listOf(issuing, {
        revoked: [entry(leaf)],
        extensions: [issuingDistributionPoint({ onlyContainsCaCerts: true })],
      }),
    );
    expect(statuses(index, [leaf, issuing])).toEqual(['revoked']);
  });

  const ours = 'http://crl.acme.example/1.crl';
  const about = (point: Parameters<typeof issuingDistributionPoint>[0]) =>
    indexOf(cas, listOf(issuing, { extensions: [issuingDistributionPoint(point)] }));
  const named = (...fullName: readonly GeneralNameSpec[]) => about({ fullName });
  const at = (...urls: readonly string[]) => issuing.issue({ extra: [extension.crlDistributionPoints(urls)] });
  const directory = encodeName([[{ type: 'CN', value: 'point 1' }]]);
  const point = (...fields: readonly Uint8Array[]) => pointing(['2.5.29.31', sequence(sequence(...fields))]);
  const fullName = (...names: readonly Uint8Array[]) => tlv(0xa0, tlv(0xa0, ...names));

  test.each([
    ['the same URI', at(ours), named({ uri: ours }), 'good'],
    ['one of several', at('http://other.example/', ours), named({ uri: 'http://x.example/' }, { uri: ours }), 'good'],
    ['another URI', at('http://crl.acme.example/2.crl'), named({ uri: ours }), 'missing'],
    ['the same URI in other letters', at(ours.toUpperCase()), named({ uri: ours }), 'missing'],
    ['a list without a point, a certificate with one', at(ours), indexOf(cas, listOf(issuing)), 'good'],
    ['a list of one point, a certificate without any', leaf, named({ uri: ours }), 'missing'],
    [
      'a list of a point with the name of the issuer, a certificate without any',
      leaf,
      named({ directory: read(issuing).subject.der }),
      'good',
    ],
    ['the same directory name', point(fullName(tlv(0xa4, directory))), named({ directory }), 'good'],
    [
      'another kind of name',
      point(fullName(tlv(0x82, Buffer.from('crl.acme.example')))),
      named({ directory }),
      'missing',
    ],
    [
      'the same DNS name',
      point(fullName(tlv(0x82, Buffer.from('crl.acme.example')))),
      named({ dns: 'crl.acme.example' }),
      'good',
    ],
    [
      'the same address',
      point(fullName(tlv(0x87, Uint8Array.of(192, 0, 2, 1)))),
      named({ ip: Uint8Array.of(192, 0, 2, 1) }),
      'good',
    ],
    [
      'the same registered id',
      point(fullName(tlv(0x88, Uint8Array.of(0x2a, 3)))),
      named({ registeredId: '1.2.3' }),
      'good',
    ],
    [
      'the same other name',
      point(fullName(tlv(0xa0, tlv(6, Uint8Array.of(0x2a, 3)), tlv(0xa0, integer(1))))),
      named({ oid: '1.2.3', other: integer(1) }),
      'good',
    ],
    [
      'a point whose list is made by somebody else',
      point(fullName(tlv(0x86, Buffer.from(ours))), tlv(0xa2, tlv(0xa4, directory))),
      indexOf(cas, listOf(issuing)),
      'missing',
    ],
    [
      'a point that is nothing but somebody else',
      point(tlv(0xa2, tlv(0xa4, directory))),
      named({ uri: ours }),
      'missing',
    ],
  ])('%s', (_, certificate, index, status) => {
    expect(statuses(index, [certificate, issuing])).toEqual([status]);
  });

  test('names relative to the issuer', () => {
    const attribute = sequence(tlv(6, Uint8Array.of(0x55, 4, 3)), tlv(0x0c, Buffer.from('shard 1')));
    const relative = point(tlv(0xa0, tlv(0xa1, attribute)));
    expect(statuses(about({ relativeName: attribute }), [relative, issuing])).toEqual(['good']);
    const whole = encodeName([
      [{ type: 'CN', value: 'Acme Issuing' }],
      [{ type: 'O', value: 'Acme' }],
      [{ type: 'CN', value: 'shard 1' }],
    ]);
    expect(statuses(named({ directory: whole }), [relative, issuing])).toEqual(['good']);
    expect(statuses(named({ directory }), [relative, issuing])).toEqual(['missing']);
  });

  test('a list about some reasons is never enough; lists about all of them together are', () => {
    const some = (number: number, reasons: readonly number[]) =>
      listOf(issuing, { extensions: [crlNumber(number), issuingDistributionPoint({ onlySomeReasons: reasons })] });
    const first = some(1, [1, 2, 3, 4]);
    expect(statuses(indexOf(cas, first), [leaf, issuing])).toEqual(['missing']);
    expect(statuses(indexOf(cas, first, some(1, [5, 6, 7, 8])), [leaf, issuing])).toEqual(['good']);
    expect(statuses(indexOf(cas, first, some(1, [6, 7, 8])), [leaf, issuing])).toEqual(['missing']);
    expect(statuses(indexOf(cas, some(1, [])), [leaf, issuing])).toEqual(['missing']);
  });

  test('a point about some reasons likewise', () => {
    const reasons = (...bits: readonly number[]) => Uint8Array.of(0x81, ...namedBits(bits).subarray(1));
    const partial = point(fullName(tlv(0x86, Buffer.from(ours))), reasons(1, 2));
    expect(statuses(indexOf(cas, listOf(issuing)), [partial, issuing])).toEqual(['missing']);
    const whole = point(fullName(tlv(0x86, Buffer.from(ours))), reasons(1, 2, 3, 4, 5, 6, 7, 8));
    expect(statuses(indexOf(cas, listOf(issuing)), [whole, issuing])).toEqual(['good']);
  });

  test('partitions: each certificate by its own', () => {
    const shard = (number: number, ...revoked: Parameters<typeof entry>[0][]) =>
      listOf(issuing, {
        revoked: revoked.map((each) => entry(each)),
        extensions: [
          crlNumber(1),
          issuingDistributionPoint({ fullName: [{ uri: `http://crl.acme.example/${number}` }] }),
        ],
      });
    const [first, second] = [at('http://crl.acme.example/1'), at('http://crl.acme.example/2')];
    const both = indexOf(cas, shard(1), shard(2, second));
    expect([first, second].flatMap((each) => statuses(both, [each, issuing]))).toEqual(['good', 'revoked']);
    const one = indexOf(cas, shard(1));
    expect([first, second].flatMap((each) => statuses(one, [each, issuing]))).toEqual(['good', 'missing']);
  });
});

describe('delta lists (RFC 5280 section 5.2.4)', () => {
  const [a, b, c] = [issuing.issue(), issuing.issue(), issuing.issue()];
  const base = listOf(issuing, { extensions: [crlNumber(10)], revoked: [entry(a), entry(b, 6)] });
  const delta = (number: number, from: number, spec: Parameters<typeof listOf>[1] = {}) =>
    listOf(issuing, {
      thisUpdate: during - 60_000,
      ...spec,
      extensions: [crlNumber(number), deltaCrlIndicator(from), ...(spec?.extensions ?? [])],
    });
  const of = (...lists: readonly Uint8Array[]) =>
    [a, b, c].flatMap((each) => statuses(indexOf(cas, ...lists), [each, issuing]));

  test('adds to its base and takes away from it', () => {
    expect(of(base)).toEqual(['revoked', 'revoked', 'good']);
    expect(of(base, delta(11, 10, { revoked: [entry(b, 8), entry(c)] }))).toEqual(['revoked', 'good', 'revoked']);
    expect(of(base, delta(11, 9, { revoked: [entry(b, 8)] }))).toEqual(['revoked', 'good', 'good']);
    // taken away and revoked again in one list: revoked
    expect(of(base, delta(11, 10, { revoked: [entry(b, 8), entry(b, 1)] }))).toEqual(['revoked', 'revoked', 'good']);
  });

  test('the newest delta counts; one that is not newer than the base changes nothing', () => {
    expect(of(base, delta(11, 10, { revoked: [entry(b, 8)] }), delta(12, 10, { revoked: [entry(c)] }))).toEqual([
      'revoked',
      'revoked',
      'revoked',
    ]);
    expect(of(base, delta(10, 9, { revoked: [entry(c)] }))).toEqual(['revoked', 'revoked', 'good']);
  });

  test('the combination lasts as long as both', () => {
    const index = indexOf(cas, base, delta(11, 10, { nextUpdate: during + hour }));
    expect(statuses(index, [c, issuing], { at: during + hour + 999 })).toEqual(['good']);
    expect(statuses(index, [c, issuing], { at: during + hour + 1000 })).toEqual(['stale']);
  });

  test('a delta alone says nothing good', () => {
    const lone = delta(11, 10, { revoked: [entry(c)] });
    expect(believed(lone, cas).list.deltaBase).toBe('a');
    expect(() => indexOf(cas, lone)).toThrow();
  });

  test.each([
    ['begins after the base', delta(12, 11)],
    ['has no number', listOf(issuing, { extensions: [deltaCrlIndicator(10)] })],
    ['has another scope', delta(11, 10, { extensions: [issuingDistributionPoint({ onlyContainsUserCerts: true })] })],
    ['names another key', delta(11, 10, { extensions: [extension.authorityKeyIdentifier(Uint8Array.of(1, 2, 3))] })],
    [
      'comes from another CA',
      issueList(
        {
          issuer: read(root).subject,
          thisUpdate: during - hour,
          nextUpdate: during + day,
          extensions: [crlNumber(11), deltaCrlIndicator(10)],
        },
        root.privateKey,
      ),
    ],
  ])('one that %s is not used', (_, misfit) => {
    expect(() => indexOf(cas, base, misfit)).toThrow(/delta_without_base/);
  });
});
