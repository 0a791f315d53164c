import { methods } from '../../core/aws-limits.ts';
import type { ReasonCode } from '../../core/decide/reasons.ts';
import type { EdgeCode } from '../../core/edge/admits.ts';
import type { Client, Registry } from '../../core/registry/registry.ts';
import { contains } from '../../core/request/address.ts';
import { parseRequestPath } from '../../core/request/path.ts';
import { hasMethod, matchesPath } from '../../core/request/pattern.ts';
import type { TwinIdentity } from '../twins/twin-identity.ts';
import { type Credentials, openWrongCertificates } from './certificates.ts';
import { type DemoCall, type DemoFront, type DemoPlan, loopback } from './demo-call.ts';

/** What must be refused, whatever registry this is. */

export function identityOf(client: string, { twins }: DemoFront): TwinIdentity | undefined {
  return twins.identities.find((identity) => identity.client === client);
}

/** The identity to imitate: one that names, not pins, so that a certificate of our own making can carry the name. */
export function modelOf(call: DemoCall, front: DemoFront): TwinIdentity | undefined {
  const identity = identityOf(call.who, front);
  const kind = front.registry.clients.get(call.who)?.identities[identity?.index ?? 0]?.kind;
  return kind === 'subject' || kind === 'san' ? identity : undefined;
}

export async function refusedByCertificate(model: DemoCall, front: DemoFront): Promise<DemoPlan> {
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

export function refusedByRequest(model: DemoCall, registry: Registry, front: DemoFront): DemoPlan {
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
export function addressRefused(
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
  const elsewhere = [loopback, ...(front.manyAddresses ? ['127.66.66.66', '127.0.0.3'] : [])].find(
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
