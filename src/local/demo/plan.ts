import { decide } from '../../core/decide/decide.ts';
import type { ReasonCode } from '../../core/decide/reasons.ts';
import type { Client } from '../../core/registry/registry.ts';
import { requestOf } from '../../core/registry/sample-request.ts';
import { contains } from '../../core/request/address.ts';
import type { TwinToken } from '../twins/tokens.ts';
import type { TwinIdentity } from '../twins/twin-identity.ts';
import type { Credentials } from './certificates.ts';
import { type DemoCall, type DemoFront, type DemoPlan, loopback } from './demo-call.ts';
import { addressRefused, identityOf, modelOf, refusedByCertificate, refusedByRequest } from './refused-calls.ts';

const MAX_CLIENTS = 12;

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
    ...(from === undefined || from === loopback ? {} : { from }),
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
    const asked = { ...request, address: from ?? loopback };
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
        loopback,
        ...(addresses ?? []).map(({ text }) => text.replace(/\/\d+$/, '')).filter((text) => text.startsWith('127.')),
      ]
    : [loopback];
  return candidates.find((address) => addresses?.some((range) => contains(range, address)) ?? true);
}
