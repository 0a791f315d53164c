import { isIP } from 'node:net';
import fc from 'fast-check';
import { ProblemError } from '../../../src/core/problem.ts';
import { contains, formatAddress, parseAddress, parseAddressRange } from '../../../src/core/request/address.ts';

test.each([
  ['203.0.113.0/24', '203.0.113.255', true],
  ['203.0.113.0/24', '203.0.114.0', false],
  ['203.0.113.7', '203.0.113.7', true],
  ['203.0.113.7', '203.0.113.6', false],
  ['203.0.113.8/29', '203.0.113.15', true],
  ['203.0.113.8/29', '203.0.113.16', false],
  ['0.0.0.0/0', '198.51.100.1', true],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['::/0', '198.51.100.1', false],
  ['::/0', '2001:db8::1', true],
  ['2001:db8::/32', '2001:DB8:ffff::1', true],
  ['2001:db8::/32', '2001:db9::', false],
  ['2001:db8::1', '2001:0db8:0000:0000:0000:0000:0000:0001', true],
  ['203.0.113.0/24', '::ffff:203.0.113.9', true],
  ['203.0.113.0/24', '::FFFF:cb00:7109', true],
  ['::ffff:203.0.113.0/120', '203.0.113.9', true],
  ['::ffff:203.0.113.0/120', '203.0.114.9', false],
  ['203.0.113.0/24', '203.0.113.9, 198.51.100.1', false],
  ['203.0.113.0/24', '203.0.113.09', false],
  ['203.0.113.0/24', '203.0.113.9:443', false],
  ['203.0.113.0/24', ' 203.0.113.9', false],
  ['203.0.113.0/24', '203.0.113.9\n', false],
  ['203.0.113.0/24', '0xcb.0.113.9', false],
  ['203.0.113.0/24', '3405803785', false],
  ['203.0.113.0/24', '', false],
  ['fe80::/10', 'fe80::1%eth0', false],
  ['2001:db8::/32', '[2001:db8::1]', false],
])('%s has %j: %s', (range, address, expected) => {
  expect(contains(parseAddressRange(range), address)).toBe(expected);
});

test.each([
  ['203.0.113.0/24', '203.0.113.0/24'],
  ['203.0.113.7', '203.0.113.7/32'],
  ['2001:DB8:0::/32', '2001:db8::/32'],
  ['2001:db8::1', '2001:db8::1/128'],
  ['::ffff:192.0.2.0/120', '192.0.2.0/24'],
  ['::/0', '::/0'],
  ['2001:db8:0:1:0:0:0:0/64', '2001:db8:0:1::/64'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0/128'],
  ['::1.2.3.4', '::102:304/128'],
])('%s is written %s', (text, canonical) => {
  expect(parseAddressRange(text).text).toBe(canonical);
  expect(parseAddressRange(canonical).text).toBe(canonical);
});

test.each([
  [
    '203.0.113.7/24',
    'address_host_bits',
    'write 203.0.113.0/24 for the whole range, or 203.0.113.7 for the one address',
  ],
  [
    '2001:db8:1::/32',
    'address_host_bits',
    'write 2001:db8::/32 for the whole range, or 2001:db8:1:: for the one address',
  ],
  ['1.2.3.4/0', 'address_host_bits', 'write 0.0.0.0/0 for the whole range, or 1.2.3.4 for the one address'],
  [
    '::ffff:192.0.2.7/120',
    'address_host_bits',
    'write 192.0.2.0/24 for the whole range, or 192.0.2.7 for the one address',
  ],
  ['203.0.113.0/33', 'address_malformed', undefined],
  ['203.0.113.0/024', 'address_malformed', undefined],
  ['203.0.113.0/', 'address_malformed', undefined],
  ['203.0.113.0/-1', 'address_malformed', undefined],
  ['203.0.113.0/24/8', 'address_malformed', undefined],
  ['2001:db8::/129', 'address_malformed', undefined],
  ['203.0.113', 'address_malformed', undefined],
  ['203.0.113.256', 'address_malformed', undefined],
  ['203.0.113.010', 'address_malformed', undefined],
  ['1::2::3', 'address_malformed', undefined],
  ['1:2:3:4:5:6:7:8::', 'address_malformed', undefined],
  ['1:2:3:4:5:6:7', 'address_malformed', undefined],
  [':1:2:3:4:5:6:7', 'address_malformed', undefined],
  ['12345::', 'address_malformed', undefined],
  ['1.2.3.4::', 'address_malformed', undefined],
  ['::1.2.3.04', 'address_malformed', undefined],
  ['fe80::1%eth0', 'address_malformed', undefined],
  ['any', 'address_malformed', undefined],
  [`::${'0'.repeat(50)}`, 'address_malformed', undefined],
])('%s is refused: %s', (text, code, remedy) => {
  try {
    parseAddressRange(text);
    throw new Error('accepted');
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    expect([error.problems[0]?.code, error.problems[0]?.remedy]).toEqual([code, remedy]);
  }
});

describe('properties', () => {
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.stringMatching(/^[0-9a-f:.]{0,24}$/),
    fc
      .array(fc.constantFrom(':', '::', '0', '1', 'ffff', '.', '1.2.3.4', '00'), { maxLength: 12 })
      .map((p) => p.join('')),
  );

  test("agrees with Node's inet_pton on what an address is", () => {
    fc.assert(
      fc.property(text, (address) => {
        expect(parseAddress(address) !== undefined).toBe(isIP(address) !== 0);
      }),
      { numRuns: 5000 },
    );
  });

  test('writing and reading again gives the same bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
        (b) => {
          fc.pre(b.length === 4 || !formatAddress(b).startsWith('::ffff:'));
          expect(parseAddress(formatAddress(b))).toEqual(b);
        },
      ),
    );
  });

  test('containment is agreement of the leading bits', () => {
    const bits = (b: Uint8Array) => [...b].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.boolean(), (a, b, length, near) => {
        const base = parseAddress(a) ?? new Uint8Array(4);
        const network = base.map((byte, i) => byte & (0xff << (8 - Math.min(8, Math.max(0, length - 8 * i)))));
        const other = near ? network.map((byte, i) => byte | (i === 3 ? 1 : 0)) : (parseAddress(b) ?? base);
        const range = parseAddressRange(`${network.join('.')}/${length}`);
        expect(contains(range, other.join('.'))).toBe(bits(network).slice(0, length) === bits(other).slice(0, length));
      }),
    );
  });
});

test('IPv4 is four decimal octets without leading zeros, and nothing else', () => {
  const octet = '(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])';
  const form = new RegExp(`^${octet}(?:\\.${octet}){3}$`);
  const part = fc.oneof(
    fc.nat({ max: 300 }).map(String),
    fc.constantFrom('', '0', '00', '01', '256', '1e1', ' 1', '٣'),
  );
  const near = fc.array(part, { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.'));
  fc.assert(
    fc.property(fc.oneof(near, fc.ipV4()), (text) => {
      const expected = form.test(text) ? Uint8Array.from(text.split('.').map(Number)) : undefined;
      expect(parseAddress(text)).toEqual(expected);
    }),
  );
});
