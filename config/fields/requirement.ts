import { psd2Roles } from '../../core/registry/document.ts';
import type { ConditionSource } from '../../core/registry/source.ts';
import { object, optional } from '../object.ts';
import { choice, list } from '../shape.ts';
import * as values from '../values.ts';

const condition = object(
  {
    addresses: optional(list(values.addressRange, 1, 100), 'The request comes from one of these.'),
    psd2Role: optional(choice(...psd2Roles), 'The certificate says so (ETSI TS 119 495).'),
    keySha256: optional(values.keyHash, 'The request brings the key that `sallyport client key` has made.'),
  },
  { exactlyOne: ['addresses', 'psd2Role', 'keySha256'], example: '{ psd2Role: PSP_AI }' },
);

/** An entry of `require`, of a client, a group or a route. */
export const requirement = object(
  {
    addresses: optional(list(values.addressRange, 1, 100), 'The request comes from one of these.'),
    psd2Role: optional(choice(...psd2Roles), 'The certificate says so (ETSI TS 119 495).'),
    keySha256: optional(values.keyHash, 'The request brings the key that `sallyport client key` has made.'),
    any: optional(list(condition, 2, 20), 'One of these is enough.'),
  },
  { exactlyOne: ['addresses', 'psd2Role', 'keySha256', 'any'], example: '{ psd2Role: PSP_AI }' },
);

type RequirementTree = NonNullable<ReturnType<typeof requirement.read>>;

/** As they are compiled: every entry must hold, of an entry one. */
export function requirementsOf({
  require,
}: {
  readonly require?: { readonly items: readonly RequirementTree[] };
}): readonly (readonly ConditionSource[])[] {
  return (require?.items ?? []).map(({ any, ...own }) => (any?.items ?? [own]).flatMap(conditionSource));
}

/** The shape has seen to it that there is exactly one of the three. */
function conditionSource({ addresses, psd2Role, keySha256 }: Omit<RequirementTree, 'any'>): readonly ConditionSource[] {
  if (addresses !== undefined) return [{ addresses: addresses.items }];
  if (psd2Role !== undefined) return [{ psd2Role }];
  return keySha256 === undefined ? [] : [{ keySha256 }];
}
