import type { Certificate } from '../x509/certificate.ts';
import { oid } from '../x509/oid.ts';
import { canBeListed, type IndexedList, type RevocationIndex } from './index.ts';
import type { DistrustedList } from './index-file.ts';
import { issuerIdOf } from './issuer-id.ts';
import { coversAllReasons, reasonsCovered } from './scope.ts';

/** What the lists say about one certificate; `missing`: no list of its issuer is about it. */
type RevocationStatus = 'good' | 'revoked' | 'stale' | 'missing';

export interface RevocationFinding {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly status: RevocationStatus;
  /** Which list, how old. */
  readonly detail: string;
}

export interface StatusRequest {
  /** Leaf first, anchor last, as path validation gives it: every certificate is signed by the next. */
  readonly path: readonly Certificate[];
  /** The authority under which the path was validated; lists of any other say nothing about it. */
  readonly authority: string;
  /** Absent: nothing is known about anybody. */
  readonly index: RevocationIndex | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Since thisUpdate; older lists are stale. */
  readonly maxAgeMilliseconds?: number;
}

export interface PathStatus {
  /** One for each certificate but the anchor: that one stands or falls with the operator's file. */
  readonly findings: readonly RevocationFinding[];
  /** While the lists that said `good` are current, epoch milliseconds, both included. */
  readonly validFrom: number;
  readonly validUntil: number;
}

/** Looks up the leaf and every CA below the anchor. */
export function statusOf(request: StatusRequest): PathStatus {
  const findings: RevocationFinding[] = [];
  let validFrom = Number.NEGATIVE_INFINITY;
  let validUntil = Number.POSITIVE_INFINITY;
  for (const [index, certificate] of request.path.entries()) {
    const issuer = request.path[index + 1];
    if (issuer === undefined) break;
    const found = lookUp(certificate, issuer, request);
    findings.push({ certificate, issuer, status: found.status, detail: found.detail });
    validFrom = Math.max(validFrom, found.validFrom);
    validUntil = Math.min(validUntil, found.validUntil);
  }
  return { findings, validFrom, validUntil };
}

interface Found {
  readonly status: RevocationStatus;
  readonly detail: string;
  readonly validFrom: number;
  readonly validUntil: number;
}

const always = { validFrom: Number.NEGATIVE_INFINITY, validUntil: Number.POSITIVE_INFINITY };

function lookUp(certificate: Certificate, issuer: Certificate, request: StatusRequest): Found {
  const known = request.index?.authorities.get(request.authority);
  if (known?.overQuota !== undefined) {
    return { status: 'stale', detail: `the lists have ${known.overQuota} entries, more than the quota`, ...always };
  }
  if (!canBeListed(certificate)) {
    return { status: 'missing', detail: 'a certificate without a serial number that a list could name', ...always };
  }
  const lists = known?.of(issuerIdOf(issuer)) ?? [];
  // Listed is listed: a list that has run out or whose scope does not match is no reason to let a revoked certificate in.
  const revoking = lists.find((list) => list.has(certificate));
  if (revoking !== undefined) return { status: 'revoked', detail: describe(revoking), ...always };
  const points = certificate.unreadable.find(({ oid: type }) => type === oid.crlDistributionPoints);
  if (points !== undefined) {
    // whose list it is about stands there, perhaps somebody else's
    return { status: 'missing', detail: `its ${points.name} cannot be read: ${points.detail}`, ...always };
  }
  const about = lists
    .map((list) => ({ list, reasons: reasonsCovered(list.scope, certificate), ...windowOf(list, request) }))
    .filter(({ reasons }) => reasons !== 0);
  const current = about.filter(({ validFrom, validUntil }) => request.at >= validFrom && request.at <= validUntil);
  if (coversAllReasons(current.reduce((sum, { reasons }) => sum | reasons, 0))) {
    return {
      status: 'good',
      detail: current.map(({ list }) => describe(list)).join('; '),
      validFrom: Math.max(...current.map((window) => window.validFrom)),
      validUntil: Math.min(...current.map((window) => window.validUntil)),
    };
  }
  const lapsed = about.find((window) => !current.includes(window));
  if (lapsed !== undefined) return { status: 'stale', detail: describe(lapsed.list), ...always };
  return {
    status: 'missing',
    detail: missingDetail(
      lists,
      current.length,
      known?.distrusted?.find(({ issuers }) => issuers.includes(issuerIdOf(issuer))),
    ),
    ...always,
  };
}

/** A list counts in seconds, to the end of the second of nextUpdate. */
function windowOf({ thisUpdate, nextUpdate }: IndexedList, { maxAgeMilliseconds }: StatusRequest) {
  const end = Math.min(
    nextUpdate ?? Number.POSITIVE_INFINITY,
    thisUpdate + (maxAgeMilliseconds ?? Number.POSITIVE_INFINITY),
  );
  return { validFrom: thisUpdate, validUntil: end + 999 };
}

function missingDetail(lists: readonly IndexedList[], partial: number, distrusted: DistrustedList | undefined): string {
  if (lists.length === 0 && distrusted !== undefined) return `its list does not count: ${distrusted.detail}`;
  if (lists.length === 0) return 'there is no list of this CA';
  if (partial > 0) return 'the lists of this CA are about some reasons of revocation only';
  return 'no list of this CA is about this certificate (distribution point or kind)';
}

function describe({ thisUpdate, nextUpdate, crlNumber }: IndexedList): string {
  const number = crlNumber === undefined ? '' : ` ${BigInt(`0x${crlNumber}`)}`;
  const until = nextUpdate === undefined ? 'without nextUpdate' : `until ${new Date(nextUpdate).toISOString()}`;
  return `list${number} of ${new Date(thisUpdate).toISOString()}, ${until}`;
}
