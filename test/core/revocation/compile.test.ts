import fc from 'fast-check';
import { type CompileRequest, compileRevocations } from '../../../src/core/revocation/compile.ts';
import { openRevocations, type RevocationIndex } from '../../../src/core/revocation/index.ts';
import { listExtension } from '../../../src/core/x509/write-crl.ts';
import { ca, during } from '../../pki.ts';
import { problemsOf } from '../x509/problems.ts';
import { all, believed, day, entry, hour, indexOf, listOf, statuses } from './lists.ts';

const root = ca({ subject: { CN: 'Acme Root', O: 'Acme' } });
const globex = ca({ subject: { CN: 'Globex Root', O: 'Globex' } });
const [a, b] = [root.issue(), root.issue()];
const numbered = (number: number, spec: Parameters<typeof listOf>[1] = {}) =>
  listOf(root, { extensions: [listExtension.crlNumber(number)], ...spec });

function compiled(lists: readonly Uint8Array[], rest: Partial<CompileRequest> = {}) {
  return compileRevocations({
    authorities: [{ name: 'acme-ca', certificates: all([root]), lists: lists.map((der) => believed(der, [root])) }],
    ...rest,
  });
}
const statusOfBoth = (index: RevocationIndex) => [a, b].flatMap((each) => statuses(index, [each, root]));

describe('what is held', () => {
  const held = indexOf([root], numbered(10, { revoked: [entry(a)] }));
  const following = (...lists: readonly Uint8Array[]) => {
    const { bytes, unused } = compiled(lists, { held });
    return [...statusOfBoth(openRevocations(bytes)), ...unused.map(({ code }) => code)];
  };

  test('is replaced by a newer list', () => {
    expect(following(numbered(11, { revoked: [entry(b)] }))).toEqual(['good', 'revoked']);
    expect(following(numbered(10, { thisUpdate: during - 60_000 }))).toEqual(['good', 'good']);
  });

  test('is kept when nothing new was fetched', () => {
    expect(following()).toEqual(['revoked', 'good']);
  });

  test('is not replaced by an older list, which an attacker may have kept', () => {
    expect(following(numbered(9, { revoked: [entry(b)] }))).toEqual(['revoked', 'good', 'list_older']);
    expect(following(numbered(11, { thisUpdate: during - 2 * hour }))).toEqual(['revoked', 'good', 'list_older']);
    // hex: 9 is less than 10 is less than a hundred
    const large = indexOf([root], numbered(100));
    expect(compiled([numbered(99)], { held: large }).unused).toMatchObject([
      { authority: 'acme-ca', code: 'list_older' },
    ]);
    expect(compiled([numbered(101)], { held: large }).unused).toEqual([]);
  });

  test('goes with its authority, and with its CA', () => {
    const gone = compileRevocations({ authorities: [], held });
    expect(openRevocations(gone.bytes).authorities.size).toBe(0);
    const replaced = compileRevocations({
      authorities: [{ name: 'acme-ca', certificates: all([globex]), lists: [] }],
      held,
    });
    expect(openRevocations(replaced.bytes).authorities.get('acme-ca')?.lists).toEqual([]);
  });
});

test('of two lists with one scope the newer counts, in any order', () => {
  const [older, newer] = [numbered(3, { revoked: [entry(a)] }), numbered(4, { revoked: [entry(b)] })];
  for (const lists of [
    [older, newer],
    [newer, older],
  ]) {
    expect(statusOfBoth(openRevocations(compiled(lists).bytes))).toEqual(['good', 'revoked']);
  }
});

test('an authority over its quota is stale, and nobody else', () => {
  const request = {
    authorities: [
      {
        name: 'acme-ca',
        certificates: all([root]),
        lists: [believed(numbered(1, { revoked: [entry(a), entry(b)] }), [root])],
      },
      { name: 'globex-ca', certificates: all([globex]), lists: [believed(listOf(globex), [globex])] },
    ],
    serialsPerAuthority: 1,
  };
  const { bytes, unused } = compileRevocations(request);
  expect(unused).toMatchObject([{ authority: 'acme-ca', code: 'over_quota' }]);
  const index = openRevocations(bytes);
  expect(statusOfBoth(index)).toEqual(['stale', 'stale']);
  expect(statuses(index, [globex.issue(), globex], { authority: 'globex-ca' })).toEqual(['good']);
});

test('the same lists give the same bytes, whatever their order; any other list gives another id', () => {
  const lists = [
    numbered(1, { revoked: [entry(a)] }),
    numbered(1, { extensions: [listExtension.issuingDistributionPoint({ onlyContainsUserCerts: true })] }),
  ];
  expect(compiled(lists.toReversed()).bytes).toEqual(compiled(lists).bytes);
  const id = (...given: readonly Uint8Array[]) => openRevocations(compiled(given).bytes).id;
  const ids = [
    id(),
    id(numbered(1)),
    id(numbered(2)),
    id(numbered(2, { revoked: [entry(a)] })),
    id(numbered(2, { revoked: [entry(b)] })),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

describe('a damaged index', () => {
  const { bytes } = compiled([numbered(1, { revoked: [entry(a), entry(b)] })]);
  const refused = (octets: Uint8Array) => problemsOf(() => openRevocations(octets))[0]?.code;

  test('is a typed problem, whatever the damage', () => {
    const many = compiled([
      numbered(1, {
        revoked: Array.from({ length: 500 }, (_, index) => ({ serial: (index + 16).toString(16), revokedAt: 0 })),
      }),
    ]).bytes;
    const swapped = Uint8Array.from(many);
    swapped.copyWithin(many.length - 4000, many.length - 2000);
    swapped.set(many.subarray(many.length - 4000, many.length - 2000), many.length - 2000);
    const header = (json: string) => {
      const padded = json.padEnd(Math.ceil(json.length / 8) * 8);
      const octets = Buffer.concat([bytes.subarray(0, 16), Buffer.from(padded)]);
      octets.writeUInt32LE(padded.length, 8);
      return octets;
    };
    for (const damaged of [
      new Uint8Array(),
      bytes.subarray(0, 15),
      bytes.subarray(0, bytes.length - 8),
      Buffer.concat([bytes, Buffer.alloc(8)]),
      swapped,
      Uint8Array.from(bytes, (octet, index) => (index === 4 ? 1 : octet)),
      Uint8Array.from(bytes, (octet, index) => (index === 10 ? 255 : octet)),
      header('no JSON'),
      header('null'),
      header('{"format":2,"authorities":[{"name":"a","lists":[{"count":0}]}]}'),
      header('{"format":2,"authorities":[{"name":1,"lists":[]}]}'),
      header('{"format":2,"authorities":[{"name":"a","lists":[],"distrusted":[{}]}]}'),
      header('{"format":1,"authorities":[]}'),
    ]) {
      expect(refused(damaged)).toBe('revocation_index_damaged');
    }
  });

  test('never throws anything else', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const mutated = Uint8Array.from(bytes, (octet, index) => (index === place ? octet ^ change : octet));
        try {
          openRevocations(mutated);
        } catch {
          expect(refused(mutated)).toBe('revocation_index_damaged');
        }
      }),
    );
  });

  test('is read at any alignment', () => {
    const shifted = Buffer.alloc(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    expect(statusOfBoth(openRevocations(shifted))).toEqual(['revoked', 'revoked']);
    expect(openRevocations(shifted).id).toBe(openRevocations(bytes).id);
  });
});

test('a list of a day ahead is held against the clock, not against the list', () => {
  const index = indexOf([root], numbered(1));
  expect(statuses(index, [a, root], { at: during + 2 * day })).toEqual(['stale']);
});
