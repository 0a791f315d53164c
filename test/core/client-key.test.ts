import { clientKeyOf, clientKeySha256 } from '../../src/core/client-key.ts';

const key = clientKeyOf(new Uint8Array(32).fill(7));

test('a key has 256 bits in a form of its own, and is known by its hash', () => {
  expect(key).toMatch(/^spk_[A-Za-z0-9_-]{43}$/);
  expect(clientKeySha256(key)).toMatch(/^[0-9a-f]{64}$/);
  expect(() => clientKeyOf(new Uint8Array(16))).toThrow('32 random bytes');
});

test.each(['hunter2', '', key.slice(4), `${key} `, `${key}A`, key.toUpperCase()])(
  '%j is no key that we made',
  (text) => {
    expect(clientKeySha256(text)).toBeUndefined();
  },
);
