import type { Certificate, GeneralName } from '../x509/certificate.ts';
import type { DistributionPointName } from '../x509/extensions/distribution-points.ts';
import type { IssuingDistributionPoint } from '../x509/extensions/issuing-distribution-point.ts';
import { type Name, nameFromRdns } from '../x509/name.ts';

/** Which certificates of its issuer a list is about, from its IssuingDistributionPoint. JSON. */
export interface ListScope {
  /** Names of its distribution point, as keys to compare; absent: of every point. */
  readonly names?: readonly string[];
  readonly only?: 'user' | 'ca' | 'attribute';
  /** ReasonFlags; absent: all. */
  readonly reasons?: number;
}

/** ReasonFlags without the unused bit 0 (RFC 5280 §4.2.1.13). */
const allReasons = 0x1fe;

export function scopeOf(issuer: Name, point: IssuingDistributionPoint | undefined): ListScope {
  if (point === undefined) return {};
  const names = namesOf(point, issuer);
  return {
    ...(names === undefined ? {} : { names: [...names].sort() }),
    ...(point.only === undefined ? {} : { only: point.only }),
    ...(point.onlySomeReasons === undefined ? {} : { reasons: point.onlySomeReasons }),
  };
}

export const coversAllReasons = (reasons: number): boolean => (reasons & allReasons) === allReasons;

/** For which reasons of revocation a list of this scope speaks about a certificate of its issuer (RFC 5280 §6.3.3 (b), (d)); 0: not at all. */
export function reasonsCovered(scope: ListScope, certificate: Certificate): number {
  if (!isOfKind(scope.only, certificate)) return 0;
  const own = scope.reasons ?? allReasons;
  const points = certificate.crlDistributionPoints;
  // §6.3.3: without a point, one is assumed that has the name of the issuer
  if (points === undefined) return matches(scope, [directoryKey(certificate.issuer)]) ? own : 0;
  let reasons = 0;
  for (const point of points) {
    // (b)(1): such a point's list comes from somebody else, and is indirect
    if (point.crlIssuer !== undefined) continue;
    const names = namesOf(point, certificate.issuer) ?? [];
    if (matches(scope, names)) reasons |= own & (point.reasons ?? allReasons);
  }
  return reasons;
}

/** (b)(2)(ii) to (iv); such lists are about no certificate of version 1 (§5.2.5), which cannot say what it is. */
function isOfKind(only: ListScope['only'], { version, basicConstraints }: Certificate): boolean {
  if (only === undefined) return true;
  if (only === 'attribute' || version === 1) return false;
  return (basicConstraints?.ca === true) === (only === 'ca');
}

/** (b)(2)(i) */
function matches({ names }: ListScope, pointNames: readonly string[]): boolean {
  return names === undefined || pointNames.some((name) => names.includes(name));
}

function namesOf({ fullName, relativeName }: DistributionPointName, issuer: Name): readonly string[] | undefined {
  if (relativeName !== undefined) return [directoryKey(nameFromRdns([...issuer.rdns, relativeName]))];
  return fullName?.map(keyOf);
}

const directoryKey = (name: Name): string => `directory ${name.key}`;

/** Equal keys ⇔ the same name. A URI is compared octet by octet: who writes it in two ways means two lists. */
function keyOf(name: GeneralName): string {
  switch (name.kind) {
    case 'directory':
      return directoryKey(name.name);
    case 'registered-id':
      return `${name.kind} ${name.oid}`;
    case 'ip':
      return `${name.kind} ${name.text}`;
    case 'other':
      return `${name.form} ${name.oid ?? ''} ${Buffer.from(name.value).toString('hex')}`;
    default:
      return `${name.kind} ${name.value}`;
  }
}
