import { methods } from '../../core/aws-limits.ts';
import { decide } from '../../core/decide/decide.ts';
import type { Overlay } from '../../core/decide/overlay.ts';
import type { ReasonCode } from '../../core/decide/reasons.ts';
import type { EdgeCode } from '../../core/edge/admits.ts';
import type { Client, Registry } from '../../core/registry/registry.ts';
import { contains } from '../../core/request/address.ts';
import { parseRequestPath } from '../../core/request/path.ts';
import { hasMethod, matches, matchesPath, type Pattern, witness } from '../../core/request/pattern.ts';
import type { TwinToken } from '../twins/tokens.ts';
import type { TwinIdentity } from '../twins/twin-identity.ts';
import type { Twins } from '../twins/twins.ts';
import { type Credentials, openWrongCertificates } from './certificates.ts';

/** One request of the demonstration and what must come of it. */
export interface DemoCall {
  /** For files and JSON: `expired`, `unknown-ca`, … */
  readonly id: string;
  readonly who: string;
  readonly what: string;
  readonly credentials?: Credentials;
  readonly method: string;
  readonly path: string;
  readonly headers?: readonly (readonly [string, string])[];
  /** The loopback address to call from; 127.0.0.1 otherwise. */
  readonly from?: string;
  /** Only while this client is blocked. */
  readonly blocked?: string;
  /** Not through the front: straight to the demo backend. */
  readonly direct?: true;
  readonly expected: {
    readonly status: number | 'closed';
    readonly reason?: ReasonCode | EdgeCode | 'backend_allowlist';
  };
  /** The identity headers are forged: the backend must see the real ones. */
  readonly forged?: true;
}

export interface DemoPlan {
  readonly calls: readonly DemoCall[];
  /** What this registry gives no occasion to show, and why. */
  readonly notShown: readonly string[];
}

export interface DemoFront {
  readonly twins: Twins;
  readonly registry: Registry;
  readonly overlay: Overlay;
  readonly now: number;
  /** Whether other addresses than 127.0.0.1 can be called from: all of 127/8 on Linux, none on macOS. */
  readonly manyAddresses: boolean;
}

const MAX_CLIENTS = 12;
const LOOPBACK = '127.0.0.1';

/** An allowed call for each client, then everything that must be refused, made for whatever registry this is. */
export async function planDemoCalls(front: DemoFront): Promise<DemoPlan> {
  const { registry } = front;
  const notShown: string[] = [];
  const calls: DemoCall[] = [];
  const clients = [...registry.clients.values()];
  for (const client of clients.slice(0, MAX_CLIENTS)) {
    const call = usualCall(client, front);
    if (call !== undefined) calls.push(call);
    else notShown.push(`${client.name}: no request that a route serves could be made up from its rules`);
  }
  if (clients.length > MAX_CLIENTS) notShown.push(`${clients.length - MAX_CLIENTS} more clients`);

  const model = calls.find((call) => call.expected.status === 200 && modelOf(call, front) !== undefined);
  if (model === undefined) {
    notShown.push(
      'refusals by certificate: no client with a subject or SAN identity can be called from this machine now',
    );
  } else {
    const shown = await refusedByCertificate(model, front);
    const request = refusedByRequest(model, registry, front);
    calls.push(...shown.calls, ...request.calls);
    notShown.push(...shown.notShown, ...request.notShown);
  }
  calls.push(...refusedByToken(calls, front), ...addressRefused(calls, clients, front, notShown));
  calls.push({
    id: 'direct',
    who: 'anybody',
    what: 'straight to the backend, past the front',
    method: 'GET',
    path: model?.path ?? '/',
    direct: true,
    expected: { status: 403, reason: 'backend_allowlist' },
  });
  return { calls, notShown };
}

function identityOf(client: string, { twins }: DemoFront): TwinIdentity | undefined {
  return twins.identities.find((identity) => identity.client === client);
}

function credentialsOf({ chainPem, keyPem }: TwinIdentity): Credentials {
  return { certificatePem: chainPem, keyPem };
}

/** The call that this client is registered for. Where the registry itself says no (dates, address, block), that is expected. */
function usualCall(client: Client, front: DemoFront): DemoCall | undefined {
  const request = requestOf(client, front.registry);
  const identity = identityOf(client.name, front);
  if (request === undefined || identity === undefined) return undefined;
  const from = addressFor(client, front);
  const { token, reason } = conditionsMet(identity, request, from, front);
  const known = knownRefusal(client, front, from) ?? reason;
  const expected = known === undefined ? { status: 200 } : { status: 403, reason: known };
  return {
    id: `client-${client.name}`,
    who: client.name,
    what:
      known !== undefined
        ? 'as registered, but'
        : token === undefined
          ? 'as registered'
          : 'as registered, with its token',
    credentials: credentialsOf(identity),
    ...request,
    ...(token === undefined ? {} : { headers: [bearer(token)] }),
    ...(from === undefined || from === LOOPBACK ? {} : { from }),
    expected,
  };
}

function knownRefusal(client: Client, front: DemoFront, from: string | undefined): ReasonCode | undefined {
  if (front.overlay.clients.has(client.name)) return 'client_blocked';
  if (client.validFrom !== undefined && front.now < client.validFrom) return 'client_not_yet_valid';
  if (client.validUntil !== undefined && front.now > client.validUntil) return 'client_no_longer_valid';
  return from === undefined ? 'address_not_allowed' : undefined;
}

/** Further conditions of the client and of the route, with a token that they ask for: what a twin has no key for is refused, as it should be. */
function conditionsMet(
  { client, index, certificate }: TwinIdentity,
  request: Pick<DemoCall, 'method' | 'path'>,
  from: string | undefined,
  { twins, registry, overlay, now }: DemoFront,
): { readonly token?: TwinToken; readonly reason?: ReasonCode } {
  const own = twins.tokens.filter((token) => token.client === client && token.index === index);
  const reasonWith = (token: TwinToken | undefined): ReasonCode | undefined => {
    const asked = { ...request, address: from ?? LOOPBACK };
    const shown = token?.shown;
    const decision = decide({ certificate: certificate.der, request: asked, token: shown, registry, overlay, now });
    const codes: readonly ReasonCode[] = decision.outcome === 'deny' ? decision.reasons.map(({ code }) => code) : [];
    return codes.find((code) => code === 'condition_unmet' || code.startsWith('token_'));
  };
  const reason = reasonWith(undefined);
  const token = reason === undefined ? undefined : own.find((one) => reasonWith(one) === undefined);
  return token === undefined ? { reason } : { token };
}

function bearer({ text }: TwinToken): readonly [string, string] {
  return ['Authorization', `Bearer ${text}`];
}

/** The call of a client that needs a token: without it, and with the one of another certificate. */
function refusedByToken(calls: readonly DemoCall[], { twins }: DemoFront): readonly DemoCall[] {
  const tokenOf = ({ headers = [] }: DemoCall) =>
    twins.tokens.find((token) => headers.some(([, value]) => value === bearer(token)[1]));
  const model = calls.find((call) => call.expected.status === 200 && tokenOf(call) !== undefined);
  const mine = model === undefined ? undefined : tokenOf(model);
  if (model === undefined || mine === undefined) return [];
  const { headers: _, ...bare } = model;
  const others = twins.tokens.find(({ client, issuer }) => client !== mine.client && issuer === mine.issuer);
  return [
    { ...bare, id: 'no-token', what: 'without its token', expected: { status: 403, reason: 'token_missing' } },
    ...(others === undefined
      ? []
      : [
          {
            ...bare,
            id: 'other-token',
            what: `with the token of ${others.client}`,
            headers: [bearer(others)],
            expected: { status: 403, reason: 'token_certificate_differs' as const },
          },
        ]),
  ];
}

/** A loopback address that the client may use; undefined when it has none. */
function addressFor(client: Client, { manyAddresses }: DemoFront): string | undefined {
  const { addresses } = client;
  const candidates = manyAddresses
    ? [
        LOOPBACK,
        ...(addresses ?? []).map(({ text }) => text.replace(/\/\d+$/, '')).filter((text) => text.startsWith('127.')),
      ]
    : [LOOPBACK];
  return candidates.find((address) => addresses?.some((range) => contains(range, address)) ?? true);
}

/** A request that one of the client's rules allows and a route serves. */
export function requestOf(client: Client, registry: Registry): { method: string; path: string } | undefined {
  const samples = client.rules.flatMap(({ pattern }) => [
    witness(pattern),
    ...registry.routes.map((route) => witness(route.pattern)),
  ]);
  const fits = ({ method, path }: { method: string; path: string }, pattern: Pattern) =>
    matches(pattern, method, parseRequestPath(path));
  return samples.find(
    (sample) =>
      client.rules.some(({ pattern }) => fits(sample, pattern)) &&
      registry.routes.some(({ pattern }) => fits(sample, pattern)),
  );
}

/** The identity to imitate: one that names, not pins, so that a certificate of our own making can carry the name. */
function modelOf(call: DemoCall, front: DemoFront): TwinIdentity | undefined {
  const identity = identityOf(call.who, front);
  const kind = front.registry.clients.get(call.who)?.identities[identity?.index ?? 0]?.kind;
  return kind === 'subject' || kind === 'san' ? identity : undefined;
}

async function refusedByCertificate(model: DemoCall, front: DemoFront): Promise<DemoPlan> {
  const like = modelOf(model, front);
  const authority = front.registry.authorities.get(like?.authority ?? '');
  const issuer = authority?.issuers[0];
  if (like === undefined || authority === undefined || issuer === undefined) return { calls: [], notShown: [] };
  const wrong = await openWrongCertificates(front.twins, like, issuer, front.now);
  const notShown: string[] = [];
  const call = (
    id: string,
    what: string,
    credentials: Credentials | undefined,
    reason: ReasonCode | EdgeCode,
    status: number | 'closed' = 403,
  ): DemoCall => ({
    id,
    who: credentials === undefined ? 'nobody' : `like ${model.who}`,
    what,
    ...(credentials === undefined ? {} : { credentials }),
    method: model.method,
    path: model.path,
    ...(model.from === undefined ? {} : { from: model.from }),
    expected: { status, reason },
  });
  const calls = [
    call('no-certificate', 'no certificate', undefined, 'no_certificate', 'closed'),
    call('unknown-ca', 'the same subject from an unknown CA', wrong.unknownCa(), 'issuer_unknown'),
  ];
  const other = [...front.registry.authorities.values()].find(
    ({ name, issuers }) => name !== authority.name && issuers.every((ca) => ca.subject.key !== issuer.subject.key),
  );
  if (other === undefined) notShown.push('the right subject from another trusted authority: there is only one');
  else
    calls.push(
      call('other-authority', `the same subject from ${other.name}`, wrong.fromAuthority(other), 'authority_differs'),
    );
  const root = authority.anchors.find((anchor) => !authority.issuers.some(({ sha256 }) => sha256 === anchor.sha256));
  if (root === undefined) notShown.push(`a leaf by the root of ${authority.name}: its root is one of its issuers`);
  else {
    calls.push(
      call('by-root', "signed by the authority's root, not its issuer", wrong.byRoot(root), 'issuer_not_allowed'),
      call(
        'sent-intermediate',
        'an intermediate that only the client sends',
        wrong.intermediateSentOnly(root),
        'issuer_unknown',
      ),
    );
  }
  calls.push(
    call('stranger', 'another name from the same CA', wrong.strangerOfSameCa(), 'identity_unknown'),
    call('expired', 'expired a minute ago', wrong.expired(), 'expired'),
    call('not-yet-valid', 'valid from tomorrow', wrong.notYetValid(), 'not_yet_valid'),
    call('server-only', 'a server certificate', wrong.serverOnly(), 'certificate_not_for_clients'),
    call('ca-as-client', 'the CA itself as client', wrong.caAsClient(), 'certificate_is_ca'),
  );
  return { calls, notShown };
}

function refusedByRequest(model: DemoCall, registry: Registry, front: DemoFront): DemoPlan {
  const client = registry.clients.get(model.who);
  const rules = client?.rules.map(({ pattern }) => pattern) ?? [];
  const path = parseRequestPath(model.path);
  const notShown: string[] = [];
  const calls: DemoCall[] = [];
  const add = (id: string, what: string, change: Partial<DemoCall>, reason: ReasonCode) =>
    calls.push({ ...model, id, what, ...change, expected: { status: 403, reason } });
  const method = methods.find(
    (candidate) => !rules.some((rule) => matchesPath(rule, path) && hasMethod(rule, candidate)) && candidate !== 'HEAD',
  );
  if (method === undefined) notShown.push(`a method that ${model.who} may not use: it may use all`);
  else add('method', 'a method it may not use', { method }, 'method_not_allowed');
  const elsewhere = '/admin/users';
  if (rules.some((rule) => matchesPath(rule, parseRequestPath(elsewhere)))) notShown.push('a path that no rule allows');
  else add('path', 'a path it may not use', { path: elsewhere }, 'path_not_allowed');
  const trick = `${model.path.replace(/\/$/, '')}/%2e%2e/admin`;
  add('path-trick', 'a path that two servers read differently', { path: trick }, 'path_malformed');
  if (!front.overlay.clients.has(model.who)) {
    add('blocked', 'while it is blocked', { blocked: model.who }, 'client_blocked');
  }
  calls.push({
    ...model,
    id: 'forged-headers',
    what: 'forged X-Sallyport-Client and X-Forwarded-For: harmless',
    headers: [
      ...(model.headers ?? []),
      ['X-Sallyport-Client', 'administrator'],
      ['X_Sallyport_Client', 'administrator'],
      ['X-Forwarded-For', '203.0.113.66'],
      ['Client-Cert', ':Zm9yZ2Vk:'],
    ],
    forged: true,
    expected: { status: 200 },
  });
  return { calls, notShown };
}

/** Somebody calls from an address that is not its own, unless the calls as registered have shown that already. */
function addressRefused(
  made: readonly DemoCall[],
  clients: readonly Client[],
  front: DemoFront,
  notShown: string[],
): readonly DemoCall[] {
  if (made.some(({ expected }) => expected.reason === 'address_not_allowed')) return [];
  const model = made.find(
    ({ who, expected }) => expected.status === 200 && clients.find(({ name }) => name === who)?.addresses !== undefined,
  );
  const ranges = clients.find(({ name }) => name === model?.who)?.addresses ?? [];
  const elsewhere = [LOOPBACK, ...(front.manyAddresses ? ['127.66.66.66', '127.0.0.3'] : [])].find(
    (address) => !ranges.some((range) => contains(range, address)),
  );
  if (model === undefined || elsewhere === undefined) {
    notShown.push('an address that is not allowed: no client with `addresses` can be called from this machine');
    return [];
  }
  return [
    {
      ...model,
      id: 'address',
      what: `from ${elsewhere}, not one of its addresses`,
      from: elsewhere,
      expected: { status: 403, reason: 'address_not_allowed' },
    },
  ];
}
