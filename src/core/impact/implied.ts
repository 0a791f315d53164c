import { conditionText } from '../decide/caller/conditions.ts';
import type { Reason } from '../decide/reasons.ts';
import type { Client, Condition, Registry, Requirement } from '../registry/registry.ts';
import { type AddressRange, containsAddress } from '../request/address.ts';

type Unmet = Pick<Reason, 'code' | 'found' | 'expected'>;
type Token = Extract<Condition, { readonly token: unknown }>['token'];

/** What one registry asks of a client and its request. */
export interface Asked {
  readonly registry: Registry;
  readonly client: Client;
  readonly ofRoutes: readonly Requirement[];
}

/**
 * What `other` asks that nobody is known to meet who meets what `own` asks. Whoever shows exactly what is asked today is the
 * person in question: a key, a role, a token or an address that is not asked for is not known to come.
 */
export function unmetBy(own: Asked, other: Asked): readonly Unmet[] {
  const shown = [...own.client.require, ...own.ofRoutes, ...addressesOf(own.client)];
  const reasons: Unmet[] = [];
  const { addresses } = other.client;
  if (addresses !== undefined && !shown.some(({ any }) => isImplied(any, [{ addresses }], own, other))) {
    reasons.push({ code: 'address_not_allowed', expected: addresses.map(({ text }) => text).join(', ') });
  }
  for (const { any } of [...other.client.require, ...other.ofRoutes]) {
    if (!shown.some((one) => isImplied(one.any, any, own, other))) reasons.push(unmet(any, shown));
  }
  return reasons;
}

const addressesOf = ({ addresses, at }: Client): readonly Requirement[] =>
  addresses === undefined ? [] : [{ any: [{ addresses }], at }];

function isImplied(shown: readonly Condition[], wanted: readonly Condition[], own: Asked, other: Asked): boolean {
  return shown.every((one) => meets(one, wanted, own.registry, other.registry));
}

function meets(shown: Condition, wanted: readonly Condition[], own: Registry, other: Registry): boolean {
  if ('addresses' in shown) {
    const ranges = wanted.flatMap((one) => ('addresses' in one ? one.addresses : []));
    return shown.addresses.every((range) => isCovered(range, ranges));
  }
  return wanted.some((one) => {
    if ('psd2Role' in shown) return 'psd2Role' in one && one.psd2Role === shown.psd2Role;
    if ('keySha256' in shown) return 'keySha256' in one && one.keySha256 === shown.keySha256;
    return 'token' in one && isTokenEnough(shown.token, one.token, own, other);
  });
}

/** A token that was good is, if whoever issues it counts for as much as before. */
function isTokenEnough(shown: Token, wanted: Token, own: Registry, other: Registry): boolean {
  if (shown.issuer !== wanted.issuer || !wanted.scopes.every((scope) => shown.scopes.includes(scope))) return false;
  const before = own.tokenIssuers.get(shown.issuer);
  const after = other.tokenIssuers.get(wanted.issuer);
  if (before === undefined || after === undefined) return before === after;
  const keys = new Set(after.keys.map((key) => JSON.stringify(key)));
  return (
    before.issuer === after.issuer &&
    before.audiences.every((audience) => after.audiences.includes(audience)) &&
    before.keys.every((key) => keys.has(JSON.stringify(key)))
  );
}

/** Every address of the range is in one of `ranges`, alone or by several that make it up. */
export function isCovered(range: AddressRange, ranges: readonly AddressRange[]): boolean {
  const inside = ranges.filter((one) => one.prefixLength > range.prefixLength && containsAddress(range, one.address));
  if (ranges.some((one) => one.prefixLength <= range.prefixLength && containsAddress(one, range.address))) return true;
  return inside.length > 1 && halvesOf(range).every((half) => isCovered(half, inside));
}

function halvesOf({ text, address, prefixLength }: AddressRange): readonly AddressRange[] {
  const upper = address.slice();
  const at = prefixLength >> 3;
  upper[at] = (upper[at] ?? 0) | (0x80 >> (prefixLength & 7));
  return [address, upper].map((one) => ({ text, address: one, prefixLength: prefixLength + 1 }));
}

function unmet(any: readonly Condition[], shown: readonly Requirement[]): Unmet {
  const expected = any.map(conditionText).join(' or ');
  const [only, second] = any;
  if (only === undefined || second !== undefined || !('token' in only)) return { code: 'condition_unmet', expected };
  const same = shown
    .flatMap(({ any: all }) => all)
    .find((one) => 'token' in one && one.token.issuer === only.token.issuer);
  if (same === undefined || !('token' in same)) return { code: 'token_missing', expected };
  const lacks = only.token.scopes.some((scope) => !same.token.scopes.includes(scope));
  return { code: lacks ? 'token_scope_missing' : 'token_refused', expected };
}
