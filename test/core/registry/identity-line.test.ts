import fc from 'fast-check';
import { parse } from 'yaml';
import { sanLine, subjectLine } from '../../../src/core/registry/identity-line.ts';
import { nameFromRdns } from '../../../src/core/x509/name.ts';
import { parseNameText } from '../../../src/core/x509/name-text.ts';

test('any subject: the line is YAML, ASCII, and read back to the same name', () => {
  const value = fc
    .oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.string({
        unit: fc.constantFrom("'", '"', '{', '}', ',', ':', '#', ' ', '\\', '%', '&', '*', '!', '|'),
        minLength: 1,
      }),
    )
    .filter((text) => text.isWellFormed() && !/[\p{Cc}\u2028\u2029]/u.test(text));
  const attribute = fc.record({ type: fc.constantFrom('CN', 'O', 'C', 'DC', '1.2.3.4'), value });
  fc.assert(
    fc.property(
      fc.array(fc.array(attribute, { minLength: 1, maxLength: 1 }), { minLength: 1, maxLength: 4 }),
      (rdns) => {
        const name = nameFromRdns(rdns);
        const line = subjectLine(name, 'acme-ca');
        expect(line).toMatch(/^[ -~]+$/);
        const [identity] = parse(line);
        expect(identity).toEqual({ authority: 'acme-ca', subject: expect.any(String) });
        expect(parseNameText(identity.subject).key).toBe(name.key);
      },
    ),
  );
});

test('alternative names that can identify somebody, as they are compared', () => {
  expect(sanLine({ kind: 'dns', value: 'Orders.ACME.example' })).toBe(
    "- { authority: AUTHORITY, san: { dns: 'orders.acme.example' } }",
  );
  const ip = { kind: 'ip' as const, value: Uint8Array.of(203, 0, 113, 7), text: '203.0.113.7' };
  expect(parse(sanLine(ip) ?? '')).toEqual([{ authority: 'AUTHORITY', san: { ip: '203.0.113.7' } }]);
  expect(sanLine({ kind: 'dns', value: '*.acme.example' })).toBeUndefined();
  expect(sanLine({ kind: 'registered-id', oid: '1.2.3' })).toBeUndefined();
});
