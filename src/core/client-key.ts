import { hash } from 'node:crypto';

/** The header in which a client's key comes. Every `X-Sallyport-*` of a caller is taken out before the backend. */
export const clientKeyHeader = 'X-Sallyport-Key';

/** 256 bits from a generator, in base64url behind a prefix that secret scanners can look for. */
const form = /^spk_[A-Za-z0-9_-]{43}$/;

/** `random`: 32 bytes. */
export function clientKeyOf(random: Uint8Array): string {
  if (random.length !== 32) throw new Error('A client key is made from 32 random bytes.');
  return `spk_${Buffer.from(random).toString('base64url')}`;
}

/** SHA-256, lower-case hex, which is what is stored; undefined for what no generator of ours has made. */
export function clientKeySha256(key: string): string | undefined {
  return form.test(key) ? hash('sha256', key, 'hex') : undefined;
}
