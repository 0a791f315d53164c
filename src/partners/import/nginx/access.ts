import { rangeOf } from '../written-address.ts';
import { inForce, type Levels } from './levels.ts';

export type Access =
  | { /** Absent: from anywhere. Empty: from nowhere. */ readonly addresses?: readonly string[] }
  | { readonly left: string };

/** `allow …; deny all;`. What denies some and allows the rest cannot be said here. */
export function accessOf(levels: Levels): Access {
  const rules = inForce(levels, 'allow', 'deny');
  const end = rules.findIndex(({ args }) => args[0] === 'all');
  const counted = end < 0 ? rules : rules.slice(0, end);
  const denies = counted.find(({ name }) => name === 'deny');
  if (denies !== undefined)
    return { left: `\`deny ${denies.args[0]}\` and allow the rest: write the addresses under require of the route` };
  if (end < 0 || rules[end]?.name === 'allow') return {};
  const addresses: string[] = [];
  for (const { args } of counted) {
    const [text = ''] = args;
    const range = rangeOf(text);
    if (range === undefined && text !== 'unix:') return { left: `\`allow ${text}\` is no address or range` };
    if (range !== undefined && !addresses.includes(range)) addresses.push(range);
  }
  const header = inForce(levels, 'set_real_ip_from');
  if (header.length > 0) {
    return { left: 'its addresses are those that a header names (set_real_ip_from); here they are those that connect' };
  }
  return { addresses };
}
