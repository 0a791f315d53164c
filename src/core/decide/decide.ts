import { hash } from 'node:crypto';
import { ProblemError } from '../problem.ts';
import type { Client, Registry, Requirement, Route, Rule } from '../registry/registry.ts';
import { rewriteTarget } from '../request/rewrite.ts';
import type { RevocationIndex } from '../revocation/index.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { clientReasons, routeReasons } from './caller/conditions.ts';
import { identify } from './caller/identify.ts';
import type { ShownToken } from './caller/token.ts';
import type { IdentityCache, KnownCaller } from './identities.ts';
import { KnownCertificate } from './known-certificate.ts';
import { addressBlock, certificateBlock, fingerprintBlock, type Overlay } from './overlay.ts';
import { isBlock, isCallerVisible, type Reason, type ReasonCode, sortReasons } from './reasons.ts';
import { readRequest, requestReasons, ruleFor } from './request.ts';

export interface DecideInput {
  /** DER of the leaf as the edge handed it over: unverified. With its hash beside it, looked at only when it is not known. */
  readonly certificate: Uint8Array | undefined;
  /** Of these octets, lower-case hex, if it has been worked out already. */
  readonly certificateSha256?: string;
  readonly request: {
    readonly method: string;
    /** As in the request line, without the query. */
    readonly path: string;
    /** One IPv4 or IPv6 address, as the edge saw it. */
    readonly address: string;
    /** What came in X-Sallyport-Key, if it came once. */
    readonly key?: string;
  };
  /** The access token that came, if it came once and somebody asks for one. */
  readonly token?: ShownToken;
  readonly registry: Registry;
  readonly overlay: Overlay;
  /** Absent: no list has been read, so that authorities which want lists miss them. */
  readonly revocations?: RevocationIndex;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly identities?: IdentityCache;
}

export type Decision =
  | {
      readonly outcome: 'allow';
      readonly client: Client;
      readonly authority?: string;
      readonly rule: Rule;
      readonly route: Route;
      readonly certificate: KnownCertificate;
      /** Epoch milliseconds: when the CA of its path that ends first does; absent for a certificate that is registered itself. */
      readonly authorityNotAfter?: number;
      /** What the forwarder does to the path: `to + raw.slice(strip)`. */
      readonly strip: number;
      readonly to: string;
    }
  | {
      readonly outcome: 'deny';
      /** At least one; all of them, in table order. */
      readonly reasons: readonly Reason[];
      /** When the certificate is exactly one client's. */
      readonly client?: Client;
      readonly authority?: string;
      readonly certificate?: KnownCertificate;
      /** What the caller may be told; undefined = nothing. */
      readonly disclosed?: ReasonCode;
    };

const none: readonly Reason[] = [];

/** Whose certificate it is, or why nobody's. */
interface Caller {
  readonly known?: KnownCaller;
  readonly client?: Client;
  readonly authority?: string;
  readonly certificate?: KnownCertificate;
  readonly reasons: readonly Reason[];
}

/**
 * May the holder of this certificate make this request? Denies unless exactly one client matches, nothing about it
 * stands against it, one of its rules matches and a route serves it. Never throws for what came from outside.
 */
export function decide(input: DecideInput): Decision {
  const { request, registry } = input;
  const caller = callerOf(input);
  const asked = readRequest(request, registry);
  const { known, client } = caller;
  const conditions = client === undefined ? none : conditionsOf(client, caller.certificate, asked.require, input);
  const address = blockReasons('address_blocked', addressBlock(input.overlay, request.address, input.now));
  const rule = client === undefined ? undefined : ruleFor(client, asked);
  if (
    known !== undefined &&
    rule !== undefined &&
    asked.route !== undefined &&
    asked.path !== undefined &&
    caller.reasons.length === 0 &&
    conditions.length === 0 &&
    address.length === 0
  ) {
    const { strip, to } = rewriteTarget(asked.route, asked.path);
    const { authority, certificate, authorityNotAfter } = known;
    const { route } = asked;
    return {
      outcome: 'allow',
      client: known.client,
      authority,
      rule,
      route,
      certificate,
      authorityNotAfter,
      strip,
      to,
    };
  }
  const { authority, certificate } = caller;
  const reasons = sortReasons([...address, ...caller.reasons, ...conditions, ...requestReasons(asked, client, rule)]);
  const disclosed = registry.front.disclose ? disclosedOf(reasons, client) : undefined;
  return { outcome: 'deny', reasons, client, authority, certificate, disclosed };
}

function conditionsOf(
  client: Client,
  certificate: KnownCertificate | undefined,
  ofRoutes: readonly Requirement[],
  input: DecideInput,
): readonly Reason[] {
  const { request, token, overlay, now } = input;
  const shown = { request, token, octets: () => input.certificate };
  const own = clientReasons(client, certificate, shown, overlay, now);
  if (ofRoutes.length === 0) return own;
  return [...own, ...routeReasons(client, ofRoutes, certificate, shown)];
}

function callerOf(input: DecideInput): Caller {
  const { registry, overlay, revocations, now, identities } = input;
  const sha256 = input.certificateSha256 ?? sha256Of(input.certificate);
  // what is remembered was not blocked when it was identified, and another overlay has another id
  const known = sha256 === undefined ? undefined : identities?.get(sha256, registry, overlay, now, revocations?.id);
  if (known !== undefined) return callerFrom(known, none);
  const der = input.certificate;
  if (sha256 === undefined || der === undefined) return { reasons: [{ code: 'certificate_missing' }] };
  const parsed = readCertificate(der);
  if ('code' in parsed) {
    const blocked = blockReasons('certificate_blocked', fingerprintBlock(overlay, sha256, now));
    return { reasons: [...blocked, parsed] };
  }
  const certificate = new KnownCertificate(parsed, sha256);
  const blocked = blockReasons('certificate_blocked', certificateBlock(parsed, overlay, now));
  const found = identify(parsed, registry, now, overlay, revocations);
  if ('reasons' in found) return { ...found, certificate, reasons: [...blocked, ...found.reasons] };
  const caller = { ...found, certificate };
  if (blocked.length === 0) identities?.set(sha256, registry, overlay, caller, revocations?.id);
  return callerFrom(caller, blocked);
}

function sha256Of(der: Uint8Array | undefined): string | undefined {
  return der === undefined ? undefined : hash('sha256', der, 'hex');
}

function callerFrom(known: KnownCaller, reasons: readonly Reason[]): Caller {
  const { client, authority, certificate } = known;
  return { known, client, authority, certificate, reasons };
}

function blockReasons(code: 'address_blocked' | 'certificate_blocked', why: string | undefined): readonly Reason[] {
  return why === undefined ? none : [{ code, found: why }];
}

function readCertificate(der: Uint8Array): Certificate | Reason {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { code: 'certificate_malformed', found: error.problems[0]?.message };
  }
}

/**
 * The first of the caller's own mistakes that it may be told. Nothing when no client or more than one matched, and
 * nothing when anything is blocked: a blocked partner must not learn what else would have worked.
 */
function disclosedOf(reasons: readonly Reason[], client: Client | undefined): ReasonCode | undefined {
  if (client === undefined) return undefined;
  if (reasons.some(({ code }) => isBlock(code))) return undefined;
  return reasons.find((reason) => isCallerVisible(reason.code) && (reason.client ?? client.name) === client.name)?.code;
}
