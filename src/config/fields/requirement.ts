import { psd2Roles } from '../../core/registry/document.ts';
import type { ConditionSource, RequirementSource } from '../../core/registry/source.ts';
import { object, optional, required } from '../object.ts';
import { choice, list } from '../shape.ts';
import * as values from '../values.ts';

const token = object(
  {
    issuer: required(values.name('login'), 'A file of truststore/token-issuers/.'),
    scopes: optional(list(values.scope, 1, 20), 'The token has all of these.'),
  },
  { example: '{ issuer: login }' },
);

const condition = object(
  {
    addresses: optional(list(values.addressRange, 1, 100), 'The request comes from one of these.'),
    psd2Role: optional(choice(...psd2Roles), 'The certificate says so (ETSI TS 119 495).'),
    keySha256: optional(values.keyHash, 'The request brings the key that `sallyport client key` has made.'),
    token: optional(token, 'The request brings an access token that is bound to its certificate (RFC 8705).'),
  },
  { exactlyOne: ['addresses', 'psd2Role', 'keySha256', 'token'], example: '{ psd2Role: PSP_AI }' },
);

/** An entry of `require`, of a client, a group or a route. */
export const requirement = object(
  {
    addresses: optional(list(values.addressRange, 1, 100), 'The request comes from one of these.'),
    psd2Role: optional(choice(...psd2Roles), 'The certificate says so (ETSI TS 119 495).'),
    keySha256: optional(values.keyHash, 'The request brings the key that `sallyport client key` has made.'),
    token: optional(token, 'The request brings an access token that is bound to its certificate (RFC 8705).'),
    any: optional(list(condition, 2, 20), 'One of these is enough.'),
  },
  { exactlyOne: ['addresses', 'psd2Role', 'keySha256', 'token', 'any'], example: '{ psd2Role: PSP_AI }' },
);

type RequirementTree = NonNullable<ReturnType<typeof requirement.read>>;

/** As they are compiled: every entry must hold, of an entry one. */
export function requirementsOf({
  require,
}: {
  readonly require?: { readonly items: readonly RequirementTree[] };
}): readonly RequirementSource[] {
  return (require?.items ?? []).map(({ any, place, ...own }) => ({
    any: (any?.items ?? [own]).flatMap(conditionSource),
    place,
  }));
}

/** The shape has seen to it that there is exactly one of the four. */
function conditionSource({
  addresses,
  psd2Role,
  keySha256,
  token,
}: Omit<RequirementTree, 'any' | 'place'>): readonly ConditionSource[] {
  if (addresses !== undefined) return [{ addresses: addresses.items }];
  if (psd2Role !== undefined) return [{ psd2Role }];
  if (keySha256 !== undefined) return [{ keySha256 }];
  if (token === undefined) return [];
  return [{ token: { issuer: token.issuer, scopes: token.scopes?.items.map(({ value }) => value) ?? [] } }];
}
