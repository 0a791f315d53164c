import fc from 'fast-check';
import { isSelfSigned } from '../../../src/core/registry/issuer.ts';
import { compileRevocations } from '../../../src/core/revocation/compile.ts';
import { openRevocations, type RevocationIndex } from '../../../src/core/revocation/index.ts';
import { issuerIdOf } from '../../../src/core/revocation/issuer-id.ts';
import { statusOf } from '../../../src/core/revocation/status.ts';
import type { Certificate } from '../../../src/core/x509/certificate.ts';
import { extension } from '../../../src/core/x509/write.ts';
import { listExtension } from '../../../src/core/x509/write-crl.ts';
import { type Ca, ca, during, type Issued, keyPair } from '../../pki.ts';
import { all, believed, day, entry, hour, listOf, statuses } from './lists.ts';

const root = ca({ subject: { CN: 'Roll Root', O: 'Roll' } });
const name = { CN: 'Roll Issuing', O: 'Roll' };
const [stolen, honest] = [root.ca({ subject: name }), root.ca({ subject: name })];
const cas = [root, stolen, honest];
const client = honest.issue();
const number = (value: number | string) => ({ extensions: [listExtension.crlNumber(value)] });
const huge = '7f'.repeat(20);

function compile(
  certificates: readonly Issued[],
  lists: readonly Uint8Array[],
  held?: RevocationIndex,
  forget?: string[],
) {
  const authorities = [
    { name: 'acme-ca', certificates: all(certificates), lists: lists.map((der) => believed(der, certificates)) },
  ];
  const { bytes, ...notes } = compileRevocations({ authorities, held, forget });
  return { index: openRevocations(bytes), ...notes, codes: notes.unused.map(({ code }) => code) };
}
const path = [client, honest, root];

describe('a list of a CA that is revoked', () => {
  const rootList = listOf(root, { revoked: [entry(stolen)], ...number(7) });
  const forged = listOf(stolen, number(huge));
  const own = listOf(honest, { revoked: [entry(client)], ...number(12) });

  test('clears nobody', () => {
    const { index, codes } = compile(cas, [rootList, forged]);
    expect(statuses(index, path)).toEqual(['missing', 'good']);
    expect(codes).toEqual(['list_signer_revoked']);
    const { findings } = statusOf({ path: all(path), authority: 'acme-ca', index, at: during });
    expect(findings[0]?.detail).toMatch(
      /does not count: signed by O=Roll,CN=Roll Issuing|does not count: .*serial .* is revoked/,
    );
  });
  test('revokes nobody, and does not take the place of the honest one, in whatever order they come', () => {
    for (const lists of [
      [rootList, forged, own],
      [own, forged, rootList],
      [forged, own, rootList],
    ]) {
      expect(statuses(compile(cas, lists).index, path)).toEqual(['revoked', 'good']);
    }
    const slander = listOf(stolen, { revoked: [entry(client)], ...number(13) });
    expect(statuses(compile(cas, [rootList, slander, listOf(honest, number(12))]).index, path)).toEqual([
      'good',
      'good',
    ]);
  });
  test('goes also when it is held, and the honest one comes back', () => {
    const before = compile(cas, [listOf(root, number(6)), forged, own]);
    expect(before.codes).toEqual(['list_older']);
    const after = compile(cas, [rootList, own], before.index);
    expect(after.codes).toEqual(['list_signer_revoked']);
    expect(statuses(after.index, path)).toEqual(['revoked', 'good']);
  });
  test('does so by a list of the root that has run out: what it revokes stays revoked', () => {
    const old = listOf(root, { revoked: [entry(stolen)], thisUpdate: during - 3 * day, nextUpdate: during - day });
    expect(compile(cas, [old, forged]).codes).toEqual(['list_signer_revoked']);
  });
  test('by a delta list; and a delta that takes it off hold brings it back', () => {
    const base = listOf(root, { revoked: [entry(stolen, 6)], ...number(7) });
    const delta = (reason: number) =>
      listOf(root, {
        revoked: [entry(stolen, reason)],
        extensions: [listExtension.crlNumber(8), listExtension.deltaCrlIndicator(7)],
      });
    expect(compile(cas, [base, forged]).codes).toEqual(['list_signer_revoked']);
    expect(compile(cas, [base, delta(8), forged]).codes).toEqual([]);
    expect(compile(cas, [listOf(root, number(7)), delta(1), forged]).codes).toEqual(['list_signer_revoked']);
  });
});

test('another certificate of the same name and key vouches on: superseded is not stolen', () => {
  const pair = keyPair('p256', 'superseded');
  const [first, second] = [root.ca({ subject: name, key: pair }), root.ca({ subject: name, key: pair })];
  const leaf = second.issue();
  const lists = [listOf(root, { revoked: [entry(first)] }), listOf(second)];
  const { index, codes } = compile([root, first, second], lists);
  expect(codes).toEqual([]);
  expect(statuses(index, [leaf, second, root])).toEqual(['good', 'good']);
  expect(statuses(index, [leaf, first, root])).toEqual(['good', 'revoked']);
});

describe('a chain and a cycle', () => {
  test('what a revoked CA certified has no say', () => {
    const below = stolen.ca({ subject: 'Below' });
    const leaf = below.issue();
    const lists = [listOf(root, { revoked: [entry(stolen)] }), listOf(stolen), listOf(below)];
    const { index, codes } = compile([root, stolen, below], lists);
    expect(codes).toEqual(['list_signer_revoked', 'list_signer_revoked']);
    expect(statuses(index, [leaf, below, stolen, root])).toEqual(['missing', 'missing', 'revoked']);
  });
  /** The next key of a CA, certified by the one before under the same name. */
  const rolled = (from: Ca, label: string): Issued =>
    from.ca({ subject: name, key: keyPair('p256', label), extra: [extension.keyUsage(['keyCertSign', 'cRLSign'])] });
  test('two keys of one CA that revoke each other: both count as revoked', () => {
    const one = rolled(honest, 'one');
    const two = rolled(honest, 'two');
    const lists = [
      listOf(root),
      listOf(one, { revoked: [entry(two)] }),
      listOf(two, { revoked: [entry(one)], ...number(2) }),
    ];
    const { codes, unused } = compile([root, honest, one, two], lists);
    expect(codes).toEqual(['list_signer_revoked', 'list_signer_revoked']);
    expect(unused[0]?.detail).toContain('its own lists');
  });
  test('a key that revokes itself, alone, has run in a circle; one that names nobody has not', () => {
    const next = rolled(honest, 'next');
    expect(compile([root, honest, next], [listOf(root), listOf(next, { revoked: [entry(next)] })]).codes).toEqual([
      'list_signer_revoked',
    ]);
    const { index, codes } = compile([root, honest, next], [listOf(root), listOf(next)]);
    expect(codes).toEqual([]);
    expect(statuses(index, path)).toEqual(['good', 'good']);
  });
  test('an anchor stands whatever any list says', () => {
    const lists = [listOf(root, { revoked: [entry(root), entry(stolen)] }), listOf(honest)];
    expect(statuses(compile(cas, lists).index, path)).toEqual(['good', 'good']);
  });
  test('a certificate that may not sign lists vouches for none', () => {
    const pair = keyPair('p256', 'usage');
    const signing = root.ca({ subject: name, key: pair });
    const other = root.ca({ subject: name, key: pair, extra: [extension.keyUsage(['keyCertSign'])] });
    const lists = [listOf(root, { revoked: [entry(signing)] }), listOf(signing)];
    expect(compile([root, signing, other], lists).codes).toEqual(['list_signer_revoked']);
  });
});

test('however CAs certify and revoke each other: a list counts only by a chain of certificates that no such list names', () => {
  const pool = Array.from({ length: 3 }, (_, index) => keyPair('p256', `pool ${index}`));
  const link = fc.record({ parent: fc.nat(3), key: fc.nat(2), names: fc.subarray([0, 1, 2, 3]) });
  let distrusted = 0;
  fc.assert(
    fc.property(fc.array(link, { minLength: 1, maxLength: 4 }), fc.subarray([0, 1, 2, 3]), (links, byRoot) => {
      const made: Ca[] = [];
      for (const [index, { parent, key }] of links.entries()) {
        const above = made[parent % (index + 1)] ?? root;
        made.push(above.ca({ subject: `CA ${key}`, key: pool[key] ?? 'p256' }));
      }
      const chosen = (which: readonly number[]) =>
        which.flatMap((at) => (made[at] === undefined ? [] : [entry(made[at])]));
      const lists = [
        listOf(root, { revoked: chosen(byRoot) }),
        ...links.flatMap(({ names }, at) =>
          made[at] === undefined ? [] : [listOf(made[at], { revoked: chosen(names), ...number(at + 1) })],
        ),
      ];
      const certificates = all([root, ...made]);
      const beliefs = lists.map((der) => believed(der, [root, ...made]));
      const { index, unused } = (({ bytes, ...rest }) => ({ index: openRevocations(bytes), ...rest }))(
        compileRevocations({ authorities: [{ name: 'acme-ca', certificates, lists: beliefs }] }),
      );
      distrusted += unused.filter(({ code }) => code === 'list_signer_revoked').length;
      const known = index.authorities.get('acme-ca');
      const counting = known?.lists ?? [];
      const stands = (one: Certificate, seen: readonly Certificate[]): boolean => {
        if (isSelfSigned(one)) return true;
        if (seen.includes(one)) return false;
        const parents = certificates.filter((above) => above.subject.key === one.issuer.key && above !== one);
        const named = parents.some((above) => known?.of(issuerIdOf(above)).some((list) => list.has(one)));
        return !named && parents.some((above) => stands(above, [...seen, one]));
      };
      for (const { signers } of counting) {
        for (const signer of signers) {
          const vouching = certificates.filter((one) => issuerIdOf(one) === signer);
          expect(vouching.some((one) => stands(one, []))).toBe(true);
        }
      }
    }),
    { numRuns: 120 },
  );
  expect(distrusted).toBeGreaterThan(20);
});

describe('a number', () => {
  const held = compile([root], [listOf(root, number(10))]).index;
  const next = (value: number | string, thisUpdate = during) =>
    compile([root], [listOf(root, { ...number(value), thisUpdate })], held).odd.map(({ code }) => code);
  test('that jumps while dates do not is told', () => {
    expect(next(huge)).toEqual(['list_number_jumps']);
    expect(next((1_000_000).toString(16))).toEqual(['list_number_jumps']);
    for (const usual of [11, 20, 1000]) expect(next(usual)).toEqual([]);
  });
  test('that is the date of its list is none', () => {
    for (const date of [20260601, 2026060100, 20260601000000, during / 1000, during]) {
      expect(next(date.toString(16))).toEqual([]);
    }
    expect(next((20250601).toString(16))).toEqual(['list_number_jumps']);
  });
  test('whose list keeps the honest ones out: it is forgotten by its id, and they are taken', () => {
    const bad = compile([root], [listOf(root, { ...number(huge), revoked: [] })], held).index;
    const honestList = listOf(root, { ...number(11), thisUpdate: during - hour / 2, revoked: [entry(stolen)] });
    const refused = compile([root], [honestList], bad);
    expect(refused.codes).toEqual(['list_older']);
    const id = /held is number [0-9a-f]+, \S+ \(([0-9a-f]{16})\)/.exec(refused.unused[0]?.detail ?? '')?.[1] ?? '';
    const mended = compile([root], [honestList], bad, [id]);
    expect(mended.codes).toEqual(['list_forgotten']);
    expect(mended.index.authorities.get('acme-ca')?.lists.map(({ crlNumber }) => crlNumber)).toEqual(['b']);
    expect(() => compile([root], [], bad, ['xyz'])).toThrow('16 to 64 hex digits');
  });
});
