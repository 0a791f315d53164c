import type { Client, Requirement } from '../registry/registry.ts';
import { sharedRanges } from '../request/address.ts';

export const anyAddress = '127.0.0.1';

/** One that the client, and all conditions of it and of the routes that are about addresses alone, allow. */
export function usualAddressOf(client: Client | undefined, ofRoutes: readonly Requirement[]): string {
  const asked = [...(client?.require ?? []), ...ofRoutes].flatMap(({ any }) => {
    const ranges = any.flatMap((one) => ('addresses' in one ? [one.addresses] : []));
    return ranges.length > 0 && ranges.length === any.length ? [ranges.flat()] : [];
  });
  const own = client?.addresses === undefined ? asked : [client.addresses, ...asked];
  const [range] = own.length === 0 ? [] : own.reduce((left, next) => sharedRanges(left, next));
  return range === undefined ? anyAddress : range.text.replace(/\/\d+$/, '');
}
