import type { Client } from '../../registry/registry.ts';
import { containsAddress, parseAddress } from '../address.ts';
import type { Overlay } from '../overlay.ts';
import type { Reason } from '../reasons.ts';

const none: readonly Reason[] = [];

/** What stands against the client itself, whatever it asks for. Addresses and dates only narrow, they never identify. */
export function clientReasons(client: Client, address: string, overlay: Overlay, now: number): readonly Reason[] {
  const { validFrom, validUntil, addresses } = client;
  const why = overlay.clients.get(client.name);
  const early = validFrom !== undefined && now < validFrom;
  const late = validUntil !== undefined && now > validUntil;
  const elsewhere = addresses === undefined ? undefined : addressReason(addresses, address);
  if (why === undefined && !early && !late && elsewhere === undefined) return none;
  const about = { client: client.name, at: client.at };
  const reasons: Reason[] = [];
  if (why !== undefined) reasons.push({ code: 'client_blocked', client: client.name, found: why });
  if (early)
    reasons.push({ code: 'client_not_yet_valid', ...about, found: day(now), expected: `from ${day(validFrom)} on` });
  if (late)
    reasons.push({ code: 'client_no_longer_valid', ...about, found: day(now), expected: `until ${day(validUntil)}` });
  if (elsewhere !== undefined) reasons.push({ ...elsewhere, ...about });
  return reasons;
}

function addressReason(ranges: NonNullable<Client['addresses']>, address: string): Reason | undefined {
  const bytes = parseAddress(address);
  if (bytes !== undefined && ranges.some((range) => containsAddress(range, bytes))) return undefined;
  return {
    code: bytes === undefined ? 'address_unreadable' : 'address_not_allowed',
    found: address,
    expected: ranges.map(({ text }) => text).join(', '),
  };
}

/** The UTC day, as people write it in `validFrom` and `validUntil`. */
function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
