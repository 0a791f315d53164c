import fc from 'fast-check';
import { ProblemError } from '../../../src/core/problem.ts';
import { scanEntries } from '../../../src/core/revocation/entries.ts';
import { readList } from '../../../src/core/revocation/list.ts';
import { DerCursor } from '../../../src/core/x509/der.ts';
import { readTime } from '../../../src/core/x509/fields/validity.ts';
import { extension } from '../../../src/core/x509/write.ts';
import { listExtension } from '../../../src/core/x509/write-crl.ts';
import { sequence, tlv } from '../../../src/core/x509/write-der.ts';
import { ca, during } from '../../pki.ts';
import { all, beliefOf, day, listOf } from './lists.ts';

const root = ca();
const cas = [root];
const rich = listOf(root, {
  revoked: [
    { serial: '2a', revokedAt: during - day },
    { serial: 'ff00', revokedAt: during - day, reason: 1 },
    { serial: '7f'.repeat(16), revokedAt: during - day, extensions: [extension.raw('1.2.3.4', Buffer.alloc(120))] },
  ],
  extensions: [
    listExtension.crlNumber(7),
    extension.authorityKeyIdentifier(root.publicKey),
    listExtension.issuingDistributionPoint({
      fullName: [{ uri: 'http://crl.acme.example/1' }],
      onlySomeReasons: [1, 2],
    }),
  ],
});

/** Reads and scans without a signature to stop it; the codes of its problems, or nothing. */
function read(der: Uint8Array): readonly string[] {
  try {
    const { entries } = readList(der);
    scanEntries(entries, { high: 1, low: 2 });
    return [];
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return error.problems.map(({ code }) => code);
  }
}

test('every list with any octet changed is not believed', () => {
  expect(beliefOf(rich, cas).ok).toBe(true);
  for (let place = 0; place < rich.length; place += 1) {
    for (const change of [0x01, 0x80, 0xff]) {
      const mutated = Uint8Array.from(rich, (octet, index) => (index === place ? octet ^ change : octet));
      expect(beliefOf(mutated, cas).ok).toBe(false);
    }
  }
});

describe('never another throw than a typed problem', () => {
  const allowed = (codes: readonly string[]) => codes.length === 0 || codes[0] === 'list_malformed';

  test('octets changed, cut out and put in', () => {
    const edit = fc.record({ at: fc.nat(rich.length), cut: fc.nat(6), put: fc.uint8Array({ maxLength: 6 }) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const mutated = edits.reduce<Uint8Array>(
          (der, { at, cut, put }) => Buffer.concat([der.subarray(0, at), put, der.subarray(at + cut)]),
          rich,
        );
        expect(allowed(read(mutated))).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('anything at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        expect(allowed(read(octets))).toBe(true);
        expect(beliefOf(octets, cas)).toMatchObject({ ok: false, code: 'list_malformed' });
      }),
    );
  });

  test('lengths that promise more than is there', () => {
    for (const octets of [
      [0x30, 0x84, 0x7f, 0xff, 0xff, 0xff],
      [0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
      [0x30, 0x85, 1, 0, 0, 0, 0],
      [0x30, 0x80, 0, 0],
    ]) {
      expect(read(Uint8Array.from(octets))).toEqual(['list_malformed']);
    }
  });
});

describe('the entry in line and the cursor agree', () => {
  const scan = (...parts: readonly Uint8Array[]) => {
    const bytes = sequence(...parts);
    try {
      return scanEntries({ bytes, start: 0, stop: bytes.length, version: 2, delta: false }, { high: 1, low: 2 }).count;
    } catch (error) {
      if (error instanceof ProblemError) return 'refused';
      throw error;
    }
  };
  const timeIsRead = (octets: Uint8Array) => {
    try {
      const cursor = new DerCursor(octets, 'list_malformed');
      readTime(cursor, 'it');
      return cursor.more ? 'refused' : 1;
    } catch {
      return 'refused';
    }
  };
  const twoDigits = (max: number) => fc.nat(max).map((value) => String(value).padStart(2, '0'));

  test('about dates', () => {
    const digits = fc
      .tuple(twoDigits(99), twoDigits(14), twoDigits(33), twoDigits(26), twoDigits(62), twoDigits(62))
      .map((parts) => parts.join(''));
    const odd = fc.string({ unit: fc.constantFrom(...'0123456789:/Zo\u001f\u007f '), minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(fc.oneof(digits, odd), fc.constantFrom('Z', '0', 'z'), (text, end) => {
        const date = tlv(0x17, Buffer.from(text + end, 'latin1'));
        expect(scan(tlv(0x02, Uint8Array.of(5)), date)).toBe(timeIsRead(date));
      }),
      { numRuns: 2000 },
    );
  });

  test('about serial numbers', () => {
    const date = tlv(0x17, Buffer.from('260101000000Z'));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5 }), (octets) => {
        const [first = 0, second = 0] = octets;
        const minimal = octets.length === 1 || !((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
        expect(scan(tlv(0x02, octets), date)).toBe(octets.length > 0 && minimal ? 1 : 'refused');
      }),
    );
  });
});

test('a certificate authority without certificates believes nothing', () => {
  expect(all([])).toEqual([]);
  expect(beliefOf(rich, [])).toMatchObject({ ok: false, code: 'list_issuer_unknown' });
});
