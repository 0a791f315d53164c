import { dayMilliseconds, isoDay } from '../../day.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import type { CompiledAuthority } from '../compile-authority.ts';
import type { Report } from '../pem-source.ts';
import type { ClientSource } from '../source.ts';
import type { OwnedIdentity } from './rivals.ts';

/**
 * A client's dates leave a day, and on some day of them a certificate of it can be valid: the issuer that signs it, or the
 * certificate that is registered, is not outside its own dates all the time.
 */
export function proveValidity(
  { name, validFrom, validUntil }: ClientSource,
  identities: readonly OwnedIdentity[],
  authorities: ReadonlyMap<string, CompiledAuthority>,
  report: Report,
): void {
  if (validFrom === undefined && validUntil === undefined) return;
  if (validFrom !== undefined && validUntil !== undefined && validFrom.value > validUntil.value) {
    report({
      code: 'validity_empty',
      message: 'the client would never be valid',
      place: validUntil.place,
      found: `validUntil ${validUntil.value} before validFrom ${validFrom.value}`,
      allowed: 'a last day that is not before the first',
      remedy: `correct one of the two; if they changed places: validFrom: ${validUntil.value}, validUntil: ${validFrom.value}`,
    });
    return;
  }
  const from = validFrom === undefined ? Number.NEGATIVE_INFINITY : Date.parse(validFrom.value);
  const until = validUntil === undefined ? Number.POSITIVE_INFINITY : Date.parse(validUntil.value) + dayMilliseconds;
  const signers = identities.map((identity) => signersOf(identity, authorities));
  // an authority whose own file has problems is told about elsewhere
  if (signers.length === 0 || signers.some((each) => each.length === 0)) return;
  const all = signers.flat();
  if (all.some(({ notBefore, notAfter }) => notBefore < until && notAfter >= from)) return;
  const [latest] = [...all].sort((a, b) => b.notAfter - a.notAfter);
  if (latest === undefined) return;
  const { place } = validFrom ?? validUntil ?? { place: undefined };
  report({
    code: 'validity_outside_authority',
    message: `no certificate of ${name} can be valid while the client is`,
    place,
    found: `${written(validFrom?.value, validUntil?.value)}, and ${formatName(latest.subject)} is valid from ${isoDay(latest.notBefore)} to ${isoDay(latest.notAfter)}`,
    allowed: 'days on which an issuer of the client, or its registered certificate, is valid',
    remedy: 'correct the dates, or add the current CA of the partner to the authority',
  });
}

function signersOf(
  { identity, certificate }: OwnedIdentity,
  authorities: ReadonlyMap<string, CompiledAuthority>,
): readonly Certificate[] {
  if (certificate !== undefined) return [certificate];
  const named = 'authority' in identity && identity.authority !== undefined ? [identity.authority] : authorities.keys();
  return [...named].flatMap((name) => authorities.get(name)?.issuers ?? []);
}

function written(from: string | undefined, until: string | undefined): string {
  const days = [from && `validFrom ${from}`, until && `validUntil ${until}`];
  return days.filter((day) => day !== undefined).join(', ');
}
