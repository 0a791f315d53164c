import { clientKeySha256 } from '../../client-key.ts';
import { isoDay } from '../../day.ts';
import type { Psd2Role } from '../../registry/document.ts';
import type { Client, Condition, Requirement } from '../../registry/registry.ts';
import { containsAddress, parseAddress } from '../../request/address.ts';
import type { Certificate } from '../../x509/certificate.ts';
import type { KnownCertificate } from '../known-certificate.ts';
import { clientBlock, type Overlay } from '../overlay.ts';
import type { Reason } from '../reasons.ts';
import { type ShownToken, tokenFault, tokenText } from './token.ts';

/** What of a request conditions look at; the key only when one is asked for. */
interface Shown {
  readonly request: { readonly address: string; readonly key?: string };
  readonly token: ShownToken | undefined;
  /** The certificate's, for what is not kept of it. */
  octets(): Uint8Array | undefined;
}

const none: readonly Reason[] = [];

/** What stands against the client itself, whatever it asks for. Addresses and dates only narrow, they never identify. */
export function clientReasons(
  client: Client,
  certificate: KnownCertificate | undefined,
  shown: Shown,
  overlay: Overlay,
  now: number,
): readonly Reason[] {
  const { validFrom, validUntil, addresses } = client;
  const why = clientBlock(overlay, client.name, now);
  const early = validFrom !== undefined && now < validFrom;
  const late = validUntil !== undefined && now > validUntil;
  const elsewhere = addresses === undefined ? undefined : addressReason(addresses, shown.request.address);
  const unmet = unmetReasons(client, client.require, certificate, shown);
  if (why === undefined && !early && !late && elsewhere === undefined && unmet.length === 0) return none;
  const about = { client: client.name, at: client.at };
  const reasons: Reason[] = [];
  if (why !== undefined) reasons.push({ code: 'client_blocked', client: client.name, found: why });
  if (early)
    reasons.push({
      code: 'client_not_yet_valid',
      ...about,
      found: isoDay(now),
      expected: `from ${isoDay(validFrom)} on`,
    });
  if (late)
    reasons.push({
      code: 'client_no_longer_valid',
      ...about,
      found: isoDay(now),
      expected: `until ${isoDay(validUntil)}`,
    });
  if (elsewhere !== undefined) reasons.push({ ...elsewhere, ...about, at: client.addressesAt ?? client.at });
  reasons.push(...unmet);
  return reasons;
}

/** What the routes of a request ask of every client. */
export function routeReasons(
  client: Client,
  require: readonly Requirement[],
  certificate: KnownCertificate | undefined,
  shown: Shown,
): readonly Reason[] {
  return unmetReasons(client, require, certificate, shown);
}

function unmetReasons(
  client: Client,
  require: Client['require'],
  certificate: KnownCertificate | undefined,
  shown: Shown,
): readonly Reason[] {
  if (require.length === 0) return none;
  const unmet = require.filter(({ any }) => !any.some((one) => holds(one, certificate, shown)));
  return unmet.map(({ any, at }) => ({ client: client.name, at, ...unmetReason(any, certificate, shown) }));
}

/** A token that is asked for alone has codes of its own, because its holder can act on them. */
function unmetReason(
  any: readonly Condition[],
  certificate: KnownCertificate | undefined,
  shown: Shown,
): Pick<Reason, 'code' | 'found' | 'expected'> {
  const [only, second] = any;
  if (only !== undefined && second === undefined && 'token' in only) {
    const fault = tokenFault(only, shown.token, certificate);
    if (fault !== undefined) return fault;
  }
  const found = [...new Set(any.map((condition) => foundFor(condition, certificate, shown)))].join(', ');
  return { code: 'condition_unmet', found, expected: any.map(conditionText).join(' or ') };
}

function foundFor(condition: Condition, certificate: KnownCertificate | undefined, shown: Shown): string {
  if ('addresses' in condition) return shown.request.address;
  // a key is a secret: only whether one came is told
  if ('keySha256' in condition) return shown.request.key === undefined ? 'no key' : 'another key';
  if ('token' in condition) return tokenFault(condition, shown.token, certificate)?.found ?? 'a token';
  if (certificate === undefined) return 'no PSD2 role';
  const unread = psd2ProblemOf(certificate.parsed(shown.octets));
  if (unread !== undefined) return `no PSD2 role that can be read (${unread})`;
  const roles = certificate.psd2Roles(shown.octets).map(({ name }) => name);
  return roles.length === 0 ? 'no PSD2 role' : `roles ${roles.join(' ')}`;
}

/** Why roles that the certificate may have are not known. */
function psd2ProblemOf({ qcStatements, unreadable }: Certificate): string | undefined {
  return qcStatements?.psd2Problem ?? unreadable.find(({ name }) => name === 'qcStatements')?.detail;
}

/** By the role's OID in the certificate; the text beside it is free. */
function holds(condition: Condition, certificate: KnownCertificate | undefined, shown: Shown): boolean {
  if ('keySha256' in condition) {
    return shown.request.key !== undefined && clientKeySha256(shown.request.key) === condition.keySha256;
  }
  if ('psd2Role' in condition) {
    const roles = certificate?.psd2Roles(shown.octets) ?? [];
    return roles.some(({ oid }) => oid === psd2RoleOids[condition.psd2Role]);
  }
  if ('token' in condition) return tokenFault(condition, shown.token, certificate) === undefined;
  const bytes = parseAddress(shown.request.address);
  return bytes !== undefined && condition.addresses.some((range) => containsAddress(range, bytes));
}

/** ETSI TS 119 495 §5.1. */
export const psd2RoleOids: Readonly<Record<Psd2Role, string>> = {
  PSP_AS: '0.4.0.19495.1.1',
  PSP_PI: '0.4.0.19495.1.2',
  PSP_AI: '0.4.0.19495.1.3',
  PSP_IC: '0.4.0.19495.1.4',
};

/** For people. */
export function conditionText(condition: Condition): string {
  if ('keySha256' in condition) return `the key with SHA-256 ${condition.keySha256.slice(0, 16)}`;
  if ('token' in condition) return tokenText(condition.token);
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
