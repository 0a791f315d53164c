import { clientKeySha256 } from '../../client-key.ts';
import type { Place } from '../../problem.ts';
import type { Psd2Role } from '../../registry/document.ts';
import type { Client, Condition, Route } from '../../registry/registry.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { containsAddress, parseAddress } from '../address.ts';
import type { Overlay } from '../overlay.ts';
import type { Reason } from '../reasons.ts';

/** What of a request conditions look at; the key only when one is asked for. */
interface Shown {
  readonly address: string;
  readonly key?: string;
}

const none: readonly Reason[] = [];

/** What stands against the client itself, whatever it asks for. Addresses and dates only narrow, they never identify. */
export function clientReasons(
  client: Client,
  certificate: Certificate | undefined,
  shown: Shown,
  overlay: Overlay,
  now: number,
): readonly Reason[] {
  const { validFrom, validUntil, addresses } = client;
  const why = overlay.clients.get(client.name);
  const early = validFrom !== undefined && now < validFrom;
  const late = validUntil !== undefined && now > validUntil;
  const elsewhere = addresses === undefined ? undefined : addressReason(addresses, shown.address);
  const unmet = unmetReasons(client, client.require, client.at, certificate, shown);
  if (why === undefined && !early && !late && elsewhere === undefined && unmet.length === 0) return none;
  const about = { client: client.name, at: client.at };
  const reasons: Reason[] = [];
  if (why !== undefined) reasons.push({ code: 'client_blocked', client: client.name, found: why });
  if (early)
    reasons.push({ code: 'client_not_yet_valid', ...about, found: day(now), expected: `from ${day(validFrom)} on` });
  if (late)
    reasons.push({ code: 'client_no_longer_valid', ...about, found: day(now), expected: `until ${day(validUntil)}` });
  if (elsewhere !== undefined) reasons.push({ ...elsewhere, ...about });
  reasons.push(...unmet);
  return reasons;
}

/** What a route asks of every client on it; of a request only the most specific route counts. */
export function routeReasons(
  client: Client,
  { require, at }: Route,
  certificate: Certificate | undefined,
  shown: Shown,
): readonly Reason[] {
  return unmetReasons(client, require, at, certificate, shown);
}

function unmetReasons(
  client: Client,
  require: Client['require'],
  at: Place,
  certificate: Certificate | undefined,
  shown: Shown,
): readonly Reason[] {
  if (require.length === 0) return none;
  const unmet = require.filter((entry) => !entry.some((one) => holds(one, certificate, shown)));
  if (unmet.length === 0) return none;
  const roles = certificate?.qcStatements?.psd2?.roles.map(({ name }) => name) ?? [];
  // a key is a secret: only whether one came is told
  const key = shown.key === undefined ? 'no key' : 'a key';
  const found = `${shown.address}, ${roles.length === 0 ? 'no PSD2 role' : `roles ${roles.join(' ')}`}, ${key}`;
  return unmet.map((entry) => ({
    code: 'condition_unmet',
    client: client.name,
    at,
    found,
    expected: entry.map(conditionText).join(' or '),
  }));
}

/** By the role's OID in the certificate; the text beside it is free. */
function holds(condition: Condition, certificate: Certificate | undefined, shown: Shown): boolean {
  if ('keySha256' in condition) {
    return shown.key !== undefined && clientKeySha256(shown.key) === condition.keySha256;
  }
  if ('psd2Role' in condition) {
    const roles = certificate?.qcStatements?.psd2?.roles ?? [];
    return roles.some(({ oid }) => oid === psd2RoleOids[condition.psd2Role]);
  }
  const bytes = parseAddress(shown.address);
  return bytes !== undefined && condition.addresses.some((range) => containsAddress(range, bytes));
}

/** ETSI TS 119 495 §5.1. */
const psd2RoleOids: Readonly<Record<Psd2Role, string>> = {
  PSP_AS: '0.4.0.19495.1.1',
  PSP_PI: '0.4.0.19495.1.2',
  PSP_AI: '0.4.0.19495.1.3',
  PSP_IC: '0.4.0.19495.1.4',
};

function conditionText(condition: Condition): string {
  if ('keySha256' in condition) return `the key with SHA-256 ${condition.keySha256.slice(0, 16)}`;
  return 'psd2Role' in condition ? condition.psd2Role : condition.addresses.map(({ text }) => text).join(', ');
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
